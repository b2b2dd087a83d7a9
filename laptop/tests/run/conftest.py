"""One local Cloud Run server for the folder, and the real clients that talk to it."""

from __future__ import annotations

import contextlib
import functools
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core.operation import Operation
from google.auth.credentials import AnonymousCredentials
from google.cloud import run_v2
from google.cloud.run_v2.services.executions.transports import ExecutionsRestTransport
from google.cloud.run_v2.services.jobs.transports import JobsRestTransport
from google.cloud.run_v2.services.tasks.transports import TasksRestTransport

PARENT = "projects/demo/locations/us-west2"
PYTHON = (sys.executable, "-I", "-S", "-c")


@dataclass(frozen=True)
class LocalRun:
    """A running server; jobs are small Python programs."""

    port: int
    process: subprocess.Popen[str]
    parent: str = PARENT

    def _options(self) -> dict[str, Any]:
        credentials = AnonymousCredentials()
        host = f"127.0.0.1:{self.port}"
        return {"host": host, "url_scheme": "http", "credentials": credentials}

    @functools.cached_property
    def jobs(self) -> run_v2.JobsClient:
        return run_v2.JobsClient(transport=JobsRestTransport(**self._options()))

    @functools.cached_property
    def executions(self) -> run_v2.ExecutionsClient:
        return run_v2.ExecutionsClient(transport=ExecutionsRestTransport(**self._options()))

    @functools.cached_property
    def tasks(self) -> run_v2.TasksClient:
        return run_v2.TasksClient(transport=TasksRestTransport(**self._options()))

    @functools.cached_property
    def http(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    def job(
        self, program: str, args: Sequence[str] = (), *, retries: int = 0, **template: Any
    ) -> str:
        """Create a job with a name of its own that runs a Python program; returns the name."""
        container = run_v2.Container(
            image="unused", command=[*PYTHON, program], args=args, env=template.pop("env", [])
        )
        tasks = {"containers": [container], "max_retries": retries}
        if "timeout" in template:
            tasks["timeout"] = template.pop("timeout")
        job = run_v2.Job(template={"template": tasks, **template})
        job_id = f"job-{uuid.uuid4().hex[:8]}"
        return str(self.jobs.create_job(parent=self.parent, job=job, job_id=job_id).result().name)

    def start(self, job: str, **overrides: Any) -> Operation:
        """Run a job; the operation's metadata names the execution."""
        request = run_v2.RunJobRequest(name=job, overrides=overrides)
        return self.jobs.run_job(request=request)

    def ended(self, operation: Operation) -> run_v2.Execution:
        """The execution of an operation after its end, failed or not."""
        operation.exception(timeout=30)
        return self.executions.get_execution(name=operation.metadata.name)

    def log(self, execution: str, task: int) -> str:
        """Everything that one task has written so far."""
        return self.http.get(f"/_local/logs/{execution.rpartition('/')[2]}/{task}").text

    def wait_for_log(self, operation: Operation, task: int, text: str) -> str:
        """The execution's name once a task has written some text."""
        execution = str(operation.metadata.name)
        until(lambda: text in self.log(execution, task))
        return execution

    def kill(self, execution: str, task: str) -> httpx.Response:
        return self.http.post("/_local/kill", json={"execution": execution, "task": task})


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for a condition; AssertionError when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


@contextlib.contextmanager
def serving(logs: Path, *options: str) -> Iterator[LocalRun]:
    command = [sys.executable, "-m", "laptop.run", "--port", "0", "--grace-seconds", "0.5"]
    process = subprocess.Popen(
        [*command, "--log-dir", str(logs), *options], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield LocalRun(json.loads(process.stdout.readline())["port"], process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        finally:
            process.kill()


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    """The server that the tests of this folder share."""
    with serving(tmp_path_factory.mktemp("run-logs")) as server:
        yield server


@pytest.fixture
def own_run(tmp_path: Path) -> Iterator[LocalRun]:
    """A server that a test may stop."""
    with serving(tmp_path / "logs") as server:
        yield server


@pytest.fixture
def own_run_with_images(tmp_path: Path) -> Iterator[LocalRun]:
    """A server on which a container without a command prints 7."""
    with serving(tmp_path / "logs", "--entrypoint", f"{sys.executable} -c print(7)") as server:
        yield server


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., None]:
    return until
