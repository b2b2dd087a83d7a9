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
TEAMS = sorted(team for pair in PAIRS[0] for team in pair)
PLAYED = {"is_active": True, "minutes_played": Decimal("48.0"), "usage_rate": Decimal(20)}


def tables() -> dict[str, Rows]:
    """Five players of each team in each game, and whole rows of offence and defence."""
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
    for seat in range(5):
        line = {"player_lookup": f"of{team.lower()}{seat}", **_attempts(team, seat)}
        rows["player_game_summary"].append({**own, **PLAYED, **line})
    rows["team_offense_game_summary"].append({**own, "pace": Decimal(99), "possessions": 100})
    faced = {f"opp_{name}": count for name, count in _allowed(opponent).items()}
    rows["team_defense_game_summary"].append({**game, **faced, "defending_team_abbr": team})


def _attempts(team: str, seat: int) -> dict[str, int]:
    """Six shots of a player from each zone; the first takes more, in each team another number."""
    more = TEAMS.index(team) if seat == 0 else 0
    return {f"{zone}_attempts": 6 + more for zone in ZONES}


def _allowed(team: str) -> dict[str, int]:
    """What a defence faces of a team."""
    taken = {
        name: sum(_attempts(team, seat)[name] for seat in range(5)) for name in _attempts(team, 0)
    }
    return taken | {f"{zone}_makes": 12 for zone in ZONES}
