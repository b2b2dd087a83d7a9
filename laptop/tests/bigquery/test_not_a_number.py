"""NaN in a column of FLOAT64: what compares, joins and sorts it."""

from __future__ import annotations

import math
from typing import Any

import pytest

# One NaN, one number, one NULL.
VALUES = (
    "(SELECT CAST('nan' AS FLOAT64) AS x, 1.5 AS f, 'nan' AS k"
    " UNION ALL SELECT 2.5, 1.5, 'number' UNION ALL SELECT NULL, 1.5, 'null')"
)


@pytest.fixture(scope="module")
def table(client: Any) -> str:
    client.create_dataset("nans")
    client.query_and_wait(f"CREATE TABLE nans.t AS SELECT * FROM {VALUES}")
    return "nans.t"


@pytest.mark.parametrize(
    ("comparison", "of_nan", "of_a_number"),
    [
        ("x = x", False, True),
        ("x <> x", True, False),
        ("x > f", False, True),
        ("x >= x", False, True),
        ("x < f", False, False),
        ("f < x", False, True),
        ("f <= x", False, True),
        ("x <> f", True, True),
        ("x > 1", False, True),
        ("1 < x", False, True),
        ("NOT (x > 1)", True, False),
        ("NOT (x = 2.5)", True, False),
        ("IS_NAN(x)", True, False),
        ("x > 1 OR x <= 1", False, True),
    ],
)
def test_nan_is_equal_to_nothing_and_not_greater_than_anything(
    query: Any, table: str, comparison: str, of_nan: bool, of_a_number: bool
) -> None:
    rows = query(f"SELECT k, {comparison} AS r FROM {table}")
    found = {row["k"]: row["r"] for row in rows}
    assert found == {"nan": of_nan, "number": of_a_number, "null": None}


@pytest.mark.parametrize("comparison", ["x > y", "x < y", "x = y", "x <> y", "NOT (x >= y)"])
@pytest.mark.parametrize("sides", [("x", "y"), ("y", "x")])
def test_beside_a_null_nothing_is_known(
    query: Any, table: str, comparison: str, sides: tuple[str, str]
) -> None:
    known, null = sides
    source = f"SELECT x AS {known}, CAST(NULL AS FLOAT64) AS {null} FROM {table} WHERE k = 'nan'"
    assert query(f"SELECT {comparison} AS r FROM ({source})") == [{"r": None}]


def test_a_filter_leaves_nan_out(query: Any, table: str) -> None:
    assert query(f"SELECT k FROM {table} WHERE x > 0") == [{"k": "number"}]
    assert query(f"SELECT k FROM {table} WHERE x <= 0") == []


def test_nan_joins_nothing(query: Any, table: str) -> None:
    joined = f"SELECT a.k FROM {table} AS a JOIN {table} AS b ON a.x = b.x"
    assert query(joined) == [{"k": "number"}]


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("x", ["null", "nan", "number"]),
        ("x DESC", ["number", "nan", "null"]),
        ("x NULLS LAST", ["nan", "number", "null"]),
        ("f, x", ["null", "nan", "number"]),
    ],
)
def test_nan_lies_between_null_and_the_numbers(
    query: Any, table: str, order: str, keys: list[str]
) -> None:
    assert [row["k"] for row in query(f"SELECT k FROM {table} ORDER BY {order}")] == keys
    (row,) = query(f"SELECT ARRAY_AGG(k ORDER BY {order}) AS keys FROM {table}")
    assert row["keys"] == keys
    rows = query(f"SELECT k, ROW_NUMBER() OVER (ORDER BY {order}) AS n FROM {table} ORDER BY n")
    assert [row["k"] for row in rows] == keys


def test_nan_is_one_group_and_one_distinct_value(query: Any, table: str) -> None:
    twice = f"SELECT x FROM {table} UNION ALL SELECT x FROM {table}"
    rows = query(f"SELECT x, COUNT(*) AS times FROM ({twice}) WHERE IS_NAN(x) GROUP BY x")
    assert [(math.isnan(row["x"]), row["times"]) for row in rows] == [(True, 2)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {t} SET x = CAST('nan' AS FLOAT64), f = x WHERE x = 2.5",
        "MERGE {t} AS t USING (SELECT 2.5 AS y) ON t.x = y"
        " WHEN MATCHED THEN UPDATE SET x = CAST('nan' AS FLOAT64), f = x",
    ],
)
def test_what_a_statement_sets_is_no_comparison(
    query: Any, client: Any, table: str, statement: str
) -> None:
    client.query_and_wait(f"CREATE OR REPLACE TABLE nans.own AS SELECT * FROM {table}")
    client.query_and_wait(statement.format(t="nans.own"))
    (row,) = query("SELECT x, f FROM nans.own WHERE k = 'number'")
    assert (math.isnan(row["x"]), row["f"]) == (True, 2.5)
