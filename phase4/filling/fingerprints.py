"""The fingerprints of what a task has read, as phase4/tables/sql/fingerprints.sql defines them."""

from __future__ import annotations

import pyarrow as pa

from phase4.filling.engine import database
from phase4.filling.sources import LeagueTables
from phase4.tables import fingerprints

NAMES = {
    "player_table": "player_game_summary",
    "defense_table": "team_defense_game_summary",
    "offense_table": "team_offense_game_summary",
    "roster_rows": "player_birthdates",
    "first": "DATE '0001-01-01'",
    "last": "DATE '9999-12-31'",
}


def of_league(league: LeagueTables) -> pa.Table:
    """Source, game_date, row_count and content of every date that was read."""
    with database() as connection:
        for source, rows in league.sources():
            connection.register(source.table, rows)
        query = fingerprints.statement("duckdb", NAMES)
        return connection.execute(query).to_arrow_table()
