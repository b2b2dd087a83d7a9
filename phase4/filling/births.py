"""When the players of the requested dates were born, as far as the roster can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phase4.tables.births import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LISTED = "SELECT DISTINCT game_date, player_lookup FROM targets"


def settle_births(connection: DuckDBPyConnection) -> None:
    """Creates the relation `births`; expects roster and targets."""
    connection.execute(f"CREATE TEMP TABLE births AS {statement(LISTED, 'roster')}")
