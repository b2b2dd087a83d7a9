"""Functions and forms of other dialects, which run nowhere but in DuckDB."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("strftime(TIMESTAMP '2025-01-01', '%Y')", "strftime"),
        ("epoch(TIMESTAMP '2025-01-01')", "epoch"),
        ("list_sum([1, 2])", "list_sum"),
        ("median(n)", "median"),
        ("NVL(n, 1)", "NVL"),
        ("len('a')", "len"),
        ("YEAR(DATE '2025-01-01')", "YEAR"),
        ("IF(TRUE, 1, strlen('a'))", "strlen"),
    ],
)
def test_a_function_that_the_service_has_not_is_not_found(
    query: Any, expression: str, name: str
) -> None:
    with pytest.raises(BadRequest, match=f"^400 .*Function not found: {name}"):
        query(f"SELECT {expression} AS x FROM UNNEST([1]) AS n")


def test_what_is_made_calls_no_function_that_the_service_has_not(query: Any, dataset: str) -> None:
    for made in ("VIEW {d}.v AS", "TABLE {d}.t AS"):
        with pytest.raises(BadRequest, match="Function not found: strlen"):
            query(f"CREATE {made.format(d=dataset)} SELECT strlen('a') AS n")
    with pytest.raises(BadRequest, match="Function not found: strlen"):
        query("DECLARE n INT64; SET n = 1; SELECT strlen('a') AS n")


@pytest.mark.parametrize(
    ("rest", "word"),
    [
        ("WHERE s ILIKE 'A'", 'identifier "ILIKE"'),
        ("WHERE s SIMILAR TO 'A'", 'identifier "SIMILAR"'),
        ("WHERE s GLOB 'A'", 'identifier "GLOB"'),
        ("LIMIT 10%", '"%"'),
        ("USING SAMPLE 10", "keyword USING"),
        ("FETCH FIRST 1 ROWS ONLY", "keyword FETCH"),
        ("NATURAL JOIN (SELECT 'a' AS s)", "keyword NATURAL"),
        ("SEMI JOIN (SELECT 'a' AS s) USING (s)", 'identifier "SEMI"'),
        ("HAVING COUNT(*) FILTER (WHERE TRUE) > 0", '"("'),
    ],
)
def test_a_form_of_another_dialect_is_no_syntax(query: Any, rest: str, word: str) -> None:
    sentence = f"Syntax error: Expected end of input but got {word}"
    with pytest.raises(BadRequest, match=re.escape(sentence)):
        query(f"SELECT s FROM (SELECT 'a' AS s) AS t {rest}")
    with pytest.raises(BadRequest, match="Expected end of input but got keyword ON"):
        query("SELECT DISTINCT ON (s) s FROM (SELECT 'a' AS s)")


def test_functions_of_the_service_are_found(query: Any, dataset: str) -> None:
    query(f"CREATE FUNCTION {dataset}.twice(n INT64) AS (2 * n)")
    (row,) = query(
        f"CREATE TEMP FUNCTION thrice(n INT64) AS (3 * n); SELECT {dataset}.twice(n) AS twice,"
        " thrice(n) AS thrice, SAFE.LEFT('abc', n) AS left_part"
        " FROM UNNEST([2]) AS n"
    )
    assert row == {"twice": 4, "thrice": 6, "left_part": "ab"}


@pytest.mark.parametrize("word", ["rows", "OF", "hash", "groups", "within"])
def test_a_reserved_word_is_a_name_in_quotes_only(query: Any, word: str) -> None:
    with pytest.raises(BadRequest, match=f"Syntax error: Unexpected keyword {word.upper()}"):
        query(f"SELECT 1 AS {word}")
    with pytest.raises(BadRequest, match=f"Syntax error: Unexpected keyword {word.upper()}"):
        query(f"SELECT n FROM (SELECT 1 AS n, 2 AS {word}) AS t")
    assert query(f"SELECT 1 AS `{word}`") == [{word: 1}]


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("n == 1", 'Syntax error: Unexpected "="'),
        ("n <=> 1", 'Syntax error: Unexpected ">"'),
        ("n % 2", 'Syntax error: Expected end of input but got "%"'),
        ("j -> 'a'", 'Syntax error: Expected end of input but got "->"'),
        ("j ->> 'a'", 'Syntax error: Expected end of input but got "->"'),
        ("1_000", "Syntax error: Missing whitespace between literal and alias"),
        ("* EXCLUDE (n)", "Syntax error: Expected end of input but got keyword EXCLUDE"),
        ("t.* RENAME (n AS m)", "Syntax error: Expected end of input but got keyword RENAME"),
        ("n = ANY (SELECT 1)", "Syntax error: Unexpected keyword ANY"),
        ("TRY_CAST(n AS STRING)", "Function not found: TRY_CAST"),
        ("CAST(n AS VARCHAR)", "Type not found: VARCHAR"),
        ("EXTRACT(dow FROM DATE '2025-01-01')", "A valid date part name is required but found dow"),
    ],
)
def test_what_only_another_dialect_writes_so_is_refused(
    query: Any, expression: str, sentence: str
) -> None:
    source = "(SELECT 1 AS n, JSON '{\"a\": 1}' AS j)"
    with pytest.raises(BadRequest, match=re.escape(sentence)):
        query(f"SELECT {expression} FROM {source} AS t")


def test_rows_are_passed_over_by_name_and_locked_by_nobody(query: Any) -> None:
    rows = "SELECT n FROM UNNEST([1, 2]) AS n"
    with pytest.raises(BadRequest, match='Expected end of input but got ","'):
        query(f"{rows} LIMIT 1, 1")
    with pytest.raises(BadRequest, match="Expected end of input but got keyword FOR"):
        query(f"{rows} FOR UPDATE")


def test_a_column_of_a_type_that_the_service_has_not_is_not_made(query: Any, dataset: str) -> None:
    with pytest.raises(BadRequest, match="Type not found: VARCHAR"):
        query(f"CREATE TABLE {dataset}.t (s VARCHAR)")


def test_the_same_signs_in_a_text_or_a_name_are_no_spelling(query: Any) -> None:
    (row,) = query(
        "SELECT '==' AS a, \"x::y\" AS b, 'TRY_CAST(' AS c, 1 AS `%`, 'x' LIKE ANY ('x') AS d,"
        " EXTRACT(ISOWEEK FROM DATE '2025-01-01') AS e, SAFE_CAST('x' AS INT64) AS f -- ::"
    )
    assert row == {"a": "==", "b": "x::y", "c": "TRY_CAST(", "%": 1, "d": True, "e": 1, "f": None}
