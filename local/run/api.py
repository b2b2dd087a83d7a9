"""The run.v2 REST methods for jobs, executions, tasks and operations."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

import proto
from google.cloud import run_v2
from google.longrunning.operations_pb2 import Operation
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.run.errors import ApiError, invalid
from local.run.execution import Execution
from local.run.registry import Registry, check_etag, find_task, found, now, under
from local.run.resources import (
    LongRunning,
    execution_message,
    parsed,
    task_message,
    to_json,
)

PARENT = "/v2/projects/{project}/locations/{location}"
JOB = PARENT + "/jobs/{job}"
EXECUTION = JOB + "/executions/{execution}"
OPERATION = PARENT + "/operations/{operation}"
PAGE_SIZE = 100
MAX_PAGE_SIZE = 1_000
WAIT_SECONDS = 30.0

T = TypeVar("T")


class RunApi:
    """Handlers over one registry; each takes a request and gives one run.v2 message."""

    def __init__(self, registry: Registry, base_url: str) -> None:
        """`base_url` is where the log addresses in the answers point to."""
        self._registry = registry
        self._base_url = base_url
        self._operations: dict[str, LongRunning] = {}

    def routes(self) -> list[Route]:
        """The HTTP methods and paths of the API."""
        return [
            Route(f"{PARENT}/jobs", self.create_job, methods=["POST"]),
            Route(f"{PARENT}/jobs", self.list_jobs, methods=["GET"]),
            Route(f"{JOB}:run", self.run_job, methods=["POST"]),
            Route(JOB, self.get_job, methods=["GET"]),
            Route(JOB, self.patch_job, methods=["PATCH"]),
            Route(JOB, self.delete_job, methods=["DELETE"]),
            Route(f"{JOB}/executions", self.list_executions, methods=["GET"]),
            Route(f"{EXECUTION}:cancel", self.cancel_execution, methods=["POST"]),
            Route(EXECUTION, self.get_execution, methods=["GET"]),
            Route(EXECUTION, self.delete_execution, methods=["DELETE"]),
            Route(f"{EXECUTION}/tasks", self.list_tasks, methods=["GET"]),
            Route(f"{EXECUTION}/tasks/{{task}}", self.get_task, methods=["GET"]),
            Route(f"{PARENT}/operations", self.list_operations, methods=["GET"]),
            Route(f"{OPERATION}:wait", self.wait_operation, methods=["POST"]),
            Route(OPERATION, self.get_operation, methods=["GET"]),
            Route(OPERATION, self.delete_operation, methods=["DELETE"]),
        ]

    async def create_job(self, request: Request) -> Response:
        """Create a job; done at once."""
        wanted = parsed(run_v2.Job, await _body(request))
        job_id = request.query_params.get("jobId", "")
        job = self._registry.new_job(_name(request).removesuffix("/jobs"), job_id, wanted)
        return self._stored(request, job)

    async def patch_job(self, request: Request) -> Response:
        """Replace a job's template, labels and annotations; done at once."""
        wanted = parsed(run_v2.Job, await _body(request))
        parent, _, job_id = _name(request).rpartition("/jobs/")
        create = request.query_params.get("allowMissing") == "true"
        if create and _name(request) not in self._registry.jobs:
            return self._stored(request, self._registry.new_job(parent, job_id, wanted))
        return self._stored(request, self._registry.changed_job(_name(request), wanted))

    async def get_job(self, request: Request) -> Response:
        """One job."""
        return _answer(request, self._registry.job(_name(request)))

    async def list_jobs(self, request: Request) -> Response:
        """The jobs of a location."""
        jobs = under(_name(request), self._registry.jobs)
        return _page(request, "jobs", jobs, lambda job: self._registry.job(job.name))

    async def delete_job(self, request: Request) -> Response:
        """Delete a job; its running executions are cancelled."""
        job = self._registry.job(_name(request))
        check_etag(job.etag, request.query_params.get("etag", ""))
        if not _only_validate(request):
            self._registry.delete_job(job.name)
            job.delete_time = now()
        return self._operation(request, lambda: job)

    async def run_job(self, request: Request) -> Response:
        """Start an execution; the operation ends with it, with an error if a task failed."""
        wanted = parsed(run_v2.RunJobRequest, {**await _body(request), "name": _name(request)})
        execution = self._registry.new_execution(_name(request), wanted)
        if wanted.validate_only:
            return self._operation(request, self._view(execution))
        self._registry.start(execution)
        return self._operation(request, self._view(execution), execution, reports_failure=True)

    async def get_execution(self, request: Request) -> Response:
        """One execution."""
        return _answer(request, self._view(self._execution(_name(request)))())

    async def list_executions(self, request: Request) -> Response:
        """The executions of a job, newest first."""
        executions = under(_name(request), self._registry.executions)
        return _page(request, "executions", executions, lambda one: self._view(one)())

    async def cancel_execution(self, request: Request) -> Response:
        """Stop an execution; the operation is done when its last process has ended."""
        execution = self._execution(_name(request))
        wanted = parsed(run_v2.CancelExecutionRequest, await _body(request))
        if execution.completed is not None:
            text = f"{execution.name} has already completed: there is nothing to cancel"
            raise ApiError(400, "FAILED_PRECONDITION", text)
        if wanted.validate_only:
            return self._operation(request, self._view(execution))
        execution.cancel()
        return self._operation(request, self._view(execution), execution)

    async def delete_execution(self, request: Request) -> Response:
        """Delete an execution; one that still runs is cancelled first."""
        execution = self._execution(_name(request))
        if _only_validate(request):
            return self._operation(request, self._view(execution))
        self._registry.delete_execution(execution.name)
        return self._operation(request, self._view(execution), execution)

    async def list_tasks(self, request: Request) -> Response:
        """The tasks of an execution, in the order of their indexes."""
        execution = self._execution(_name(request).removesuffix("/tasks"))
        return _page(
            request,
            "tasks",
            execution.tasks,
            lambda task: task_message(execution, task, self._base_url),
        )

    async def get_task(self, request: Request) -> Response:
        """One task."""
        name, _, task_id = _name(request).rpartition("/tasks/")
        execution = self._execution(name)
        task = find_task(execution, task_id)
        return _answer(request, task_message(execution, task, self._base_url))

    async def get_operation(self, request: Request) -> Response:
        """One operation as it stands now."""
        return _answer(request, found(self._operations, _name(request)).message())

    async def list_operations(self, request: Request) -> Response:
        """The operations of a location, newest first."""
        operations = under(_name(request), self._operations)
        return _page(request, "operations", operations, lambda one: one.message())

    async def wait_operation(self, request: Request) -> Response:
        """The operation when it is done, or as it stands after the timeout (at most 30 s)."""
        operation = found(self._operations, _name(request))
        timeout = _seconds(await _body(request))
        if operation.execution is not None:
            try:
                await asyncio.wait_for(operation.execution.finished.wait(), timeout)
            except TimeoutError:
                return _answer(request, operation.message())
        return _answer(request, operation.message())

    async def delete_operation(self, request: Request) -> Response:
        """Forget an operation; what it stands for goes on."""
        del self._operations[found(self._operations, _name(request)).name]
        return JSONResponse({})

    def _execution(self, name: str) -> Execution:
        return found(self._registry.executions, name)

    def _view(self, execution: Execution) -> Callable[[], run_v2.Execution]:
        return lambda: execution_message(execution, self._base_url)

    def _stored(self, request: Request, job: run_v2.Job) -> Response:
        if not _only_validate(request):
            self._registry.jobs[job.name] = job
        return self._operation(request, lambda: job)

    def _operation(
        self,
        request: Request,
        subject: Callable[[], proto.Message],
        execution: Execution | None = None,
        reports_failure: bool = False,
    ) -> Response:
        location = "/".join(_name(request).split("/")[:4])
        name = f"{location}/operations/{uuid.uuid4()}"
        operation = LongRunning(name, subject, execution, reports_failure)
        self._operations[name] = operation
        return _answer(request, operation.message())


