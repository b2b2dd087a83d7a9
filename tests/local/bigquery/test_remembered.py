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
