"""Views, routines and policies over REST, as Terraform and the real client define them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

Query = Callable[..., list[dict[str, Any]]]
WHOLE = ["type_", "language", "body", "arguments"]
INT64 = bigquery.StandardSqlDataType(bigquery.StandardSqlTypeNames.INT64)


def view(dataset: str, sql: str) -> bigquery.Table:
    """A view of that name that is not made yet."""
    defined = bigquery.Table(f"demo.{dataset}.seen")
    defined.view_query = sql
    return defined


def routine(dataset: str, kind: str, body: str) -> bigquery.Routine:
    """A routine with one argument that is not made yet."""
    argument = bigquery.RoutineArgument(name="n", data_type=INT64)
    return bigquery.Routine(
        f"demo.{dataset}.made", type_=kind, language="SQL", body=body, arguments=[argument]
    )


def test_a_view_shows_what_its_query_says(
    client: bigquery.Client, dataset: str, query: Query
) -> None:
    sql = "SELECT 1   AS one -- as it stands"
    client.create_table(view(dataset, sql))
    assert query(f"SELECT * FROM {dataset}.seen") == [{"one": 1}]
    found = client.get_table(f"demo.{dataset}.seen")
    assert (found.table_type, found.view_query) == ("VIEW", sql)
    assert [field.name for field in found.schema] == ["one"]


def test_a_view_that_is_deleted_is_gone_and_its_table_stays(
    client: bigquery.Client, dataset: str, query: Query
) -> None:
    query(f"CREATE TABLE {dataset}.base AS SELECT 1 AS one")
    made = client.create_table(view(dataset, f"SELECT one FROM {dataset}.base"))
    client.delete_table(made.reference)
    with pytest.raises(exceptions.NotFound):
        client.get_table(made.reference)
    with pytest.raises(exceptions.NotFound):
        query(f"SELECT * FROM {dataset}.seen")
    with pytest.raises(exceptions.NotFound):
        client.delete_table(made.reference)
    assert query(f"SELECT one FROM {dataset}.base") == [{"one": 1}]
    client.create_table(view(dataset, "SELECT 2 AS two"))
    assert query(f"SELECT * FROM {dataset}.seen") == [{"two": 2}]


def test_a_view_that_is_updated_shows_its_new_query(
    client: bigquery.Client, dataset: str, query: Query
) -> None:
    made = client.create_table(view(dataset, "SELECT 1 AS one"))
    made.view_query = "SELECT 2 AS two"
    client.update_table(made, ["view_query"])
    assert query(f"SELECT * FROM {dataset}.seen") == [{"two": 2}]
    assert client.get_table(made.reference).view_query == "SELECT 2 AS two"


def test_a_view_is_made_once(client: bigquery.Client, dataset: str) -> None:
    client.create_table(view(dataset, "SELECT 1 AS one"))
    with pytest.raises(exceptions.Conflict, match="Already Exists"):
        client.create_table(view(dataset, "SELECT 2 AS two"))


def test_a_view_on_what_is_not_there_is_not_made(client: bigquery.Client, dataset: str) -> None:
    with pytest.raises(exceptions.GoogleAPICallError):
        client.create_table(view(dataset, f"SELECT * FROM {dataset}.absent"))
    with pytest.raises(exceptions.NotFound):
        client.get_table(f"demo.{dataset}.seen")


def test_a_routine_that_is_not_valid_is_refused_and_not_made(
    client: bigquery.Client, dataset: str, query: Query
) -> None:
    query(f"CREATE TABLE {dataset}.t (a INT64)")
    wrong = routine(dataset, "TABLE_VALUED_FUNCTION", f"SELECT missing FROM {dataset}.t")
    with pytest.raises(exceptions.BadRequest):
        client.create_routine(wrong)
    right = routine(dataset, "TABLE_VALUED_FUNCTION", f"SELECT a + n AS b FROM {dataset}.t")
    client.create_routine(right)


def test_a_routine_that_is_updated_to_what_is_not_valid_stays_as_it_was(
    client: bigquery.Client, dataset: str, query: Query
) -> None:
    query(f"CREATE TABLE {dataset}.t (a INT64)")
    body = f"SELECT a + n AS b FROM {dataset}.t"
    made = client.create_routine(routine(dataset, "TABLE_VALUED_FUNCTION", body))
    made.body = f"SELECT missing FROM {dataset}.t"
    with pytest.raises(exceptions.BadRequest):
        client.update_routine(made, WHOLE)
    assert client.get_routine(made.reference).body == body
    assert query(f"SELECT * FROM {dataset}.made(1)") == []


def test_a_routine_is_updated_whole(client: bigquery.Client, dataset: str, query: Query) -> None:
    made = client.create_routine(routine(dataset, "TABLE_VALUED_FUNCTION", "SELECT n AS b"))
    made.body = "SELECT n + 1 AS b"
    for part in (["body"], ["body", "arguments"], ["type_", "language"]):
        with pytest.raises(exceptions.BadRequest, match="Required parameter is missing"):
            client.update_routine(made, part)
    with pytest.raises(exceptions.NotFound, match=r"routines\.patch is no method"):
        client._connection.api_request(method="PATCH", path=made.path, data={"definitionBody": "x"})
    assert query(f"SELECT * FROM {dataset}.made(1)") == [{"b": 1}]
    client.update_routine(made, WHOLE)
    assert query(f"SELECT * FROM {dataset}.made(1)") == [{"b": 2}]


def test_a_routine_is_listed_without_its_body(client: bigquery.Client, dataset: str) -> None:
    client.create_routine(routine(dataset, "TABLE_VALUED_FUNCTION", "SELECT n AS b"))
    (listed,) = client.list_routines(dataset)
    assert (listed.routine_id, listed.type_, listed.language) == (
        "made",
        "TABLE_VALUED_FUNCTION",
        "SQL",
    )
    assert (listed.body, listed.arguments) == (None, [])
    with pytest.raises(exceptions.NotFound, match="Dataset demo:nowhere"):
        list(client.list_routines("nowhere"))


def test_a_policy_is_read_back(client: bigquery.Client, dataset: str, query: Query) -> None:
    query(f"CREATE TABLE {dataset}.t (a INT64)")
    policy = client.get_iam_policy(f"demo.{dataset}.t")
    assert list(policy.bindings) == []
    policy["roles/bigquery.dataViewer"] = {"user:somebody@example.com"}
    client.set_iam_policy(f"demo.{dataset}.t", policy)
    again = client.get_iam_policy(f"demo.{dataset}.t")
    assert again["roles/bigquery.dataViewer"] == {"user:somebody@example.com"}


def test_a_policy_that_changed_meanwhile_is_not_overwritten(
    client: bigquery.Client, dataset: str, query: Query
) -> None:
    query(f"CREATE TABLE {dataset}.t (a INT64)")
    first, second = (client.get_iam_policy(f"demo.{dataset}.t") for _ in range(2))
    first["roles/bigquery.dataViewer"] = {"user:first@example.com"}
    second["roles/bigquery.dataViewer"] = {"user:second@example.com"}
    client.set_iam_policy(f"demo.{dataset}.t", first)
    with pytest.raises(exceptions.PreconditionFailed, match="concurrent policy changes"):
        client.set_iam_policy(f"demo.{dataset}.t", second)


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        ("(n INT64) PARTITION BY day", "Unrecognized name: day"),
        ("(n INT64) CLUSTER BY day", "Unrecognized name: day"),
        ("PARTITION BY day AS SELECT 1 AS n", "Unrecognized name: day"),
        ("(n INT64) PARTITION BY n", "PARTITION BY expression must be"),
        ("(at TIMESTAMP) PARTITION BY at", "PARTITION BY expression must be"),
        ("(day DATE, f FLOAT64) PARTITION BY day CLUSTER BY f", "cannot be clustered by"),
        ("(day DATE, tags ARRAY<STRING>) CLUSTER BY tags", "cannot be clustered by"),
        ("(a DATE, b DATE, c DATE, d DATE, e DATE) CLUSTER BY a, b, c, d, e", "at most 4"),
        ("(day DATE, DAY STRING)", "Field DAY already exists in schema"),
        ("(_PARTITIONTIME DATE)", 'Invalid field name "_PARTITIONTIME"'),
    ],
)
def test_sql_makes_no_table_that_the_api_would_refuse(
    query: Any, dataset: str, definition: str, sentence: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=f"^400 .*{re.escape(sentence)}"):
        query(f"CREATE TABLE {dataset}.t {definition}")
    assert query(f"SELECT table_name FROM {dataset}.INFORMATION_SCHEMA.TABLES") == []


@pytest.mark.parametrize(
    "definition",
    [
        "(day DATE, n NUMERIC(10, 2) NOT NULL, s STRUCT<x INT64>) PARTITION BY day CLUSTER BY n",
        "(at TIMESTAMP) PARTITION BY TIMESTAMP_TRUNC(at, HOUR)",
        "(at DATETIME) PARTITION BY DATE(at)",
        "PARTITION BY day AS SELECT CURRENT_DATE() AS day",
    ],
)
def test_sql_makes_tables_of_every_layout(query: Any, dataset: str, definition: str) -> None:
    query(f"CREATE TABLE {dataset}.t {definition}")
    assert query(f"SELECT table_name FROM {dataset}.INFORMATION_SCHEMA.TABLES")
