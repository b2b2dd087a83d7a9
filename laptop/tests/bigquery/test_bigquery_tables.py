"""Table resources, decorated destinations, copies and streaming."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

DAY = dt.date(2025, 1, 1)


@pytest.fixture
def days(query: Any, dataset: str) -> str:
    """A table of two days: (2025-01-01, 1), (2025-01-02, 2)."""
    query(f"CREATE TABLE {dataset}.days (day DATE, n INT64) PARTITION BY day")
    query(f"INSERT INTO {dataset}.days VALUES ('2025-01-01', 1), ('2025-01-02', 2)")
    return f"demo.{dataset}.days"


def content(query: Any, table: str) -> list[tuple[int, int]]:
    rows = query(f"SELECT day, n FROM `{table}` ORDER BY day, n")
    return [(row["day"].day, row["n"]) for row in rows]


def test_a_table_made_by_the_api_keeps_its_partitioning(
    client: bigquery.Client, query: Any, dataset: str
) -> None:
    field = bigquery.SchemaField
    table = bigquery.Table(
        f"demo.{dataset}.t", schema=[field("day", "DATE", "REQUIRED"), field("n", "INTEGER")]
    )
    table.time_partitioning = bigquery.TimePartitioning(field="day", expiration_ms=86_400_000)
    table.require_partition_filter = True
    client.create_table(table)
    found = client.get_table(table)
    assert found.require_partition_filter
    assert found.time_partitioning.expiration_ms == 86_400_000
    assert (found.location, found.num_rows) == ("us-west2", 0)
    with pytest.raises(BadRequest, match="without a filter"):
        query(f"SELECT * FROM {dataset}.t")


def test_labels_of_wrong_characters_are_refused(client: bigquery.Client, dataset: str) -> None:
    refused = pytest.raises(BadRequest, match='Label key "Team" has invalid characters')
    made = bigquery.Dataset(f"demo.{dataset}_labelled")
    view = bigquery.Table(f"demo.{dataset}.v")
    view.view_query = "SELECT 1 AS n"
    table = bigquery.Table(f"demo.{dataset}.t", schema=[bigquery.SchemaField("n", "INTEGER")])
    made.labels = view.labels = table.labels = {"Team": "x"}
    with refused:
        client.create_dataset(made)
    for wrong in (view, table):
        with refused:
            client.create_table(wrong)
    table.labels = {"team": "x"}
    table = client.create_table(table)
    table.labels = {"Team": "x"}
    with refused:
        client.update_table(table, ["labels"])


def test_a_label_of_null_is_taken_away(client: bigquery.Client, dataset: str, days: str) -> None:
    once: dict[str, Any] = {"retry": None}
    table, owner = client.get_table(days), client.get_dataset(f"demo.{dataset}")
    table.labels = owner.labels = {"team": "x", "stage": "dev"}
    table = client.update_table(table, ["labels"])
    owner = client.update_dataset(owner, ["labels"])
    table.labels["team"] = owner.labels["team"] = None
    assert client.update_table(table, ["labels"], **once).labels == {"stage": "dev"}
    assert client.update_dataset(owner, ["labels"], **once).labels == {"stage": "dev"}


def test_a_schema_can_grow_but_not_shrink(client: bigquery.Client, query: Any, days: str) -> None:
    table = client.get_table(days)
    table.schema = [*table.schema, bigquery.SchemaField("note", "STRING")]
    client.update_table(table, ["schema"])
    assert query(f"SELECT note FROM `{days}` WHERE n = 1") == [{"note": None}]
    table.schema = table.schema[:1]
    with pytest.raises(BadRequest, match="Field n is missing"):
        client.update_table(table, ["schema"])


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        ("WRITE_TRUNCATE", [(1, 7), (2, 2)]),
        ("WRITE_APPEND", [(1, 1), (1, 7), (2, 2)]),
    ],
)
def test_a_query_into_a_partition_writes_that_partition(
    query: Any, days: str, disposition: str, expected: list[tuple[int, int]]
) -> None:
    sql, target = "SELECT DATE '2025-01-01' AS day, 7 AS n", f"{days}$20250101"
    assert query(sql, destination=target, write_disposition=disposition) == [{"day": DAY, "n": 7}]
    assert content(query, days) == expected


def test_a_query_into_the_wrong_partition_changes_nothing(query: Any, days: str) -> None:
    with pytest.raises(BadRequest, match="destination partition 20250101"):
        query(
            "SELECT DATE '2025-01-02' AS day, 7 AS n",
            destination=f"{days}$20250101",
            write_disposition="WRITE_TRUNCATE",
        )
    assert content(query, days) == [(1, 1), (2, 2)]


def test_a_query_makes_its_destination(query: Any, dataset: str, days: str) -> None:
    query(f"SELECT SUM(n) AS total FROM `{days}`", destination=f"demo.{dataset}.sums")
    assert query(f"SELECT * FROM {dataset}.sums") == [{"total": 3}]


def test_streamed_rows_are_there_at_once(client: bigquery.Client, query: Any, days: str) -> None:
    assert client.insert_rows_json(days, [{"day": "2025-01-03", "n": 3}]) == []
    assert content(query, days) == [(1, 1), (2, 2), (3, 3)]


def test_list_rows_gives_every_type_back(client: bigquery.Client, query: Any, dataset: str) -> None:
    query(
        f"CREATE TABLE {dataset}.t AS SELECT TIMESTAMP '2025-01-01 00:00:00.5+00' AS at, TRUE AS b,"
        " CAST('nan' AS FLOAT64) AS f, [1, 2] AS a, STRUCT('x' AS k, NULL AS v) AS s, b'hi' AS y"
    )
    (row,) = client.list_rows(f"demo.{dataset}.t")
    values = dict(row)
    assert values.pop("f") != values.get("f")
    assert values == {
        "at": dt.datetime(2025, 1, 1, 0, 0, 0, 500_000, dt.UTC),
        "b": True,
        "a": [1, 2],
        "s": {"k": "x", "v": None},
        "y": b"hi",
    }
