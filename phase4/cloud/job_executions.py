"""Executions of the Cloud Run job through the ordinary client: who works for a run, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.api_core.exceptions import BadRequest, NotFound

from phase4.cloud import emulator
from phase4.cloud.settings import Settings

if TYPE_CHECKING:
    from google.cloud.run_v2 import Execution, ExecutionsClient

RUN_VARIABLE = "PHASE4_RUN_ID"
CANCEL_SECONDS = 120


class JobExecutions:
    """The executions of the one job of an environment."""

    def __init__(self, settings: Settings) -> None:
        self._client = _connect()
        self._job = f"projects/{settings.project}/locations/{settings.location}/jobs/{settings.job}"

    def running(self, run_id: str) -> list[str]:
        """Names of the executions that were started for a run and have not ended."""
        return [
            execution.name
            for execution in self._client.list_executions(parent=self._job)
            if not execution.completion_time and _run_of(execution) == run_id
        ]

    def cancel(self, name: str) -> bool:
        """Cancels an execution and waits until its tasks have ended; False when it had ended."""
        try:
            operation = self._client.cancel_execution(name=name)
            operation.result(timeout=CANCEL_SECONDS)
        except (BadRequest, NotFound):
            # FAILED_PRECONDITION arrives over REST as the plain 400 that it is.
            return False
        return True


def _run_of(execution: Execution) -> str:
    variables = (one for container in execution.template.containers for one in container.env)
    return next((one.value for one in variables if one.name == RUN_VARIABLE), "")


def _connect() -> ExecutionsClient:
    from google.cloud.run_v2 import ExecutionsClient
    from google.cloud.run_v2.services.executions.transports import ExecutionsRestTransport

    client: ExecutionsClient = emulator.rest_client(
        ExecutionsClient, ExecutionsRestTransport, emulator.RUN
    )
    return client
