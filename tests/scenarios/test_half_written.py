"""Rows that upstream has begun to write anew say nothing yet, whatever they say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.laptop import Laptop

PLAYERS = "nba_analytics.player_game_summary"
DAY = date(2025, 12, 13)
ALONE: dict[str, Any] = {"dates": [str(DAY)], "canary_dates": 0, "tasks": 1}
FIGURES = ("minutes_played", "points", "usage_rate", "fg_attempts", "three_pt_attempts",
           "paint_attempts", "mid_range_attempts")  # fmt: skip
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(laptop: Laptop) -> str:
    """The hash of the date's rows; then a game's rows of L3 are there without a figure."""
    assert laptop.run(**ALONE).state == "SUCCEEDED"
    empty = ", ".join(f"{name} = NULL" for name in FIGURES)
    laptop.sql(
        f"UPDATE {PLAYERS} SET is_active = FALSE, {empty}, processed_at = CURRENT_TIMESTAMP()"
        f" WHERE game_date = @day AND game_id ="
        f" (SELECT MIN(game_id) FROM {PLAYERS} WHERE game_date = @day)",
        day=DAY,
    )
    return str(DAY)


@pytest.fixture(scope="module")
def before(laptop: Laptop, filled: str) -> str:
    """What L4 holds of the date."""
    return laptop.table_hash(filled, filled)


def test_inactive_rows_of_players_with_minutes_in_l1_take_no_row_away(
    laptop: Laptop, before: str
) -> None:
    state = laptop.states(str(DAY), str(DAY))[DAY]
    assert state["state"] == "BLOCKED_SHRUNK"
    assert "rows of L4 would go; lost: " in state["reason"]


@pytest.mark.parametrize("how", [{"reasons": ["stale", "overcount"]}, {"force": True}])
def test_no_run_takes_them_away(laptop: Laptop, before: str, how: dict[str, Any]) -> None:
    laptop.run(**ALONE, **how)
    assert laptop.table_hash(str(DAY), str(DAY)) == before
