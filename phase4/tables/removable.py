"""Rows that may go, as date_status hands them to a task: one text for each player of a game."""

from __future__ import annotations

from collections.abc import Iterable

Key = tuple[str, str]
# Those of ASCII: keys of somebody else's rows may hold blanks and bars. They stand in the SQL as
# they are, because the delimiter of STRING_AGG has to be a literal.
FIELD_SEPARATOR = "\x1f"
ROW_SEPARATOR = "\x1e"


def keys(rows: Iterable[str]) -> set[Key]:
    """The keys (game id, player) of a plan's rows: a player, then the ids of his game."""
    parts = (row.split(FIELD_SEPARATOR) for row in rows)
    return {(game, player) for player, *games in parts for game in games}


def placeholders() -> dict[str, str]:
    """What `${…}` stands for in SQL: what separates keys."""
    return {"field_separator": FIELD_SEPARATOR, "row_separator": ROW_SEPARATOR}
