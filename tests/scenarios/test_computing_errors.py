"""C7 to C9: a target that would lose its rows, and BigQuery errors that pass or do not pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from google.cloud import bigquery

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop, reason

TARGET = "nba_precompute.player_composite_factors"
NINETY_DAYS_MS = 90 * 24 * 3600 * 1000
DEADLINE_SECONDS = 2
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("disarmed")]


def set_expiration(laptop: Laptop, milliseconds: int | None) -> None:
    table = laptop.client.get_table(TARGET)
    assert table.time_partitioning is not None
    table.time_partitioning = bigquery.TimePartitioning(
        field=table.time_partitioning.field, expiration_ms=milliseconds
    )
    laptop.client.update_table(table, ["time_partitioning"])


def outcomes(laptop: Laptop, run: Execution) -> dict[str, Row]:
    """The newest outcome of every date of a run."""
    return {str(row["game_date"]): row for row in laptop.outcomes(run.run_id)}


def partition(day: str) -> str:
    return f"${day.replace('-', '')}"


def test_c7_a_target_whose_partitions_expire_is_refused_before_anything_starts(
    laptop: Laptop,
) -> None:
    runs = laptop.sql("SELECT COUNT(*) AS runs FROM nba_ops.runs")
    set_expiration(laptop, NINETY_DAYS_MS)
    refused = laptop.run(start_date="2025-11-13", end_date="2025-11-13")
    set_expiration(laptop, None)
    assert reason(refused) == "PREFLIGHT_FAILED"
    assert f"{TARGET} in us-west2 expires its partitions" in refused.error["message"]
    assert laptop.sql("SELECT COUNT(*) AS runs FROM nba_ops.runs") == runs


# To each statement of the workflow and each load of a date.
PROCEDURES = ("open_run", "plan_backfill", "close_run")
PASSING = {
    "2025-11-04": (403, "rateLimitExceeded"),
    "2025-11-05": (429, "rateLimitExceeded"),
    "2025-11-06": (500, "internalError"),
    "2025-11-07": (503, "backendError"),
    "2025-11-08": (400, "due to concurrent update"),
}


def test_c8_errors_that_pass_are_retried_by_task_and_workflow_until_they_have_passed(
    laptop: Laptop,
) -> None:
    for procedure in PROCEDURES:
        laptop.arm("bigquery", on="query", action="job_error", status=400, contains=procedure,
                   reason="due to concurrent update")  # fmt: skip
    for day, (status, why) in PASSING.items():
        for action in ("error", "job_error"):
            laptop.arm("bigquery", on="load", action=action, status=status, reason=why,
                       contains=partition(day))  # fmt: skip
    precompute = "component=precompute"
    laptop.arm("bigquery", on="query", action="error", status=500, contains=precompute, count=2)
    laptop.arm("bigquery", on="read", action="error", contains="player_game_summary", count=2)
    laptop.arm("pubsub", on="publish", action="error", contains="shard.completed", count=2)
    run = laptop.run(dates=list(PASSING), canary_dates=0, tasks=1)
    struck = [1] * len(PROCEDURES) + [1, 1] * len(PASSING) + [2, 2]
    assert laptop.struck("bigquery") == struck
    assert laptop.struck("pubsub") == [2]
    assert (run.state, run.result["dates_failed"]) == ("SUCCEEDED", 0)


@dataclass(frozen=True)
class Outage:
    """A run that ended, and how often the load was tried that no quota was left for."""

    run: Execution
    attempts: int


@pytest.fixture(scope="module")
def outage(laptop: Laptop) -> Outage:
    """A run of three tasks; BigQuery never takes the partitions of two of their dates."""
    laptop.arm("bigquery", on="load", action="job_error", status=403, reason="quotaExceeded",
               contains=partition("2025-12-01"), count=0)  # fmt: skip
    laptop.fault("bigquery", "load", "--times", "0", "--contains", partition("2025-11-28"))
    with laptop.job_variables(PHASE4_DEADLINE_SECONDS=str(DEADLINE_SECONDS)):
        run = laptop.run(dates=["2025-11-25", "2025-11-28", "2025-12-01"], canary_dates=0, tasks=3)
    return Outage(run, laptop.struck("bigquery")[0])


def test_c8_a_quota_of_the_day_fails_its_date_at_once_and_the_ledger_is_written(
    laptop: Laptop, outage: Outage
) -> None:
    outcome = outcomes(laptop, outage.run)["2025-12-01"]
    assert (outcome["status"], outage.attempts) == ("FAILED", outcome["attempt"] + 1)
    assert "Quota exceeded" in outcome["reason"]


def test_c9_an_error_that_never_passes_fails_its_date_inside_the_deadline(
    laptop: Laptop, outage: Outage
) -> None:
    outcome = outcomes(laptop, outage.run)["2025-11-28"]
    assert outcome["status"] == "FAILED"
    assert f"still failing after {DEADLINE_SECONDS} s" in outcome["reason"]
    assert "Error encountered during execution" in outcome["reason"]


def test_c9_other_shards_go_on(laptop: Laptop, outage: Outage) -> None:
    assert outcomes(laptop, outage.run)["2025-11-25"]["status"] == "PUBLISHED"
    states = laptop.states("2025-11-25", "2025-11-28")
    assert states[date(2025, 11, 25)]["state"] == "COMPLETE"
    assert states[date(2025, 11, 28)]["state"] == "MISSING"


def test_c9_the_run_fails_with_the_reason(outage: Outage) -> None:
    assert outage.run.state == "FAILED"
    assert "2025-11-28: load into" in outage.run.error["summary"]["failures"]


def test_c9_a_season_that_cannot_be_read_leaves_the_other_season_of_its_shard_filled(
    laptop: Laptop,
) -> None:
    laptop.arm("bigquery", on="read", action="error", status=400, count=0,
               contains="'2024-10-22'")  # fmt: skip
    run = laptop.run(dates=["2024-11-26", "2025-11-06"], force=True, canary_dates=0, tasks=1)
    found = outcomes(laptop, run)
    assert {day: row["status"] for day, row in found.items()} == {
        "2024-11-26": "FAILED",
        "2025-11-06": "PUBLISHED",
    }
    assert "Error encountered" in found["2024-11-26"]["reason"]
