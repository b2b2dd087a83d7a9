"""What the local server asks of the DuckDB it is made of."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from google.api_core.exceptions import BadRequest

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
