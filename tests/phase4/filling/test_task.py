"""Which task a process is: what Cloud Run and the workflow tell it, checked."""

from __future__ import annotations

import pytest

from phase4.cloud.settings import SettingsError
from phase4.filling.task import Task

GOOD = {
    "PHASE4_RUN_ID": "2908d672-2fd2-4a83-beb4-0381f98b99ed",
    "PHASE4_WAVE": "3",
    "CLOUD_RUN_TASK_INDEX": "1",
    "CLOUD_RUN_TASK_ATTEMPT": "2",
    "CLOUD_RUN_EXECUTION": "phase4-precompute-x7k2p",
}


def test_a_task_is_read_from_the_variables_of_the_workflow_and_of_cloud_run() -> None:
    task = Task.from_environment(GOOD)
    assert task == Task(GOOD["PHASE4_RUN_ID"], 3, 1, 2, "phase4-precompute-x7k2p")


@pytest.mark.parametrize("variable", GOOD)
@pytest.mark.parametrize("value", ["", "-1", "1,5", "x; DROP TABLE plan", "a" * 200])
def test_a_variable_that_is_wrong_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Task.from_environment({**GOOD, variable: value})


@pytest.mark.parametrize("variable", GOOD)
def test_a_variable_that_is_missing_is_named(variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Task.from_environment({name: GOOD[name] for name in GOOD if name != variable})


@pytest.mark.parametrize(
    "variable", ["PHASE4_WAVE", "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_ATTEMPT"]
)
def test_every_attempt_at_every_shard_has_job_ids_of_its_own(variable: str) -> None:
    other = Task.from_environment({**GOOD, variable: "4"})
    assert other.job_id("outcomes") != Task.from_environment(GOOD).job_id("outcomes")
