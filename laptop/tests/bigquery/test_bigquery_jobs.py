"""Jobs: ids, locations, labels, dry runs, bytes and errors as the service keeps them."""

from __future__ import annotations

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import (
    BadRequest,
    Conflict,
    GoogleAPICallError,
    InternalServerError,
    NotFound,
)
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from .servers import NO_RETRIES, words_of

SLOW = (
    "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 20000)) AS a"
    " JOIN UNNEST(GENERATE_ARRAY(1, 20000)) AS b ON MOD(a * b, 7) = 3 AND a < b"
)


def start(client: bigquery.Client, sql: str, **config: Any) -> bigquery.QueryJob:
    job_id = config.pop("job_id", None)
    settings = bigquery.QueryJobConfig(**config)
    return client.query(sql, job_config=settings, job_id=job_id, **NO_RETRIES)


def test_a_job_keeps_the_id_labels_and_location_it_was_given(client: bigquery.Client) -> None:
    job_id = f"own-{uuid.uuid4()}"
    start(client, "SELECT 1", job_id=job_id, labels={"run_id": "r1"}).result(retry=None)
    found = client.get_job(job_id)
    assert (found.job_id, found.location, found.labels) == (job_id, "us-west2", {"run_id": "r1"})


def test_a_job_with_a_label_of_wrong_characters_is_refused(client: bigquery.Client) -> None:
    with pytest.raises(BadRequest, match='Label value "R1" has invalid characters'):
        start(client, "SELECT 1", labels={"run_id": "R1"})


@pytest.mark.parametrize("job_id", ["a.b", "a:b", "größe", "x" * 1025, "a b"])
def test_an_id_is_letters_digits_underscores_and_dashes(
    client: bigquery.Client, job_id: str
) -> None:
    words = r"Invalid job ID .*\. Job IDs must be alphanumeric \(plus underscores and dashes\)"
    with pytest.raises(BadRequest, match=words):
        start(client, "SELECT 1", job_id=job_id)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("query", {"writeDisposition": "WRITE_ALWAYS"}, "Invalid value for writeDisposition"),
        ("query", {"createDisposition": "NEVER"}, "Invalid value for createDisposition"),
        ("query", {"timePartitioning": {"type": "DAY"}}, "timePartitioning of a query is not"),
        ("load", {"sourceFormat": "PARKET"}, "Invalid value for sourceFormat"),
        ("load", {"writeDisposition": "TRUNCATE"}, "Invalid value for writeDisposition"),
        ("load", {"timePartitioning": {"type": "DAY"}}, "timePartitioning of a load is not"),
        ("load", {"ignoreUnknownValues": True}, "ignoreUnknownValues of a load is not"),
        ("load", {"schemaUpdateOptions": ["ALLOW_FIELD_ADDITION"]}, "schemaUpdateOptions of a l"),
        ("load", {"destinationTable": None}, "Required parameter is missing: destinationTable"),
    ],
)
def test_a_configuration_that_is_none_or_is_not_done_here_is_refused_by_name(
    endpoint: str, kind: str, settings: dict[str, Any], words: str
) -> None:
    usual: dict[str, dict[str, Any]] = {
        "query": {"query": "SELECT 1", "useLegacySql": False},
        "load": {"destinationTable": {"datasetId": "d", "tableId": "t"}},
    }
    body = {"configuration": {kind: {**usual[kind], **settings}}}
    answer = httpx.post(f"{endpoint}/bigquery/v2/projects/demo/jobs", json=body)
    assert answer.status_code in (400, 501)
    assert words in answer.json()["error"]["message"]


def test_an_id_used_before_is_a_duplicate_and_the_first_job_stays(client: bigquery.Client) -> None:
    job_id = f"own-{uuid.uuid4()}"
    start(client, "SELECT 1 AS n", job_id=job_id).result(retry=None)
    with pytest.raises(Conflict, match=r"Already Exists: Job demo:us-west2\.own-"):
        start(client, "SELECT 2 AS n", job_id=job_id)
    found = client.get_job(job_id)
    assert isinstance(found, bigquery.QueryJob)
    assert found.query == "SELECT 1 AS n"


@pytest.mark.parametrize("location", ["EU", None])
def test_a_job_is_found_in_its_own_location_only(
    client: bigquery.Client, endpoint: str, location: str | None
) -> None:
    job = start(client, "SELECT 1")
    other = bigquery.Client(
        project="demo",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint},
    )
    with pytest.raises(NotFound, match="Not found: Job demo:"):
        other.get_job(job.job_id, location=location)


def test_a_query_in_another_location_names_the_dataset_and_the_location(
    client: bigquery.Client, dataset: str
) -> None:
    client.query(f"CREATE TABLE {dataset}.t (n INT64)").result()
    job = client.query(f"SELECT * FROM {dataset}.t", location="EU", **NO_RETRIES)
    with pytest.raises(NotFound, match=f"Dataset demo:{dataset} was not found in location EU"):
        job.result(**NO_RETRIES)


