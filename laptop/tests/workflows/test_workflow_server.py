"""The server as a process: its ports, its ready line, its end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

COMMAND = [sys.executable, "-m", "laptop.workflows"]
SLEEPER = """
- all:
    parallel:
      for: {value: v, range: [1, 5], steps: [{nap: {call: sys.sleep, args: {seconds: 3600}}}]}
"""


@pytest.fixture
def started() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_sigterm_ends_the_server_cleanly_even_while_executions_sleep(
    started: subprocess.Popen[str],
) -> None:
    assert started.stdout
    ready = json.loads(started.stdout.readline())
    assert ready["ready"] is True
    assert ready["port"] != ready["grpc_port"]
    base = f"http://127.0.0.1:{ready['port']}/v1/projects/p1/locations/l/workflows"
    httpx.post(
        base, params={"workflowId": "w"}, json={"sourceContents": SLEEPER}
    ).raise_for_status()
    httpx.post(f"{base}/w/executions", json={}).raise_for_status()
    started.send_signal(signal.SIGTERM)
    assert started.wait(20) == 0
    assert started.stdout.read() == ""


@pytest.mark.parametrize("option", ["--port", "--grpc-port"])
def test_a_port_in_use_is_one_clear_line(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = subprocess.run(
            [*COMMAND, option, port], capture_output=True, text=True, check=False, timeout=60
        )
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert port in line
    assert result.stdout == ""


def test_a_connector_must_name_a_service_and_an_address() -> None:
    words = [*COMMAND, "--connector", "bigquery"]
    result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 2
    assert "'bigquery' is not SERVICE=URL" in result.stderr
