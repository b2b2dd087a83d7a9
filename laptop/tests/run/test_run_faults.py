"""Faults at the start of an execution and at the look at its operation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from laptop.tests.run.conftest import LocalRun


@pytest.fixture
def faulty(run: LocalRun) -> Iterator[LocalRun]:
    """The server, rid of its faults afterwards."""
    yield run
    run.http.delete("/_local/faults").raise_for_status()


def arm(run: LocalRun, **fault: Any) -> None:
    run.http.post("/_local/faults", json=fault).raise_for_status()


def executions(run: LocalRun, job: str) -> int:
    return len(list(run.executions.list_executions(parent=job)))


@pytest.mark.parametrize(("when", "started"), [("before", 0), ("after", 1)])
def test_an_error_strikes_before_or_after_the_execution_is_there(
    faulty: LocalRun, when: str, started: int
) -> None:
    job = faulty.job("pass")
    arm(faulty, on="run", action="error", when=when, status=503, contains=job)
    answer = faulty.http.post(f"/v2/{job}:run", json={})
    assert (answer.status_code, answer.json()["error"]["status"]) == (503, "UNAVAILABLE")
    assert executions(faulty, job) == started


def test_a_fault_strikes_no_other_job_and_only_as_often_as_it_says(faulty: LocalRun) -> None:
    job, other = faulty.job("pass"), faulty.job("pass")
    arm(faulty, on="run", action="error", status=429, contains=job)
    faulty.start(other).result(timeout=30)
    assert faulty.http.post(f"/v2/{job}:run", json={}).status_code == 429
    faulty.start(job).result(timeout=30)
    assert (executions(faulty, job), executions(faulty, other)) == (1, 1)


def test_a_delayed_start_is_late_and_whole(faulty: LocalRun) -> None:
    job = faulty.job("pass")
    arm(faulty, on="run", action="delay", seconds=0.5, contains=job)
    began = time.monotonic()
    execution = faulty.start(job).result(timeout=30)
    assert time.monotonic() - began >= 0.5
    assert execution.succeeded_count == 1


def test_an_operation_that_cannot_be_looked_at_goes_on(faulty: LocalRun) -> None:
    operation = faulty.start(faulty.job("pass"))
    arm(faulty, on="operation", action="error", status=404, contains=operation.operation.name)
    answer = faulty.http.get(f"/v2/{operation.operation.name}")
    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")
    assert operation.result(timeout=30).succeeded_count == 1


def test_a_task_cannot_be_killed_where_a_run_starts(run: LocalRun) -> None:
    answer = run.http.post("/_local/faults", json={"on": "run", "action": "kill_caller"})
    assert answer.status_code == 400
    assert "on 'run' it may be error, delay" in answer.json()["error"]


def test_a_right_that_lacks_is_told_in_the_service_s_code(faulty: LocalRun) -> None:
    execution = faulty.start(faulty.job("import time; time.sleep(60)")).metadata.name
    job = execution.rpartition("/executions/")[0]
    for point in ("list", "cancel", "run"):
        arm(faulty, on=point, action="error", status=403, contains=job)
    for verb, path in (
        ("GET", f"{job}/executions"), ("POST", f"{execution}:cancel"), ("POST", f"{job}:run"),
    ):  # fmt: skip
        answer = faulty.http.request(verb, f"/v2/{path}", json={} if verb == "POST" else None)
        assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    faulty.executions.cancel_execution(name=execution).result(timeout=30)
