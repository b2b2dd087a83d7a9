"""A local BigQuery of its own with the project's tables, for tests of what talks to BigQuery."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from google.cloud import bigquery

from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.tables.catalog import TABLES

PROJECT = "phase4-tables"


@dataclass(frozen=True)
class TableServer:
    """A running server; its addresses are in the environment of each test that uses it."""

    port: int
    grpc_port: int
    settings: Settings

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the clients find it."""
        return {
            emulator.BIGQUERY: f"http://127.0.0.1:{self.port}",
            emulator.STORAGE: f"127.0.0.1:{self.grpc_port}",
        }

    def warehouse(self, caller: Caller | None = None, **changes: Any) -> Warehouse:
        """A warehouse with the settings of this server, some of them changed."""
        return Warehouse(replace(self.settings, **changes), caller or Caller("test"))

    def sql(self, statement: str) -> list[Row]:
        """Rows of one statement."""
        return self.warehouse().query(statement)

    def arm(self, **fault: Any) -> None:
        """Arms a fault."""
        httpx.post(self._faults, json=fault, timeout=10).raise_for_status()

    def struck(self) -> list[int]:
        """How often each armed fault has struck."""
        faults = httpx.get(self._faults, timeout=10).json()["faults"]
        return [fault["struck"] for fault in faults]

    def disarm(self) -> None:
        """Removes every fault."""
        httpx.delete(self._faults, timeout=10).raise_for_status()

    def limit(self, **figures: int) -> None:
        """Changes how often jobs may change a table."""
        httpx.put(self._limits, json=figures, timeout=10).raise_for_status()

    def unlimit(self) -> None:
        """The laptop's figures again, with nothing counted."""
        httpx.delete(self._limits, timeout=10).raise_for_status()

    def jobs(self, containing: str) -> list[Mapping[str, Any]]:
        """The jobs whose id has this text, newest first, as the API shows them."""
        url = f"{self.environment[emulator.BIGQUERY]}/bigquery/v2/projects/{PROJECT}/jobs"
        jobs = httpx.get(url, params={"projection": "full"}, timeout=10).json()["jobs"]
        return [job for job in jobs if containing in job["jobReference"]["jobId"]]

    @property
    def _limits(self) -> str:
        return f"{self.environment[emulator.BIGQUERY]}/_local/limits"

    @property
    def _faults(self) -> str:
        return f"{self.environment[emulator.BIGQUERY]}/_local/faults"


@contextmanager
def serving() -> Iterator[TableServer]:
    """A server with the target table and the tables of the operations dataset."""
    settings = Settings(project=PROJECT, code_version="build-1")
    place = ["--project", PROJECT, "--location", settings.location]
    command = [sys.executable, "-m", "laptop.bigquery", "--port", "0", "--grpc-port", "0", *place]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        server = TableServer(ready["port"], ready["grpc_port"], settings)
        try:
            with reachable(server):
                _create_tables(server.warehouse().client, settings)
            yield server
        finally:
            process.terminate()


@contextmanager
def reachable(server: TableServer) -> Iterator[None]:
    """The server's addresses in the environment, for a while."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in server.environment.items():
            environment.setenv(name, value)
        assert os.environ[emulator.BIGQUERY]
        yield


def _create_tables(client: bigquery.Client, settings: Settings) -> None:
    names = {key: settings.ops(key) for key, spec in TABLES.items() if spec.layer == "ops"}
    names["player_composite_factors"] = settings.table_id(settings.target_table)
    for dataset in {name.rpartition(".")[0] for name in names.values()}:
        made = bigquery.Dataset(dataset)
        made.location = settings.location
        client.create_dataset(made)
    for key, name in names.items():
        client.create_table(TABLES[key].table(name))
