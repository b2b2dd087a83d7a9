"""Source rows into clean DuckDB relations: one row per key, absent values NULL, poison named.

NaN is absent. Infinity, text and numbers too large for their column are poison: the value is read
as absent and the row carries the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.precompute.sources import BOXSCORES, DECIMAL, ROSTER, LeagueTables, Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COUNTS = """source.game_date >= scope.opener
  AND source.game_date NOT BETWEEN scope.all_star_start AND scope.all_star_end AS counts"""
IN_SCOPE = "source.game_date BETWEEN scope.first_date AND scope.last_date"


def load(connection: DuckDBPyConnection, tables: LeagueTables) -> None:
    """Creates the relation of every source; expects the relation `scope` of the seasons."""
    for source, rows in tables.sources():
        connection.register("source_rows", rows)
        connection.execute(statement(source, rows.schema))
        connection.unregister("source_rows")
        if _has_duplicates(connection, source):
            connection.execute(_latest(source))


def statement(source: Source, schema: pa.Schema) -> str:
    """The statement that cleans `source_rows` of this schema into the relation of the source."""
    if source is ROSTER:
        return _roster()
    if source is BOXSCORES:
        return _boxscores()
    return _facts(source, schema)


def _facts(source: Source, schema: pa.Schema) -> str:
    cleaned = ", ".join(
        f"{_number(name, kind, schema) if kind else f'source.{name}'} AS {here}"
        for name, here, kind in source.columns
    )
    raw = ", ".join(f"{name} := CAST(source.{name} AS VARCHAR)" for name in source.selected)
    return f"""
        CREATE TEMP TABLE {source.relation} AS
        SELECT
          {cleaned},
          {COUNTS},
          nullif(concat_ws('; ', {_poison(source, schema)}), '') AS poison,
          CASE WHEN poison IS NOT NULL
            THEN CAST(to_json(struct_pack({raw})) AS VARCHAR) END AS row_json
        FROM source_rows AS source
        JOIN scope ON {IN_SCOPE}
    """


def _has_duplicates(connection: DuckDBPyConnection, source: Source) -> bool:
    """Whether a key has two rows: looking is a third of the price of sorting them all."""
    if source in (ROSTER, BOXSCORES):
        return False
    keys = ", ".join(source.key)
    twice = f"SELECT 1 FROM {source.relation} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"
    return connection.execute(twice).fetchone() is not None


def _latest(source: Source) -> str:
    """The statement that keeps the row of each key that was processed last."""
    latest = ", ".join(f"{here} DESC NULLS LAST" for _, here, _ in reversed(source.columns))
    return f"""
        CREATE OR REPLACE TEMP TABLE {source.relation} AS
        SELECT * FROM {source.relation}
        QUALIFY row_number() OVER (PARTITION BY {", ".join(source.key)} ORDER BY {latest}) = 1
    """


def _poison(source: Source, schema: pa.Schema) -> str:
    reasons = [
        f"CASE WHEN {_given(name, schema)} IS NOT NULL AND {_number(name, kind, schema)} IS NULL"
        f" THEN '{name}=' || CAST(source.{name} AS VARCHAR) || ': not a number of this column' END"
        for name, _, kind in source.columns
        if kind and not _is_safe(schema.field(name).type, kind)
    ]
    names = {here: name for name, here, _ in source.columns}
    reasons += [
        f"CASE WHEN source.{names[key]} IS NULL THEN '{names[key]} is missing' END"
        for key in source.key
        if key != "game_date"
    ]
    return ", ".join(reasons)


def _is_safe(type_: pa.DataType, kind: str) -> bool:
    """Whether no value of this type can be poison."""
    if pa.types.is_decimal(type_):
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
    return f"TRY_CAST(trunc(TRY_CAST({given} AS DOUBLE)) AS {kind})"


def _roster() -> str:
    """Two birth dates for one player_lookup are two people: the age is unknown then."""
    return """
        CREATE TEMP TABLE roster AS
        SELECT player_lookup, min(birth_date) AS birth_date
        FROM source_rows
        GROUP BY player_lookup
        HAVING count(DISTINCT birth_date) = 1
    """


def _boxscores() -> str:
    return f"""
        CREATE TEMP TABLE {BOXSCORES.relation} AS
        SELECT DISTINCT source.game_date, source.team_abbr, {COUNTS}
        FROM source_rows AS source
        JOIN scope ON {IN_SCOPE}
    """
