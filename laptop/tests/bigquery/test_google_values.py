"""What an expression gives here is what it gives in Google's own implementation of GoogleSQL."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest

from .google_answers import Refused, answer
from .servers import Query, words_of

# Whole and broken, short and long, large and small, and those that are no number.
_NUMBERS = (
    "UNNEST([0.0, -0.0, 1.0, -2.5, 0.1, 0.1 + 0.2, 1 / 3, 1e14, 1e15, 123456789012345.0, 1e-4,"
    " 1e-5, 123456.789, 1e300, CAST('nan' AS FLOAT64), CAST('-inf' AS FLOAT64)]) AS f"
)
_SECONDS = "UNNEST(['', '.5', '.12', '.123', '.1234', '.12345', '.123456']) AS fraction"
TEXTS = [
    f"SELECT CAST(CAST(f AS FLOAT64) AS STRING) FROM {_NUMBERS}",
    f"SELECT SAFE_CAST(CAST(f AS FLOAT64) * 1.0 AS STRING) FROM {_NUMBERS}",
    f"SELECT CAST(CAST(f AS FLOAT64) / 3 AS STRING) FROM {_NUMBERS}",
    f"SELECT CONCAT('f ', CAST(f AS FLOAT64)) FROM {_NUMBERS}",
    "SELECT 'f ' || 1.0 || ' ' || 2.5",
    "SELECT CAST(ROUND(AVG(x), 1) AS STRING) FROM UNNEST([1, 3]) AS x",
    *(
        f"SELECT CAST(CAST('2025-01-02 03:04:05' || fraction AS {kind}) AS STRING) FROM {_SECONDS}"
        for kind in ("TIMESTAMP", "DATETIME")
    ),
    f"SELECT CAST(CAST('03:04:05' || fraction AS TIME) AS STRING) FROM {_SECONDS}",
    *(f"SELECT CAST(NUMERIC '{number}' AS STRING)" for number in ("1.50", "93", "-0.001", "0")),
    "SELECT CAST(ROUND(NUMERIC '1.255', 2) AS STRING)",
    "SELECT CAST(ROUND(5) AS STRING)",
    "SELECT 'n ' || CAST(7 AS INT64) || NUMERIC '2.50' || DATE '2025-01-02'",
    "SELECT CAST(IF(TRUE, 2.0, NULL) AS STRING) || CAST(IFNULL(NULL, 3.0) AS STRING)",
    "SELECT CAST((SELECT 4.0) AS STRING)",
    "SELECT CAST((SELECT AVG(x) FROM UNNEST([4]) AS x) AS STRING)",
    "SELECT CAST(d AS STRING) FROM UNNEST([DATE '2025-01-02', NULL]) AS d",
    "SELECT CAST(b AS STRING) FROM UNNEST([TRUE, FALSE, NULL]) AS b",
]

# Those that end with a five are a little more or less than they say.
_FIVES = "UNNEST(GENERATE_ARRAY(-4000, 4000, 5)) AS n"
ROUNDED = [
    *(
        f"SELECT ROUND(CAST(n AS FLOAT64) / {power}, {digits}) FROM {_FIVES}"
        for power, digits in ((100, 1), (1000, 2), (1000, 1), (60, 2), (10, 0), (1, -1))
    ),
    "SELECT ROUND(0.15, 1) + ROUND(2.675, 2)",
    "SELECT CAST(ROUND(0.15, 1) AS STRING)",
    f"SELECT ROUND(AVG(n) / 100 + 0.15, 1) FROM {_FIVES}",
    "SELECT ROUND(CAST(5 AS INT64))",
    "SELECT ROUND(CAST(15 AS INT64), -1)",
    *(f"SELECT {name}(NUMERIC '-2.5')" for name in ("ROUND", "CEIL", "FLOOR", "TRUNC")),
    "SELECT ROUND(NUMERIC '1.255', 2)",
    "SELECT TRUNC(NUMERIC '1.259', 2)",
]

# Around the turn of a year whose first week belongs to two of them.
_DAYS = "UNNEST(GENERATE_DATE_ARRAY('2024-12-20', '2025-01-20')) AS d"
_MOMENTS = (
    "(SELECT TIMESTAMP_ADD(TIMESTAMP '2024-12-27 01:02:03.456789', INTERVAL n * 7 HOUR) AS t,"
    " DATETIME_ADD(DATETIME '2024-12-27 01:02:03.456789', INTERVAL n * 7 HOUR) AS m"
    " FROM UNNEST(GENERATE_ARRAY(0, 60)) AS n)"
)
_WEEKS = ("WEEK", "WEEK(MONDAY)", "WEEK(SATURDAY)", "ISOWEEK")
_CALENDAR = ("DAY", *_WEEKS, "MONTH", "QUARTER", "YEAR", "ISOYEAR")

OF_PARTS = [
    *(f"SELECT DATE_TRUNC(d, {part}) FROM {_DAYS}" for part in _CALENDAR),
    *(f"SELECT LAST_DAY(d, {part}) FROM {_DAYS}" for part in _CALENDAR if part != "DAY"),
    *(f"SELECT EXTRACT({part} FROM d) FROM {_DAYS}" for part in _CALENDAR),
    *(f"SELECT DATE_DIFF(d, '2025-01-04', {part}) FROM {_DAYS}" for part in _CALENDAR),
    *(f"SELECT TIMESTAMP_TRUNC(t, {part}) FROM {_MOMENTS}" for part in _CALENDAR),
    *(f"SELECT DATE_TRUNC(t, {part}) FROM {_MOMENTS}" for part in _CALENDAR),
    *(f"SELECT CAST(DATETIME_TRUNC(m, {part}) AS DATE) FROM {_MOMENTS}" for part in _CALENDAR),
    *(
        f"SELECT DATETIME_DIFF(m, DATETIME '2025-01-04 12:00:00', {part}) FROM {_MOMENTS}"
        for part in (*_CALENDAR, "HOUR", "SECOND")
    ),
    *(
        f"SELECT EXTRACT({part} FROM t) FROM {_MOMENTS}"
        for part in ("SECOND", "MILLISECOND", "MICROSECOND", *_WEEKS)
    ),
    f"SELECT EXTRACT(WEEK(MONDAY) FROM t AT TIME ZONE 'America/Los_Angeles') FROM {_MOMENTS}",
    f"SELECT TIMESTAMP_TRUNC(t, WEEK, 'America/Los_Angeles') FROM {_MOMENTS}",
    f"SELECT DATE_DIFF(CAST(t AS TIMESTAMP), TIMESTAMP '2025-01-04 12:00:00', DAY) FROM {_MOMENTS}",
    *(
        f"SELECT {name}(TIMESTAMP_ADD(TIMESTAMP '1969-12-31 23:59:58', INTERVAL n MICROSECOND))"
        " FROM UNNEST(GENERATE_ARRAY(0, 4000000, 333333)) AS n"
        for name in ("UNIX_SECONDS", "UNIX_MILLIS", "UNIX_MICROS")
    ),
    *(
        f"SELECT EXTRACT({part} FROM {kind} '2025-01-03' - {kind} '2025-01-01')"
        for part in ("DAY", "HOUR")
        for kind in ("DATE", "DATETIME", "TIMESTAMP")
    ),
    "SELECT DATE '2025-01-06' - DATE '2025-01-01' = INTERVAL 5 DAY",
    "SELECT DATE_TRUNC(MAX(d), WEEK) FROM " + _DAYS,
    "SELECT DATE_TRUNC((SELECT DATE '2025-01-04'), ISOYEAR)",
]

_TEXT, _PLACES = "'hello'", "UNNEST([-7, -6, -5, -3, -1, 1, 2, 5, 6]) AS p"
OF_TEXTS = [
    f"SELECT SUBSTR({_TEXT}, p) FROM {_PLACES}",
    f"SELECT SUBSTR({_TEXT}, p, 3) FROM {_PLACES}",
    "SELECT SUBSTR('hello', 0, 2)",
    f"SELECT INSTR({_TEXT}, 'l', p) FROM {_PLACES}",
    f"SELECT INSTR({_TEXT}, 'lo', p) FROM {_PLACES}",
    "SELECT INSTR('hello', 'l', 1, 2)",
    *(f"SELECT {name}(' \\n\\u00a0a b\\t\\u3000 ')" for name in ("TRIM", "LTRIM", "RTRIM")),
    "SELECT TRIM('xxaxx', 'x')",
    *(
        f"SELECT REGEXP_EXTRACT(t, r'{pattern}') FROM UNNEST(['abc', 'xxb', '', NULL]) AS t"
        for pattern in ("x*", "^.*$", "b", "(?:x|b)$", "x+(.)", "(?i)B")
    ),
    *(
        f"SELECT ARRAY_TO_STRING(ARRAY_SLICE(['a', 'b', 'c', 'd'], {start}, {end}), '')"
        for start, end in ((0, 0), (1, 2), (2, 100), (-3, -2), (0, -1), (2, 1))
    ),
    "SELECT ARRAY_TO_STRING(ARRAY_AGG(x IGNORE NULLS ORDER BY x LIMIT 2), '')"
    " FROM UNNEST(['c', 'a', NULL, 'b']) AS x",
    "SELECT ARRAY_AGG(x ORDER BY x LIMIT 2)[SAFE_OFFSET(0)] FROM UNNEST([3, 1, 2]) AS x",
]

OF_JSON = [
    "SELECT TO_JSON_STRING(1.0)",
    f"SELECT TO_JSON_STRING(CAST(f AS FLOAT64)) FROM {_NUMBERS}",
    "SELECT TO_JSON_STRING(ROUND(5))",
    "SELECT TO_JSON_STRING(STRUCT(1.5 AS a, 9007199254740991 AS b, NUMERIC '2.50' AS c,"
    " NUMERIC '3' AS d, b'abc' AS e, CAST('inf' AS FLOAT64) AS f))",
    "SELECT TO_JSON_STRING(DATETIME '2025-01-01 00:00:00.5')",
    "SELECT TO_JSON_STRING(TIME '01:02:03')",
    "SELECT TO_JSON_STRING(STRUCT(TIMESTAMP '2025-01-01 00:00:00.5' AS t,"
    " 'x +00' AS s, NULL AS n))",
    "SELECT TO_JSON_STRING(CAST(NULL AS STRING))",
    "SELECT TO_JSON_STRING(STRUCT(STRUCT(1.0 AS a) AS b, [1, 2] AS c, ['x'] AS d,"
    " [STRUCT(2.0 AS e)] AS f))",
    "SELECT TO_JSON_STRING(ARRAY(SELECT AS STRUCT x, CAST(x AS FLOAT64) / 2 AS h"
    " FROM UNNEST([2, 3]) AS x))",
    "SELECT TO_JSON_STRING((SELECT AS STRUCT COUNT(*) AS n, AVG(x) AS m FROM UNNEST([1, 3]) AS x))",
    "SELECT TO_JSON_STRING(ARRAY_AGG(STRUCT(x AS a, CAST(x AS FLOAT64) * 1.5 AS b) ORDER BY x))"
    " FROM UNNEST([2, 4]) AS x",
    "SELECT TO_JSON_STRING(STRUCT(x, y)) FROM (SELECT 'b' AS x, 'a' AS y)",
    "SELECT TO_JSON_STRING(CAST(9007199254740993 AS INT64))",
    "SELECT TO_JSON_STRING(NUMERIC '1.50')",
    "SELECT TO_JSON_STRING(TIMESTAMP '2025-01-02 03:04:05.5+00')",
    "SELECT TO_JSON_STRING(IFNULL(ARRAY_AGG(STRUCT(x AS a, 1.0 AS b)), [])) FROM UNNEST([2]) AS x",
    "SELECT TO_JSON_STRING(ARRAY_AGG(x)) FROM UNNEST(CAST([] AS ARRAY<INT64>)) AS x",
    "SELECT TO_JSON_STRING(TO_JSON(CAST(NULL AS STRING)))",
    *(
        f"SELECT JSON_TYPE(JSON '{text}')"
        for text in ("5", "-2.5", "true", "null", '"a"', "[]", "{}")
    ),
    "SELECT JSON_TYPE(JSON_QUERY(JSON '{}', '$.a'))",
    "SELECT TO_JSON_STRING(STRUCT(IF(TRUE, 1, 2) AS x, (SELECT 2.0) AS y))",
    "SELECT TO_JSON_STRING(JSON_QUERY(JSON '{}', '$.a'))",
]

OF_STRUCTS = [
    "SELECT STRUCT(1 AS a, 'x' AS b) = STRUCT(1 AS c, 'x' AS d)",
    "SELECT STRUCT(1 AS a, 'x' AS b) != STRUCT(1 AS c, 'y' AS d)",
    "SELECT (1, NULL) = (1, 2)",
    "SELECT (1, NULL) = (2, NULL)",
    "SELECT (1, 'a') IN ((1, 'a'), (2, 'b'))",
    "SELECT (1, NULL) IN ((1, 2), (2, 3))",
    "SELECT (x, x + 1) NOT IN ((1, 2), (5, 6)) FROM UNNEST([1, 2, NULL]) AS x",
    "SELECT STRUCT(x AS a) IN (STRUCT(2 AS b)) FROM UNNEST([1, 2, NULL]) AS x",
]


@pytest.mark.parametrize("sql", [*TEXTS, *ROUNDED, *OF_PARTS, *OF_TEXTS, *OF_JSON, *OF_STRUCTS])
def test_a_value_is_that_of_google(query: Query, sql: str) -> None:
    here: list[Any] = [next(iter(row.values())) for row in query(sql)]
    there = answer(sql)
    assert here == there
    assert [type(one) for one in here] == [type(one) for one in there]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT REGEXP_EXTRACT('ab', '(a)(b)')",
        "SELECT ARRAY_LENGTH(REGEXP_EXTRACT_ALL('ab', '(a)(b)'))",
        "SELECT INSTR('hello', 'l', 0)",
        "SELECT TIMESTAMP_SUB(TIMESTAMP '2025-01-01', INTERVAL 1 MONTH)",
        "SELECT TIMESTAMP_ADD(TIMESTAMP '2025-01-01', INTERVAL 1 WEEK)",
        "SELECT TIMESTAMP_DIFF(TIMESTAMP '2025-01-01', TIMESTAMP '2024-01-01', YEAR)",
        "SELECT EXTRACT(HOUR FROM DATE '2025-01-01')",
        "SELECT DATE_TRUNC(DATE '2025-01-01', HOUR)",
        "SELECT DATE_DIFF(DATE '2025-01-02', DATE '2025-01-01', HOUR)",
        "SELECT DATE_ADD(d, INTERVAL 1 HOUR) FROM (SELECT DATE '2025-01-01' AS d)",
    ],
)
def test_what_google_refuses_is_refused(query: Query, sql: str) -> None:
    with pytest.raises(Refused) as google:
        answer(sql)
    with pytest.raises(BadRequest) as here:
        query(sql)
    words = str(google.value).partition("] ")[2].partition(", of SELECT")[0]
    assert words_of(here.value).startswith(words)


def test_a_column_of_which_nobody_says_the_type_becomes_the_same_text(
    query: Query, dataset: str
) -> None:
    query(
        f"CREATE TABLE FUNCTION {dataset}.totals() AS (SELECT CAST(total AS STRING) AS text FROM"
        " (SELECT *, MAX(total) OVER () AS most FROM (SELECT SUM(CAST(n AS NUMERIC)) AS total"
        " FROM UNNEST([1, 2]) AS n)))"
    )
    assert query(f"SELECT text FROM {dataset}.totals()") == [{"text": "3"}]
