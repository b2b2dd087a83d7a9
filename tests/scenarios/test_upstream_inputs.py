"""U8, U10: what upstream took from behind a date is named; half a league is never computed with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop

L3 = "nba_analytics.player_game_summary"
OFFENSE = "nba_analytics.team_offense_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
L4 = "nba_precompute.player_composite_factors"
TABLES = (L3, OFFENSE, DEFENSE)
HURT, LAST = date(2025, 1, 29), date(2025, 2, 12)
BEHIND = {"start_date": str(HURT), "end_date": str(LAST)}
SILENT = date(2025, 3, 15)
SILENCE = {"start_date": "2025-03-15", "end_date": "2025-03-28"}
SMALL: dict[str, Any] = {"canary_dates": 0, "tasks": 1}
pytestmark = pytest.mark.slow


def backup(table: str) -> str:
    """Where the rows of a table are kept that a test takes away."""
    return f"nba_analytics.kept_{table.rpartition('.')[2]}"


@pytest.fixture(scope="module")
def before(laptop: Laptop) -> str:
    """What the two weeks hold after a complete run; then one game of their first date goes."""
    assert laptop.run(**BEHIND, **SMALL).state == "SUCCEEDED"
    table = laptop.table_hash(**_span(BEHIND))
    [lost] = laptop.sql(f"SELECT MIN(game_id) AS game FROM {L3} WHERE game_date = '{HURT}'")
    for name in TABLES:
        rows = f"{name} WHERE game_date = '{HURT}' AND game_id = '{lost['game']}'"
        laptop.sql(f"CREATE TABLE {backup(name)} AS SELECT * FROM {rows}")
        laptop.sql(f"DELETE FROM {rows}")
    return table


@pytest.fixture(scope="module")
def hurt(laptop: Laptop, before: str) -> Mapping[date, Row]:
    """The states of the two weeks without the game."""
    return laptop.states(**_span(BEHIND))


@pytest.fixture(scope="module")
def by_default(laptop: Laptop, hurt: Mapping[date, Row]) -> Execution:
    """A second run of the two weeks."""
    return laptop.run(**BEHIND, **SMALL)


@pytest.fixture(scope="module")
def on_request(laptop: Laptop, by_default: Execution) -> Execution:
    """The stale dates recomputed without the game, as an operator asked for."""
    return laptop.run(**BEHIND, **SMALL, reasons=["stale"])


@pytest.fixture(scope="module")
def restored(laptop: Laptop, on_request: Execution) -> Execution:
    """The game is back, and the stale dates are recomputed again."""
    for name in TABLES:
        laptop.sql(f"INSERT INTO {name} SELECT * FROM {backup(name)}")
    return laptop.run(**BEHIND, **SMALL, reasons=["stale"])


def _span(range_: Mapping[str, str]) -> dict[str, str]:
    return {"first": range_["start_date"], "last": range_["end_date"]}


def days_behind(states: Mapping[date, Row]) -> set[date]:
    """The dates after the hurt one that L4 holds."""
    return {day for day, row in states.items() if day > HURT and row["l4_games"] > 0}


def test_u8_the_date_keeps_its_rows_and_the_two_weeks_behind_it_are_stale(
    hurt: Mapping[date, Row],
) -> None:
    assert hurt[HURT]["state"] == "BLOCKED_SHRUNK"
    assert len(days_behind(hurt)) >= 10
    assert {hurt[day]["state"] for day in days_behind(hurt)} == {"STALE"}
    assert all(str(HURT) in hurt[day]["reason"] for day in days_behind(hurt))


def test_u8_unasked_nothing_is_recomputed_from_less(
    laptop: Laptop, before: str, by_default: Execution
) -> None:
    assert laptop.outcomes(by_default.run_id) == []
    assert laptop.table_hash(**_span(BEHIND)) == before


def test_u8_on_request_each_date_says_that_a_game_lacks_behind_it(
    laptop: Laptop, on_request: Execution, hurt: Mapping[date, Row]
) -> None:
    outcomes = {row["game_date"]: row for row in laptop.outcomes(on_request.run_id)}
    assert set(outcomes) == days_behind(hurt)
    changed = [row for row in outcomes.values() if row["status"] == "PUBLISHED"]
    assert changed
    for outcome in changed:
        assert any("player_game_summary lacks" in warning for warning in outcome["warnings"])


def test_u8_when_the_game_is_back_the_rows_are_what_they_were(
    laptop: Laptop, before: str, restored: Execution
) -> None:
    assert laptop.table_hash(**_span(BEHIND)) == before


@pytest.fixture(scope="module")
def silent(laptop: Laptop, restored: Execution) -> Execution:
    """A run over two weeks of which the offence is silent."""
    laptop.sql(f"DELETE FROM {OFFENSE} WHERE game_date >= '{SILENT}'")
    return laptop.run(**SILENCE, **SMALL)


@pytest.fixture(scope="module")
def silence(laptop: Laptop, silent: Execution) -> Mapping[date, Row]:
    """The states of the silent two weeks after that run."""
    return laptop.states(**_span(SILENCE))


def blocked(states: Mapping[date, Row]) -> dict[date, Row]:
    """The dates of which offence or defence behind them lack."""
    return {
        day: row
        for day, row in states.items()
        if row["state"] == "BLOCKED_UPSTREAM" and row["l3_games"] > 0
    }


def test_u10_dates_are_blocked_once_too_little_is_left_behind_them(
    silence: Mapping[date, Row],
) -> None:
    days = sorted(blocked(silence))
    assert days[0] > SILENT + timedelta(days=2)
    later = {row["state"] for day, row in silence.items() if day >= days[0] and row["l3_games"]}
    assert later == {"BLOCKED_UPSTREAM"}
    assert {row["l4_games"] for row in blocked(silence).values()} == {0}


def test_u10_the_reason_names_table_counts_and_dates(silence: Mapping[date, Row]) -> None:
    reason = blocked(silence)[max(blocked(silence))]["reason"]
    assert reason.startswith("team_offense_game_summary has ")
    assert " team-games that the windows " in reason
    assert f"teams on {SILENT}" in reason


def test_u10_what_is_computed_with_less_says_so(
    laptop: Laptop, silent: Execution, silence: Mapping[date, Row]
) -> None:
    outcomes = {row["game_date"]: row for row in laptop.outcomes(silent.run_id)}
    thin = {day for day in outcomes if "team_offense" in silence[day]["input_shortfall"]}
    assert thin
    for day in thin:
        warnings = outcomes[day]["warnings"]
        assert any(one.startswith("team_offense_game_summary has ") for one in warnings)
        rows = laptop.sql(f"SELECT data_quality_issues FROM {L4} WHERE game_date = '{day}'")
        named = [row for row in rows if "window_completeness_pct" in str(row)]
        assert named or silence[day]["input_pct"] > 90


def test_u10_verdict_readiness_and_check_see_it(laptop: Laptop, silent: Execution) -> None:
    snapshot = laptop.snapshots(silent.run_id)[-1]
    assert snapshot["verdict"] == "failed"
    assert not snapshot["ml_ready"]
    assert any(one.startswith("dates_with_inputs") for one in snapshot["ml_obstacles"])
    [check] = [
        one
        for one in snapshot["checks"]
        if (one["name"], one["subject"]) == ("input_readiness", "team_offense_game_summary")
    ]
    assert (check["outcome"], check["severity"]) == ("failed", "warning")


def test_u10_eight_of_thirty_teams_are_no_league(laptop: Laptop, silent: Execution) -> None:
    laptop.sql(
        f"DELETE FROM {DEFENSE} WHERE game_date > '2000-01-01' AND defending_team_abbr NOT IN"
        " ('ATL', 'BKN', 'BOS', 'CHA', 'CHI', 'CLE', 'DAL', 'DEN')"
    )
    states = laptop.states("2024-11-10", "2024-12-20")
    due = {day: row for day, row in states.items() if row["playable_games"] > 0}
    assert set(blocked(due)) == set(due)
    assert all("team_defense_game_summary has " in row["reason"] for row in due.values())
