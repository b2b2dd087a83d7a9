"""The Executions API: a thread for each execution, and what is known about it."""

from __future__ import annotations

import json
import threading
import traceback
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.cloud import workflows_v1
from google.cloud.workflows import executions_v1 as api

from laptop.faults import FaultRegistry
from laptop.workflows import catalog
from laptop.workflows.calls import Surroundings
from laptop.workflows.catalog import Catalog
from laptop.workflows.faults import strike
from laptop.workflows.language.definition import Definition
from laptop.workflows.language.errors import Cancelled, WorkflowError, encode, failure
from laptop.workflows.language.interpreter import Interpreter
from laptop.workflows.status import ApiError, check_labels, chosen, page, parts

NAME = catalog.NAME + "/executions/{execution}"
MAX_ARGUMENT = 32 * 1024
PROJECT_NUMBER = "123456789012"
BASIC = ("name", "start_time", "end_time", "duration", "state", "workflow_revision_id")
State = api.Execution.State


class _Record:
    """One execution; the lock guards every field of `execution`."""

    def __init__(self, execution: api.Execution, host: Surroundings) -> None:
        self.lock = threading.Lock()
        self.execution = execution
        self.host = host
        self.steps: list[tuple[str, str]] = []

    def seen(self, view: int) -> api.Execution:
        with self.lock:
            if view == api.ExecutionView.BASIC:
                return api.Execution({f: getattr(self.execution, f) for f in BASIC})
            steps = [{"routine": routine, "step": step} for routine, step in self.steps]
            return api.Execution(self.execution, status={"current_steps": steps})

    def progress(self, steps: list[tuple[str, str]]) -> None:
        self.steps = steps

    def finish(self, state: int, **outcome: Any) -> bool:
        """The first end wins: a cancelled execution does not succeed afterwards."""
        with self.lock:
            if self.execution.state != State.ACTIVE:
                return False
            started: Any = self.execution.start_time
            end = datetime.now(UTC)
            ended = {"state": state, "end_time": end, "duration": end - started}
            for name, value in {**ended, **outcome}.items():
                setattr(self.execution, name, value)
        self.host.cancelled.set()
        return True


class Executions:
    """All executions, newest last, for as long as the server runs."""

    def __init__(
        self, catalog: Catalog, endpoints: Mapping[str, str], faults: FaultRegistry
    ) -> None:
        self._catalog = catalog
        self._endpoints = endpoints
        self._faults = faults
        self._lock = threading.Lock()
        self._records: dict[str, _Record] = {}
        catalog.deleted = self._forget

    def create(self, request: api.CreateExecutionRequest) -> api.Execution:
        """CreateExecution: starts at once; refuses an argument that is no JSON or over 32 KB."""
        strike(self._faults.take("create", f"{request.parent} {request.execution.argument}"))
        workflow, definition = self._catalog.deployed(request.parent)
        argument = _argument(request.execution.argument)
        check_labels(dict(request.execution.labels))
        execution = api.Execution(
            name=f"{request.parent}/executions/{uuid.uuid4()}",
            start_time=datetime.now(UTC),
            state=State.ACTIVE,
            argument=encode(argument),
            workflow_revision_id=workflow.revision_id,
            call_log_level=request.execution.call_log_level,
            labels={**workflow.labels, **request.execution.labels},
        )
        record = _Record(execution, Surroundings())
        record.host = Surroundings(
            environment=_environment(workflow, execution.name),
            endpoints=self._endpoints,
            progress=record.progress,
        )
        with self._lock:
            self._records[execution.name] = record
        threading.Thread(target=_run, args=(record, definition, argument), daemon=True).start()
        return record.seen(api.ExecutionView.FULL)

    def get(self, request: api.GetExecutionRequest) -> api.Execution:
        """GetExecution, with every field unless the view is BASIC."""
        strike(self._faults.take("get", request.name))
        return self._record(request.name).seen(request.view)

    def list(self, request: api.ListExecutionsRequest) -> api.ListExecutionsResponse:
        """ListExecutions, newest first; BASIC unless the view is FULL."""
        strike(self._faults.take("list", request.parent))
        parts(catalog.NAME, request.parent)
        full = request.view == api.ExecutionView.FULL
        prefix = f"{request.parent}/executions/"
        with self._lock:
            records = [r for name, r in self._records.items() if name.startswith(prefix)]
        found = [record.seen(api.ExecutionView.FULL) for record in reversed(records)]
        if request.order_by:
            found = _ordered(found, request.order_by)
        found = chosen(found, request.filter, _fields)
        size, token = request.page_size, request.page_token
        shown, following = page(found, size, token, 100 if full else 1000)
        views = (
            shown if full else [self._record(e.name).seen(api.ExecutionView.BASIC) for e in shown]
        )
        return api.ListExecutionsResponse(executions=views, next_page_token=following)

    def cancel(self, request: api.CancelExecutionRequest) -> api.Execution:
        """CancelExecution: at once, whatever the execution waits for."""
        strike(self._faults.take("cancel", request.name))
        record = self._record(request.name)
        if not record.finish(State.CANCELLED):
            raise ApiError("FAILED_PRECONDITION", f"execution {request.name} is not active")
        return record.seen(api.ExecutionView.FULL)

    def stop(self) -> None:
        """Cancel everything that still runs."""
        with self._lock:
            records = list(self._records.values())
        for record in records:
            record.finish(State.CANCELLED)

    def _record(self, name: str) -> _Record:
        with self._lock:
            if name not in self._records:
                parts(NAME, name)
                raise ApiError("NOT_FOUND", f"execution {name} does not exist")
            return self._records[name]

    def _forget(self, workflow: str) -> None:
        with self._lock:
            names = [name for name in self._records if name.startswith(f"{workflow}/executions/")]
            gone = [self._records.pop(name) for name in names]
        for record in gone:
            record.finish(State.CANCELLED)


