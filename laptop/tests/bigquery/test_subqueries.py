"""Subqueries: the service makes joins of those that know the row around them, or refuses them."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest

NO_JOIN = "Correlated subqueries that reference other tables are not supported unless"
NO_EQUALITY = "LEFT OUTER JOIN cannot be used without a condition that is an equality"
IN_A_JOIN = "Unsupported subquery with table in join predicate"
IN_AN_UPDATE = "Correlated Subquery is unsupported in UPDATE clause"


@pytest.fixture
def tables(query: Any, dataset: str) -> str:
    """Tables `a` and `b` of one row each: k = 1, n = 2, with an array."""
    for name in "ab":
        query(f"CREATE TABLE {dataset}.{name} AS SELECT 1 AS k, 2 AS n, [1, 2] AS list")
    return dataset


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT (SELECT b.n FROM {d}.b WHERE b.k = a.k LIMIT 1) AS r FROM {d}.a", NO_JOIN),
        ("SELECT 1 FROM {d}.a WHERE EXISTS (SELECT 1 FROM {d}.b WHERE b.n > a.k)", NO_JOIN),
        ("SELECT 1 FROM {d}.a AS x WHERE NOT EXISTS (SELECT 1 FROM {d}.b WHERE b.n <= x.n - 1)",
         NO_JOIN),
        ("SELECT (SELECT COUNT(*) FROM {d}.b WHERE b.n BETWEEN a.k AND a.n) AS r FROM {d}.a",
         NO_EQUALITY),
        ("WITH c AS (SELECT * FROM {d}.b) SELECT (SELECT MAX(c.n) FROM c WHERE c.k < a.n) AS r"
         " FROM {d}.a", NO_EQUALITY),
        ("SELECT 1 FROM {d}.a JOIN {d}.b ON b.k = (SELECT MAX(k) FROM {d}.b)", IN_A_JOIN),
        ("SELECT 1 FROM {d}.a LEFT JOIN {d}.b ON a.k = b.k AND a.n IN (SELECT n FROM {d}.b)",
         IN_A_JOIN),
        ("MERGE {d}.a USING {d}.b ON a.k = b.k AND b.n > (SELECT MIN(n) FROM {d}.b)"
         " WHEN MATCHED THEN DELETE", IN_A_JOIN),
        ("UPDATE {d}.a SET n = (SELECT MAX(b.n) FROM {d}.b WHERE b.k = a.k) WHERE TRUE",
         IN_AN_UPDATE),
        ("DECLARE x INT64; SELECT (SELECT MAX(n) FROM {d}.b WHERE b.k > a.k) AS r FROM {d}.a",
         NO_EQUALITY),
    ],
)  # fmt: skip
def test_a_subquery_that_is_no_join_is_refused(
    query: Any, tables: str, sql: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        query(sql.format(d=tables))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT (SELECT MAX(b.n) FROM {d}.b WHERE b.k = a.k AND b.n >= a.n) AS r FROM {d}.a",
        "SELECT n AS r FROM {d}.a WHERE EXISTS (SELECT * FROM {d}.b WHERE b.k = a.k)",
        "SELECT a.n AS r FROM {d}.a WHERE a.k IN (SELECT b.k FROM {d}.b WHERE b.n >= a.n)",
        "SELECT (SELECT MAX(n) FROM {d}.b LIMIT 1) AS r FROM {d}.a",
        "SELECT (SELECT MAX(x) FROM UNNEST(a.list) AS x WHERE x > a.k LIMIT 1) AS r FROM {d}.a",
        "SELECT a.n AS r FROM {d}.a JOIN {d}.b ON 2 IN (SELECT x FROM UNNEST(b.list) x)",
        "SELECT a.n AS r FROM {d}.a JOIN (SELECT MAX(k) AS k FROM {d}.b LIMIT 1) AS c ON c.k = a.k",
        "SELECT n AS r FROM {d}.a WHERE k >= (SELECT MIN(k) FROM {d}.b)",
        "UPDATE {d}.a SET n = (SELECT MAX(n) FROM {d}.b) WHERE TRUE; SELECT n AS r FROM {d}.a",
    ],
)
def test_other_subqueries_run(query: Any, tables: str, sql: str) -> None:
    assert query(sql.format(d=tables)) == [{"r": 2}]
