"""Definitions run in this process; servers run as the processes they are."""

from __future__ import annotations

import contextlib
import functools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import httpx
import pytest
from google.cloud import workflows_v1
from google.cloud.workflows import executions_v1
from grpc import insecure_channel

from laptop.workflows.calls import Surroundings, load
from laptop.workflows.language.errors import WorkflowError
from laptop.workflows.language.interpreter import Interpreter

ENVIRONMENT = {"GOOGLE_CLOUD_PROJECT_ID": "demo", "GOOGLE_CLOUD_LOCATION": "us-west2"}
LOCATION = "projects/demo/locations/us-west2"
Run = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    """Runs a definition to its result."""

    def runs(source: str, argument: Any = None, **host: Any) -> Any:
        surroundings = Surroundings(**{"environment": ENVIRONMENT, **host})
        return Interpreter(load(dedent(source)), surroundings).run(argument)

    return runs


@pytest.fixture
def raised(run: Run) -> Callable[..., WorkflowError]:
    """Runs a definition to the error that nothing catches."""

    def raises(source: str, argument: Any = None, **host: Any) -> WorkflowError:
        with pytest.raises(WorkflowError) as caught:
            run(source, argument, **host)
        return caught.value

    return raises


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., dict[str, Any]]]:
    """Starts `python -m module` for the session and returns its ready line as a map."""
    with contextlib.ExitStack() as running:

        def starts(module: str, *words: str) -> dict[str, Any]:
            command = [sys.executable, "-m", module, *words]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            running.enter_context(process)
            running.callback(process.terminate)
            assert process.stdout
            ready: dict[str, Any] = json.loads(process.stdout.readline())
            return ready

        yield starts


@dataclass(frozen=True)
class Server:
    """A running server and the real clients of its two APIs."""

    port: int
    grpc_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @functools.cached_property
    def http(self) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/v1/{LOCATION}", timeout=30)

    @functools.cached_property
    def workflows(self) -> workflows_v1.WorkflowsClient:
        kind = workflows_v1.WorkflowsClient.get_transport_class("grpc")
        channel = insecure_channel(f"127.0.0.1:{self.grpc_port}")
        return workflows_v1.WorkflowsClient(transport=kind(channel=channel))

    @functools.cached_property
    def executions(self) -> executions_v1.ExecutionsClient:
        kind = executions_v1.ExecutionsClient.get_transport_class("grpc")
        channel = insecure_channel(f"127.0.0.1:{self.grpc_port}")
        return executions_v1.ExecutionsClient(transport=kind(channel=channel))

    def deploy(self, name: str, source: str, **fields: Any) -> dict[str, Any]:
        """Create a workflow; the operation that did it."""
        body = {"sourceContents": dedent(source), **fields}
        answer = self.http.post("/workflows", params={"workflowId": name}, json=body)
        assert answer.status_code == 200, answer.text
        operation: dict[str, Any] = answer.json()
        return operation

    def start(self, name: str, argument: Any = None, **fields: Any) -> str:
        """Start an execution; its path below the location."""
        body = {"argument": json.dumps(argument), **fields}
        answer = self.http.post(f"/workflows/{name}/executions", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["name"]).removeprefix(LOCATION)

    def get(self, path: str) -> dict[str, Any]:
        """A resource below the location."""
        resource: dict[str, Any] = self.http.get(path).json()
        return resource

    def wait(self, path: str, done: Callable[[dict[str, Any]], bool] | None = None) -> Any:
        """Poll an execution until it is over (or `done`)."""
        over = done or (lambda execution: execution["state"] != "ACTIVE")
        while not over(execution := self.get(path)):
            time.sleep(0.02)
        return execution

    def execute(self, name: str, argument: Any = None) -> dict[str, Any]:
        """Start an execution and wait for its end."""
        execution: dict[str, Any] = self.wait(self.start(name, argument))
        return execution


@pytest.fixture(scope="session")
def server(start: Callable[..., dict[str, Any]]) -> Server:
    """The local Cloud Workflows for the whole session."""
    ready = start("laptop.workflows", "--connector", "workflowexecutions=self")
    return Server(ready["port"], ready["grpc_port"])


@pytest.fixture(scope="session")
def chain(start: Callable[..., dict[str, Any]]) -> tuple[Server, dict[str, str]]:
    """Local Cloud Workflows whose connectors reach the other local services; their addresses."""
    services = {
        "bigquery": ("port", start("laptop.bigquery", "--port=0", "--grpc-port=0")),
        "run": ("port", start("laptop.run", "--port=0")),
        "pubsub": ("rest_port", start("laptop.pubsub", "--port=0", "--rest-port=0")),
    }
    urls = {name: f"http://127.0.0.1:{ready[port]}" for name, (port, ready) in services.items()}
    words = [f"--connector={name}={url}" for name, url in urls.items()]
    ready = start("laptop.workflows", *words, "--connector=workflowexecutions=self")
    return Server(ready["port"], ready["grpc_port"]), urls
