"""Our definitions on the laptop: no findings, and either answer of a job's run is understood."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from laptop.tests.workflows.conftest import chain, start
from laptop.tests.workflows.test_workflow_chain import LOCATION, Chain, run_chain
from laptop.workflows.calls import Surroundings, load
from laptop.workflows.check import check
from laptop.workflows.language.interpreter import Interpreter

__all__ = ["chain", "run_chain", "start"]

DEFINITIONS = sorted((Path(__file__).parents[2] / "workflows").glob("*.yaml"))
SHARED = "# From here on both definitions are one text: Cloud Workflows has no way to share it.\n"
_, PROJECT, _, PLACE = LOCATION.split("/")


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda p: p.name)
def test_the_project_s_definitions_have_no_findings(path: Path) -> None:
    assert check(path.read_text()) == []


@pytest.mark.parametrize("whole", [False, True], ids=["response", "operation"])
def test_the_backfill_takes_either_answer_of_a_run(run_chain: Chain, whole: bool) -> None:
    (backfill,) = [path for path in DEFINITIONS if path.stem == "phase4-backfill"]
    asked = load("""
main:
  params: [args]
  steps:
    - go: {call: execute_job, args: {run_id: r, wave: "${args}"}, result: execution}
    - r: {return: "${execution}"}
execute_job: {params: [run_id, wave], steps: [{r: {return: null}}]}
""")
    variables: dict[str, Any] = {
        "GOOGLE_CLOUD_PROJECT_ID": PROJECT,
        "GOOGLE_CLOUD_LOCATION": PLACE,
        "JOB": run_chain.job("pass").rpartition("/")[2],
    }
    host = Surroundings(environment=variables, endpoints=run_chain.urls, whole_operations=whole)
    definition = {**load(backfill.read_text()), "main": asked["main"]}
    execution = Interpreter(definition, host).run({"wave": 1, "tasks": 2})
    assert (execution["taskCount"], execution["succeededCount"]) == (2, 2)


def test_what_both_definitions_do_is_one_text() -> None:
    own, shared = zip(*(path.read_text().split(SHARED) for path in DEFINITIONS), strict=True)
    assert shared[0] == shared[1]
    both = set.intersection(*(set(re.findall(r"^\w+(?=:)", text, re.M)) for text in own))
    assert both == {"main", "validate", "check_arguments"}
