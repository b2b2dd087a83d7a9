"""Table resources, decorated destinations, copies and streaming."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import BadRequest, NotFound, PreconditionFailed
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
    table = client.update_table(table, ["schema"])
    assert query(f"SELECT note FROM `{days}` WHERE n = 1") == [{"note": None}]
    table.schema = table.schema[:1]
    with pytest.raises(BadRequest, match="Field n is missing"):
        client.update_table(table, ["schema"])


FIELD = bigquery.SchemaField
WIDER = FIELD("n", "INTEGER", "REQUIRED")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ([FIELD("day", "DATE"), WIDER], "Field n has changed mode from NULLABLE to REQUIRED"),
        ([FIELD("day", "DATE"), FIELD("n", "STRING")], "Field n has changed type from INTEGER to"),
        (
            [FIELD("day", "DATE"), FIELD("n", "INTEGER"), FIELD("more", "STRING", "REQUIRED")],
            r"Cannot add required fields to an existing schema\. \(field: more\)",
        ),
        ([FIELD("day", "DATE"), FIELD("n", "INTEGER"), FIELD("N", "STRING")], "Field N already"),
    ],
)
def test_a_schema_changes_as_the_service_lets_it(
    client: bigquery.Client, days: str, schema: list[bigquery.SchemaField], words: str
) -> None:
    table = client.get_table(days)
    table.schema = schema
    with pytest.raises(BadRequest, match=words):
        client.update_table(table, ["schema"])
    assert [field.name for field in client.get_table(days).schema] == ["day", "n"]


def test_a_column_need_not_be_filled_any_more(
    client: bigquery.Client, query: Any, dataset: str
) -> None:
    table = client.create_table(bigquery.Table(f"demo.{dataset}.strict", schema=[WIDER]))
    table.schema = [FIELD("n", "INTEGER")]
    assert client.update_table(table, ["schema"]).schema[0].mode == "NULLABLE"
    query(f"INSERT INTO {dataset}.strict VALUES (NULL)")
    assert query(f"SELECT n FROM {dataset}.strict") == [{"n": None}]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"fields": [{"name": "a.b", "type": "STRING"}]}, 'Invalid field name "a.b"'),
        ({"fields": [{"name": "", "type": "STRING"}]}, 'Invalid field name ""'),
        ({"fields": [{"name": "_PARTITIONTIME", "type": "DATE"}]}, "Invalid field name"),
        ({"fields": [{"name": "a", "type": "TEXT"}]}, "Invalid value for type: TEXT"),
        ({"fields": [{"name": "a", "type": "DATE", "mode": "OPTIONAL"}]}, "Invalid value for mode"),
        ({"fields": [{"name": "a", "type": "RECORD"}]}, "is type RECORD but has no schema"),
        ({"layout": {"type": "DAY", "field": "x"}}, "partitioning cannot be found in the schema"),
        ({"layout": {"type": "DAY", "field": "n"}}, "can only be of type TIMESTAMP, DATE or"),
        ({"layout": {"type": "WEEK", "field": "day"}}, "Invalid value for type: WEEK"),
        ({"layout": {"type": "HOUR", "field": "day"}}, "can only be of type"),
        ({"clustered": ["x"]}, "Invalid field: x"),
        ({"clustered": ["day"] * 5}, "at most 4 are allowed"),
        ({"demanded": True}, "Either interval partition or range partition should be specified"),
        ({"table": "a$20250101"}, 'Invalid table ID "a$20250101"'),
        ({"table": "a.b"}, 'Invalid table ID "a.b"'),
    ],
)
def test_a_table_that_cannot_be_is_not_made(
    client: bigquery.Client, endpoint: str, dataset: str, body: dict[str, Any], words: str
) -> None:
    usual = [{"name": "day", "type": "DATE"}, {"name": "n", "type": "INT64"}]
    resource = {
        "tableReference": {"datasetId": dataset, "tableId": body.get("table", "wrong")},
        "schema": {"fields": body.get("fields", usual)},
        "timePartitioning": body.get("layout"),
        "clustering": {"fields": body["clustered"]} if "clustered" in body else None,
        "requirePartitionFilter": body.get("demanded", False),
    }
    place = f"{endpoint}/bigquery/v2/projects/demo/datasets/{dataset}/tables"
    answer = httpx.post(place, json={key: value for key, value in resource.items() if value})
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["error"]["message"]
    assert list(client.list_tables(dataset)) == []


def test_a_dataset_that_is_not_there_has_no_tables_and_a_wrong_name_is_refused(
    client: bigquery.Client,
) -> None:
    with pytest.raises(NotFound, match="Not found: Dataset demo:nowhere"):
        client.create_table(bigquery.Table("demo.nowhere.t", schema=[WIDER]))
    with pytest.raises(BadRequest, match='Invalid dataset ID "a-b"'):
        client.create_dataset("demo.a-b")


def test_a_table_is_partitioned_once_and_for_all(
    client: bigquery.Client, query: Any, dataset: str, days: str
) -> None:
    query(f"CREATE TABLE {dataset}.plain (day DATE, other DATE)")
    plain = client.get_table(f"demo.{dataset}.plain")
    plain.time_partitioning = bigquery.TimePartitioning(field="day")
    with pytest.raises(BadRequest, match="Cannot convert non partitioned/clustered table"):
        client.update_table(plain, ["time_partitioning"])
    table = client.get_table(days)
    table.time_partitioning = bigquery.TimePartitioning(type_="MONTH", field="day")
    with pytest.raises(
        BadRequest, match=r"Expects partitioning specification interval\(type:day,f"
    ):
        client.update_table(table, ["time_partitioning"])
    table.time_partitioning = bigquery.TimePartitioning(field="day", expiration_ms=86_400_000)
    assert client.update_table(table, ["time_partitioning"]).partition_expiration == 86_400_000


def test_what_changed_meanwhile_is_not_overwritten(
    client: bigquery.Client, dataset: str, days: str
) -> None:
    table, owner = client.get_table(days), client.get_dataset(dataset)
    for one in (table, owner):
        one.description = "mine"
    client.update_table(table, ["description"])
    client.update_dataset(owner, ["description"])
    with pytest.raises(PreconditionFailed, match=r"Precondition check failed\."):
        client.update_table(table, ["description"])
    with pytest.raises(PreconditionFailed, match=r"Precondition check failed\."):
        client.update_dataset(owner, ["description"])
    newest = client.get_table(days)
    newest.description = "again"
    assert client.update_table(newest, ["description"]).description == "again"


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


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE `{t}` SET n = 4 WHERE n = 3", "UPDATE or DELETE statement over table"),
        ("DELETE FROM `{t}` WHERE n = 3", "UPDATE or DELETE statement over table"),
        ("TRUNCATE TABLE `{t}`", "TRUNCATE DML statement over table"),
        ("DECLARE x INT64; DELETE FROM `{t}` WHERE n = 3", "UPDATE or DELETE statement over table"),
    ],
)
def test_rows_that_were_just_streamed_are_not_changed(
    client: bigquery.Client, query: Any, days: str, sql: str, words: str
) -> None:
    query(f"UPDATE `{days}` SET n = 5 WHERE n = 1")
    client.insert_rows_json(days, [{"day": "2025-01-03", "n": 3}])
    with pytest.raises(BadRequest, match=f"{words} {days} would affect rows in the streaming buff"):
        query(sql.format(t=days))
    query(f"INSERT INTO `{days}` VALUES ('2025-01-04', 4)")
    assert content(query, days) == [(1, 5), (2, 2), (3, 3), (4, 4)]


def test_streamed_rows_have_what_is_required_and_are_some(
    client: bigquery.Client, query: Any, dataset: str
) -> None:
    table = f"demo.{dataset}.strict"
    client.create_table(bigquery.Table(table, schema=[WIDER, FIELD("k", "STRING")]))
    for row in ({"k": "a"}, {"n": None, "k": "a"}):
        first, second = client.insert_rows_json(table, [{"n": 1}, row])
        assert first["errors"][0]["reason"] == "stopped"
        assert second["errors"][0]["message"] == "Missing required field: n."
    assert query(f"SELECT * FROM {dataset}.strict") == []
    rows: list[dict[str, Any]] = [{"k": "a"}, {"n": 1}, {"n": 2, "x": 1}, {"n": 3}]
    found = client.insert_rows_json(table, rows, skip_invalid_rows=True)
    assert [error["index"] for error in found] == [0, 2]
    assert query(f"SELECT n FROM {dataset}.strict ORDER BY n") == [{"n": 1}, {"n": 3}]
    with pytest.raises(BadRequest, match=r"No rows present in the request\."):
        client.insert_rows_json(table, [], retry=None)  # type: ignore[arg-type]


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
