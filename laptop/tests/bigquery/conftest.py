"""One server for all tests of this folder; every test has datasets of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from google.cloud import bigquery

from laptop.tests.bigquery.servers import Query, Running, client_of, querying, serving

_numbers = itertools.count()


@pytest.fixture(scope="session")
def running() -> Running:
    """Starts a server of its own for a `with` block; gives its ports."""
    return partial(serving, "laptop.bigquery", "--port", "0", "--grpc-port", "0")


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
    return client_of(endpoint)


@pytest.fixture
def dataset(client: bigquery.Client) -> str:
    name = f"d{next(_numbers)}"
    client.create_dataset(name)
    return name


@pytest.fixture
def query(client: bigquery.Client) -> Query:
    """Run SQL to its end without retries and return the rows as dicts."""
    return querying(client)
