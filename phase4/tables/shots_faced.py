"""What a defence faced against what the opponent's players attempted: one query, two dialects.

In sound tables the two are equal to the attempt. Which of two tables is wrong nobody can say.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from phase4.tables.bounds import BOUNDS
from phase4.tables.placeholders import render

SQL = Path(__file__).with_name("sql") / "readiness" / "shots_faced.sql"
RULE: dict[str, Any] = json.loads(BOUNDS.read_text())["shots_faced"]
NAME: str = RULE["name"]
# The zones of the query, and the column of each in team_defense_game_summary.
COLUMNS: dict[str, str] = RULE["columns"]


def statement(player_lines: str, defense_lines: str) -> str:
    """The query for the contradicted rows: game_date, game, team, attempts as faced and taken.

    `player_lines` is a query for game_date, game, team (the opponent), player_lookup, minutes,
    attempts by zone and is_unclear; `defense_lines` one for game_date, game, team and attempts.
    """
    known = {
        "player_lines": player_lines,
        "defense_lines": defense_lines,
        "whole_team_minutes": str(RULE["whole_team_minutes"]),
    }
    return render(SQL.read_text(), known)
