"""A defence whose attempts the opponent's players contradict has no figures in that game."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phase4.filling.engine import filled
from phase4.tables.shots_faced import COLUMNS, NAME, statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# As delivered: before rows that stand twice are settled, as the plan sees them.
PLAYER_LINES = """
SELECT
  game_date, game, opponent_team_abbr AS team, player_lookup, minutes,
  paint_attempts AS paint, mid_range_attempts AS mid_range, three_pt_attempts AS three_pt,
  contradiction IS NOT NULL OR missing IS NOT NULL AS is_unclear
FROM player_games
"""
DEFENSE_LINES = """
SELECT
  game_date, game, team_abbr AS team,
  paint_attempts AS paint, mid_range_attempts AS mid_range, three_pt_attempts AS three_pt
FROM defense_games
"""


def settle_shots(connection: DuckDBPyConnection) -> None:
    """Empties the rows of the defence that contradict the players, and says so in them.

    Expects the defence settled and the players as they were delivered.
    """
    figures = " || ', ' || ".join(
        f"'{column}=' || coalesce(CAST({zone} AS VARCHAR), 'NULL') || ' against ' || {zone}_taken"
        for zone, column in COLUMNS.items()
    )
    contradicted = statement(PLAYER_LINES, DEFENSE_LINES)
    connection.execute(filled("shots_faced", contradicted=contradicted, figures=figures, rule=NAME))
