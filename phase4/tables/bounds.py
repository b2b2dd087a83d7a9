"""Values that cannot be, and rows that contradict themselves: bounds.json as SQL.

`then` says what becomes of a value: it is `absent`; or the row is a `contradiction` about whether
he played, which counts against the date; or his minutes are `missing`. Rows of the last two are
nobody's game and nobody's history, but the player is not one who did not play. What is only `noted`
is absent already. A line of L1 that cannot be has its game `refused`. Of a birth, game_date is the
date on which the player is listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from phase4.tables.catalog import TABLES

BOUNDS = Path(__file__).with_name("bounds.json")
WORD = re.compile(r"\b[a-z][a-z_]*\b")
# Whole numbers are ten times as quick to compare as decimals.
NUMBERS = {"INTEGER": "INT64", "NUMERIC": "NUMERIC", "FLOAT": "NUMERIC"}
ALIASES = {
    "players": "player_game_summary",
    "offense": "team_offense_game_summary",
    "defense": "team_defense_game_summary",
    "lines": "bdl_player_boxscores",
    "births": "player_birthdates",
}
Then = Literal["absent", "contradiction", "missing", "noted", "refused"]
Read = Callable[[str], str]


@dataclass(frozen=True)
class Rule:
    """One line of bounds.json: columns whose values cannot be what they are when `impossible`."""

    table: str
    name: str
    columns: tuple[str, ...]
    impossible: str
    then: Then

    def sql(self, read: Read) -> str:
        """The condition, which may be NULL, with every column as `read` reads it."""
        names = TABLES[self.table].column_names
        return WORD.sub(
            lambda word: read(word[0]) if word[0] in names else word[0], self.impossible
        )

    @property
    def text(self) -> str:
        """How a finding names the rule."""
        return f"{', '.join(self.columns)}: {self.name}"


@cache
def rules(table: str) -> tuple[Rule, ...]:
    """The rules about a table, in the order of the file."""
    document = json.loads(BOUNDS.read_text())
    return tuple(
        Rule(
            table=entry["table"],
            name=entry["name"],
            columns=tuple(entry["columns"]),
            impossible=entry["impossible"].format(**document["phrases"]),
            then=entry["then"],
        )
        for entry in document["rules"]
        if entry["table"] == table
    )


def in_bigquery(table: str) -> Read:
    """How BigQuery reads the columns of a table: a number that is none is absent."""
    kinds = {column["name"]: NUMBERS.get(column["type"]) for column in TABLES[table].columns}
    return lambda name: f"SAFE_CAST({name} AS {kinds[name]})" if kinds[name] else name


def value_sql(table: str, column: str, read: Read) -> str:
    """A column's value, NULL where it cannot be."""
    broken = [
        rule.sql(read) for rule in rules(table) if rule.then == "absent" and column in rule.columns
    ]
    return (
        f"CASE WHEN {any_of(broken)} THEN NULL ELSE {read(column)} END" if broken else read(column)
    )


def row_sql(table: str, read: Read, *then: Then) -> str:
    """Whether a row breaks a rule with one of these consequences; never NULL."""
    return (
        f"COALESCE({any_of([rule.sql(read) for rule in rules(table) if rule.then in then])}, FALSE)"
    )


def any_of(conditions: list[str]) -> str:
    """SQL that is TRUE when one of the conditions is."""
    return "(" + " OR ".join(f"({condition})" for condition in conditions) + ")"


def placeholders() -> dict[str, str]:
    """What `${…}` stands for in BigQuery's SQL: valid values, contradictory rows, all findings.

    They name columns of one table, unqualified: use them in a SELECT from that table alone.
    """
    players = in_bigquery(ALIASES["players"])
    values = {
        f"valid_{alias}_{column}": value_sql(table, column, in_bigquery(table))
        for alias, table in ALIASES.items()
        for rule in rules(table)
        if rule.then == "absent"
        for column in rule.columns
    }
    return {
        **values,
        "contradictory_player": row_sql(ALIASES["players"], players, "contradiction"),
        "lacking_player": row_sql(ALIASES["players"], players, "missing"),
        "unclear_player": row_sql(ALIASES["players"], players, "contradiction", "missing"),
        "impossible_line": refusal_sql(in_bigquery(ALIASES["lines"])),
        **{f"broken_{alias}": broken_sql(table) for alias, table in ALIASES.items()},
    }


def refusal_sql(read: Read) -> str:
    """Items of a list: why a line of L1 cannot be, with its figures; NULL where it can.

    Written for BigQuery and DuckDB.
    """
    return ",\n".join(
        f"CASE WHEN {rule.sql(read)} THEN CONCAT({_figures(rule, read)}, ': {rule.name}') END"
        for rule in rules(ALIASES["lines"])
        if rule.then == "refused"
    )


def _figures(rule: Rule, read: Read) -> str:
    """Arguments of CONCAT, none of which is NULL: the columns of a rule with their values."""
    return ", ', ', ".join(
        f"'{name}=', COALESCE(CAST({read(name)} AS STRING), 'NULL')" for name in rule.columns
    )


def broken_sql(table: str) -> str:
    """Items of an array: the text of each rule that a row breaks, NULL for those that it keeps.

    What is absent already is no impossible value.
    """
    read = in_bigquery(table)
    return ", ".join(
        f"IF({rule.sql(read)}, '{rule.text}', NULL)"
        for rule in rules(table)
        if rule.then in ("absent", "contradiction")
    )
