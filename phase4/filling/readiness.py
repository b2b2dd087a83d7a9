"""Which team-games the windows of the requested dates lack, in what this task has read.

The plan asked the same of BigQuery's tables; what has been lost since then is refused here.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from phase4.tables.readiness import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TEAM_GAMES = "SELECT 0 AS season_year, game_date, team_abbr AS team FROM team_games"
TEAM_FIGURES = """
SELECT 'team_offense_game_summary' AS source, game_date, team_abbr AS team, FALSE AS has_zones
FROM offense_games
WHERE pace IS NOT NULL
UNION ALL
SELECT 'team_defense_game_summary', game_date, team_abbr, paint_attempts IS NOT NULL
FROM defense_games
WHERE three_pt_attempts + three_pt_makes IS NOT NULL
  AND (
    paint_attempts + paint_makes + mid_range_attempts + mid_range_makes IS NOT NULL
    -- A row that was made of a box score: there, though it knows no zones.
    OR coalesce(paint_attempts, paint_makes, mid_range_attempts, mid_range_makes) IS NULL)
"""
REQUESTED = "game_date IN (SELECT game_date FROM requested)"


def shortfalls(connection: DuckDBPyConnection) -> pa.Table:
    """game_date, is_ready and shortfall of each table that lacks team-games behind a date."""
    query = statement(TEAM_GAMES, TEAM_FIGURES, REQUESTED)
    return connection.execute(
        f"SELECT game_date, is_ready, shortfall FROM ({query}) WHERE shortfall != '' ORDER BY ALL"
    ).to_arrow_table()


def refusals(found: pa.Table) -> dict[date, str]:
    """Why dates may not be published, as too much lacks behind them."""
    return {
        day: f"BLOCKED_UPSTREAM: {'; '.join(texts)}"
        for day, texts in _by_date(found, is_ready=False).items()
    }


def warnings(found: pa.Table) -> dict[date, tuple[str, ...]]:
    """What lacks behind dates that may be published all the same."""
    return {day: tuple(texts) for day, texts in _by_date(found, is_ready=True).items()}


def _by_date(found: pa.Table, *, is_ready: bool) -> dict[date, list[str]]:
    texts: dict[date, list[str]] = {}
    for row in found.to_pylist():
        if row["is_ready"] == is_ready:
            texts.setdefault(row["game_date"], []).append(row["shortfall"])
    return texts
