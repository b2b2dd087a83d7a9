"""What is in FROM: outer joins that some equality binds, and tables, nothing that DuckDB reads."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, NotFound

TWO = "WITH a AS (SELECT 1 AS k, 2 AS n), b AS (SELECT 1 AS k, 3 AS n)"


@pytest.mark.parametrize("side", ["LEFT", "RIGHT", "FULL"])
@pytest.mark.parametrize(
    "condition",
    ["b.n > a.n", "b.n = 1 AND b.k > a.k", "b.k = a.k OR b.n = a.n", "ABS(a.n - b.n) < 2"],
)
def test_an_outer_join_that_no_equality_binds_is_refused(
    query: Any, side: str, condition: str
) -> None:
    refusal = f"{side} OUTER JOIN cannot be used without a condition that is an equality of fields"
    with pytest.raises(BadRequest, match=refusal):
        query(f"{TWO} SELECT 1 AS r FROM a {side} JOIN b ON {condition}")


@pytest.mark.parametrize(
    "source", ["read_csv_auto('/etc/hosts')", "read_parquet('/x')", "range(3)", "duckdb_tables()"]
)
def test_functions_of_duckdb_are_no_table_functions(query: Any, source: str) -> None:
    for sql in (f"SELECT * FROM {source}", f"DECLARE x INT64; SELECT COUNT(*) FROM {source}"):
        with pytest.raises(BadRequest, match="Table-valued function not found: "):
            query(sql)


@pytest.mark.parametrize("source", ["`/etc/hosts`", "`/etc/hosts.csv`"])
def test_files_are_no_tables(query: Any, source: str) -> None:
    with pytest.raises((BadRequest, NotFound)):
        query(f"SELECT * FROM {source}")


@pytest.mark.parametrize(
    "join",
    [
        "LEFT JOIN b ON b.k = a.k AND b.n > a.n",
        "LEFT JOIN b ON ((b.n > a.n) AND (a.k + 0 = b.k))",
        "FULL JOIN b USING (k)",
        "LEFT JOIN b ON a.k = b.k OR (a.k IS NULL AND b.k IS NULL)",
        "LEFT JOIN b ON TRUE",
        "JOIN b ON b.n > a.n",
        "CROSS JOIN b",
        "LEFT JOIN UNNEST([a.n, 3]) AS m ON m > a.k",
    ],
)
def test_other_joins_run(query: Any, join: str) -> None:
    assert query(f"{TWO} SELECT COUNT(*) AS r FROM a {join}")