def _run(record: _Record, definition: Definition, argument: Any) -> None:
    try:
        value = Interpreter(definition, record.host).run(argument)
        record.finish(State.SUCCEEDED, result=encode(value))
    except Cancelled:
        pass
    except WorkflowError as error:
        record.finish(State.FAILED, error=_error(error))
    except Exception as error:
        traceback.print_exc()
        record.finish(State.FAILED, error=_error(failure("SystemError", repr(error))))


def _error(error: WorkflowError) -> api.Execution.Error:
    elements = [
        api.Execution.StackTraceElement(
            step=frame.step,
            routine=frame.routine,
            position=api.Execution.StackTraceElement.Position(line=frame.line),
        )
        for frame in error.trace
    ]
    return api.Execution.Error(
        payload=encode(error.value),
        context=error.context,
        stack_trace=api.Execution.StackTrace(elements=elements),
    )


def _argument(text: str) -> Any:
    if len(text.encode()) > MAX_ARGUMENT:
        size = len(text.encode())
        raise ApiError("INVALID_ARGUMENT", f"argument of {size} bytes, at most {MAX_ARGUMENT}")
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise ApiError("INVALID_ARGUMENT", f"argument is not JSON: {error}") from None


def _environment(workflow: workflows_v1.Workflow, execution: str) -> dict[str, str]:
    names = parts(NAME, execution)
    return {
        **workflow.user_env_vars,
        "GOOGLE_CLOUD_PROJECT_ID": names["project"],
        "GOOGLE_CLOUD_PROJECT_NUMBER": PROJECT_NUMBER,
        "GOOGLE_CLOUD_LOCATION": names["location"],
        "GOOGLE_CLOUD_WORKFLOW_ID": names["workflow"],
        "GOOGLE_CLOUD_WORKFLOW_REVISION_ID": workflow.revision_id,
        "GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID": names["execution"],
        "GOOGLE_CLOUD_SERVICE_ACCOUNT_NAME": workflow.service_account.rpartition("/")[2],
    }


def _fields(execution: api.Execution) -> dict[str, str]:
    def moment(value: Any) -> str:
        return str(value.isoformat().replace("+00:00", "Z")) if value else ""

    return {
        "executionId": execution.name.rpartition("/")[2],
        "state": execution.state.name,
        "createTime": moment(execution.start_time),
        "startTime": moment(execution.start_time),
        "endTime": moment(execution.end_time),
        "workflowRevisionId": execution.workflow_revision_id,
        **{f"labels.{key}": value for key, value in execution.labels.items()},
    }


def _ordered(executions: list[api.Execution], order: str) -> list[api.Execution]:
    for term in reversed(order.split(",")):
        name, _, direction = term.strip().partition(" ")
        if direction not in ("", "asc", "desc") or name not in _fields(api.Execution()):
            raise ApiError("INVALID_ARGUMENT", f"orderBy: cannot order by {term.strip()!r}")
        executions = sorted(executions, key=lambda e: _fields(e)[name], reverse=direction == "desc")
    return executions
