"""Whether the team-games that a date's windows need are there: one statement, two dialects.

A team's pace is made of its last ten games, a defence of fifteen, as far as player_game_summary
knows them. A game of which the other table has no row, or a row without figures, is one that lacks.
"""

from __future__ import annotations

from pathlib import Path

from phase4.tables.placeholders import render
from phase4.tables.thresholds import THRESHOLDS

SQL = Path(__file__).with_name("sql") / "readiness"
READINESS: dict[str, int] = THRESHOLDS["input_readiness"]


def statement(team_games: str, team_figures: str, requested: str) -> str:
    """The query for every table and date that is `requested`, a condition on game_date.

    `team_games` is a query for season_year, game_date and team of every game that counts;
    `team_figures` one for source, game_date, team and has_zones of every game with figures.
    """
    known = {
        "team_games": team_games,
        "team_figures": team_figures,
        "requested": requested,
        **{name: str(value) for name, value in READINESS.items()},
    }
    return render((SQL / "readiness.sql").read_text(), known)
