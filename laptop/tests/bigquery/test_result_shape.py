"""What a query gives is a table of the service: its names and its arrays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery


@pytest.mark.parametrize(
    ("select", "names"),
    [
        ("SELECT 1", ["f0_"]),
        ("SELECT 1, 1", ["f0_", "f1_"]),
        ("SELECT 1, 'x' AS k, COUNT(*)", ["f0_", "k", "f1_"]),
        ("SELECT x.a, x.a + 1 FROM (SELECT 1 AS a) AS x", ["a", "f0_"]),
        ("SELECT 1 UNION ALL SELECT 2 AS k", ["f0_"]),
        ("SELECT * FROM (SELECT 1 AS a, 2 AS b)", ["a", "b"]),
        ("WITH a AS (SELECT 1 AS n) SELECT n, SUM(n) FROM a GROUP BY n", ["n", "f0_"]),
    ],
)
def test_a_column_without_a_name_is_called_by_its_number(
    client: bigquery.Client, select: str, names: list[str]
) -> None:
    rows = client.query_and_wait(select)
    assert [field.name for field in rows.schema] == names
    assert list(next(iter(rows)).keys()) == names
    planned = client.query(select, job_config=bigquery.QueryJobConfig(dry_run=True))
    assert [field.name for field in planned.schema or ()] == names


@pytest.mark.parametrize(
    "select",
    [
        "SELECT 1 AS a, 2 AS a",
        "SELECT 1 AS a, 2 AS A",
        "SELECT * FROM (SELECT 1 AS a) AS x CROSS JOIN (SELECT 2 AS a) AS y",
        "SELECT x.a, x.* FROM (SELECT 1 AS a) AS x",
    ],
)
def test_two_columns_have_two_names(query: Any, select: str) -> None:
    with pytest.raises(BadRequest, match=r"Duplicate column names in the result .*: a\b"):
        query(select)


@pytest.mark.parametrize(
    ("made", "refusal"),
    [
        ("TABLE {d}.made AS SELECT 1", "CREATE TABLE columns must be named, but column 1 has no"),
        (
            "TABLE {d}.made AS SELECT 1 AS a, a + 1 FROM (SELECT 1 AS a)",
            "CREATE TABLE columns must be named, but column 2 has no name",
        ),
        (
            "VIEW {d}.made AS SELECT COUNT(*) FROM UNNEST([1])",
            "CREATE VIEW columns must be named, but column 1 has no name",
        ),
        (
            "TABLE {d}.made AS SELECT 1 AS a, 2 AS A",
            "CREATE TABLE has columns with duplicate name a",
        ),
    ],
)
def test_what_is_made_has_a_name_for_each_column(
    query: Any, dataset: str, made: str, refusal: str
) -> None:
    with pytest.raises(BadRequest, match=refusal):
        query(f"CREATE {made.format(d=dataset)}")
    with pytest.raises(Exception, match="Not found: Table"):
        query(f"SELECT * FROM {dataset}.made")


def test_declared_columns_need_no_names_of_their_own(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.made (n INT64) AS SELECT 1")
    assert query(f"SELECT n FROM {dataset}.made") == [{"n": 1}]


@pytest.mark.parametrize("array", ["[1, NULL]", "ARRAY(SELECT CAST(NULL AS STRING))"])
def test_no_array_of_a_result_has_a_null(query: Any, array: str) -> None:
    refusal = "Array cannot have a null element; error in writing field r"
    with pytest.raises(BadRequest, match=re.escape(refusal)):
        query(f"SELECT {array} AS r")
    assert query(f"SELECT ARRAY_LENGTH({array}) AS n")[0]["n"] > 0


def test_an_array_in_an_array_is_none(query: Any) -> None:
    with pytest.raises(BadRequest, match="nested arrays are not supported"):
        query("SELECT [[1], [2]] AS r")
    assert query("SELECT [STRUCT([1] AS a)] AS r") == [{"r": [{"a": [1]}]}]


def test_an_array_without_elements_and_one_that_is_null_are_empty(query: Any) -> None:
    assert query("SELECT ARRAY<INT64>[] AS a, CAST(NULL AS ARRAY<INT64>) AS b") == [
        {"a": [], "b": []}
    ]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("DATE_ADD(DATE '9999-12-31', INTERVAL n DAY)", "date value of 2932897 days"),
        ("DATE_SUB(DATE '0001-01-01', INTERVAL n DAY)", "date value of -719163 days"),
        (
            "TIMESTAMP_ADD(TIMESTAMP '9999-12-31 23:59:59', INTERVAL n DAY)",
            "timestamp value of 253402387199000000 microseconds",
        ),
    ],
)
def test_no_result_is_outside_of_the_years_1_to_9999(
    query: Any, expression: str, words: str
) -> None:
    sentence = f"Cannot return an invalid {words} relative to the Unix epoch"
    with pytest.raises(BadRequest, match=f"^400 {sentence}.*error in writing field x"):
        query(f"SELECT {expression} AS x FROM UNNEST([0, 1]) AS n")
    assert len(query(f"SELECT {expression} AS x FROM UNNEST([0, NULL]) AS n")) == 2
