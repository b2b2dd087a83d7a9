"""Fixtures that several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop, start
from tests.table_server import TableServer, reachable, serving


@pytest.fixture(scope="module")
def league() -> Path | None:
    """The folder of the league to load, for modules that need another one than the sample."""
    return None


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory, league: Path | None) -> Iterator[Laptop]:
    """A laptop cloud with a league loaded, for the tests of one module."""
    before = dict(os.environ)
    running = start(tmp_path_factory.mktemp("cloud"), league)
    try:
        yield running
    finally:
        running.cloud.stop()
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def table_server() -> Iterator[TableServer]:
    """A local BigQuery with the project's tables, for the whole session."""
    with serving() as server:
        yield server


@pytest.fixture
def tables(table_server: TableServer) -> Iterator[TableServer]:
    """That server with its addresses in the environment, without faults of earlier tests."""
    with reachable(table_server):
        yield table_server
    table_server.disarm()
