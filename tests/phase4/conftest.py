"""An empty project for the folder on the BigQuery server of the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse
from tests.table_server import TableServer, reachable

PROJECT = "phase4-rules"


@pytest.fixture(scope="session")
def warehouse(table_server: TableServer) -> Iterator[Warehouse]:
    """An empty warehouse with the standard names."""
    with reachable(table_server):
        yield Warehouse(Settings(project=PROJECT), Caller("test"))