def _name(request: Request) -> str:
    parent, _, last = request.url.path.removeprefix("/v2/").rpartition("/")
    return f"{parent}/{last.partition(':')[0]}"


async def _body(request: Request) -> dict[str, object]:
    if not await request.body():
        return {}
    try:
        document = await request.json()
    except ValueError as error:
        raise invalid(f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise invalid(f"the body must be a JSON object, found {type(document).__name__}")
    return document


def _only_validate(request: Request) -> bool:
    return request.query_params.get("validateOnly") == "true"


def _seconds(body: dict[str, object]) -> float:
    text = str(body.get("timeout", f"{WAIT_SECONDS:g}s"))
    try:
        return min(float(text.removesuffix("s")), WAIT_SECONDS)
    except ValueError:
        raise invalid(f"timeout = {text!r}: must be seconds such as 5s") from None


def _numbers(request: Request) -> bool:
    form = request.query_params.get("$alt", request.query_params.get("alt", ""))
    return "enum-encoding=int" in form


def _answer(request: Request, message: proto.Message | Operation) -> Response:
    return JSONResponse(to_json(message, _numbers(request)))


def _page(
    request: Request,
    key: str,
    items: Sequence[T],
    message: Callable[[T], proto.Message | Operation],
) -> Response:
    start = _count(request, "pageToken", 0)
    end = start + min(_count(request, "pageSize", PAGE_SIZE) or PAGE_SIZE, MAX_PAGE_SIZE)
    page = [to_json(message(item), _numbers(request)) for item in items[start:end]]
    answer: dict[str, object] = {key: page} if page else {}
    if end < len(items):
        answer["nextPageToken"] = str(end)
    return JSONResponse(answer)


def _count(request: Request, key: str, default: int) -> int:
    text = request.query_params.get(key, "")
    if not text:
        return default
    if not text.isdecimal():
        raise invalid(f"{key} = {text!r}: must be a number from an earlier answer or from 1")
    return int(text)
