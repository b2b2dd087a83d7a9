"""A fingerprint is the same from BigQuery and from the job, whatever the values are."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phase4.filling.fingerprints import of_league
from phase4.filling.sources import DEFENSE, OFFENSE, PLAYERS, ROSTER, LeagueTables, Source
from phase4.tables import fingerprints
from phase4.tables.arrow import schema_of
from phase4.tables.catalog import TABLES
from phase4.tables.fingerprints import CONTENT
from tests.table_server import TableServer, reachable

FIRST, LAST = date(2024, 11, 1), date(2024, 11, 3)
SOURCES = {"players": PLAYERS, "defense": DEFENSE, "offense": OFFENSE, "roster": ROSTER}
TEXTS = ("", " ", "AAA", "aaa", "é", "'", "=", "NaN", "null", "0", "30", "30.0")
Rows = list[dict[str, Any]]
League = dict[str, Rows]


def value(column: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Any value of a column, absent ones included."""
    digits = int(column.get("scale", 0))
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "STRING": st.sampled_from(TEXTS),
        "INTEGER": st.integers(-(2**31), 2**31),
        "BOOLEAN": st.booleans(),
        "DATE": st.dates(FIRST, LAST),
        "NUMERIC": st.integers(-9999, 9999).map(lambda n: Decimal(n).scaleb(-digits)),
        "FLOAT": st.sampled_from([math.nan, 0.0, -0.0, 0.25, 1e9]),
        "TIMESTAMP": st.none(),
    }
    return st.none() | kinds[column["type"]]


def row(source: Source) -> st.SearchStrategy[dict[str, Any]]:
    """A row with odd values in the columns that the job reads."""
    columns = {c["name"]: c for c in TABLES[source.table].columns if c["name"] in source.selected}
    values = {name: value(column) for name, column in columns.items()}
    if "game_date" in values:
        values["game_date"] = st.dates(FIRST, LAST)
    return st.fixed_dictionaries(values)


leagues = st.fixed_dictionaries(
    {name: st.lists(row(source), max_size=6) for name, source in SOURCES.items()}
)


def arrow(league: League) -> LeagueTables:
    """The rows as the job gets them."""
    tables = {}
    for name, source in SOURCES.items():
        schema = schema_of(source.table)
        fields = [schema.field(one).with_nullable(True) for one in source.selected]
        tables[name] = pa.Table.from_pylist(league[name], pa.schema(fields))
    return LeagueTables(**tables)


def found(rows: Rows) -> set[tuple[Any, ...]]:
    """Fingerprints as a set."""
    return {(r["source"], r["game_date"], r["row_count"], r["content"]) for r in rows}


def in_duckdb(league: League) -> set[tuple[Any, ...]]:
    """What the job says of these rows."""
    return found(of_league(arrow(league)).to_pylist())


@pytest.fixture(scope="module")
def server(table_server: TableServer) -> Iterator[TableServer]:
    """A local BigQuery."""
    with reachable(table_server):
        yield table_server


def literal(column: Mapping[str, Any], one: Any) -> str:
    """A value as a typed GoogleSQL literal."""
    kind = {"INTEGER": "INT64", "BOOLEAN": "BOOL", "FLOAT": "FLOAT64"}.get(column["type"])
    kind = kind or column["type"]
    if kind == "NUMERIC":
        kind = f"NUMERIC({column['precision']}, {column['scale']})"
    if one is None:
        return f"CAST(NULL AS {kind})"
    escaped = str(one).replace("\\", "\\\\").replace("'", "\\'")
    return f"CAST('{escaped}' AS {kind})"


def relation(source: Source, rows: Rows) -> str:
    """The rows as a subquery."""
    columns = [c for c in TABLES[source.table].columns if c["name"] in source.selected]
    selects = [
        "SELECT " + ", ".join(f"{literal(c, one[c['name']])} AS {c['name']}" for c in columns)
        for one in rows
    ]
    nothing = ", ".join(f"{literal(c, None)} AS {c['name']}" for c in columns)
    return " UNION ALL ".join([*selects, f"SELECT {nothing} FROM (SELECT 1) WHERE FALSE"])


def in_bigquery(server: TableServer, league: League) -> set[tuple[Any, ...]]:
    """What BigQuery's SQL says of these rows."""
    ctes = ", ".join(
        f"{source.table} AS ({relation(source, league[name])})" for name, source in SOURCES.items()
    )
    names = {
        "player_table": PLAYERS.table, "defense_table": DEFENSE.table,
        "offense_table": OFFENSE.table, "roster_rows": ROSTER.table,
        "first": f"DATE '{FIRST}'", "last": f"DATE '{LAST}'",
    }  # fmt: skip
    sql = fingerprints.statement("bigquery", names)
    return found(server.sql(f"WITH {ctes} SELECT * FROM ({sql})"))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(league=leagues)
def test_both_dialects_say_the_same_of_any_rows(server: TableServer, league: League) -> None:
    assert in_bigquery(server, league) == in_duckdb(league)


@given(league=leagues, seed=st.integers())
@settings(max_examples=20)
def test_the_order_of_rows_does_not_matter(league: League, seed: int) -> None:
    shuffled = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in league.items()}
    assert in_duckdb(shuffled) == in_duckdb(league)


@given(one=row(PLAYERS))
@settings(max_examples=20)
def test_a_row_that_is_there_twice_is_another_content(one: dict[str, Any]) -> None:
    empty: League = {"players": [], "defense": [], "offense": [], "roster": []}
    assert in_duckdb({**empty, "players": [one]}) != in_duckdb({**empty, "players": [one, one]})


PLAIN = {
    "player_lookup": "a", "universal_player_id": "u", "game_id": "g", "team_abbr": "T",
    "opponent_team_abbr": "O", "is_active": True, "is_dnp": False, "points": 1, "fg_attempts": 1,
    "minutes_played": Decimal("30.0"), "usage_rate": Decimal("20.00"), "paint_attempts": 1,
    "mid_range_attempts": 1, "three_pt_attempts": 1, "game_date": FIRST,
}  # fmt: skip


@pytest.mark.parametrize("column", sorted(set(PLAIN) - {"game_date"}))
def test_a_value_that_becomes_absent_is_another_content(column: str) -> None:
    empty: League = {"players": [], "defense": [], "offense": [], "roster": []}
    hurt = {**PLAIN, column: None}
    assert in_duckdb({**empty, "players": [hurt]}) != in_duckdb({**empty, "players": [PLAIN]})


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_content_is_what_the_job_reads_of_a_row(source: Source) -> None:
    assert set(CONTENT[source.table]) == set(source.selected) - {"game_date", "processed_at"}
