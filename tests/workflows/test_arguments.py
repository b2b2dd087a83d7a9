"""What the definitions of workflows/ take as arguments, refused by name before anything happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.endpoints import workflow_environment
from local.workflows.calls import Surroundings, load
from local.workflows.language.errors import WorkflowError
from local.workflows.language.interpreter import Interpreter
from phase4.settings import Settings

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.stem: path for path in (ROOT / "workflows").glob("*.yaml")}
RANGE = {"start_date": "2024-10-01", "end_date": "2026-01-02"}
SOUND: dict[str, dict[str, Any]] = {"phase4-backfill": RANGE, "weekly-health": {}}


def checked(workflow: str, arguments: Any) -> dict[str, Any]:
    """The request that a definition makes of its arguments."""
    definition = load(WORKFLOWS[workflow].read_text())
    alone = {**definition, "main": definition["check_arguments"]}
    host = Surroundings(environment=workflow_environment(Settings(project="demo")))
    request: dict[str, Any] = Interpreter(alone, host).run(arguments)
    return request


def refusal(workflow: str, arguments: Any) -> dict[str, Any]:
    """The error that names the argument at fault."""
    with pytest.raises(WorkflowError) as refused:
        checked(workflow, arguments)
    error: dict[str, Any] = refused.value.value
    assert error["reason"] == "INVALID_ARGUMENT"
    return error


NAMES = [(workflow, name) for workflow in SOUND for name in checked(workflow, SOUND[workflow])]
OWN = {"parallelism", "dates_per_task", "states"}


@pytest.mark.parametrize(("workflow", "name"), [each for each in NAMES if each[1] not in OWN])
def test_null_is_no_value_of_any_argument(workflow: str, name: str) -> None:
    error = refusal(workflow, {**SOUND[workflow], name: None})
    assert error["argument"] == name
    assert error["message"].startswith(f"{name}=null: expected ")
