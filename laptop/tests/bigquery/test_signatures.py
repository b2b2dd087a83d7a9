"""Values of types that do not go together: a statement that has some is not run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery


@pytest.fixture(scope="module")
def named(client: bigquery.Client) -> str:
    """A dataset with tables `t` and `u`, which share names of columns and not their types."""
    client.create_dataset("typed")
    client.query_and_wait(
        "CREATE TABLE typed.t (n INT64, s STRING, f FLOAT64, m NUMERIC, d DATE, ts TIMESTAMP,"
        " dt DATETIME, b BOOL, many ARRAY<INT64>);"
        " INSERT INTO typed.t (n, s, f, m, d, ts, dt, b) VALUES"
        " (1, 'a', 1.5, 2, '2025-01-01', '2025-01-01 00:00:00', '2025-01-01 00:00:00', TRUE);"
        " CREATE TABLE typed.u (n STRING, k INT64); INSERT INTO typed.u VALUES ('1', 1);"
        " CREATE VIEW typed.v AS SELECT n AS whole, s FROM typed.t"
    )
    return "typed"


def refused(query: Any, sql: str, sentence: str, **config: Any) -> None:
    with pytest.raises(BadRequest, match=f"^400 .*{re.escape(sentence)}"):
        query(sql, **config)


def parameter(kind: str, value: Any) -> dict[str, Any]:
    return {"query_parameters": [bigquery.ScalarQueryParameter("p", kind, value)]}


@pytest.mark.parametrize(
    ("condition", "operator", "types"),
    [
        ("n = '1'", "=", "INT64, STRING"),
        ("'1' = n", "=", "STRING, INT64"),
        ("n <> '1'", "!=", "INT64, STRING"),
        ("n != '1'", "!=", "INT64, STRING"),
        ("s < 5", "<", "STRING, INT64"),
        ("f >= '1.5'", ">=", "FLOAT64, STRING"),
        ("m <= s", "<=", "NUMERIC, STRING"),
        ("b = 1", "=", "BOOL, INT64"),
        ("d = 20250101", "=", "DATE, INT64"),
        ("d = ts", "=", "DATE, TIMESTAMP"),
        ("dt > ts", ">", "DATETIME, TIMESTAMP"),
        ("d > s", ">", "DATE, STRING"),
        ("t.n = t.s", "=", "INT64, STRING"),
        ("-n = '1'", "=", "INT64, STRING"),
        ("CAST(n AS STRING) = 1", "=", "STRING, INT64"),
        ("NOT (b OR (n = '1'))", "=", "INT64, STRING"),
        ("IF(n = 'x', TRUE, FALSE)", "=", "INT64, STRING"),
        ("EXISTS (SELECT 1 FROM typed.u WHERE u.n = t.n)", "=", "STRING, INT64"),
        ("d = CURRENT_TIMESTAMP()", "=", "DATE, TIMESTAMP"),
        ("UPPER(s) = 1", "=", "STRING, INT64"),
    ],
)
def test_only_values_with_a_common_type_are_compared(
    query: Any, named: str, condition: str, operator: str, types: str
) -> None:
    sentence = f"No matching signature for operator {operator} for argument types: {types}"
    refused(query, f"SELECT s FROM {named}.t AS t WHERE {condition}", sentence)


@pytest.mark.parametrize(
    "condition",
    [
        "n = 1.0 AND n = m - 1 AND f > n AND m > f",
        "d = '2025-01-01' AND '2025-01-02' > d AND d BETWEEN '2025-01-01' AND '2025-01-02'",
        "ts = '2025-01-01' AND dt >= '2025-01-01' AND d = dt",
        "n IN (1, 2.5) AND s IN ('a') AND d IN ('2025-01-01')",
        "s = 'a' AND b = TRUE AND s = CONCAT('a', '')",
        "n = CAST('1' AS INT64) AND SAFE_CAST(s AS INT64) IS NULL",
        "1 IN UNNEST(many) OR TRUE",
        "EXISTS (SELECT 1 FROM UNNEST(['x']) AS n WHERE n = 'x')",
        "s = (SELECT MAX(s) FROM typed.t)",
        "COALESCE(d, '2025-01-01') = d AND IF(b, m, f) = 2 AND NULLIF(n, 0) = 1",
        "CASE n WHEN 1 THEN 'one' ELSE NULL END = 'one'",
    ],
)
def test_what_becomes_a_common_type_is_compared(query: Any, named: str, condition: str) -> None:
    assert query(f"SELECT s FROM {named}.t AS t WHERE {condition}") == [{"s": "a"}]


def test_the_sentence_is_the_whole_of_the_services(query: Any, named: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        query(f"SELECT 1 AS one FROM {named}.t WHERE s = 1")
    (error,) = refusal.value.errors
    assert (error["reason"], error["message"]) == (
        "invalidQuery",
        "No matching signature for operator = for argument types: STRING, INT64\n"
        "  Signature: T1 = T1\n"
        "    Unable to find common supertype for templated argument <T1>\n"
        "      Input types for <T1>: {INT64, STRING}",
    )


@pytest.mark.parametrize(
    "read",
    [
        "(SELECT n AS k FROM typed.t) WHERE k = 'x'",
        "(SELECT * FROM typed.t) WHERE n = 'x'",
        "(SELECT n AS k FROM typed.t UNION ALL SELECT 5) WHERE k = 'x'",
        "typed.v WHERE whole = 'x'",
        "typed.t AS a JOIN typed.u AS b ON a.n = b.n",
        "typed.t AS a LEFT JOIN typed.u AS b ON a.n = b.k AND a.s > b.k",
        "typed.t WHERE n = (SELECT 1) AND n = 'x'",
        "typed.t FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP() WHERE n = 'x'",
    ],
)
def test_a_type_is_known_wherever_a_column_comes_from(query: Any, named: str, read: str) -> None:
    refused(query, f"SELECT 1 AS one FROM {read}", "No matching signature for operator")


def test_a_cte_hands_types_on(query: Any, named: str) -> None:
    ctes = f"WITH a AS (SELECT * FROM {named}.t), b AS (SELECT n AS k, s FROM a)"
    refused(query, f"{ctes} SELECT s FROM b WHERE k = 'x'", "argument types: INT64, STRING")
    assert query(f"{ctes} SELECT s FROM b WHERE k = 1") == [{"s": "a"}]


def test_a_name_that_a_query_gives_hides_no_column_of_another_type(query: Any, named: str) -> None:
    sql = f"SELECT CAST(n AS STRING) AS n FROM {named}.t AS t GROUP BY n HAVING n = '1'"
    assert query(sql) == [{"n": "1"}]


@pytest.mark.parametrize(
    ("kind", "value", "condition"),
    [("STRING", "1", "n = @p"), ("INT64", 1, "s = @p"), ("TIMESTAMP", "2025-01-01", "d = @p")],
)
def test_a_parameter_has_its_type(
    query: Any, named: str, kind: str, value: object, condition: str
) -> None:
    sql = f"SELECT s FROM {named}.t WHERE {condition}"
    refused(query, sql, "No matching signature for operator =", **parameter(kind, value))


@pytest.mark.parametrize(
    ("kind", "value", "condition"),
    [
        ("STRING", "2025-01-01", "d = @p"),
        ("INT64", 1, "n = @p AND f > @p"),
        ("DATE", "2025-01-01", "d = @p"),
    ],
)
def test_a_parameter_becomes_what_a_literal_becomes(
    query: Any, named: str, kind: str, value: object, condition: str
) -> None:
    sql = f"SELECT s FROM {named}.t WHERE {condition}"
    assert query(sql, **parameter(kind, value)) == [{"s": "a"}]


def test_one_text_is_right_with_one_parameter_and_wrong_with_another(
    query: Any, named: str
) -> None:
    sql = f"SELECT s FROM {named}.t WHERE n = @p"
    assert query(sql, **parameter("INT64", 1)) == [{"s": "a"}]
    refused(query, sql, "argument types: INT64, STRING", **parameter("STRING", "1"))
    assert query(sql, **parameter("INT64", 2)) == []


def test_a_variable_has_the_type_it_was_declared_with(query: Any, named: str) -> None:
    compare = f"SELECT s FROM {named}.t WHERE n = wanted"
    assert query(f"DECLARE wanted INT64 DEFAULT 1; {compare}") == [{"s": "a"}]
    refused(query, f"DECLARE wanted STRING DEFAULT '1'; {compare}", "argument types: INT64, STRING")


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("n BETWEEN 'a' AND 'b'", "operator BETWEEN\n  Argument types: INT64, STRING, STRING"),
        ("n IN ('a', 'b')", "operator IN for argument types INT64 and {STRING}"),
        ("s NOT IN (1)", "operator IN for argument types STRING and {INT64}"),
        ("IF(b, n, s)", "function IF\n  Argument types: BOOL, INT64, STRING"),
        ("IF(n, 1, 2)", "function IF\n  Signature: IF(BOOL, T1, T1)\n    Argument 1"),
        ("COALESCE(n, s)", "function COALESCE\n  Argument types: INT64, STRING"),
        ("NULLIF(s, 0)", "function NULLIF\n  Argument types: STRING, INT64"),
        ("GREATEST(d, 5)", "function GREATEST\n  Argument types: DATE, INT64"),
        ("CASE WHEN b THEN n ELSE 'x' END", "common type but found: INT64, STRING"),
    ],
)
def test_one_of_several_values_has_one_type(
    query: Any, named: str, expression: str, sentence: str
) -> None:
    refused(query, f"SELECT {expression} AS r FROM {named}.t", "No matching signature for")
    with pytest.raises(BadRequest, match=f"(?s){re.escape(sentence)}"):
        query(f"SELECT {expression} AS r FROM {named}.t")


@pytest.mark.parametrize(
    ("sql", "clause", "kind"),
    [
        ("SELECT s FROM typed.t WHERE n", "WHERE", "INT64"),
        ("SELECT s FROM typed.t GROUP BY s HAVING COUNT(*)", "HAVING", "INT64"),
        ("SELECT a.s FROM typed.t AS a JOIN typed.t AS b ON a.s", "JOIN ON", "STRING"),
    ],
)
def test_a_condition_is_a_bool(query: Any, named: str, sql: str, clause: str, kind: str) -> None:
    refused(query, sql, f"{clause} clause should return type BOOL, but returns {kind}")


@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        ("UNION ALL", "Column 2 in UNION ALL has incompatible types: STRING, INT64"),
        ("UNION DISTINCT", "Column 2 in UNION DISTINCT has incompatible types: STRING, INT64"),
        ("EXCEPT DISTINCT", "Column 2 in EXCEPT DISTINCT has incompatible types: STRING, INT64"),
    ],
)
def test_united_columns_have_one_type(
    query: Any, named: str, operation: str, sentence: str
) -> None:
    refused(query, f"SELECT n, s FROM {named}.t {operation} SELECT n, n FROM {named}.t", sentence)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "INSERT INTO typed.t (n) VALUES (1), (2.5)",
            "Value has type FLOAT64 which cannot be inserted into column n, which has type INT64",
        ),
        (
            "INSERT INTO typed.u VALUES (5, 1)",
            "Value has type INT64 which cannot be inserted into column n, which has type STRING",
        ),
        (
            "INSERT INTO typed.u (k, n) SELECT n, n FROM typed.t",
            "Query column 2 has type INT64 which cannot be inserted into column n, which has type"
            " STRING",
        ),
        (
            "UPDATE typed.t SET n = s WHERE TRUE",
            "Value of type STRING cannot be assigned to n, which has type INT64",
        ),
        (
            "UPDATE typed.t SET s = 'x' WHERE n = 'x'",
            "No matching signature for operator = for argument types: INT64, STRING",
        ),
        (
            "DELETE FROM typed.t WHERE s = 5",
            "No matching signature for operator = for argument types: STRING, INT64",
        ),
        (
            "MERGE typed.t AS a USING typed.u AS b ON a.n = b.n WHEN MATCHED THEN DELETE",
            "No matching signature for operator = for argument types: INT64, STRING",
        ),
    ],
)
def test_what_is_written_has_the_type_of_its_column(
    query: Any, named: str, statement: str, sentence: str
) -> None:
    refused(query, statement, sentence)
    assert query(f"SELECT COUNT(*) AS rows_left FROM {named}.t") == [{"rows_left": 1}]


def test_what_becomes_the_type_of_its_column_is_written(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.w (d DATE, dt DATETIME, ts TIMESTAMP, m NUMERIC, f FLOAT64)")
    query(
        f"INSERT INTO {dataset}.w VALUES"
        " ('2025-01-01', DATE '2025-01-01', '2025-01-01', 1.5, 2), (NULL, NULL, NULL, 2, 1.5)"
    )
    query(f"UPDATE {dataset}.w SET f = 3, m = 4, d = '2025-01-02' WHERE d = '2025-01-01'")
    assert query(f"SELECT SUM(f) AS f, SUM(m) AS m FROM {dataset}.w") == [{"f": 4.5, "m": 6}]


@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW {d}.wrong AS SELECT s FROM typed.t WHERE n = 'x'",
        "CREATE TABLE {d}.wrong AS SELECT s FROM typed.t WHERE n = 'x'",
        "CREATE TABLE FUNCTION {d}.wrong(x INT64) AS (SELECT s FROM typed.t WHERE n = 'x')",
        "CREATE TABLE FUNCTION {d}.wrong(x INT64) AS (SELECT s FROM typed.t WHERE s = x)",
    ],
)
def test_what_could_never_run_is_not_made(query: Any, named: str, dataset: str, made: str) -> None:
    refused(query, made.format(d=dataset), "No matching signature for operator =")
    with pytest.raises(Exception, match=r"not exist|[Nn]ot found"):
        query(f"SELECT * FROM {dataset}.wrong{'(1)' if 'FUNCTION' in made else ''}")


def test_a_dry_run_says_it_as_well(query: Any, named: str) -> None:
    sql = f"SELECT s FROM {named}.t WHERE n = '1'"
    refused(query, sql, "No matching signature for operator =", dry_run=True)


def test_a_table_made_anew_has_its_new_types(query: Any, dataset: str) -> None:
    read = f"SELECT 1 AS one FROM {dataset}.again WHERE n = 1"
    query(f"CREATE TABLE {dataset}.again AS SELECT 1 AS n")
    assert query(read) == [{"one": 1}]
    query(f"CREATE OR REPLACE TABLE {dataset}.again AS SELECT '1' AS n")
    refused(query, read, "argument types: STRING, INT64")


def test_two_tables_of_one_name_are_not_mixed_up(query: Any, named: str, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT 'x' AS n")
    sql = f"SELECT b.n FROM {named}.t AS a CROSS JOIN {dataset}.t AS b WHERE b.n = 'x' AND a.n = 1"
    assert query(sql) == [{"n": "x"}]


@pytest.mark.parametrize(
    "read",
    [
        "SELECT n AS k FROM typed.t WHERE k = 1",
        "SELECT n AS k FROM (SELECT n FROM typed.t) WHERE K IS NULL",
        "WITH a AS (SELECT * FROM typed.u) SELECT n AS k2 FROM a WHERE n = '1' AND k2 = '1'",
    ],
)
def test_where_knows_no_name_that_the_select_gives(query: Any, named: str, read: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)^400 Unrecognized name: k"):
        query(read)


def test_a_column_is_found_where_the_select_gives_its_name_to_another(
    query: Any, named: str
) -> None:
    assert query(f"SELECT s AS n FROM {named}.t WHERE n = 1") == [{"n": "a"}]
    assert query(f"SELECT n AS k FROM {named}.t QUALIFY COUNT(*) OVER (PARTITION BY k) = 1") == [
        {"k": 1}
    ]


def test_a_column_around_a_subquery_is_not_taken_for_what_the_subquery_gives(
    query: Any, named: str
) -> None:
    inner = f"SELECT u.n AS s FROM {named}.u AS u WHERE u.k = a.n"
    read = f"SELECT s FROM {named}.t AS a WHERE EXISTS ({inner} AND"
    refused(query, f"{read} s = 'a')", "Name s is a column around the subquery")
    assert query(f"{read} a.s = 'a')") == [{"s": "a"}]


def test_no_window_is_partitioned_by_float64(query: Any, named: str) -> None:
    window = "COUNT(*) OVER (PARTITION BY {}) AS c"
    sentence = "Partitioning by expressions of type FLOAT64 is not allowed"
    refused(query, f"SELECT {window.format('n, f')} FROM {named}.t", sentence)
    assert query(f"SELECT {window.format('n, m')} FROM {named}.t") == [{"c": 1}]


@pytest.mark.parametrize("call", ["LENGTH(n)", "UPPER(d)", "SUBSTR(n, 1)", "STARTS_WITH(f, 'a')"])
def test_what_is_no_text_is_not_taken_as_one(query: Any, named: str, call: str) -> None:
    name = call.partition("(")[0]
    refused(
        query, f"SELECT {call} AS x FROM {named}.t", f"No matching signature for function {name}"
    )
    texts = "LENGTH(s) = 1 AND UPPER(s) = 'A' AND SUBSTR(s, 1) = s AND LENGTH(b'ab') = 2"
    assert query(f"SELECT s FROM {named}.t WHERE {texts}") == [{"s": "a"}]
