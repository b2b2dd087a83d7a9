"""Which canonical game each game id of L3 means, for the ledger to remember."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from phase4.filling.engine import database
from phase4.tables.canonical import COLUMNS, IS_MEANT_GAME, game_sql

GamesById = dict[tuple[date, str], str]
QUERY = f"""
SELECT game_date, game_id, game
FROM (SELECT game_date, game_id, {game_sql(*COLUMNS["player"])} AS game FROM player_rows)
WHERE game_date IN (SELECT unnest(?)) AND game_id IS NOT NULL
GROUP BY game_date, game_id, game
QUALIFY {IS_MEANT_GAME}
ORDER BY ALL
"""


def games_by_id(player_rows: pa.Table, dates: Iterable[date]) -> GamesById:
    """The canonical game of every game id on these dates."""
    with database() as connection:
        connection.register("player_rows", player_rows)
        found = connection.execute(QUERY, [list(dates)]).fetchall()
    return {(day, game_id): game for day, game_id, game in found}
