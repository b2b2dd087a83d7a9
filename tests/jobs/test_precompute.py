"""The process of a task that was started wrongly; scenarios run it as it should be."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.phase4.filling.test_task import GOOD

ENVIRONMENT = {**os.environ, "PHASE4_PROJECT": "phase4-tables", **GOOD}


def run(**changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobs.precompute.main"]
    return subprocess.run(
        command, env={**ENVIRONMENT, **changes}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PHASE4_WAVE", "first"),
        ("PHASE4_RUN_ID", ""),
        ("CLOUD_RUN_TASK_INDEX", "-1"),
        ("PHASE4_TARGET_TABLE", "no table"),
        ("PHASE4_DEADLINE_SECONDS", "long"),
    ],
)
def test_a_wrong_variable_ends_the_task_with_2_and_one_line_that_names_it(
    variable: str, value: str
) -> None:
    ended = run(**{variable: value})
    (line,) = ended.stdout.splitlines()
    assert (ended.returncode, ended.stderr) == (2, "")
    assert json.loads(line)["severity"] == "ERROR"
    assert json.loads(line)["message"].startswith(f"{variable}={value!r}")
