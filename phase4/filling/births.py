"""When the players of the requested dates were born, as far as the roster can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phase4.tables.births import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LISTED = "SELECT DISTINCT game_date, player_lookup FROM targets"


def settle_births(connection: DuckDBPyConnection, *, has_roster: bool) -> None:
    """Creates the relations `births` and `unlisted`; expects roster and targets.

    Unlisted are the players of a date whom the roster lacks. Without a roster nobody lacks in it.
    """
    connection.execute(f"CREATE TEMP TABLE births AS {statement(LISTED, 'roster')}")
    connection.execute(
        f"""
        CREATE TEMP TABLE unlisted AS
        SELECT
          listed.game_date, count(*) AS players,
          count(*) FILTER (births.player_lookup IS NULL) AS missing
        FROM ({LISTED}) AS listed
        LEFT JOIN births USING (game_date, player_lookup)
        GROUP BY listed.game_date
        HAVING missing > 0 AND {has_roster}
        """
    )
