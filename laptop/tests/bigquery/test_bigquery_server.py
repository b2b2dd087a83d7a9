"""The process: start, ports, stop, and the clients that people really use."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

COMMAND = [sys.executable, "-m", "laptop.bigquery", "--grpc-port", "0", "--port"]


def test_a_port_in_use_is_one_clear_line(server: dict[str, Any]) -> None:
    port = str(server["port"])
    done = subprocess.run([*COMMAND, port], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"laptop.bigquery: port {port} on 127.0.0.1 is in use: choose another\n"


def test_it_says_when_it_is_ready_and_stops_at_sigterm() -> None:
    with subprocess.Popen(
        [*COMMAND, "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready = json.loads(process.stdout.readline())
        assert ready.pop("ready") is True
        for port in ready.values():
            socket.create_connection(("127.0.0.1", port)).close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


@pytest.mark.skipif(shutil.which("bq") is None, reason="bq is not installed")
def test_the_bq_client_queries_and_lists(
    endpoint: str, query: Any, dataset: str, tmp_path: Path
) -> None:
    query(f"CREATE TABLE {dataset}.t (day DATE, n INT64) PARTITION BY day")
    query(f"INSERT INTO {dataset}.t VALUES ('2025-01-31', 4)")
    token = tmp_path / "token"
    token.write_text("word")
    environment = {
        **os.environ,
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
        "CLOUDSDK_CONFIG": str(tmp_path),
    }

    def bq(*arguments: str) -> Any:
        shared = ["--api", endpoint, "--project_id", "demo", "--headless", "--format=json"]
        command = ["bq", *shared, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    sql = f"SELECT day, n FROM {dataset}.t WHERE n = 4"
    assert bq("query", "--nouse_legacy_sql", sql) == [{"day": "2025-01-31", "n": "4"}]
    assert [one["tableReference"]["tableId"] for one in bq("ls", dataset)] == ["t"]
    assert bq("show", f"{dataset}.t")["numRows"] == "1"


def test_the_discovery_document_leads_back_here(endpoint: str) -> None:
    document = httpx.get(f"{endpoint}/$discovery/rest?version=v2").json()
    assert document["rootUrl"] == f"{endpoint}/"
    assert "getQueryResults" in document["resources"]["jobs"]["methods"]
