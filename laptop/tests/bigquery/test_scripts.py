"""GoogleSQL scripts, procedures and transactions with the service's results."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from .servers import words_of


@pytest.fixture
def table(query: Any, dataset: str) -> str:
    """A table with the rows ('a', 1), ('b', 2)."""
    query(f"CREATE TABLE {dataset}.t (k STRING, n INT64)")
    query(f"INSERT INTO {dataset}.t VALUES ('a', 1), ('b', 2)")
    return f"{dataset}.t"


def content(query: Any, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in query(f"SELECT k, n FROM {table} ORDER BY k, n")]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("DECLARE x INT64 DEFAULT 2; SET x = x * 3; SELECT x AS r", 6),
        ("DECLARE x DEFAULT 'text'; SELECT x AS r", "text"),
        ("DECLARE x DATE DEFAULT '2025-01-31'; SELECT x AS r", dt.date(2025, 1, 31)),
        ("DECLARE x FLOAT64 DEFAULT 3; SELECT x / 2 AS r", 1.5),
        ("DECLARE x INT64; SELECT x IS NULL AS r", True),
        ("DECLARE x ARRAY<STRING>; SET x = ['p', 'q']; SELECT ARRAY_LENGTH(x) AS r", 2),
        (
            "DECLARE x INT64 DEFAULT 5; DECLARE r STRING;"
            " IF CASE WHEN x > 3 THEN TRUE ELSE FALSE END THEN SET r = 'big';"
            " ELSEIF x > 1 THEN SET r = 'small'; ELSE SET r = 'none'; END IF; SELECT r AS r",
            "big",
        ),
        (
            "DECLARE x INT64 DEFAULT 0; WHILE x < 3 DO SET x = x + 1; END WHILE;"
            " LOOP SET x = x + 1; IF x > 9 THEN BREAK; END IF; END LOOP; SELECT x AS r",
            10,
        ),
        (
            "DECLARE total INT64 DEFAULT 0;"
            " FOR row IN (SELECT n FROM UNNEST([1, 2, 3]) AS n) DO SET total = total + row.n;"
            " END FOR; SELECT total AS r",
            6,
        ),
        ("EXECUTE IMMEDIATE 'SELECT @a + @b AS r' USING 1 AS a, 2 AS b", 3),
        ("EXECUTE IMMEDIATE 'SELECT ? || ? AS r' USING 'x', 'y'", "xy"),
        ("DECLARE v INT64; EXECUTE IMMEDIATE 'SELECT 7' INTO v; SELECT v AS r", 7),
        ("CREATE TEMP TABLE tt AS SELECT 4 AS r; SELECT * FROM tt", 4),
        ("BEGIN SELECT 1/0; EXCEPTION WHEN ERROR THEN SELECT @@error.message AS r; END",
         "division by zero: 1 / 0"),
        ("SELECT '@@row_count' AS r; SELECT 'a -- b' AS r", "a -- b"),
    ],
)  # fmt: skip
def test_a_script_answers_with_its_last_select(query: Any, script: str, expected: object) -> None:
    assert [list(row.values()) for row in query(script)] == [[expected]]


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("INSERT INTO {t} VALUES ('c', 3), ('d', 4), ('e', 5)", 3),
        ("UPDATE {t} SET n = 9 WHERE k = 'a'", 1),
        ("DELETE FROM {t} WHERE TRUE", 2),
        ("MERGE {t} AS t USING (SELECT 'z' AS k, 1 AS n) AS s ON t.k = s.k"
         " WHEN NOT MATCHED THEN INSERT ROW", 1),
    ],
)  # fmt: skip
def test_row_count_tells_the_rows_of_the_last_dml(
    query: Any, table: str, statement: str, rows: int
) -> None:
    script = f"{statement.format(t=table)}; SELECT @@row_count AS r"
    assert query(script) == [{"r": rows}]


def test_procedures_take_and_return_parameters(query: Any, dataset: str, table: str) -> None:
    query(
        f"CREATE PROCEDURE {dataset}.add(p_k STRING, INOUT p_n INT64, OUT p_rows INT64) BEGIN"
        " DECLARE v_old INT64;"
        f" SET v_old = (SELECT SUM(n) FROM {table});"
        " IF p_n > 100 THEN RAISE USING MESSAGE = CONCAT('too big: ', p_n); END IF;"
        f" INSERT INTO {table} (k, n) SELECT p_k, CASE WHEN p_n > 0 THEN p_n ELSE 0 END;"
        " SET p_rows = @@row_count; SET p_n = v_old + p_n; END"
    )
    call = f"DECLARE n INT64 DEFAULT 5; DECLARE r INT64; CALL {dataset}.add('c', n, r);"
    assert query(f"{call} SELECT n, r, @@row_count AS c") == [{"n": 8, "r": 1, "c": 1}]
    with pytest.raises(BadRequest) as refused:
        query(f"DECLARE n INT64 DEFAULT 101; DECLARE r INT64; CALL {dataset}.add('c', n, r)")
    assert words_of(refused.value).startswith("too big: 101")
    assert content(query, table) == [("a", 1), ("b", 2), ("c", 5)]


def test_named_parameters_reach_a_call(query: Any, dataset: str, table: str) -> None:
    query(f"CREATE PROCEDURE {dataset}.put(p_k STRING, p_n INT64) BEGIN"
          f" INSERT INTO {table} VALUES (p_k, p_n); END")  # fmt: skip
    parameters = [
        bigquery.ScalarQueryParameter("k", "STRING", "it's"),
        bigquery.ScalarQueryParameter("n", "INT64", None),
    ]
    query(f"CALL {dataset}.put(@k, @n)", query_parameters=parameters)
    assert content(query, table) == [("a", 1), ("b", 2), ("it's", None)]


def test_arrays_of_structs_are_named_after_their_columns(query: Any, table: str) -> None:
    sql = f"SELECT ARRAY_AGG(STRUCT(k, n + 1 AS m) ORDER BY k DESC) AS r FROM {table}"
    assert query(sql) == [{"r": [{"k": "b", "m": 3}, {"k": "a", "m": 2}]}]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ARRAY_AGG(x IGNORE NULLS ORDER BY x DESC LIMIT 2)", [3, 2]),
        ("STRING_AGG(CAST(x AS STRING), '+' ORDER BY x LIMIT 2)", "1+2"),
        ("STRING_AGG(IF(x > 1, CAST(x AS STRING), NULL), '+' ORDER BY x LIMIT 2)", "2+3"),
        ("STRING_AGG(DISTINCT IF(x = 2, 'two', NULL) LIMIT 2)", "two"),
        ("STRING_AGG(CAST(x AS STRING) ORDER BY x)", "1,2,3"),
        ("FORMAT('%d of %s', COUNT(*), CAST(NULL AS STRING))", None),
        ("COUNTIF(x > 1)", 2),
        ("BIT_XOR(FARM_FINGERPRINT(CAST(x AS STRING))) = 0", False),
        ("TO_HEX(SHA256(STRING_AGG('a'))) = TO_HEX(SHA256('a,a,a,a'))", True),
        ("2 * DIV(COUNT(x) + 4, MAX(x) - 1)", 6),
        ("CAST(CONCAT(COUNT(x), '.123456789') AS NUMERIC) = NUMERIC '3.123456789'", True),
    ],
)
def test_aggregates(query: Any, expression: str, expected: object) -> None:
    assert query(f"SELECT {expression} AS r FROM UNNEST([3, 1, NULL, 2]) AS x") == [{"r": expected}]


def test_countif_over_a_window_counts_each_partition(query: Any) -> None:
    sql = (
        "SELECT x, COUNTIF(x > 1) OVER (PARTITION BY MOD(x, 2)) AS r"
        " FROM UNNEST([1, 2, 3, 5]) AS x ORDER BY x"
    )
    assert [row["r"] for row in query(sql)] == [2, 1, 2, 2]
    none = "SELECT COUNTIF(x > 9) OVER () AS r FROM UNNEST([1, 2]) AS x"
    assert [row["r"] for row in query(none)] == [0, 0]


def test_a_script_with_structs_runs_to_its_end(query: Any, table: str) -> None:
    script = f"SELECT ARRAY_AGG(STRUCT(k, n)) AS r FROM {table}; SELECT 'end' AS r"
    assert query(script) == [{"r": "end"}]


def test_struct_and_array_parameters(query: Any) -> None:
    parameters = [
        bigquery.StructQueryParameter("s", bigquery.ScalarQueryParameter("a", "INT64", 1)),
        bigquery.ArrayQueryParameter("days", "DATE", [dt.date(2025, 1, 1)]),
    ]
    sql = "SELECT @s.a AS a, DATE '2025-01-01' IN UNNEST(@days) AS known"
    assert query(sql, query_parameters=parameters) == [{"a": 1, "known": True}]


def test_a_rolled_back_transaction_leaves_no_trace(query: Any, table: str) -> None:
    query(f"BEGIN TRANSACTION; DELETE FROM {table} WHERE TRUE; ROLLBACK TRANSACTION")
    assert content(query, table) == [("a", 1), ("b", 2)]


@pytest.mark.parametrize("failure", ["SELECT 1/0", "RAISE USING MESSAGE = 'no'"])
def test_a_failed_transaction_is_rolled_back_by_its_handler(
    query: Any, table: str, failure: str
) -> None:
    query(
        f"BEGIN BEGIN TRANSACTION; INSERT INTO {table} VALUES ('x', 0); {failure};"
        " COMMIT TRANSACTION; EXCEPTION WHEN ERROR THEN ROLLBACK TRANSACTION; END"
    )
    assert content(query, table) == [("a", 1), ("b", 2)]


def test_a_transaction_left_open_is_rolled_back(query: Any, table: str) -> None:
    with pytest.raises(BadRequest, match="out"):
        query(f"BEGIN TRANSACTION; DELETE FROM {table} WHERE TRUE; RAISE USING MESSAGE = 'out'")
    query(f"BEGIN TRANSACTION; DELETE FROM {table} WHERE TRUE; SELECT 1")
    assert content(query, table) == [("a", 1), ("b", 2)]


def test_competing_scripts_take_a_lock_once(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.locks (owner INT64)")
    script = (
        "DECLARE taken BOOL; BEGIN TRANSACTION;"
        " SET taken = EXISTS (SELECT 1 FROM {d}.locks);"
        " IF NOT taken THEN INSERT INTO {d}.locks VALUES ({n}); END IF;"
        " COMMIT TRANSACTION; SELECT NOT taken AS mine"
    )
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: query(script.format(d=dataset, n=n)), range(8)))
    assert [row["mine"] for answer in answers for row in answer].count(True) == 1


def test_a_procedure_that_writes_only_temporary_tables_waits_for_no_other_job(
    query: Any, dataset: str, table: str
) -> None:
    query(
        f"CREATE PROCEDURE {dataset}.looks(least INT64) BEGIN"
        f" CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM {table} WHERE n >= least;"
        " SELECT COUNT(*) AS r FROM kept; END"
    )
    writing = (
        "DECLARE i INT64 DEFAULT 0; WHILE i < 1500 DO SET i = i + 1; END WHILE;"
        f" INSERT INTO {table} VALUES ('c', 3)"
    )
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(query, writing)
        assert query(f"CALL {dataset}.looks(2)") == [{"r": 1}]
        assert not slow.done()
    assert query(f"CALL {dataset}.looks(2)") == [{"r": 2}]
