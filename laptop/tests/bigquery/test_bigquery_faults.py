"""Faults on demand: the errors of a bad day, raised by the client as in production."""

from __future__ import annotations

import io
import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryReadClient, types
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
    BigQueryReadGrpcTransport,
)

NO_RETRIES: Any = {"retry": None, "job_retry": None}


@pytest.fixture
def faults(endpoint: str) -> Iterator[str]:
    """The address of the faults; disarmed afterwards."""
    yield f"{endpoint}/_local/faults"
    httpx.delete(f"{endpoint}/_local/faults")


def arm(faults: str, **fault: Any) -> None:
    httpx.post(faults, json=fault).raise_for_status()


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (403, "quotaExceeded", exceptions.Forbidden),
        (403, "rateLimitExceeded", exceptions.Forbidden),
        (429, "rateLimitExceeded", exceptions.TooManyRequests),
        (500, "internalError", exceptions.InternalServerError),
        (503, "backendError", exceptions.ServiceUnavailable),
    ],
)
def test_an_error_is_raised_as_the_service_would_raise_it(
    query: Any, faults: str, status: int, reason: str, error: type[Exception]
) -> None:
    arm(faults, on="query", action="error", status=status, reason=reason, contains="marked")
    assert query("SELECT 1 AS n") == [{"n": 1}]
    with pytest.raises(error) as raised:
        query("SELECT 'marked' AS n")
    assert isinstance(raised.value, exceptions.GoogleAPICallError)
    assert raised.value.errors[0]["reason"] == reason
    assert query("SELECT 'marked' AS n") == [{"n": "marked"}]


def test_a_fault_before_leaves_no_job_and_one_after_leaves_a_finished_job(
    client: bigquery.Client, faults: str
) -> None:
    for when, state in (("before", None), ("after", "DONE")):
        job_id = f"f-{uuid.uuid4()}"
        arm(faults, on="query", action="error", when=when, contains=job_id)
        with pytest.raises(exceptions.ServiceUnavailable):
            client.query("SELECT 1", job_id=job_id, **NO_RETRIES)
        if state is None:
            with pytest.raises(exceptions.NotFound):
                client.get_job(job_id)
        else:
            assert client.get_job(job_id).state == state


def test_a_job_error_is_a_failed_job(client: bigquery.Client, faults: str) -> None:
    arm(faults, on="query", action="job_error", reason="rateLimitExceeded", status=403)
    job = client.query("SELECT 1", **NO_RETRIES)
    with pytest.raises(exceptions.GoogleAPICallError, match="too many table update"):
        job.result(**NO_RETRIES)
    assert client.get_job(job.job_id).error_result["reason"] == "rateLimitExceeded"


def test_a_slow_load_is_listed_as_running_and_can_be_cancelled(
    client: bigquery.Client, query: Any, dataset: str, faults: str
) -> None:
    query(f"CREATE TABLE {dataset}.t (n INT64)")
    job_id = f"slow-{uuid.uuid4()}"
    arm(faults, on="load", action="delay", seconds=300, contains=job_id)
    config = bigquery.LoadJobConfig(source_format="PARQUET")
    upload = threading.Thread(
        target=lambda: client.load_table_from_file(
            io.BytesIO(b"1\n"), f"{dataset}.t", job_id=job_id, job_config=config
        )
    )
    upload.start()
    while job_id not in {job.job_id for job in client.list_jobs(state_filter="running")}:
        upload.join(0.05)
    assert client.cancel_job(job_id).state == "DONE"
    assert client.get_job(job_id).error_result["reason"] == "stopped"
    upload.join()
    assert query(f"SELECT n FROM {dataset}.t") == []


