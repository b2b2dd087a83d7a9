"""One server for all tests of this folder; every test has datasets of its own."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

Query = Callable[..., list[dict[str, Any]]]
NO_RETRIES: Any = {"retry": None, "job_retry": None}
_numbers = itertools.count()


Running = Callable[..., AbstractContextManager[dict[str, Any]]]


@contextmanager
def _running(*options: str) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "laptop.bigquery", "--port", "0", "--grpc-port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield {**json.loads(process.stdout.readline()), "pid": process.pid}
        process.terminate()


@pytest.fixture(scope="session")
def running() -> Running:
    """Starts a server of its own for a `with` block; gives its ports."""
    return _running


@pytest.fixture(scope="session")
def server(running: Running) -> Iterator[dict[str, Any]]:
    """Ports of the server that most tests share."""
    with running() as ports:
        yield ports


@pytest.fixture(scope="session")
def endpoint(server: dict[str, Any]) -> str:
    return f"http://127.0.0.1:{server['port']}"


@pytest.fixture(scope="session")
def client(endpoint: str) -> bigquery.Client:
    return bigquery.Client(
        project="demo",
        location="us-west2",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": endpoint},
    )


@pytest.fixture
def dataset(client: bigquery.Client) -> str:
    name = f"d{next(_numbers)}"
    client.create_dataset(name)
    return name


@pytest.fixture
def query(client: bigquery.Client) -> Query:
    """Run SQL to its end without retries and return the rows as dicts."""

    def run(sql: str, **config: Any) -> list[dict[str, Any]]:
        job = client.query(sql, job_config=bigquery.QueryJobConfig(**config), **NO_RETRIES)
        return [dict(row) for row in job.result(**NO_RETRIES)]

    return run
