"""INFORMATION_SCHEMA.JOBS: jobs of the project with their labels, scripts with their statements."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud import bigquery

VIEWS = ("JOBS", "JOBS_BY_PROJECT", "JOBS_BY_USER")
SCRIPT = (
    "INSERT INTO {t} VALUES (1), (2); UPDATE {t} SET n = n + 1 WHERE TRUE;"
    " SELECT COUNT(*) AS n FROM {t};"
)


@pytest.fixture
def table(query: Any, dataset: str) -> str:
    query(f"CREATE TABLE {dataset}.t (n INT64)")
    return f"{dataset}.t"


@pytest.fixture
def script(client: bigquery.Client, query: Any, table: str) -> bigquery.QueryJob:
    """A called procedure of three statements, with a label of its own."""
    query(f"CREATE PROCEDURE {table}_p() BEGIN {SCRIPT.format(t=table)} END")
    config = bigquery.QueryJobConfig(labels={"run_id": uuid.uuid4().hex})
    job = client.query(f"CALL {table}_p()", job_config=config)
    job.result()
    return job


def listed(query: Any, job_id: str, view: str = "JOBS_BY_USER") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = query(
        f"SELECT * FROM `region-us-west2`.INFORMATION_SCHEMA.{view}"
        f" WHERE job_id = '{job_id}' OR parent_job_id = '{job_id}' ORDER BY creation_time, job_id"
    )
    return rows


@pytest.mark.parametrize("view", VIEWS)
def test_a_job_is_listed_with_what_it_processed(
    client: bigquery.Client, query: Any, table: str, view: str
) -> None:
    query(f"INSERT INTO {table} VALUES (1), (2)")
    job = client.query(f"SELECT n FROM {table}")
    job.result()
    [row] = listed(query, job.job_id, view)
    assert (row["state"], row["job_type"], row["statement_type"]) == ("DONE", "QUERY", "SELECT")
    assert row["total_bytes_processed"] == job.total_bytes_processed == 16
    assert row["parent_job_id"] is row["error_result"] is None


def test_a_script_is_listed_with_each_of_its_statements(
    query: Any, script: bigquery.QueryJob
) -> None:
    rows = listed(query, script.job_id)
    kinds = [row["statement_type"] for row in rows if row["parent_job_id"] == script.job_id]
    assert kinds == ["INSERT", "UPDATE", "SELECT"]
    assert [row["job_id"] for row in rows if not row["parent_job_id"]] == [script.job_id]


def test_what_a_script_processed_is_the_sum_of_its_statements(
    query: Any, script: bigquery.QueryJob
) -> None:
    rows = listed(query, script.job_id)
    parts = [row["total_bytes_processed"] for row in rows if row["parent_job_id"]]
    assert sum(parts) == script.total_bytes_processed > 0


def test_jobs_are_found_by_their_label(query: Any, script: bigquery.QueryJob) -> None:
    of_the_run = (
        "SELECT job_id FROM `region-us-west2`.INFORMATION_SCHEMA.JOBS WHERE parent_job_id IS NULL"
        " AND EXISTS (SELECT 1 FROM UNNEST(labels) AS label"
        f" WHERE label.key = 'run_id' AND label.value = '{script.labels['run_id']}')"
    )
    assert query(of_the_run) == [{"job_id": script.job_id}]


def test_a_procedure_reads_the_jobs_of_the_moment_of_its_call(query: Any, dataset: str) -> None:
    jobs = "`demo`.`region-us-west2`.INFORMATION_SCHEMA.JOBS"
    query(
        f"CREATE PROCEDURE {dataset}.p() BEGIN"
        f" SELECT COUNT(*) AS n FROM {jobs} WHERE query = 'SELECT 1 AS {dataset}'; END"
    )
    assert query(f"CALL {dataset}.p()") == [{"n": 0}]
    query(f"SELECT 1 AS {dataset}")
    assert query(f"CALL {dataset}.p()") == [{"n": 1}]


def test_a_running_job_sees_itself_running(query: Any) -> None:
    mark = uuid.uuid4().hex
    assert query(
        f"SELECT state FROM `region-us-west2`.INFORMATION_SCHEMA.JOBS WHERE query LIKE '%{mark}%'"
    ) == [{"state": "RUNNING"}]


def test_a_job_that_failed_is_listed_with_its_reason(
    client: bigquery.Client, query: Any, table: str
) -> None:
    job = client.query(f"SELECT absent FROM {table}")
    with pytest.raises(BadRequest):
        job.result(retry=None)
    [row] = listed(query, job.job_id)
    assert row["error_result"]["reason"] == "invalidQuery"


def test_jobs_of_another_region_are_not_here(query: Any) -> None:
    with pytest.raises(NotFound, match="was not found in location us-west2"):
        query("SELECT job_id FROM `region-eu`.INFORMATION_SCHEMA.JOBS")


def test_the_statements_of_a_script_are_listed_below_it_alone(
    client: bigquery.Client, script: bigquery.QueryJob
) -> None:
    listed = client.list_jobs(parent_job=script.job_id)
    children = [job for job in listed if isinstance(job, bigquery.QueryJob)]
    assert [job.statement_type for job in children] == ["SELECT", "UPDATE", "INSERT"]
    assert {job.parent_job_id for job in children} == {script.job_id}
    top = {job.job_id for job in client.list_jobs(max_results=1000)}
    assert script.job_id in top
    assert not top & {job.job_id for job in children}
    found = client.get_job(script.job_id)
    assert isinstance(found, bigquery.QueryJob)
    assert (found.num_child_jobs, found.statement_type) == (3, "SCRIPT")
    assert client.get_job(children[0].job_id).parent_job_id == script.job_id


def test_a_statement_says_where_it_stands_and_keeps_its_rows(
    client: bigquery.Client, query: Any, dataset: str
) -> None:
    query(f"CREATE PROCEDURE {dataset}.p() BEGIN\n  SELECT 3 AS n;\nEND")
    job = client.query(
        f"DECLARE x INT64 DEFAULT 1;\nSELECT x AS n;\n  SELECT x + 1 AS n; CALL {dataset}.p()"
    )
    job.result()
    seen = {}
    for child in client.list_jobs(parent_job=job.job_id):
        assert isinstance(child, bigquery.QueryJob)
        assert child.script_statistics is not None
        (frame,) = child.script_statistics.stack_frames
        (row,) = child.result()
        seen[row["n"]] = (frame.start_line, frame.start_column, frame.text, frame.procedure_id)
    assert seen == {
        1: (2, 1, "SELECT x AS n", None),
        2: (3, 3, "SELECT x + 1 AS n", None),
        3: (2, 3, "SELECT 3 AS n", f"demo.{dataset}.p"),
    }
