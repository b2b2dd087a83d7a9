"""What the roster says of the births of a date's players: one query, two dialects."""

from __future__ import annotations

from pathlib import Path

from phase4.tables.bounds import rules, value_sql
from phase4.tables.placeholders import render

TABLE = "player_birthdates"
SQL = Path(__file__).with_name("sql") / "births.sql"


def statement(listed: str, roster: str) -> str:
    """The query for game_date, player_lookup, believed, and why not: finding, and told, the values.

    `listed` is a query for distinct game_date and player_lookup, `roster` the table.
    """
    (rule,) = rules(TABLE)
    known = {
        "listed": listed,
        "roster": roster,
        "impossible_birth": rule.name,
        "valid_birth": value_sql(TABLE, "birth_date", lambda name: name),
    }
    return render(SQL.read_text(), known).rstrip()
