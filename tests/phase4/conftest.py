"""One BigQuery server for the folder, reached by the ordinary client."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse

PROJECT = "phase4-rules"


@pytest.fixture(scope="session")
def warehouse() -> Iterator[Warehouse]:
    """An empty warehouse with the standard names."""
    settings = Settings(project=PROJECT)
    place = ["--project", PROJECT, "--location", settings.location]
    command = [sys.executable, "-m", "laptop.bigquery", "--port", "0", "--grpc-port", "0", *place]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        pytest.MonkeyPatch.context() as environment,
    ):
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        environment.setenv(emulator.BIGQUERY, f"http://127.0.0.1:{port}")
        yield Warehouse(settings, Caller("test"))
        process.terminate()
