"""The command says when it is ready, names what stops it, and leaves no process behind."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from laptop.tests.run.conftest import LocalRun

LOCK = """
import fcntl, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("running", flush=True)
time.sleep(600)
"""


def test_a_taken_port_is_one_line_and_exit_code_1(run: LocalRun) -> None:
    command = [sys.executable, "-m", "laptop.run", "--port", str(run.port)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert f"port {run.port}" in line


def test_sigterm_stops_the_tasks_and_then_the_server(own_run: LocalRun, tmp_path: Path) -> None:
    operation = own_run.start(own_run.job(LOCK, [str(tmp_path / "lock")]))
    own_run.wait_for_log(operation, 0, "running")
    own_run.process.send_signal(signal.SIGTERM)
    assert own_run.process.wait(timeout=20) == 0
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_deleted_job_stops_its_tasks(
    own_run: LocalRun, tmp_path: Path, until: Callable[..., None]
) -> None:
    job = own_run.job(LOCK, [str(tmp_path / "lock")])
    own_run.wait_for_log(own_run.start(job), 0, "running")
    own_run.jobs.delete_job(name=job).result()
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    assert own_run.http.get("/_local/state").json() == {"executions": []}


def test_an_unknown_path_is_a_refusal_in_json(run: LocalRun) -> None:
    answer = run.http.get("/v3/anything")
    assert answer.status_code == 404
    assert "GET /v3/anything" in answer.json()["error"]["message"]
