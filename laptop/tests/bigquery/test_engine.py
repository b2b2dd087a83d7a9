"""What the local server asks of the DuckDB it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from bqemulator.config import Settings
from google.api_core.exceptions import BadRequest

from laptop.bigquery.engine import SharedEngine

# Before 1.5.6 it failed within a thousand runs and took the whole database with it.
RUNS = 3000
WINDOW_OVER_A_UNION = """
WITH
  numbers AS (SELECT i FROM range(1) AS r(i)),
  chosen AS (
    SELECT * FROM numbers WHERE i >= 5000
    UNION ALL
    SELECT * FROM numbers WHERE NOT EXISTS (SELECT 1 FROM numbers WHERE i >= 5000)
  )
SELECT i, COUNT(*) OVER () AS rows FROM chosen ORDER BY i DESC LIMIT 5
"""


def test_a_window_over_a_small_union_never_breaks_the_database() -> None:
    with duckdb.connect(config={"threads": 4}) as connection:
        for _ in range(RUNS):
            assert connection.execute(WINDOW_OVER_A_UNION).fetchall() == [(0, 1)]


def test_geography_functions_are_refused_by_name(query: Any) -> None:
    with pytest.raises(BadRequest, match="GEOGRAPHY functions are not supported here"):
        query("SELECT ST_GEOGPOINT(1, 2) AS point")


@pytest.fixture
def engine() -> Iterator[SharedEngine]:
    """An engine with a table of one row."""
    shared = SharedEngine(Settings(enable_format_extensions=False))
    asyncio.run(shared.start())
    shared.execute("CREATE TABLE t AS SELECT 1 AS n")
    yield shared
    asyncio.run(shared.stop())


def test_a_first_row_that_was_taken_keeps_no_checkpoint_from_freeing_rows(
    engine: SharedEngine,
) -> None:
    assert engine.execute("SELECT n FROM t").fetchone() == (1,)
    with engine.session() as other:
        other.execute("CREATE VIEW v AS SELECT 1 AS n")
        other.execute("CHECKPOINT")


def test_rows_are_taken_one_after_the_other(engine: SharedEngine) -> None:
    result = engine.execute("SELECT n FROM range(2) AS r(n)")
    assert [result.fetchone() for _ in range(3)] == [(0,), (1,), None]
