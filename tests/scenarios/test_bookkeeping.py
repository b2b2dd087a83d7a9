"""E11: bookkeeping stays bounded when a run is ten times as large."""

from __future__ import annotations

from collections import Counter

import pytest

from phase4.executions import Execution
from tests.laptop import Laptop

TASKS = 2
SMALL = ("2025-11-05", "2025-11-08")
LARGE = ("2025-02-01", "2025-03-25")


def _jobs(laptop: Laptop, run: Execution, component: str) -> Counter[str]:
    """How many jobs of each kind a component asked for under the label of a run."""
    return Counter(
        job.job_type
        for job in laptop.client.list_jobs(all_users=True, max_results=5000)
        if job.labels.get("run_id") == run.run_id and job.labels.get("component") == component
    )


@pytest.fixture(scope="module")
def runs(laptop: Laptop) -> tuple[Execution, Execution]:
    """A small run and one of about ten times its dates, one wave each."""

    def run(first: str, last: str) -> Execution:
        arguments = {"tasks": TASKS, "canary_dates": 0, "validate_every": 1000}
        return laptop.run(start_date=first, end_date=last, **arguments)

    return run(*SMALL), run(*LARGE)


def _planned(run: Execution) -> int:
    summary = run.result or run.error["summary"]
    return int(summary["plan"]["planned_dates"])


def test_e11_the_large_run_is_about_ten_times_the_small_one(
    runs: tuple[Execution, Execution],
) -> None:
    small, large = (_planned(run) for run in runs)
    assert small >= 4
    assert large >= 8 * small


def test_e11_the_tasks_ask_as_many_statements_for_forty_dates_as_for_four(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    small, large = (_jobs(laptop, run, "precompute")["query"] for run in runs)
    assert small == large <= 3 * TASKS


def test_e11_the_tasks_load_each_date_once_and_one_ledger_each(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    for run in runs:
        assert _jobs(laptop, run, "precompute")["load"] == _planned(run) + TASKS


def test_e11_the_validator_asks_a_bounded_number_of_statements_and_loads(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    for run in runs:
        jobs = _jobs(laptop, run, "validator")
        snapshots = len(laptop.snapshots(run.run_id))
        assert jobs["query"] <= 5 * snapshots
        assert jobs["load"] <= 3 * snapshots
