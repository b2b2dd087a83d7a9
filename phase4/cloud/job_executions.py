"""Executions of the Cloud Run job through the ordinary client: who works for a run, and its end."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import BadRequest, NotFound

from phase4.cloud import emulator
from phase4.cloud.asking import Asking, unheard
from phase4.cloud.settings import Settings

if TYPE_CHECKING:
    from google.cloud.run_v2 import Execution, ExecutionsClient, Task, TasksClient

RUN_VARIABLE = "PHASE4_RUN_ID"
WAVE_VARIABLE = "PHASE4_WAVE"
CANCEL_SECONDS = 120
SERVICE = "Cloud Run"


@dataclass(frozen=True)
class TaskEnd:
    """How the last attempt of a task ended that did not succeed, and where its log is."""

    wave: int
    task: int
    how: str
    log: str
    began_at: datetime | None
    ended_at: datetime | None


class JobExecutions:
    """The executions of the one job of an environment."""

    def __init__(self, settings: Settings, asking: Asking = unheard) -> None:
        self._asking = partial(asking, SERVICE)
        self._client = _connect()
        self._job = f"{settings.place}/jobs/{settings.job}"

    def running(self, run_id: str) -> list[str]:
        """Names of the executions that were started for a run and have not ended."""
        with self._asking():
            return [
                execution.name
                for execution in self._client.list_executions(parent=self._job)
                if not execution.completion_time and _variable(execution, RUN_VARIABLE) == run_id
            ]

    def ends(self, run_id: str) -> list[TaskEnd]:
        """How the tasks of a run ended that did not succeed, as Cloud Run keeps it."""
        tasks = _connect_tasks()
        own = [
            execution
            for execution in self._client.list_executions(parent=self._job)
            if _variable(execution, RUN_VARIABLE) == run_id
        ]
        return [
            TaskEnd(
                wave=int(_variable(execution, WAVE_VARIABLE) or 0),
                task=task.index,
                how=_how(task),
                log=task.log_uri,
                began_at=_moment(task.start_time),
                ended_at=_moment(task.completion_time),
            )
            for execution in own
            for task in tasks.list_tasks(parent=execution.name)
            if task.completion_time and _how(task)
        ]

    def cancel(self, name: str) -> bool:
        """Cancels an execution and waits until its tasks have ended; False when it had ended."""
        try:
            with self._asking("to end the tasks"):
                operation = self._client.cancel_execution(name=name)
                operation.result(timeout=CANCEL_SECONDS)
        except (BadRequest, NotFound):
            # FAILED_PRECONDITION arrives over REST as the plain 400 that it is.
            return False
        return True


def _variable(execution: Execution, name: str) -> str:
    variables = (one for container in execution.template.containers for one in container.env)
    return next((one.value for one in variables if one.name == name), "")


def _how(task: Task) -> str:
    """`killed by SIGKILL`, `exit code 1`; empty for a task that succeeded."""
    result = task.last_attempt_result
    if result.term_signal:
        return f"killed by {_signal_name(result.term_signal)}"
    if result.exit_code:
        return f"ended with exit code {result.exit_code}"
    # A task that was stopped may have ended with 0.
    return "stopped" if result.status.code else ""


def _moment(at: Any) -> datetime | None:
    """A timestamp of the client, which is a datetime of more digits, or nothing."""
    return datetime.fromtimestamp(at.timestamp(), UTC) if at else None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _connect() -> ExecutionsClient:
    from google.cloud.run_v2 import ExecutionsClient
    from google.cloud.run_v2.services.executions.transports import ExecutionsRestTransport

    client: ExecutionsClient = emulator.rest_client(
        ExecutionsClient, ExecutionsRestTransport, emulator.RUN
    )
    return client


def _connect_tasks() -> TasksClient:
    from google.cloud.run_v2 import TasksClient
    from google.cloud.run_v2.services.tasks.transports import TasksRestTransport

    client: TasksClient = emulator.rest_client(TasksClient, TasksRestTransport, emulator.RUN)
    return client
