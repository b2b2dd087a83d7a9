"""G9: what changes late in L3 makes every date stale whose history contains it, and no other.

The range is computed without LATE, whose L3 rows arrive afterwards. Then one row is changed where
no score depends on it: the recomputed dates come out equal and are not written again.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop

L3 = "nba_analytics.player_game_summary"
L4 = "nba_precompute.player_composite_factors"
FIRST, LATE, LAST = date(2025, 11, 10), date(2025, 11, 12), date(2025, 11, 16)
TOUCHED = date(2025, 11, 14)
BEFORE = {date(2025, 11, 10), date(2025, 11, 11)}
BEHIND = {LATE + timedelta(days=days) for days in range(1, 5)}
RANGE = {"start_date": str(FIRST), "end_date": str(LAST)}
SMALL = {"canary_dates": 0, "tasks": 1}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def arrived(laptop: Laptop) -> dict[date, Row]:
    """The states after LATE was filled in L3, the dates around it computed before."""
    laptop.sql(f"CREATE TABLE nba_analytics.late AS SELECT * FROM {L3} WHERE game_date = '{LATE}'")
    laptop.sql(f"DELETE FROM {L3} WHERE game_date = '{LATE}'")
    laptop.run(**RANGE, **SMALL)
    laptop.sql(
        f"INSERT INTO {L3} SELECT * REPLACE (CURRENT_TIMESTAMP() AS processed_at)"
        " FROM nba_analytics.late"
    )
    return laptop.states("2024-10-01", "2026-01-02")


@pytest.fixture(scope="module")
def by_default(laptop: Laptop, arrived: dict[date, Row]) -> Execution:
    """A dry run with the default reasons."""
    return laptop.run(**RANGE, dry_run=True)


@pytest.fixture(scope="module")
def stale_only(laptop: Laptop, by_default: Execution) -> Execution:
    """A run that was asked for stale dates only."""
    return laptop.run(**RANGE, **SMALL, reasons=["stale"])


@pytest.fixture(scope="module")
def touched(laptop: Laptop, stale_only: Execution) -> dict[date, Row]:
    """The states after one L3 row got a point that no score depends on."""
    laptop.sql(
        f"UPDATE {L3} SET points = points + 1 WHERE game_date = '{TOUCHED}'"
        f" AND player_lookup = (SELECT MIN(player_lookup) FROM {L3}"
        f" WHERE game_date = '{TOUCHED}')"
    )
    return laptop.states(str(FIRST), str(LAST))


@pytest.fixture(scope="module")
def written_before(laptop: Laptop, touched: dict[date, Row]) -> dict[date, str]:
    """Which run wrote each date, before the touched row is answered."""
    return writers(laptop)


@pytest.fixture(scope="module")
def recomputed(laptop: Laptop, written_before: dict[date, str]) -> Execution:
    """A run over what the touched row made stale."""
    return laptop.run(**RANGE, **SMALL, reasons=["stale"])


def in_state(rows: dict[date, Row], state: str) -> set[date]:
    """The dates in a state."""
    return {day for day, row in rows.items() if row["state"] == state}


def planned(laptop: Laptop, run: Execution) -> dict[date, str]:
    """The planned dates of a run with the state that they were planned for."""
    rows = laptop.plan(run.run_id)
    return {row["game_date"]: row["state"] for row in rows if row["action"] == "PLANNED"}


def statuses(laptop: Laptop, run: Execution) -> dict[date, str]:
    """What became of each date of a run."""
    return {row["game_date"]: row["status"] for row in laptop.outcomes(run.run_id)}


def writers(laptop: Laptop) -> dict[date, str]:
    """The run that wrote each date of the range."""
    rows = laptop.sql(
        f"SELECT game_date, STRING_AGG(DISTINCT run_id) AS run FROM {L4}"
        f" WHERE game_date BETWEEN '{FIRST}' AND '{LAST}' GROUP BY game_date"
    )
    return {row["game_date"]: row["run"] for row in rows}


def test_the_date_that_was_filled_late_is_missing(arrived: dict[date, Row]) -> None:
    assert arrived[LATE]["state"] == "MISSING"


def test_every_later_date_with_l4_within_45_days_is_stale(arrived: dict[date, Row]) -> None:
    cone_end = LATE + timedelta(days=45)
    reached = {d for d, row in arrived.items() if LATE < d <= cone_end and row["l4_games"] > 0}
    assert in_state(arrived, "STALE") == reached
    assert reached > BEHIND


def test_no_earlier_date_is_stale(arrived: dict[date, Row]) -> None:
    assert {arrived[day]["state"] for day in BEFORE} == {"COMPLETE"}


def test_the_cascade_names_its_cause(arrived: dict[date, Row]) -> None:
    reasons = {arrived[day]["reason"] for day in BEHIND}
    assert reasons == {f"L3 is not what L4 was computed from on 1 dates: {LATE}"}


def test_a_stale_cascade_is_left_alone_unless_asked_for(by_default: Execution) -> None:
    states = by_default.result["plan"]["states"]
    planned = {row["state"]: row["game_dates"] for row in states if row["action"] == "PLANNED"}
    assert planned == {"MISSING": str(LATE)}


def test_asked_for_stale_just_the_cascade_is_recomputed(
    laptop: Laptop, stale_only: Execution
) -> None:
    assert planned(laptop, stale_only) == dict.fromkeys(BEHIND, "STALE")


def test_dates_whose_content_changed_are_written(laptop: Laptop, stale_only: Execution) -> None:
    assert statuses(laptop, stale_only) == dict.fromkeys(BEHIND, "PUBLISHED")


def test_after_the_cascade_was_recomputed_nothing_of_it_is_stale(
    laptop: Laptop, recomputed: Execution
) -> None:
    states = laptop.states(str(FIRST), str(LAST))
    assert in_state(states, "COMPLETE") == BEFORE | BEHIND


def test_a_touched_row_makes_its_own_date_and_the_later_ones_stale(
    touched: dict[date, Row],
) -> None:
    assert in_state(touched, "STALE") == {day for day in touched if day >= TOUCHED}


def test_dates_that_come_out_equal_are_unchanged(laptop: Laptop, recomputed: Execution) -> None:
    expected = dict.fromkeys((TOUCHED + timedelta(days=n) for n in range(3)), "UNCHANGED")
    assert statuses(laptop, recomputed) == expected


def test_unchanged_dates_keep_the_rows_of_the_run_that_wrote_them(
    laptop: Laptop, written_before: dict[date, str], recomputed: Execution
) -> None:
    assert writers(laptop) == written_before


def test_a_third_run_finds_nothing_stale(laptop: Laptop, recomputed: Execution) -> None:
    again = laptop.run(**RANGE, **SMALL, reasons=["stale"], dry_run=True)
    assert again.result["plan"]["planned_dates"] == 0
