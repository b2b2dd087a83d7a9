"""Workflow executions through the ordinary client: start, look, cancel."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import NotFound

from phase4.cloud import emulator, retries
from phase4.cloud.asking import Asking, unheard
from phase4.cloud.settings import Settings

if TYPE_CHECKING:
    from google.cloud.workflows.executions_v1 import ExecutionsClient

BACKFILL = "phase4-backfill"
WEEKLY_HEALTH = "weekly-health"
ALIVE = ("ACTIVE", "QUEUED")
GONE = "GONE"
SERVICE = "Workflows"


@dataclass(frozen=True)
class Execution:
    """One execution as the service shows it; `error` is the message of a failed one."""

    name: str
    state: str
    result: dict[str, Any]
    error: dict[str, Any]

    @property
    def run_id(self) -> str:
        """The id of the execution, which is the id of the run."""
        return str(self.name.rpartition("/")[2])

    @property
    def summary(self) -> dict[str, Any]:
        """What the execution returned, or carried along when it failed; empty without either."""
        summary = self.result or self.error.get("summary")
        return summary if isinstance(summary, dict) else {}

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.state in ALIVE


# Who follows a run outlasts what the service does not; the client itself would wait for ever.
PATIENT_SECONDS = 300.0
CALL_SECONDS = 60.0


class Executions:
    """The executions of one workflow."""

    def __init__(self, settings: Settings, workflow: str, asking: Asking = unheard) -> None:
        self._asking = partial(asking, SERVICE)
        self._client = _connect()
        self._parent = f"{settings.place}/workflows/{workflow}"

    def start(self, argument: dict[str, Any]) -> Execution:
        """Starts an execution with this argument."""
        from google.cloud.workflows.executions_v1 import Execution as Resource

        resource = Resource(argument=json.dumps(argument))
        with self._asking():
            return _read(self._client.create_execution(parent=self._parent, execution=resource))

    def get(self, run_id: str, seconds: float = PATIENT_SECONDS) -> Execution:
        """The execution of a run; google.api_core.exceptions.NotFound when there is none.

        retries.DeadlineExceeded when the service has not answered for `seconds`.
        """
        name = f"{self._parent}/executions/{run_id}"

        def asked() -> Execution:
            return _read(self._client.get_execution(name=name, timeout=CALL_SECONDS))

        with self._asking():
            return retries.call(f"workflow execution {run_id}", asked, seconds)

    def ended(self, execution: Execution, pause: float) -> Execution:
        """The execution once it has ended, looked at every `pause` seconds."""
        while execution.active:
            time.sleep(pause)
            execution = self.get(execution.run_id)
        return execution

    def cancel(self, run_id: str) -> Execution:
        """Cancels the execution of a run."""
        with self._asking():
            return _read(self._client.cancel_execution(name=f"{self._parent}/executions/{run_id}"))


def state_of(name: str) -> str:
    """The state of the execution with this resource name; GONE when there is none."""
    from google.cloud.workflows.executions_v1 import ExecutionView, GetExecutionRequest

    # Without argument and result, which may be large.
    request = GetExecutionRequest(name=name, view=ExecutionView.BASIC)
    try:
        return str(_connect().get_execution(request=request).state.name)
    except NotFound:
        return GONE


def _connect() -> ExecutionsClient:
    from google.cloud.workflows.executions_v1 import ExecutionsClient

    endpoint = os.environ.get(emulator.EXECUTIONS)
    if not endpoint:
        return ExecutionsClient()
    import grpc
    from google.cloud.workflows.executions_v1.services.executions.transports import (
        ExecutionsGrpcTransport,
    )

    return ExecutionsClient(
        transport=ExecutionsGrpcTransport(channel=grpc.insecure_channel(endpoint))
    )


def _read(resource: Any) -> Execution:
    return Execution(
        name=resource.name,
        state=resource.state.name,
        result=_decoded(resource.result),
        error=_decoded(resource.error.payload if resource.error else ""),
    )


def _decoded(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        # What the service itself raises is a sentence, not JSON.
        return {"message": text}
    return value if isinstance(value, dict) else {"message": value}
