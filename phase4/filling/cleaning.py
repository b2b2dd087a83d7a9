"""Source rows into clean DuckDB relations: absent values NULL, poison and contradictions named.

NaN is absent. Infinity, text and numbers too large for their column are poison: the value is read
as absent and the row carries the reason. A value that cannot be (phase4/tables/bounds.json) is
absent too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from phase4.filling.identity import prepare, settle
from phase4.filling.shots_faced import settle_shots
from phase4.filling.sources import (
    BOXSCORES,
    DECIMAL,
    DEFENSE,
    OFFENSE,
    PLAYERS,
    ROSTER,
    LeagueTables,
    Source,
)
from phase4.tables.bounds import Then, rules, value_sql
from phase4.tables.box_scores import has_minutes_sql
from phase4.tables.canonical import game_sql, team_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COUNTS = """source.game_date >= scope.opener
  AND source.game_date NOT BETWEEN scope.all_star_start AND scope.all_star_end AS counts"""
IN_SCOPE = "source.game_date BETWEEN scope.first_date AND scope.last_date"
TEAM_COLUMNS = ("team_abbr", "opponent_team_abbr")


def load(connection: DuckDBPyConnection, tables: LeagueTables) -> None:
    """Creates the relation of every source; expects the relation `scope` of the seasons."""
    prepare(connection)
    for source, rows in tables.sources():
        connection.register("source_rows", rows)
        connection.execute(statement(source, rows.schema))
        connection.unregister("source_rows")
    settle(connection, DEFENSE)
    # The plan compares the players' rows as delivered, so this does it before they are settled.
    settle_shots(connection)
    for source in (PLAYERS, OFFENSE):
        settle(connection, source)


def statement(source: Source, schema: pa.Schema) -> str:
    """The statement that cleans `source_rows` of this schema into the relation of the source."""
    if source is ROSTER:
        return _roster()
    if source is BOXSCORES:
        return _boxscores()
    return _facts(source, schema)


def _facts(source: Source, schema: pa.Schema) -> str:
    """Numbers first, poison named; then what the numbers of a row say about each other."""
    columns = ", ".join(
        f"{_number(name, kind, schema) if kind else _text(source, name, here)} AS {name}"
        for name, here, kind in source.columns
    )
    raw = ", ".join(f"{name} := CAST(source.{name} AS VARCHAR)" for name in source.selected)
    values = ", ".join(
        f"{_value(source, name, here)} AS {here}" for name, here, _ in source.columns
    )
    one, other = map(_cleaned, source.teams)
    return f"""
        CREATE TEMP TABLE {source.relation} AS
        WITH cleaned AS (
          SELECT
            {columns},
            {COUNTS},
            nullif(concat_ws('; ', {_poison(source, schema)}), '') AS poison,
            CASE WHEN poison IS NOT NULL
              THEN CAST(to_json(struct_pack({raw})) AS VARCHAR) END AS row_json
          FROM source_rows AS source
          JOIN scope ON {IN_SCOPE}
        )
        SELECT
          {values},
          {game_sql(one, other, _cleaned("game_id"))} AS game,
          {_broken(source, "absent")} AS broken,
          {_broken(source, "contradiction")} AS contradiction,
          {_broken(source, "missing")} AS missing,
          {_broken(source, "noted")} AS absent,
          CAST(NULL AS VARCHAR) AS conflict,
          counts, poison, row_json
          {_has_minutes(source)}
        FROM cleaned
    """


def _text(source: Source, name: str, here: str) -> str:
    """The value as it is; a part of the key of which nothing can be seen is absent."""
    if here in source.key and here != "game_date":
        return f"CASE WHEN regexp_matches(source.{name}, '\\S') THEN source.{name} END"
    return f"source.{name}"


def _has_minutes(source: Source) -> str:
    """Whether a row has minutes, whatever else is wrong with them; of players alone."""
    if source is not PLAYERS:
        return ""
    return ", coalesce(cleaned.minutes_played > 0, FALSE) AS has_minutes"


def _cleaned(name: str) -> str:
    return f"cleaned.{name}"


def _value(source: Source, name: str, here: str) -> str:
    value = value_sql(source.table, name, _cleaned)
    return team_sql(value) if here in TEAM_COLUMNS else value


def _broken(source: Source, then: Then) -> str:
    """The rules with this consequence that a row breaks, with the values that break them."""
    cases = []
    for rule in rules(source.table):
        if rule.then == then:
            values = " || ', ' || ".join(
                f"'{name}=' || coalesce(CAST({_cleaned(name)} AS VARCHAR), 'NULL')"
                for name in rule.columns
            )
            cases.append(f"CASE WHEN {rule.sql(_cleaned)} THEN {values} || ': {rule.name}' END")
    return f"nullif(concat_ws('; ', {', '.join(cases)}), '')" if cases else "CAST(NULL AS VARCHAR)"


def _poison(source: Source, schema: pa.Schema) -> str:
    reasons = [
        f"CASE WHEN {_given(name, schema)} IS NOT NULL AND {_number(name, kind, schema)} IS NULL"
        f" THEN '{name}=' || CAST(source.{name} AS VARCHAR) || ': not a number of this column' END"
        for name, _, kind in source.columns
        if kind and not _is_safe(schema.field(name).type, kind)
    ]
    names = {here: name for name, here, _ in source.columns}
    reasons += [
        f"CASE WHEN {_text(source, names[key], key)} IS NULL THEN '{names[key]} is missing' END"
        for key in _needed(source)
    ]
    return ", ".join(reasons)


def _needed(source: Source) -> list[str]:
    """The parts of the key without which a row is nobody's; a team's game is that of its teams."""
    return [source.who, "game_id"] if source is PLAYERS else [source.who]


def _is_safe(type_: pa.DataType, kind: str) -> bool:
    """Whether no value of this type can be poison."""
    if pa.types.is_decimal(type_):
        # DECIMAL(9, 4) holds five digits before the point.
        return kind == DECIMAL and type_.precision - type_.scale <= 5
    return kind != DECIMAL and bool(pa.types.is_integer(type_))


def _given(name: str, schema: pa.Schema) -> str:
    """The value as given, NULL when it is absent: NULL, NaN or an empty text."""
    type_ = schema.field(name).type
    if pa.types.is_floating(type_):
        return f"CASE WHEN NOT isnan(source.{name}) THEN source.{name} END"
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return f"nullif(nullif(lower(trim(source.{name})), ''), 'nan')"
    return f"source.{name}"


def _number(name: str, kind: str, schema: pa.Schema) -> str:
    """The value as a number of this kind; whole numbers are truncated towards zero."""
    given = _given(name, schema)
    type_ = schema.field(name).type
    if kind == DECIMAL or pa.types.is_integer(type_):
        return f"TRY_CAST({given} AS {kind})"
    # A cast alone would round.
    return f"TRY_CAST(trunc(TRY_CAST({given} AS DOUBLE)) AS {kind})"


def _roster() -> str:
    """As it is: which births can be believed depends on the dates (phase4/filling/births.py)."""
    return "CREATE TEMP TABLE roster AS SELECT player_lookup, birth_date FROM source_rows"


def _boxscores() -> str:
    """A team without a minute is listed for a game that was postponed or is yet to come."""
    return f"""
        CREATE TEMP TABLE {BOXSCORES.relation} AS
        SELECT DISTINCT source.game_date, {team_sql("source.team_abbr")} AS team_abbr, {COUNTS}
        FROM source_rows AS source
        JOIN scope ON {IN_SCOPE}
        WHERE {has_minutes_sql("source.minutes", "regexp_matches")}
    """
