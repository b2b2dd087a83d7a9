"""A league of six teams that all play every second day, as rows of the tables of L3."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Rows = list[dict[str, Any]]
OPENER = date(2024, 10, 22)
DAYS = [OPENER + timedelta(days=2 * number) for number in range(21)]
PAIRS = [
    [("BKN", "BOS"), ("CHA", "PHX"), ("LAL", "DAL")],
    [("BKN", "PHX"), ("CHA", "DAL"), ("LAL", "BOS")],
]
ZONES = ("paint", "mid_range", "three_pt")
DEFENCE = {f"opp_{zone}_attempts": 30 for zone in ZONES} | {
    f"opp_{zone}_makes": 12 for zone in ZONES
}
PLAYED = {"is_active": True, "minutes_played": Decimal("30.0"), "usage_rate": Decimal(20)}


def tables() -> dict[str, Rows]:
    """One player of each team in each game, and whole rows of offence and defence."""
    rows: dict[str, Rows] = {
        "player_game_summary": [],
        "team_offense_game_summary": [],
        "team_defense_game_summary": [],
    }
    for number, day in enumerate(DAYS):
        for away, home in PAIRS[number % 2]:
            for team, opponent in ((away, home), (home, away)):
                _add(rows, day, f"{day:%Y%m%d}_{away}_{home}", team, opponent)
    return rows


def _add(rows: dict[str, Rows], day: date, game_id: str, team: str, opponent: str) -> None:
    game = {
        "game_id": game_id,
        "game_date": day,
        "opponent_team_abbr": opponent,
        "processed_at": datetime(2025, 1, 1, tzinfo=UTC),
    }
    own = {**game, "team_abbr": team}
    rows["player_game_summary"].append({**own, **PLAYED, "player_lookup": f"of{team.lower()}"})
    rows["team_offense_game_summary"].append({**own, "pace": Decimal(99), "possessions": 100})
    rows["team_defense_game_summary"].append({**game, **DEFENCE, "defending_team_abbr": team})
