"""Workflow executions through the ordinary client."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from google.api_core.exceptions import FailedPrecondition, NotFound

from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.cloud.workflow_executions import GONE, Execution, Executions, state_of

SETTINGS = Settings(project="demo-project")
PLACE = f"projects/{SETTINGS.project}/locations/{SETTINGS.location}"
SOURCE = """
main:
  params: [args]
  steps:
    - judge:
        switch:
          - condition: ${args.do == "fail"}
            raise: {reason: ASKED_FOR}
          - condition: ${args.do == "fail in words"}
            raise: as you wish
          - condition: ${args.do == "wait"}
            call: sys.sleep
            args: {seconds: 600}
    - finish:
        return: {done: "${args.do}"}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, int]]:
    """A local Cloud Workflows with one workflow."""
    command = [sys.executable, "-m", "laptop.workflows"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        url = f"http://127.0.0.1:{ready['port']}/v1/{PLACE}/workflows?workflowId=obedient"
        httpx.post(url, json={"sourceContents": SOURCE}, timeout=10).raise_for_status()
        yield ready
        process.terminate()


@pytest.fixture
def executions(server: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> Executions:
    monkeypatch.setenv(emulator.EXECUTIONS, f"127.0.0.1:{server['grpc_port']}")
    return Executions(SETTINGS, "obedient")


def ended(executions: Executions, what: str) -> Execution:
    execution = executions.start({"do": what})
    while execution.active:
        time.sleep(0.02)
        execution = executions.get(execution.run_id)
    return execution


def test_a_result_is_read_back(executions: Executions) -> None:
    execution = ended(executions, "finish")
    assert (execution.state, execution.result) == ("SUCCEEDED", {"done": "finish"})


def test_a_raised_map_is_the_error(executions: Executions) -> None:
    execution = ended(executions, "fail")
    assert (execution.state, execution.error) == ("FAILED", {"reason": "ASKED_FOR"})


def test_a_raised_text_becomes_a_message(executions: Executions) -> None:
    assert ended(executions, "fail in words").error == {"message": "as you wish"}


def test_an_execution_is_cancelled_once(executions: Executions) -> None:
    execution = executions.start({"do": "wait"})
    assert state_of(execution.name) == "ACTIVE"
    assert executions.cancel(execution.run_id).state == "CANCELLED"
    assert state_of(execution.name) == "CANCELLED"
    with pytest.raises(FailedPrecondition):
        executions.cancel(execution.run_id)


def test_the_run_is_the_last_part_of_the_name(executions: Executions) -> None:
    execution = executions.start({"do": "finish"})
    assert execution.name == f"{PLACE}/workflows/obedient/executions/{execution.run_id}"


def test_an_execution_that_never_was_is_not_found_and_gone(executions: Executions) -> None:
    with pytest.raises(NotFound):
        executions.get("never")
    assert state_of(f"{PLACE}/workflows/obedient/executions/never") == GONE
