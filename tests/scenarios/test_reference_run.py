"""The reference situation end to end: what the operator is promised of one whole run."""

from __future__ import annotations

import pytest

from phase4.executions import Execution
from tests.laptop import Laptop

FIRST, LAST = "2024-10-01", "2026-01-02"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(laptop: Laptop) -> Execution:
    """The reference run, once for all tests of this module."""
    return laptop.run(start_date=FIRST, end_date=LAST)


def test_the_run_passes(finished: Execution) -> None:
    assert (finished.state, finished.result.get("verdict")) == ("SUCCEEDED", "passed")


def test_every_missing_date_was_planned(finished: Execution) -> None:
    assert finished.result["plan"]["planned_dates"] == 179


def test_coverage_rises_to_the_ceiling(laptop: Laptop, finished: Execution) -> None:
    last = laptop.snapshots(finished.run_id)[-1]
    assert (last["covered_games"], last["attainable_games"], last["l1_games"]) == (1650, 1650, 2027)


def test_the_forecast_of_the_plan_came_true(laptop: Laptop, finished: Execution) -> None:
    plan, last = finished.result["plan"], laptop.snapshots(finished.run_id)[-1]
    forecast = (plan["forecast_games"], plan["ceiling_games"], plan["forecast_pct"])
    assert forecast == (last["covered_games"], last["attainable_games"], 81.4)


def test_every_lost_game_has_a_reason(laptop: Laptop, finished: Execution) -> None:
    last = laptop.snapshots(finished.run_id)[-1]
    lost = {loss["reason"]: loss["games"] for loss in last["losses"] if loss["games"]}
    assert lost == {"bootstrap": 177, "blocked_upstream": 136, "l3_incomplete": 64}


def test_each_wave_and_the_run_have_one_snapshot(laptop: Laptop, finished: Execution) -> None:
    events = [row["event_id"] for row in laptop.snapshots(finished.run_id)]
    run = finished.run_id
    assert events == [*(f"{run}-wave-{wave}" for wave in range(5)), f"{run}-run"]


def test_l4_covers_234_dates(laptop: Laptop, finished: Execution) -> None:
    states = laptop.states(FIRST, LAST).values()
    assert sum(row["state"] == "COMPLETE" for row in states) == 234


def test_a_second_run_plans_nothing_and_says_so(laptop: Laptop, finished: Execution) -> None:
    again = laptop.run(start_date=FIRST, end_date=LAST)
    plan = again.result["plan"]
    assert (plan["planned_dates"], plan["dates_already_done"]) == (0, 234)


def test_a_forced_run_finds_equal_dates_and_writes_none(
    laptop: Laptop, finished: Execution
) -> None:
    before = laptop.table_hash("2025-11-10", "2025-11-20")
    forced = laptop.run(start_date="2025-11-10", end_date="2025-11-20", force=True, canary_dates=0)
    statuses = {row["status"] for row in laptop.outcomes(forced.run_id)}
    assert statuses == {"UNCHANGED"}
    assert laptop.table_hash("2025-11-10", "2025-11-20") == before


def test_a_run_over_single_dates_is_judged_by_these_dates(
    laptop: Laptop, finished: Execution
) -> None:
    laptop.sql(
        "DELETE FROM nba_precompute.player_composite_factors"
        " WHERE game_date BETWEEN '2025-11-05' AND '2025-11-30'"
    )
    two = laptop.run(dates=["2025-11-10", "2025-11-25"], canary_dates=0)
    last = laptop.snapshots(two.run_id)[-1]
    assert (two.state, last["l1_dates"], last["covered_dates"]) == ("SUCCEEDED", 2, 2)
