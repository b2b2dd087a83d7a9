"""A load job that outlives its run never lands over what came after it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pytest
from google.cloud import bigquery

from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop, reason

TARGET = "nba_precompute.player_composite_factors"
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("disarmed")]


def loading(laptop: Laptop, day: str, seconds: float = 600) -> Execution:
    """A forced run whose load of a date is accepted and not yet carried out."""
    laptop.arm("bigquery", on="load", action="delay", seconds=seconds,
               contains=f"${day.replace('-', '')}")  # fmt: skip
    execution = laptop.executions.start(
        {"dates": [day], "canary_dates": 0, "tasks": 1, "force": True}
    )
    laptop.until_struck()
    return execution


def in_flight(laptop: Laptop) -> set[str]:
    return {job.job_id for job in laptop.warehouse.client.list_jobs(state_filter="running")}


def writers(laptop: Laptop, day: str) -> set[str]:
    """The runs whose rows a date holds."""
    rows = laptop.sql(f"SELECT DISTINCT run_id FROM {TARGET} WHERE game_date = '{day}'")
    return {row["run_id"] for row in rows}


def newest(laptop: Laptop, day: str) -> dict[str, Any]:
    """The newest line of the ledger for a date."""
    rows = laptop.sql(
        f"SELECT run_id, status FROM nba_ops.outcomes WHERE game_date = '{day}'"
        " ORDER BY finished_at DESC LIMIT 1"
    )
    return dict(rows[0])


TAKEN = "2025-06-10"


@pytest.fixture(scope="module")
def taken(laptop: Laptop) -> Execution:
    """A run that took over from one whose load of the date was in flight."""
    loading(laptop, TAKEN)
    return laptop.run(dates=[TAKEN], canary_dates=0, take_over=True, force=True)


def test_u16_a_run_that_takes_over_ends_the_loads_of_the_run_before_it(
    laptop: Laptop, taken: Execution
) -> None:
    assert taken.state == "SUCCEEDED"
    assert in_flight(laptop) == set()
    assert writers(laptop, TAKEN) == {taken.run_id}
    assert newest(laptop, TAKEN) == {"run_id": taken.run_id, "status": "PUBLISHED"}


def test_u16_a_take_over_that_plans_nothing_ends_the_loads_of_the_run_before_it(
    laptop: Laptop,
) -> None:
    day = "2024-11-25"
    first = loading(laptop, day)
    second = laptop.run(start_date="2024-11-24", end_date=day, take_over=True)
    plan = laptop.plan(second.run_id)
    assert [row["action"] for row in plan if str(row["game_date"]) == day] == ["SKIPPED"]
    assert in_flight(laptop) == set()
    assert first.run_id not in writers(laptop, day)


def test_u16_a_run_ends_the_loads_of_one_that_died_before_it(laptop: Laptop) -> None:
    day = "2024-11-26"
    died = loading(laptop, day)
    laptop.executions.cancel(died.run_id)
    laptop.sql("UPDATE nba_ops.runs SET state = 'FAILED' WHERE run_id = @run", run=died.run_id)
    laptop.run(start_date=day, end_date=day)
    assert in_flight(laptop) == set()
    assert died.run_id not in writers(laptop, day)


OTHERS = 25


@dataclass(frozen=True)
class Beside:
    """A run beside the load of another date and jobs of others; what struck, and was in flight."""

    run: Execution
    struck: list[int]
    before: set[str]
    behind: set[str]
    others: set[str]


@pytest.fixture(scope="module")
def beside(laptop: Laptop) -> Beside:
    """Of others more than a page holds, with more to say than a workflow can keep."""
    first = loading(laptop, "2024-11-29")
    wide = [bigquery.SchemaField(f"column_{number:03}", "STRING") for number in range(500)]
    config = bigquery.LoadJobConfig(source_format="PARQUET", schema=wide)
    laptop.arm("bigquery", on="load", action="delay", seconds=600, contains="elses", count=OTHERS)
    jobs = [
        laptop.client.load_table_from_file(io.BytesIO(b"x"), "somebody.elses", job_config=config)
        for _ in range(OTHERS)
    ]
    before = in_flight(laptop)
    laptop.arm("bigquery", on="list", action="error", status=503)
    run = laptop.run(start_date="2024-11-27", end_date="2024-11-28")
    seen = Beside(
        run, laptop.struck(), before, in_flight(laptop), {str(job.job_id) for job in jobs}
    )
    for job in jobs:
        job.cancel()
    laptop.phase4("cancel", first.run_id)
    return seen


def test_a_run_leaves_the_loads_of_other_dates_alone_and_asks_again_for_a_list_that_failed(
    beside: Beside,
) -> None:
    assert (beside.struck, beside.run.state) == ([1, OTHERS, 1], "SUCCEEDED")
    # By its id: the load of a snapshot may be in flight as well.
    [own] = beside.before - beside.others
    assert beside.behind - beside.others == {own}


def test_jobs_of_others_keep_no_run_from_looking_for_its_own(beside: Beside) -> None:
    assert beside.run.state == "SUCCEEDED", beside.run.error
    assert len(beside.others) == OTHERS
    assert beside.behind == beside.before
    assert beside.others < beside.behind


def test_a_run_that_may_not_see_what_is_in_flight_plans_nothing(laptop: Laptop) -> None:
    laptop.arm("bigquery", on="list", action="error", status=403, reason="accessDenied", count=0)
    run = laptop.run(start_date="2024-11-28", end_date="2024-11-28")
    assert (run.state, reason(run)) == ("FAILED", "PREFLIGHT_FAILED")
    assert "bigquery.jobs.listAll" in run.error["message"]
    assert laptop.plan(run.run_id) == []


def test_u16_a_cancelled_run_leaves_no_load_in_flight(laptop: Laptop) -> None:
    first = loading(laptop, "2025-06-12")
    cancelled = laptop.phase4("cancel", first.run_id)
    assert cancelled.code == 0, cancelled.err
    assert "ended before it landed" in cancelled.out
    assert in_flight(laptop) == set()
    assert first.run_id not in writers(laptop, "2025-06-12")


def test_u16_an_undo_ends_the_loads_of_a_run_that_died(laptop: Laptop, taken: Execution) -> None:
    died = loading(laptop, TAKEN)
    laptop.executions.cancel(died.run_id)
    laptop.sql("UPDATE nba_ops.runs SET state = 'FAILED' WHERE run_id = @run", run=died.run_id)
    undone = laptop.phase4("undo", taken.run_id)
    assert undone.code == 0, undone.err
    assert in_flight(laptop) == set()
    assert writers(laptop, TAKEN).isdisjoint({taken.run_id, died.run_id})
