"""Who a row is about: one row per player or team and game survives, contradictions are named.

Two ids of one game are one game. Nothing here decides by the order of names: rows that contradict
each other about who played for whom are kept out, and rows of one moment that differ as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from phase4.filling.engine import filled, run
from phase4.filling.sources import PLAYERS, Source
from phase4.tables.canonical import SETTLED_GAME, TOLD_ROWS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A row that was delivered again may differ in these without contradicting itself.
NO_CONTENT = ("game_id", "processed_at")
# Keys of people differ in letters and digits; case, blanks and signs make nobody else of them.
SPELLED = r"regexp_replace(lower(player_lookup), '[^\p{L}\p{N}]', '', 'g')"


def prepare(connection: DuckDBPyConnection) -> None:
    """Creates the relation of rows that stood twice, empty."""
    run(connection, "surplus")


def settle(connection: DuckDBPyConnection, source: Source) -> None:
    """Leaves one row per player or team and game in the relation of the source.

    In a sound table nobody has two rows on a date, which is cheap to see.
    """
    if source is PLAYERS and _names_two_games(connection):
        connection.execute(filled("meant_games", told_rows=TOLD_ROWS, settled_game=SETTLED_GAME))
    if source is PLAYERS and _is_repeated(connection, source, "universal_player_id"):
        connection.execute(filled("shared_ids"))
    if source is PLAYERS and _has_two_spellings(connection, source):
        connection.execute(filled("spellings", spelled=SPELLED))
    if not (_is_repeated(connection, source, source.who) or _has_two_ids(connection, source)):
        return
    if source is PLAYERS:
        connection.execute(filled("conflicts"))
    connection.execute(filled("survivors", **_parts(source)))


def _is_repeated(connection: DuckDBPyConnection, source: Source, column: str) -> bool:
    twice = f"""
        SELECT 1 FROM {source.relation} WHERE {column} IS NOT NULL
        GROUP BY game_date, {column} HAVING count(*) > 1 LIMIT 1
    """
    return connection.execute(twice).fetchone() is not None


def _names_two_games(connection: DuckDBPyConnection) -> bool:
    twice = f"""
        SELECT 1 FROM {PLAYERS.relation} WHERE game_id IS NOT NULL
        GROUP BY game_date, game_id HAVING min(game) != max(game) LIMIT 1
    """
    return connection.execute(twice).fetchone() is not None


def _has_two_spellings(connection: DuckDBPyConnection, source: Source) -> bool:
    twice = f"""
        SELECT 1 FROM (SELECT DISTINCT player_lookup FROM {source.relation})
        GROUP BY {SPELLED} HAVING count(*) > 1 LIMIT 1
    """
    return connection.execute(twice).fetchone() is not None


def _has_two_ids(connection: DuckDBPyConnection, source: Source) -> bool:
    twice = f"""
        SELECT 1 FROM {source.relation} GROUP BY game_date, game
        HAVING min(game_id) != max(game_id) LIMIT 1
    """
    return connection.execute(twice).fetchone() is not None


def _parts(source: Source) -> dict[str, str]:
    content = [here for _, here, _ in source.columns if here not in NO_CONTENT]
    numbers = [here for _, here, kind in source.columns if kind]
    is_team = source is not PLAYERS
    same_day = f"(PARTITION BY game_date, {source.who})"
    return {
        "unit": source.who if is_team else f"newest.game, {source.who}",
        "elsewhere": f"coalesce(min(game) OVER {same_day} != max(game) OVER {same_day}, FALSE)"
        if is_team
        else "FALSE",
        "table": source.table,
        "relation": source.relation,
        "who": source.who,
        "content": ", ".join(content),
        "filled": " + ".join(f"CAST({name} IS NOT NULL AS INTEGER)" for name in content),
        "absent_numbers": ", ".join(
            f"CASE WHEN NOT (differs OR is_elsewhere) THEN {n} END AS {n}" for n in numbers
        ),
    }
