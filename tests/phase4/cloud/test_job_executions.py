"""Which executions of the job work for a run, and their end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from google.cloud import run_v2

from laptop.tests.run.conftest import LocalRun, serving
from phase4.cloud import emulator
from phase4.cloud.job_executions import RUN_VARIABLE, JobExecutions
from phase4.cloud.settings import Settings

LONG = "import time; time.sleep(600)"
SHORT = "pass"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    """A local Cloud Run."""
    with serving(tmp_path_factory.mktemp("run-logs")) as running:
        yield replace(running, parent="projects/demo-project/locations/us-west2")


def start(server: LocalRun, program: str, runs: dict[str, int]) -> tuple[JobExecutions, list[str]]:
    """A job of its own, executed so often for each run; the names of the executions."""
    job = server.job(program)
    names = []
    for run_id in (run_id for run_id, count in runs.items() for _ in range(count)):
        variable = run_v2.EnvVar(name=RUN_VARIABLE, value=run_id)
        operation = server.start(job, container_overrides=[{"env": [variable]}])
        names.append(operation.metadata.name)
        if program == SHORT:
            server.ended(operation)
    _, project, _, location, _, name = job.split("/")
    return JobExecutions(Settings(project=project, location=location, job=name)), names


@pytest.fixture(autouse=True)
def reachable(server: LocalRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(emulator.RUN, f"127.0.0.1:{server.port}")


def test_only_the_executions_of_the_run_are_its_own(server: LocalRun) -> None:
    job, names = start(server, LONG, {"run-1": 2, "run-2": 1})
    assert sorted(job.running("run-1")) == sorted(names[:2])
    assert job.running("run-2") == names[2:]
    assert job.running("run-3") == []


def test_an_execution_that_has_ended_does_not_run(server: LocalRun) -> None:
    job, _ = start(server, SHORT, {"run-1": 1})
    assert job.running("run-1") == []


def test_cancelling_waits_until_the_tasks_have_ended(server: LocalRun) -> None:
    job, (name,) = start(server, LONG, {"run-1": 1})
    assert job.cancel(name)
    execution = server.executions.get_execution(name=name)
    assert (execution.running_count, execution.cancelled_count) == (0, 1)
    assert job.running("run-1") == []


def test_cancelling_what_has_ended_says_so(server: LocalRun) -> None:
    job, (name,) = start(server, SHORT, {"run-1": 1})
    assert not job.cancel(name)


def test_cancelling_what_never_was_says_so(server: LocalRun) -> None:
    job, (name,) = start(server, SHORT, {"run-1": 1})
    assert not job.cancel(f"{name}-other")