def test_a_dataset_of_another_location_is_not_ours(client: bigquery.Client, query: Any) -> None:
    name = f"eu_{uuid.uuid4().hex}"
    query(f"CREATE SCHEMA {name} OPTIONS (location = 'EU')")
    assert client.get_dataset(name).location == "EU"
    with pytest.raises(NotFound, match=f"demo:{name} was not found in location us-west2"):
        query(f"SELECT * FROM {name}.t")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", "Syntax error"),
        ("SELECT 1 / 0", "division by zero"),
        ("SELECT ERROR('boom')", "^boom"),
        ("SELECT nothing FROM (SELECT 1 AS n)", "Unrecognized name: nothing"),
        ("BEGIN RAISE USING MESSAGE = 'stop here'; END", "^stop here"),
        ("ASSERT 1 = 2 AS 'one is not two'", "one is not two"),
        ("  ", "Unexpected end of statement"),
    ],
)
def test_a_wrong_statement_is_a_bad_request_with_its_reason(
    client: bigquery.Client, sql: str, message: str
) -> None:
    job = start(client, sql)
    with pytest.raises(BadRequest) as refused:
        job.result(**NO_RETRIES)
    assert re.search(message, words_of(refused.value))
    found = client.get_job(job.job_id)
    assert (found.state, found.error_result["reason"]) == ("DONE", "invalidQuery")


def test_an_unknown_table_and_an_unknown_dataset_are_not_found(query: Any, dataset: str) -> None:
    with pytest.raises(NotFound, match=f"Table demo:{dataset}.t was not found in location us-w"):
        query(f"SELECT * FROM {dataset}.t")
    with pytest.raises(NotFound, match="Dataset demo:nowhere was not found in location us-west2"):
        query("SELECT * FROM nowhere.t")


def test_bytes_grow_with_rows_and_the_columns_read(
    client: bigquery.Client, query: Any, dataset: str
) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT n, 'x' AS s FROM UNNEST([1, 2, 3]) AS n")
    narrow = start(client, f"SELECT n FROM {dataset}.t")
    wide = start(client, f"SELECT * FROM {dataset}.t")
    assert narrow.total_bytes_processed == 3 * 8
    assert wide.total_bytes_processed > narrow.total_bytes_processed
    assert narrow.total_bytes_billed == 10 * 2**20


def test_a_query_beyond_its_byte_limit_is_not_run(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.t (n INT64)")
    with pytest.raises(InternalServerError, match="exceeded limit for bytes billed: 1000"):
        query(f"SELECT * FROM {dataset}.t", maximum_bytes_billed=1000)


def test_a_dry_run_estimates_and_changes_nothing(
    client: bigquery.Client, query: Any, dataset: str
) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT 1 AS n")
    plan = start(client, f"DELETE FROM {dataset}.t WHERE n = 1", dry_run=True)
    assert (plan.total_bytes_processed, plan.statement_type) == (8, "DELETE")
    shape = start(client, f"SELECT n, 'a' AS s FROM {dataset}.t", dry_run=True).schema
    assert shape is not None
    assert [(field.name, field.field_type) for field in shape] == [
        ("n", "INTEGER"),
        ("s", "STRING"),
    ]
    assert query(f"SELECT n FROM {dataset}.t") == [{"n": 1}]
    with pytest.raises(BadRequest, match="Syntax error"):
        start(client, "SELEC 1", dry_run=True)


def test_a_running_query_holds_nobody_up_and_can_be_cancelled(
    client: bigquery.Client, query: Any
) -> None:
    with ThreadPoolExecutor(1) as threads:
        job_id = f"slow-{uuid.uuid4()}"
        slow = threads.submit(start, client, SLOW, job_id=job_id)
        while not slow.done() and _state(client, job_id) != "RUNNING":
            time.sleep(0.01)
        assert query("SELECT 1 AS n") == [{"n": 1}]
        assert _state(client, job_id) == "RUNNING"
        client.cancel_job(job_id)
        with pytest.raises(GoogleAPICallError, match="cancelled"):
            slow.result().result(**NO_RETRIES)


def _state(client: bigquery.Client, job_id: str) -> str:
    try:
        return str(client.get_job(job_id).state)
    except NotFound:
        return "UNKNOWN"


def test_many_writers_of_one_table_lose_no_row(query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.t (n INT64)")
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda n: query(f"INSERT INTO {dataset}.t VALUES ({n})"), range(20)))
        list(threads.map(lambda _: query(f"UPDATE {dataset}.t SET n = n + 1 WHERE TRUE"), range(5)))
    assert query(f"SELECT COUNT(*) AS c, SUM(n) AS s FROM {dataset}.t") == [{"c": 20, "s": 290}]


