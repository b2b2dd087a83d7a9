"""How far a fault reaches inside an execution: dates that are published after the first bad one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from phase4.cloud.workflow_executions import Execution
from phase4.filling.batches import BATCH_DATES
from tests.laptop import Laptop

TARGET = "nba_precompute.player_composite_factors"
STOP = "not begun: wave 1 failed on 4"
TASKS = 4
# What a wave of fifty dates published behind a bad one before anybody looked.
MOST = 50
FAILING = ("2025-02-01", "2025-04-07")
REFUSED = ("2025-02-02", "2025-02-03", "2025-02-04", "2025-02-05")
DOUBLED = ("2024-12-07", "2025-01-31")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("disarmed")]


def published_after(laptop: Laptop, run: Execution, moment: datetime) -> int:
    """Dates of a run whose load job ended well after a moment."""
    return sum(
        job.job_type == "load"
        and job.destination.table_id.startswith(TARGET.partition(".")[2])
        and job.error_result is None
        and job.ended > moment
        for job in laptop.jobs_of(run.run_id)["tasks"]
    )


def skipped(laptop: Laptop, run: Execution) -> set[str]:
    """Why dates of a run were not begun."""
    return {row["reason"] for row in laptop.outcomes(run.run_id) if row["status"] == "SKIPPED"}


def test_dates_that_fail_stop_every_task_before_its_next_batch(
    laptop: Laptop, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in REFUSED:
        laptop.arm("bigquery", on="load", action="job_error", status=400, reason="invalid",
                   contains=f"${day.replace('-', '')}", count=0)  # fmt: skip
    # As the service's loads: not all in an instant.
    laptop.arm("bigquery", on="load", action="delay", seconds=0.2, contains=f"{TARGET}$", count=0)
    run = laptop.run(start_date=FAILING[0], end_date=FAILING[1], canary_dates=0, tasks=TASKS)
    jobs = laptop.jobs_of(run.run_id)["tasks"]
    failed = min(job.ended for job in jobs if job.error_result)
    recorded = min(job.ended for job in jobs if job.job_id.endswith("_t0_0_b0_outcomes_a0"))
    radius = published_after(laptop, run, failed)
    behind_the_record = published_after(laptop, run, recorded)
    with capsys.disabled():
        print(
            f"\nblast radius of failing dates: {radius} of {planned(run)},"
            f" {behind_the_record} of them behind the record of the failures"
        )
    assert "were not begun: wave 1 failed on 4 of" in run.error["message"]
    assert {why.rpartition(" of ")[0] for why in skipped(laptop, run)} == {STOP}
    # Of the other tasks a batch each, which they had begun.
    assert behind_the_record <= (TASKS - 1) * BATCH_DATES
    assert 0 < radius < MOST


def test_a_checkpoint_with_an_error_stops_every_task_before_its_next_batch(
    laptop: Laptop, capsys: pytest.CaptureFixture[str]
) -> None:
    laptop.arm("bigquery", on="load", action="delay", seconds=1.5, contains=f"{TARGET}$", count=0)
    # The first snapshot begins behind the row: one in the midst of its checks sees some of it.
    laptop.arm("bigquery", on="query", action="delay", seconds=3, contains="date_figures")
    started = laptop.executions.start({
        "start_date": DOUBLED[0], "end_date": DOUBLED[1], "canary_dates": 0, "tasks": 1,
        "validate_every": 12,
    })  # fmt: skip
    laptop.until(lambda: bool(laptop.outcomes(started.run_id)), 120)
    day = laptop.outcomes(started.run_id)[0]["game_date"]
    bad = datetime.now(UTC)
    copied = f"SELECT * FROM {TARGET} WHERE game_date = @day LIMIT 1"
    laptop.sql(f"INSERT INTO {TARGET} {copied}", day=day)
    run = laptop.wait(started)
    radius = published_after(laptop, run, bad)
    with capsys.disabled():
        print(f"\nblast radius of a failed check: {radius} of {planned(run)}")
    assert run.state == "FAILED"
    (why,) = skipped(laptop, run)
    assert why.startswith("not begun: a snapshot of the run has an error: duplicate_keys (")
    assert radius < MOST


def planned(run: Execution) -> int:
    """Dates that a run set out to fill."""
    return int(run.error["summary"]["dates_planned"])