def test_a_fault_on_streaming_inserts(
    client: bigquery.Client, query: Any, dataset: str, faults: str
) -> None:
    query(f"CREATE TABLE {dataset}.audit (n INT64)")
    arm(faults, on="insert", action="error", contains=f"{dataset}.audit")
    with pytest.raises(exceptions.ServiceUnavailable):
        client.insert_rows_json(f"{dataset}.audit", [{"n": 1}], retry=None)  # type: ignore[arg-type]
    assert client.insert_rows_json(f"{dataset}.audit", [{"n": 2}]) == []
    assert query(f"SELECT n FROM {dataset}.audit") == [{"n": 2}]


def read_session(server: dict[str, Any], table: str, restriction: str = "") -> types.ReadSession:
    channel = grpc.insecure_channel(f"127.0.0.1:{server['grpc_port']}")
    transport = BigQueryReadGrpcTransport(channel=channel)
    reader = BigQueryReadClient(transport=transport)
    options = types.ReadSession.TableReadOptions(row_restriction=restriction)
    session = types.ReadSession(
        table=table, data_format=types.DataFormat.ARROW, read_options=options
    )
    return reader.create_read_session(
        parent="projects/demo", read_session=session, max_stream_count=1, retry=None
    )


def test_a_fault_on_the_storage_read_api(
    server: dict[str, Any], query: Any, dataset: str, faults: str
) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT 1 AS n")
    name = f"projects/demo/datasets/{dataset}/tables/t"
    arm(faults, on="read", action="error", contains=dataset)
    with pytest.raises(exceptions.ServiceUnavailable):
        read_session(server, name)
    assert len(read_session(server, name, "n = 1").streams) == 1
    # A client tries again what is exhausted, and not what is denied.
    for reason, error in (
        ("quotaExceeded", exceptions.ResourceExhausted),
        ("accessDenied", exceptions.PermissionDenied),
    ):
        arm(faults, on="read", action="error", status=403, reason=reason, contains=dataset)
        with pytest.raises(error):
            read_session(server, name)


def test_a_slow_read_keeps_nobody_else_waiting(
    server: dict[str, Any], query: Any, dataset: str, faults: str
) -> None:
    query(f"CREATE TABLE {dataset}.t AS SELECT 1 AS n")
    arm(faults, on="read", action="delay", seconds=5, contains=dataset)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(read_session, server, f"projects/demo/datasets/{dataset}/tables/t")
        while not httpx.get(faults).json()["faults"][0]["struck"]:
            assert not slow.done()
        assert query(f"SELECT n FROM {dataset}.t") == [{"n": 1}]
        assert not slow.done()
        assert len(slow.result().streams) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"on": "nothing", "action": "error"},
        {"on": "read", "action": "kill_caller"},
        {"on": "query", "action": "kill_caller"},
        {"on": "query", "action": "error", "colour": "red"},
    ],
)
def test_a_fault_that_cannot_be_is_refused(faults: str, fault: dict[str, Any]) -> None:
    answer = httpx.post(faults, json=fault)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("fault: ")


class Killer(BaseHTTPRequestHandler):
    """A Cloud Run server that only remembers whom it was told to kill."""

    victims: list[dict[str, str]]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.victims.append(json.loads(self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def test_kill_caller_names_the_task_and_never_answers(running: Any) -> None:
    Killer.victims = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Killer) as runner:
        threading.Thread(target=runner.serve_forever, daemon=True).start()
        with running("--run-endpoint", f"http://127.0.0.1:{runner.server_port}") as ports:
            endpoint = f"http://127.0.0.1:{ports['port']}"
            arm(f"{endpoint}/_local/faults", on="query", action="kill_caller", when="after")
            client = bigquery.Client(
                project="demo",
                location="us-west2",
                credentials=AnonymousCredentials(),
                client_options={"api_endpoint": endpoint},
            )
            labels = {"execution": "e-1", "task": "3"}
            settings = bigquery.QueryJobConfig(labels=labels)
            with pytest.raises(Exception, match="timed out"):
                client.query("SELECT 1", settings, job_id="k", timeout=1, **NO_RETRIES)
            assert client.get_job("k").state == "DONE"
        runner.shutdown()
    assert Killer.victims == [labels]
