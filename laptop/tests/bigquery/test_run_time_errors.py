"""Expressions that fail when they run, as in the service, and what is beside them and does not."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

import pytest
from bqemulator.sql.translator import SQLTranslator
from google.api_core.exceptions import BadRequest

from laptop.bigquery import run_time_errors  # noqa: F401 - registers its rule

LINES = (
    "(SELECT 'a' AS k, '5.0' AS s, 2.5 AS f, 0 AS z, [1, 2] AS a UNION ALL"
    " SELECT 'b', '7', -2.5, 3, [4])"
)


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("DIV(10, z)", "division by zero: 10 / 0"),
        ("MOD(10, z)", "division by zero: MOD(10, 0)"),
        ("10 / z", "division by zero: 10 / 0"),
        ("DIV(10, (SELECT MIN(x) FROM UNNEST([z]) AS x))", "division by zero: 10 / 0"),
        ("COALESCE(NULL, DIV(10, z))", "division by zero: 10 / 0"),
        ("a[OFFSET(1)]", "Array index 1 is out of bounds (overflow)"),
        ("a[1]", "Array index 1 is out of bounds (overflow)"),
        ("a[ORDINAL(2)]", "Array index 2 is out of bounds (overflow)"),
        ("a[ORDINAL(z)]", "Array index 0 is out of bounds (underflow)"),
        ("ARRAY(SELECT x FROM UNNEST(a) AS x)[OFFSET(1)]", "Array index 1 is out of bounds"),
        ("CAST(s AS INT64)", "Bad int64 value: 5.0"),
        ("CAST(CONCAT(' ', s, ' x') AS INT64)", "Bad int64 value: 5.0 x"),
        ("CAST(SPLIT(k, ',')[OFFSET(0)] AS INT64)", "Bad int64 value: a"),
        ("CAST('1e3' AS INT64)", "Bad int64 value: 1e3"),
        ("CAST('' AS INT64)", "Bad int64 value: "),
        ("9223372036854775807 + z", "int64 overflow: 9223372036854775807 + 3"),
        ("SAFE.LN(3 / z)", "division by zero: 3 / 0"),
        ("SAFE.SUBSTR(k, CAST(s AS INT64))", "Bad int64 value: 5.0"),
        ("SAFE.DIV(DIV(5, z), 2)", "division by zero: 5 / 0"),
        ("NUMERIC '93' / z", "division by zero: 93 / 0"),
        ("DIV(NUMERIC '1234567.50', z)", "division by zero: 1234567.5 / 0"),
        ("1234567 / z", "division by zero: 1.23457e+06 / 0"),
        ("CAST(f * 1e300 AS INT64)", "int64 out of range: 2.5e+300"),
        ("CAST(CAST('nan' AS FLOAT64) AS INT64)", "Illegal conversion of non-finite floating"),
        ("CAST(k AS FLOAT64)", "Bad double value: a"),
        ("CAST(k AS NUMERIC)", "Invalid NUMERIC value: a"),
        ("CAST(k AS BOOL)", "Bad bool value: a"),
        ("CAST('2025-13-01' AS DATE)", "Invalid date: '2025-13-01'"),
        ("CAST('2025/01/02' AS DATE)", "Invalid date: '2025/01/02'"),
        ("CAST(CONCAT(k, '') AS BOOL)", "Bad bool value: a"),
        ("CAST('yes' AS BOOL)", "Bad bool value: yes"),
        ("CAST('1' AS BOOL)", "Bad bool value: 1"),
        ("CAST('1_0' AS FLOAT64)", "Bad double value: 1_0"),
        ("CONCAT(k, k) LIKE CONCAT(k, '\\\\')", "LIKE pattern ends with a backslash"),
        ("NUMERIC '99999999999999999999999999999.5' + z", "numeric overflow"),
        ("LEFT(k, z - 4)", "Second argument in LEFT() cannot be negative"),
        ("RIGHT(k, -1)", "Second argument in RIGHT() cannot be negative"),
        ("REPEAT(k, z - 1)", "Second argument in REPEAT() cannot be negative"),
        ("SUBSTR(k, 1, (SELECT -1))", "Third argument in SUBSTR() cannot be negative"),
        ("GENERATE_ARRAY(1, 5, 0)", "Sequence step cannot be 0."),
        ("GENERATE_ARRAY(1, 5, z)", "Sequence step cannot be 0."),
        (
            "GENERATE_DATE_ARRAY('2025-01-01', '2025-01-03', INTERVAL z DAY)",
            "Sequence step cannot be 0.",
        ),
        (
            "GENERATE_DATE_ARRAY('2025-01-01', '2025-01-03', INTERVAL 0 WEEK)",
            "Sequence step cannot be 0.",
        ),
        (
            "GENERATE_TIMESTAMP_ARRAY('2025-01-01', '2025-01-03', INTERVAL z HOUR)",
            "Sequence step cannot be 0.",
        ),
        ("LPAD(k, z - 1)", "Second argument (output size) for LPAD/RPAD cannot be negative"),
        ("RPAD(k, -1, 'x')", "Second argument (output size) for LPAD/RPAD cannot be negative"),
        ("f * 1e308", "double overflow: 2.5 * 1e+308"),
        ("1 + f * 1e308 * 2", "double overflow"),
        ("-1e308 - 1e308", "double overflow: -1e+308 - 1e+308"),
        ("EXP(f * 1000)", "Floating point error in function: EXP"),
        ("POW(10, f * 1000)", "Floating point error in function: POW"),
        ("SQRT(-z - 1)", "Floating point error in function: SQRT"),
        ("(SELECT x FROM UNNEST(a) AS x)", "Scalar subquery produced more than one element"),
    ],
)
def test_a_value_that_is_none_is_an_error(query: Any, expression: str, error: str) -> None:
    with pytest.raises(BadRequest, match=re.escape(error)):
        query(f"SELECT {expression} AS r FROM {LINES}")


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("SAFE.DIV(10, z)", [None, 3]),
        ("SAFE.MOD(10, z)", [None, 1]),
        ("SAFE_DIVIDE(9, z)", [None, 3.0]),
        ("SAFE.LN(z)", [None, math.log(3)]),
        ("SAFE.LN(SAFE_DIVIDE(3, z))", [None, 0.0]),
        ("SAFE.SUBSTR(k, SAFE_CAST(s AS INT64))", [None, ""]),
        ("IF(z = 0, NULL, DIV(10, z))", [None, 3]),
        ("DIV(10, NULLIF(z, 0))", [None, 3]),
        ("MOD(-10, z + 3)", [-1, -4]),
        ("a[OFFSET(0)] + a[ORDINAL(1)] + a[0]", [3, 12]),
        ("a[SAFE_OFFSET(1)]", [2, None]),
        ("a[SAFE_ORDINAL(2)]", [2, None]),
        ("[STRUCT(k AS name)][OFFSET(0)].name", ["a", "b"]),
        ("LEFT(k, z) || RIGHT(k, z) || REPEAT(k, z)", ["", "bbbbb"]),
        ("SUBSTR(s, 2, z)", ["", ""]),
        ("LEFT(k, IF(z = 0, NULL, z))", [None, "b"]),
        ("SAFE.LEFT(k, z - 1)", [None, "b"]),
        ("SAFE.RIGHT(k, -1)", [None, None]),
        ("SAFE.REPEAT(k, z - 1)", [None, "bb"]),
        ("SAFE.SUBSTR(k, 1, z - 1)", [None, "b"]),
        ("SAFE.LPAD(k, z - 1, '.')", [None, ".b"]),
        ("LPAD(k, z, '.') || RPAD(k, z)", ["", "..bb  "]),
        ("ARRAY_LENGTH(GENERATE_DATE_ARRAY('2025-01-01', '2025-01-09'))", [9, 9]),
        (
            "ARRAY_LENGTH(GENERATE_DATE_ARRAY('2025-01-01', '2025-01-09', INTERVAL z + 1 DAY))",
            [9, 3],
        ),
        ("ARRAY_LENGTH(GENERATE_ARRAY(1, 7, z + 3))", [3, 2]),
        ("ARRAY_LENGTH(GENERATE_ARRAY(7, 1, -z - 1))", [7, 2]),
        ("SAFE_CAST(s AS INT64)", [None, 7]),
        ("f * CAST('inf' AS FLOAT64) > 0", [True, False]),
        ("CAST('inf' AS FLOAT64) + f", [math.inf, math.inf]),
        ("f * 1e307", [2.5e307, -2.5e307]),
        ("SAFE.EXP(f * 1000)", [None, 0.0]),
        ("CAST(f AS INT64)", [3, -3]),
        ("CAST(CAST(f AS NUMERIC) AS INT64)", [3, -3]),
        ("CAST(ROUND(f, 1) AS INT64)", [3, -3]),
        ("CAST(z > 0 AS INT64)", [0, 1]),
        ("SAFE_CAST(IF(z = 0, 'True', 'yes') AS BOOL)", [True, None]),
        ("SAFE_CAST(IF(z = 0, '2025-1-2', '2025/01/02') AS DATE)", [dt.date(2025, 1, 2), None]),
        ("SAFE_CAST(IF(z = 0, ' 1e3', '1_0') AS FLOAT64)", [1000.0, None]),
        (r"IF(z = 0, '5%', '50') LIKE '5\\%'", [True, False]),
        (r"k LIKE CONCAT('\\', k) AND NOT 'x_' LIKE '_\\_%x'", [True, True]),
        (r"'a\\b' LIKE r'a\\b' AND 'ab' NOT LIKE '\\_b'", [True, True]),
        ("k LIKE ANY ('a', r'\\b')", [True, True]),
        ("CAST((SELECT MAX(x) FROM UNNEST([f]) AS x) AS INT64)", [3, -3]),
        ("SUM(z) OVER () + 60 * 60 * 24 * 1000 * 1000", [86_400_000_003, 86_400_000_003]),
    ],
)
def test_a_value_that_is_one_stays(query: Any, expression: str, values: list[object]) -> None:
    rows = query(f"SELECT {expression} AS r FROM {LINES} ORDER BY k")
    assert [row["r"] for row in rows] == values


@pytest.mark.parametrize(
    ("text", "number"), [("0x1F", 31), (" 12 ", 12), ("+5", 5), ("-5", -5), ("\\t007", 7)]
)
def test_an_integer_may_be_written_like_this(query: Any, text: str, number: int) -> None:
    assert query(f"SELECT CAST('{text}' AS INT64) AS r") == [{"r": number}]


@pytest.mark.parametrize("written", ["CONCAT('0x', s)", "'0x' || s", "'0xz'"])
def test_digits_that_are_none_are_no_integer(query: Any, written: str) -> None:
    with pytest.raises(BadRequest, match="Bad int64 value: 0xz"):
        query(f"SELECT CAST({written} AS INT64) AS r FROM (SELECT 'z' AS s)")


def test_hexadecimal_digits_are_cast_without_a_look_at_each_text() -> None:
    translated = SQLTranslator().translate("SELECT CAST(CONCAT('0x', s) AS INT64) FROM t")
    assert "INT64_TEXT" not in str(translated).upper()
    assert "CAST" in str(translated)


def test_a_column_of_a_table_is_cast_by_its_type(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT * FROM {LINES}")
    assert query(f"SELECT CAST(f AS INT64) AS r FROM {dataset}.t WHERE k = 'a'") == [{"r": 3}]
    with pytest.raises(BadRequest, match=r"Bad int64 value: 5\.0"):
        query(f"SELECT CAST(s AS INT64) AS r FROM {dataset}.t")


@pytest.mark.parametrize(
    ("function", "apart"), [("TIMESTAMP", [0, 0, 2700]), ("DATETIME", [1, 1, 2700])]
)
def test_whole_units_lie_between_timestamps_and_boundaries_between_datetimes(
    query: Any, function: str, apart: list[int]
) -> None:
    moments = f"{function} '2025-01-02 00:15:00', {function} '2025-01-01 23:30:00'"
    units = [f"{function}_DIFF({moments}, {unit})" for unit in ("HOUR", "DAY", "SECOND")]
    assert query(f"SELECT [{', '.join(units)}] AS r") == [{"r": apart}]
