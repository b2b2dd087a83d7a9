"""Figures under another's name: what tables say in two ways is absent, or named, never settled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop

PLAYERS = "nba_analytics.player_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
FIRST, LAST = "2025-12-12", "2025-12-14"
DEFENCES, LINES, AFTER = (date(2025, 12, day) for day in (12, 13, 14))
SMALL: dict[str, Any] = {"canary_dates": 0, "tasks": 1}
RULE = "not what the players of the opponent attempted, counts as absent"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def again(laptop: Laptop) -> Execution:
    """A run over a sound range, then one over its stale dates after two exchanges."""
    assert laptop.run(start_date=FIRST, end_date=LAST, **SMALL).state == "SUCCEEDED"
    laptop.sql(
        f"UPDATE {DEFENSE} SET defending_team_abbr = opponent_team_abbr,"
        " opponent_team_abbr = defending_team_abbr WHERE game_date = @day",
        day=DEFENCES,
    )
    best, worst = extremes(laptop)
    laptop.sql(
        f"UPDATE {PLAYERS} SET player_lookup = IF(player_lookup = @best, @worst, @best)"
        " WHERE game_date = @day AND player_lookup IN (@best, @worst)",
        day=LINES, best=best, worst=worst,
    )  # fmt: skip
    return laptop.run(start_date=FIRST, end_date=LAST, reasons=["stale"], **SMALL)


def extremes(laptop: Laptop) -> tuple[str, str]:
    """Two players of one team and game, the one with most points and the one with least."""
    rows = laptop.sql(
        f"SELECT player_lookup FROM {PLAYERS} WHERE game_date = @day AND minutes_played > 0"
        f" AND team_abbr = (SELECT MIN(team_abbr) FROM {PLAYERS} WHERE game_date = @day)"
        " ORDER BY points DESC",
        day=LINES,
    )
    return rows[0]["player_lookup"], rows[-1]["player_lookup"]


@pytest.fixture(scope="module")
def outcomes(laptop: Laptop, again: Execution) -> Mapping[date, Row]:
    """The outcomes of the second run."""
    return {row["game_date"]: row for row in laptop.outcomes(again.run_id)}


@pytest.fixture(scope="module")
def contradictions(laptop: Laptop, again: Execution) -> Mapping[str, Row]:
    """The check of the second run, by subject."""
    checks = laptop.snapshots(again.run_id)[-1]["checks"]
    return {one["subject"]: one for one in checks if one["name"] == "contradictions"}


def test_exchanged_defences_are_absent_and_counted_behind(outcomes: Mapping[date, Row]) -> None:
    assert any(RULE in text for text in outcomes[AFTER]["warnings"])


def test_a_check_names_both_tables_figures(contradictions: Mapping[str, Row]) -> None:
    check = contradictions["a defence that faced other shots than the players took"]
    assert (check["outcome"], check["severity"]) == ("failed", "warning")
    assert str(DEFENCES) in check["detail"]


def test_exchanged_lines_are_named_with_what_l1_says(contradictions: Mapping[str, Row]) -> None:
    check = contradictions["a player with other figures than in L1"]
    assert check["detail"].startswith(f"{LINES} 2 players, ")
    assert "points" in check["detail"]


def test_the_dates_behind_exchanged_lines_are_named(contradictions: Mapping[str, Row]) -> None:
    assert f"{AFTER} after {LINES}" in contradictions["computed behind such a date"]["detail"]