def test_pages_of_a_result_make_the_whole(client: bigquery.Client) -> None:
    job = start(client, "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 25)) AS n ORDER BY n")
    pages = list(job.result(page_size=10, retry=None).pages)
    assert [page.num_items for page in pages] == [10, 10, 5]


@pytest.mark.parametrize(
    "last",
    ["INSERT INTO {d}.t VALUES (1)", "CALL {d}.insert_one()", "UPDATE {d}.t SET n = 2 WHERE n = 1"],
)
def test_after_dml_an_answer_has_neither_schema_nor_rows_nor_their_number(
    endpoint: str, query: Any, dataset: str, last: str
) -> None:
    query(f"CREATE TABLE {dataset}.t (n INT64)")
    query(f"CREATE PROCEDURE {dataset}.insert_one() BEGIN"
          f" SELECT 1; INSERT INTO {dataset}.t VALUES (1); END")  # fmt: skip
    body = {"query": last.format(d=dataset), "useLegacySql": False}
    answer = httpx.post(f"{endpoint}/bigquery/v2/projects/demo/queries", json=body).json()
    assert answer["jobComplete"]
    assert not {"schema", "rows", "totalRows"} & answer.keys()
    job = answer["jobReference"]
    url = f"{endpoint}/bigquery/v2/projects/demo/queries/{job['jobId']}"
    answer = httpx.get(url, params={"location": job["location"]}).json()
    assert not {"schema", "rows", "totalRows"} & answer.keys()


def test_a_result_without_rows_has_a_schema_and_their_number(endpoint: str) -> None:
    body = {"query": "SELECT 1 AS n FROM UNNEST([1]) WHERE FALSE", "useLegacySql": False}
    answer = httpx.post(f"{endpoint}/bigquery/v2/projects/demo/queries", json=body).json()
    assert answer["schema"]["fields"][0]["name"] == "n"
    assert (answer["totalRows"], "rows" in answer) == ("0", False)


def test_the_latest_jobs_come_first_in_the_list(client: bigquery.Client) -> None:
    first, second = start(client, "SELECT 1"), start(client, "SELECT 2")
    listed = [job.job_id for job in client.list_jobs(max_results=10)]
    assert listed.index(second.job_id) < listed.index(first.job_id)


def test_a_job_is_listed_with_its_configuration_when_all_of_it_is_asked_for(
    client: bigquery.Client, endpoint: str
) -> None:
    job = start(client, "SELECT 1", labels={"run_id": "r1"})
    url = f"{endpoint}/bigquery/v2/projects/demo/jobs"
    brief, whole = (
        httpx.get(url, params={"maxResults": 1, **asked}).json()["jobs"][0]
        for asked in ({}, {"projection": "full"})
    )
    assert brief == {key: value for key, value in whole.items() if key != "configuration"}
    assert whole["configuration"]["labels"] == {"run_id": "r1"}
    assert brief["jobReference"]["jobId"] == job.job_id


def test_every_job_is_on_one_page_of_the_list(client: bigquery.Client) -> None:
    started = [start(client, f"SELECT {n}") for n in range(5)]
    since = started[0].created
    for job in started:
        job.result(retry=None)
    pages = list(client.list_jobs(page_size=2, min_creation_time=since).pages)
    listed = [[job.job_id for job in page] for page in pages]
    assert max(map(len, listed)) == 2
    assert [name for page in listed for name in page] == [job.job_id for job in reversed(started)]


def test_a_page_that_was_never_given_is_refused(endpoint: str) -> None:
    url = f"{endpoint}/bigquery/v2/projects/demo/jobs"
    answer = httpx.get(url, params={"pageToken": "nothing"})
    assert (answer.status_code, "Invalid page token" in answer.text) == (400, True)


@pytest.mark.parametrize("legacy", [{}, {"useLegacySql": True}])
def test_legacy_sql_the_default_of_the_api_is_refused(endpoint: str, legacy: Any) -> None:
    body = {"configuration": {"query": {"query": "SELECT 1", **legacy}}}
    job = httpx.post(f"{endpoint}/bigquery/v2/projects/demo/jobs", json=body).json()
    assert "set useLegacySql to false" in job["status"]["errorResult"]["message"]


def test_a_repeated_request_id_is_the_same_query(endpoint: str, query: Any, dataset: str) -> None:
    query(f"CREATE TABLE {dataset}.t (n INT64)")
    sql = f"INSERT INTO {dataset}.t VALUES (1)"
    body = {"query": sql, "useLegacySql": False, "requestId": str(uuid.uuid4())}
    answers = [
        httpx.post(f"{endpoint}/bigquery/v2/projects/demo/queries", json=body).json()
        for _ in range(2)
    ]
    assert answers[0]["jobReference"] == answers[1]["jobReference"]
    assert query(f"SELECT n FROM {dataset}.t") == [{"n": 1}]
