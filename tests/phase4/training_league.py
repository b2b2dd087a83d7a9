"""A league for the training set: three players over twelve dates of a season."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from phase4.tables.factors import CALCULATION_VERSION

OPENER = date(2024, 10, 22)
DAYS = [OPENER + timedelta(days=number) for number in (0, 1, 3, 6, 8, 10, 13, 15, 16, 20, 22, 24)]
LAST = DAYS[-1]
TEAM = ("star", "guard", "bench")
PLAYERS, SCORES = "player_game_summary", "player_composite_factors"
WRITTEN = datetime(2024, 12, 1, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


def line(day: date, player: str, number: int, **values: Any) -> dict[str, Any]:
    """A player's line of L3 in the game of a day."""
    return {
        "game_date": day, "game_id": f"{day:%Y%m%d}_BOS_NYK", "player_lookup": player,
        "team_abbr": "NYK", "opponent_team_abbr": "BOS", "is_active": True, "is_dnp": False,
        "points": 10 + number, "minutes_played": Decimal(20 + number), "fg_attempts": 30,
        "usage_rate": Decimal("20.5"), "processed_at": WRITTEN, **values,
    }  # fmt: skip


def scores(day: date, player: str, **values: Any) -> dict[str, Any]:
    """A player's row of L4 in the game of a day."""
    return {
        "game_date": day, "game_id": f"{day:%Y%m%d}_BOS_NYK", "player_lookup": player,
        "fatigue_score": 85, "shot_zone_mismatch_score": Decimal("1.5"),
        "pace_score": Decimal("0.5"), "usage_spike_score": Decimal("-1.0"),
        "total_composite_adjustment": Decimal("0.25"), "calculation_version": CALCULATION_VERSION,
        "processed_at": WRITTEN, "data_quality_issues": [], **values,
    }  # fmt: skip


def league() -> Rows:
    """Three players over twelve dates of a season; L4 has all of it but the bootstrap."""
    lines = [line(day, who, n + len(who)) for n, day in enumerate(DAYS) for who in TEAM]
    return {PLAYERS: lines, SCORES: [scores(day, who) for day in DAYS[7:] for who in TEAM]}
