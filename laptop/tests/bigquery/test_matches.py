"""A row is changed by one row of the source, or the statement fails and changes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

REFUSAL = "UPDATE/MERGE must match at most one source row for each target row"


@pytest.fixture
def twice(query: Any, dataset: str) -> str:
    """A dataset with a target of two rows and a source that has two rows for the first."""
    query(
        f"CREATE TABLE {dataset}.target (k INT64, s STRING);"
        f" INSERT INTO {dataset}.target VALUES (1, 'a'), (2, 'b');"
        f" CREATE TABLE {dataset}.source (k INT64, s STRING);"
        f" INSERT INTO {dataset}.source VALUES (1, 'x'), (1, 'y'), (2, 'z'), (3, 'new')"
    )
    return dataset


MERGE = "MERGE {d}.target AS t USING {d}.source AS s ON t.k = s.k"


@pytest.mark.parametrize(
    "statement",
    [
        f"{MERGE} WHEN MATCHED THEN UPDATE SET s = s.s",
        f"{MERGE} WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT ROW",
        f"{MERGE} WHEN MATCHED AND s.s = 'x' THEN DELETE"
        " WHEN MATCHED AND s.s = 'y' THEN UPDATE SET s = s.s",
        "UPDATE {d}.target AS t SET s = s.s FROM {d}.source AS s WHERE t.k = s.k",
        "UPDATE {d}.target SET s = 'c' FROM {d}.source AS s, {d}.source AS u WHERE target.k = s.k",
        "BEGIN TRANSACTION; UPDATE {d}.target AS t SET s = s.s FROM {d}.source AS s"
        " WHERE t.k = s.k; COMMIT TRANSACTION",
    ],
)
def test_several_rows_of_the_source_change_no_row(query: Any, twice: str, statement: str) -> None:
    with pytest.raises(BadRequest, match=re.escape(REFUSAL)):
        query(statement.format(d=twice))
    rows = query(f"SELECT k, s FROM {twice}.target ORDER BY k")
    assert rows == [{"k": 1, "s": "a"}, {"k": 2, "s": "b"}]


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        (f"{MERGE} WHEN MATCHED AND s.s != 'y' THEN UPDATE SET s = s.s", ["x", "z"]),
        (f"{MERGE} WHEN NOT MATCHED THEN INSERT ROW", ["a", "b", "new"]),
        (f"{MERGE} AND s.s = 'y' WHEN MATCHED THEN DELETE", ["b"]),
        (
            "UPDATE {d}.target AS t SET s = s.s FROM {d}.source AS s WHERE t.k = s.k AND s.k = 2",
            ["a", "z"],
        ),
        ("UPDATE {d}.target SET s = 'from' WHERE k = 1", ["b", "from"]),
    ],
)
def test_one_row_of_the_source_changes_a_row(
    query: Any, twice: str, statement: str, rows: list[str]
) -> None:
    query(statement.format(d=twice))
    assert [row["s"] for row in query(f"SELECT s FROM {twice}.target ORDER BY s")] == rows


def test_parameters_are_those_of_the_statement(query: Any, twice: str) -> None:
    statement = (
        f"UPDATE {twice}.target AS t SET s = @text FROM {twice}.source AS s"
        " WHERE t.k = s.k AND s.k = @key"
    )
    text = bigquery.ScalarQueryParameter("text", "STRING", "c")

    def key(value: int) -> Any:
        return bigquery.ScalarQueryParameter("key", "INT64", value)

    with pytest.raises(BadRequest, match=re.escape(REFUSAL)):
        query(statement, query_parameters=[text, key(1)])
    query(statement, query_parameters=[key(2), text])
    assert [row["s"] for row in query(f"SELECT s FROM {twice}.target ORDER BY s")] == ["a", "c"]
