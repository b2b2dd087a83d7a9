"""Parameters of queries: what the service does not run with them, and what it reads them as."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import BadRequest
from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter


@pytest.mark.parametrize(
    ("sql", "parameters", "words"),
    [
        ("SELECT @a AS r", [], "Query parameter 'a' not found"),
        ("SELECT @a + @b AS r", [("a", "INT64", 1)], "Query parameter 'b' not found"),
        ("DECLARE x INT64; SET x = @a", [], "Query parameter 'a' not found"),
        ("SELECT @a AS r", [(None, "INT64", 1)], "Named parameters are not supported"),
        ("SELECT ? AS r", [("a", "INT64", 1)], "Positional parameters are not supported"),
        ("SELECT ? + ? AS r", [(None, "INT64", 1)], r"parameter number 2 is not defined \(1 prov"),
        ("SELECT ? AS r", [], r"parameter number 1 is not defined \(0 provided\)"),
        ("SELECT @a AS r", [("a", "INT64", 1), (None, "INT64", 2)], "all named or all positional"),
    ],
)
def test_parameters_that_do_not_go_with_the_query_are_refused(
    query: Any, sql: str, parameters: list[tuple[str | None, str, Any]], words: str
) -> None:
    given = [ScalarQueryParameter(*one) for one in parameters]
    with pytest.raises(BadRequest, match=words):
        query(sql, query_parameters=given)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("INT64", "1.5", "`a` in type `TYPE_INT64`, Bad int64 value: 1.5 value: '1.5'"),
        ("INTEGER", "1_0", "`a` in type `TYPE_INT64`, Bad int64 value: 1_0"),
        ("INT64", "9223372036854775808", "Bad int64 value: 9223372036854775808"),
        ("FLOAT64", "x", "`a` in type `TYPE_DOUBLE`, Bad double value: x"),
        ("BOOL", "yes", "`a` in type `TYPE_BOOL`, Bad bool value: yes"),
        ("NUMERIC", "nan", "Invalid NUMERIC value: nan"),
        ("DATE", "2025-13-01", "`a` in type `TYPE_DATE`, Invalid date: '2025-13-01'"),
        ("DATE", "20250101", "Invalid date: '20250101'"),
        ("TIMESTAMP", "today", "Invalid timestamp: 'today'"),
        ("NUMBER", "1", "Invalid value for type: 'NUMBER'"),
    ],
)
def test_a_value_that_is_none_of_its_type_is_refused(
    endpoint: str, kind: str, text: str, words: str
) -> None:
    one = {"name": "a", "parameterType": {"type": kind}, "parameterValue": {"value": text}}
    body = {"query": "SELECT @a AS r", "useLegacySql": False, "queryParameters": [one]}
    answer = httpx.post(f"{endpoint}/bigquery/v2/projects/demo/queries", json=body)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["error"]["message"]


def test_a_text_and_its_parameters_have_a_limit(query: Any) -> None:
    with pytest.raises(
        BadRequest, match=r"The query is too large\. The maximum standard SQL query"
    ):
        query(f"SELECT 1 AS r -- {'x' * 2**20}")
    many = [ScalarQueryParameter(f"p{n}", "INT64", n) for n in range(10_001)]
    with pytest.raises(BadRequest, match="Too many query parameters: 10001"):
        query("SELECT @p1 AS r", query_parameters=many)


def test_what_looks_like_a_parameter_is_none(query: Any) -> None:
    sql = "SELECT '@a ?' AS r, `x@y` AS s FROM (SELECT 1 AS `x@y`) /* @b ? */ -- @c ?"
    assert query(sql) == [{"r": "@a ?", "s": 1}]
    script = "DECLARE n INT64; EXECUTE IMMEDIATE 'SELECT @x + 1' INTO n USING 1 AS x; SELECT n"
    assert query(script) == [{"n": 2}]


def test_values_are_read_as_their_types(query: Any) -> None:
    given = [
        ScalarQueryParameter("N", "INT64", -5),
        ScalarQueryParameter("day", "DATE", dt.date(2025, 1, 2)),
        ScalarQueryParameter("at", "TIMESTAMP", dt.datetime(2025, 1, 2, 3, tzinfo=dt.UTC)),
        ScalarQueryParameter("yes", "BOOL", True),
        ScalarQueryParameter("none", "STRING", None),
        ScalarQueryParameter("unused", "STRING", "x"),
        ArrayQueryParameter("list", "STRING", ["a", "b"]),
        ArrayQueryParameter("empty", "INT64", []),
    ]
    sql = (
        "SELECT @n AS n, @day AS day, @at AS at, @yes AS yes, @none AS none,"
        " ARRAY_LENGTH(@list) AS many, ARRAY_LENGTH(@empty) AS few"
    )
    (row,) = query(sql, query_parameters=given)
    assert row == {
        "n": -5,
        "day": dt.date(2025, 1, 2),
        "at": dt.datetime(2025, 1, 2, 3, tzinfo=dt.UTC),
        "yes": True,
        "none": None,
        "many": 2,
        "few": 0,
    }
