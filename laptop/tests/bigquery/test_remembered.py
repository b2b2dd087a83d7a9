"""What is remembered of a text never outlives the tables that the text speaks of."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import bigquery


def test_the_same_query_sees_a_column_that_was_added(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT 1 AS n")
    assert query(f"SELECT * FROM {dataset}.t") == [{"n": 1}]
    query(f"ALTER TABLE {dataset}.t ADD COLUMN m INT64")
    assert query(f"SELECT * FROM {dataset}.t") == [{"n": 1, "m": None}]


def test_the_same_query_sees_a_column_of_another_type(query: Any, dataset: str) -> None:
    for kind, mean in (("INT64", 1.5), ("NUMERIC", 1.5)):
        query(f"CREATE OR REPLACE TABLE {dataset}.t AS SELECT CAST(n AS {kind}) AS n"
              " FROM UNNEST([1, 2]) AS n")  # fmt: skip
        assert float(query(f"SELECT AVG(n) AS mean FROM {dataset}.t")[0]["mean"]) == mean


def test_the_same_query_sees_a_view_that_was_replaced(query: Any, dataset: str) -> None:
    for value in (1, 2):
        query(f"CREATE OR REPLACE VIEW {dataset}.v AS SELECT {value} AS n")
        assert query(f"SELECT n FROM {dataset}.v") == [{"n": value}]


def test_the_same_query_sees_what_a_view_reads_replaced(query: Any, dataset: str) -> None:
    query(f"CREATE VIEW {dataset}.inner_view AS SELECT 1 AS n")
    query(f"CREATE VIEW {dataset}.outer_view AS SELECT n FROM {dataset}.inner_view")
    assert query(f"SELECT n FROM {dataset}.outer_view") == [{"n": 1}]
    query(f"CREATE OR REPLACE VIEW {dataset}.inner_view AS SELECT 2 AS n")
    assert query(f"SELECT n FROM {dataset}.outer_view") == [{"n": 2}]


def test_the_same_query_of_a_view_sees_a_row_policy_that_was_made(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT n FROM UNNEST([1, 2]) AS n")
    query(f"CREATE VIEW {dataset}.v AS SELECT n FROM {dataset}.t")
    assert len(query(f"SELECT n FROM {dataset}.v")) == 2
    query(f"CREATE ROW ACCESS POLICY nobody ON {dataset}.t"
          " GRANT TO ('user:nobody@example.com') FILTER USING (n = 1)")  # fmt: skip
    assert query(f"SELECT n FROM {dataset}.v") == []


def test_the_same_query_sees_a_table_that_became_a_view_and_a_table_again(
    query: Any, dataset: str
) -> None:
    for value, kind in ((1, "TABLE"), (2, "VIEW"), (3, "TABLE")):
        query(f"CREATE {kind} {dataset}.t AS SELECT {value} AS n")
        assert query(f"SELECT n FROM {dataset}.t") == [{"n": value}]
        query(f"DROP {kind} {dataset}.t")


def test_the_same_query_sees_a_row_policy_that_was_made(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT n FROM UNNEST([1, 2]) AS n")
    assert len(query(f"SELECT n FROM {dataset}.t")) == 2
    query(f"CREATE ROW ACCESS POLICY nobody ON {dataset}.t"
          " GRANT TO ('user:nobody@example.com') FILTER USING (n = 1)")  # fmt: skip
    assert query(f"SELECT n FROM {dataset}.t") == []


def test_the_same_call_runs_the_procedure_that_was_replaced(query: Any, dataset: str) -> None:
    for value in (1, 2):
        query(f"CREATE OR REPLACE PROCEDURE {dataset}.p() BEGIN SELECT {value} AS n; END")
        assert query(f"CALL {dataset}.p()") == [{"n": value}]


@pytest.mark.parametrize("before", ["", "-- why\n", "/* why\nand how */ ", "# why\n\n  "])
def test_statements_after_a_comment_change_the_catalog(
    client: bigquery.Client, query: Any, dataset: str, before: str
) -> None:
    query(f"{before}CREATE TABLE {dataset}.t AS SELECT 1 AS n")
    assert [field.name for field in client.get_table(f"{dataset}.t").schema] == ["n"]
    query(f"{before}DROP TABLE {dataset}.t")
    with pytest.raises(NotFound):
        client.get_table(f"{dataset}.t")


def test_the_same_statement_sees_the_new_value_of_a_variable(query: Any) -> None:
    seen = query("""
        DECLARE n INT64 DEFAULT 0;
        DECLARE seen ARRAY<INT64> DEFAULT [];
        WHILE n < 3 DO
          SET n = n + 1;
          SET seen = ARRAY_CONCAT(seen, [n]);
        END WHILE;
        SELECT seen;
    """)
    assert seen == [{"seen": [1, 2, 3]}]


def test_the_same_statement_sees_a_variable_of_another_type(query: Any) -> None:
    for kind, value, found in (("INT64", "7", 7), ("STRING", "'7'", "7")):
        script = f"DECLARE n {kind} DEFAULT {value};\nSELECT n AS m;"
        assert query(script) == [{"m": found}]


def test_the_same_call_sees_new_arguments(query: Any, dataset: str) -> None:
    query(f"CREATE PROCEDURE {dataset}.p(n INT64) BEGIN SELECT n + 1 AS m; END")
    for value in (1, 2):
        assert query(f"CALL {dataset}.p({value})") == [{"m": value + 1}]


def test_the_same_statement_sees_each_row_of_a_loop(query: Any) -> None:
    seen = query("""
        DECLARE seen ARRAY<INT64> DEFAULT [];
        FOR line IN (SELECT n FROM UNNEST([4, 5]) AS n ORDER BY n) DO
          SET seen = ARRAY_CONCAT(seen, [line.n]);
        END FOR;
        SELECT seen;
    """)
    assert seen == [{"seen": [4, 5]}]
