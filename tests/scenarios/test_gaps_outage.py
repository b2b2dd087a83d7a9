"""G7, G10, U11: an empty raw layer is no full coverage, and a month without games is no gap.

What is alerted is said in test_events_*; here: states, the plan, the coverage and the job.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop

L1 = "nba_raw.bdl_player_boxscores"
OUTAGE = ("2025-02-19", "2025-03-21")
TWO_DATES = ["2025-02-19", "2025-02-20"]
OFF_SEASON = ("2025-07-01", "2025-08-29")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dark_month(laptop: Laptop) -> dict[date, Row]:
    """The states of a month whose raw games are lost, L3 complete."""
    laptop.sql(f"DELETE FROM {L1} WHERE game_date BETWEEN '{OUTAGE[0]}' AND '{OUTAGE[1]}'")
    return laptop.states(*OUTAGE)


@pytest.fixture(scope="module")
def dark_run(laptop: Laptop, dark_month: dict[date, Row]) -> Execution:
    """A backfill of two dates of that month."""
    return laptop.run(dates=TWO_DATES, canary_dates=0, tasks=1)


@pytest.fixture(scope="module")
def summer_run(laptop: Laptop) -> Execution:
    """A backfill of sixty days without a game."""
    return laptop.run(start_date=OFF_SEASON[0], end_date=OFF_SEASON[1])


def summary(run: Execution) -> dict[str, Any]:
    """What a run says of itself, passed or not."""
    found: dict[str, Any] = run.result or run.error["summary"]
    return found


def test_g10_sixty_days_of_summer_have_no_games(laptop: Laptop) -> None:
    states = [row["state"] for row in laptop.states(*OFF_SEASON).values()]
    assert states == ["NO_GAMES"] * 60


def test_g10_no_job_is_started(laptop: Laptop, summer_run: Execution) -> None:
    assert summary(summer_run)["waves_run"] == 0
    assert laptop.job_executions() == []


def test_g10_every_date_is_skipped(summer_run: Execution) -> None:
    plan = summary(summer_run)["plan"]
    assert (plan["planned_dates"], plan["skipped_dates"]) == (0, 60)


def test_g10_nothing_to_do_is_no_failure(summer_run: Execution) -> None:
    assert summer_run.state == "SUCCEEDED"


def test_g10_the_check_of_a_single_day_starts_no_job(laptop: Laptop) -> None:
    assert laptop.run(dates=["2025-07-15"]).state == "SUCCEEDED"
    assert laptop.job_executions() == []


def test_g7_dates_with_l3_are_gaps_although_l1_is_empty(dark_month: dict[date, Row]) -> None:
    with_games = [row for row in dark_month.values() if row["l3_games"] > 0]
    assert len(with_games) > 20
    assert {(row["state"], row["l1_games"]) for row in with_games} == {("MISSING", 0)}


def test_g7_the_dates_are_filled_all_the_same(laptop: Laptop, dark_run: Execution) -> None:
    assert {row["status"] for row in laptop.outcomes(dark_run.run_id)} == {"PUBLISHED"}


def test_g7_coverage_is_not_100_percent(laptop: Laptop, dark_run: Execution) -> None:
    last = laptop.snapshots(dark_run.run_id)[-1]
    assert (last["l1_games"], last["covered_games"]) == (0, 0)
    assert last["coverage_pct"] == 0.0


def test_g7_the_plan_forecasts_no_coverage_without_raw_games(dark_run: Execution) -> None:
    plan = summary(dark_run)["plan"]
    assert (plan["forecast_games"], plan["forecast_pct"]) == (0, 0)


def test_g7_the_run_does_not_pass(dark_run: Execution) -> None:
    assert (dark_run.state, summary(dark_run)["verdict"]) == ("FAILED", "failed")


def test_u11_printed_shares_are_of_the_games_that_they_are_printed_with(
    laptop: Laptop, dark_month: dict[date, Row]
) -> None:
    words = ("--start-date", "2025-02-11", "--end-date", "2025-02-20", "--canary-dates", "0")
    printed = laptop.phase4("run", *words).out
    found = re.search(r"→ ([\d.]+) % of ([\d,]+) due games; ceiling ([\d.]+) %", printed)
    assert found, printed
    covered, due, ceiling = (float(figure.replace(",", "")) for figure in found.groups())
    states = laptop.states("2025-02-11", "2025-02-20").values()
    assert due == sum(row["l1_games"] + row["unconfirmed_games"] for row in states)
    # Of a day that L1 lost nothing is confirmed: its games are due and not covered.
    assert covered == pytest.approx(
        100 * sum(row["covered_games"] for row in states) / due, abs=0.1
    )
    assert covered <= ceiling < 100
