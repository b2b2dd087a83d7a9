"""What is not there is called as the service calls it, and what is not answered is said."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.cloud import bigquery


def test_what_is_not_there_is_called_as_in_the_service(
    client: bigquery.Client, dataset: str
) -> None:
    with pytest.raises(NotFound, match=f"Not found: Table demo:{dataset}.absent"):
        client.get_table(f"{dataset}.absent")
    with pytest.raises(NotFound, match="Not found: Dataset demo:absent"):
        client.get_dataset("absent")
    with pytest.raises(NotFound, match=f"Not found: Routine demo:{dataset}.absent"):
        client.get_routine(f"{dataset}.absent")


def test_what_is_there_is_called_as_in_the_service(client: bigquery.Client, dataset: str) -> None:
    with pytest.raises(Conflict, match=f"Already Exists: Dataset demo:{dataset}"):
        client.create_dataset(dataset)
    client.create_table(f"demo.{dataset}.t")
    with pytest.raises(Conflict, match=f"Already Exists: Table demo:{dataset}.t"):
        client.create_table(f"demo.{dataset}.t")


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        ("WHERE ROW_NUMBER() OVER () = 1", "Analytic function not allowed in WHERE clause"),
        ("JOIN UNNEST([STRUCT(1 AS n)]) AS u ON t.n = u.n", "Column name n is ambiguous"),
        ("HAVING n > 1", "HAVING clause expression references column n which is neither grouped"),
        ("ORDER BY SUM(SUM(n))", "Aggregations of aggregations are not allowed"),
    ],
)
def test_what_duckdb_refuses_is_refused_in_the_words_of_the_service(
    query: Any, rest: str, sentence: str
) -> None:
    selected = "COUNT(*) AS c" if "SUM" in rest or "HAVING" in rest else "n"
    with pytest.raises(BadRequest, match=f"^400 {sentence}"):
        query(f"SELECT {selected} FROM UNNEST([STRUCT(1 AS n)]) AS t {rest}")


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("POST", "datasets/{}:undelete"),
        ("POST", "datasets/{}:getIamPolicy"),
        ("GET", "no/such/call"),
        ("PATCH", "jobs"),
    ],
)
def test_a_call_that_is_not_answered_is_named(
    endpoint: str, dataset: str, method: str, call: str
) -> None:
    path = f"/bigquery/v2/projects/demo/{call.format(dataset)}"
    answer = httpx.request(method, f"{endpoint}{path}", json={})
    assert answer.status_code == 501
    error: dict[str, Any] = answer.json()["error"]
    assert error["errors"][0]["reason"] == "notImplemented"
    assert error["message"] == f"{method} {path} is not answered by the local BigQuery"
