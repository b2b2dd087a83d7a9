"""The servers together: started with what they need of each other, given faults, stopped."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laptop.endpoints import client_environment, server_environment, write_client_files
from laptop.ports import HOST, Ports
from laptop.service import Process, Service, Started, end, stop, uninterrupted

LOCATION = "us-west2"
FAULTS_SECONDS = 10
# Which ports of `Ports` each server listens on.
ENDPOINTS = {
    "bigquery": ("bigquery", "bigquery_storage"),
    "function": ("function",),
    "pubsub": ("pubsub", "pubsub_rest"),
    "workflows": ("workflows", "workflows_grpc"),
    "run": ("run",),
    "storage": ("storage",),
}


class CloudError(RuntimeError):
    """The servers cannot be started; the message says what to do."""


@dataclass(frozen=True)
class Function:
    """The source file of an HTTP function, and what of it answers."""

    source: Path
    target: str


@dataclass(frozen=True)
class Cloud:
    """Running servers as the clients of one project see them."""

    folder: Path
    ports: Ports
    processes: tuple[Process, ...]
    name: str
    location: str = LOCATION

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which Google's clients, gcloud and bq find the servers."""
        return client_environment(self.name, self.ports, self.folder)

    def project(self, name: str) -> Cloud:
        """The same servers for another project, with a folder of its own; it stops nothing."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        write_client_files(name, self.location, self.ports, folder)
        return Cloud(folder, self.ports, (), name, self.location)

    def arm(self, service: str, **fault: Any) -> None:
        """Arms a fault in `bigquery`, `pubsub`, `run`, `storage` or `workflows`."""
        import httpx

        url = fault_addresses(self.ports)[service]
        httpx.post(url, json=fault, timeout=FAULTS_SECONDS).raise_for_status()

    def disarm(self) -> None:
        """Disarms every fault."""
        import httpx

        for url in fault_addresses(self.ports).values():
            httpx.delete(url, timeout=FAULTS_SECONDS).raise_for_status()

    def stop(self) -> None:
        """Ends the servers that were started with it, and nothing else."""
        end(self.processes)


@dataclass(frozen=True)
class _Plan:
    """What is to be started, and on which ports."""

    name: str
    location: str
    ports: Ports
    logs: Path
    function: Function | None
    job: str
    like_production: float

    def services(self) -> list[Service]:
        """Every server with its command."""
        function = [self._function(self.function)] if self.function else []
        others = [self._pubsub(), self._workflows(), self._run(), self._storage()]
        return [self._bigquery(), *function, *others]

    def _bigquery(self) -> Service:
        return Service(
            "bigquery",
            _module("laptop.bigquery", "--port", str(self.ports.bigquery), "--grpc-port",
                    str(self.ports.bigquery_storage), "--project", self.name,
                    "--location", self.location, "--run-endpoint", _url(self.ports.run),
                    *self._slowness),
            self.ports.bigquery_storage,
        )  # fmt: skip

    def _function(self, function: Function) -> Service:
        return Service(
            "function",
            _module("functions_framework", "--source", str(function.source), "--target",
                    function.target, "--host", HOST, "--port", str(self.ports.function)),
            self.ports.function,
        )  # fmt: skip

    def _pubsub(self) -> Service:
        return Service(
            "pubsub",
            _module("laptop.pubsub", "--port", str(self.ports.pubsub), "--rest-port",
                    str(self.ports.pubsub_rest), "--bigquery-endpoint",
                    _url(self.ports.bigquery), "--run-endpoint", _url(self.ports.run)),
            self.ports.pubsub_rest,
        )  # fmt: skip

    def _workflows(self) -> Service:
        return Service(
            "workflows",
            _module("laptop.workflows", "--port", str(self.ports.workflows), "--grpc-port",
                    str(self.ports.workflows_grpc),
                    "--connector", f"bigquery={_url(self.ports.bigquery)}",
                    "--connector", f"run={_url(self.ports.run)}",
                    "--connector", f"pubsub={_url(self.ports.pubsub_rest)}",
                    "--connector", "workflowexecutions=self"),
            self.ports.workflows,
        )  # fmt: skip

    @property
    def _slowness(self) -> list[str]:
        scale = self.like_production
        return ["--like-production", str(scale)] if scale else []

    def _run(self) -> Service:
        words = ["--port", str(self.ports.run), "--log-dir", str(self.logs / "tasks")]
        words += self._slowness
        if self.job:
            words += ["--warm", self.job, "--entrypoint", shlex.join(_module(self.job))]
        return Service("run", _module("laptop.run", *words), self.ports.run)

    def _storage(self) -> Service:
        words = ("--port", str(self.ports.storage))
        return Service("storage", _module("laptop.storage", *words), self.ports.storage)


def start(
    folder: Path,
    name: str,
    location: str = LOCATION,
    ports: Ports | None = None,
    function: Function | None = None,
    job: str = "",
    environment: Mapping[str, str] | None = None,
    without: Collection[str] = (),
    like_production: float = 0.0,
) -> Cloud:
    """Starts the servers for the project `name` and returns when all of them answer.

    `job` is the module that a container without a command runs; `environment` is given to every
    server and with it to function and tasks. `without` names servers that the caller starts
    himself. `like_production` is the scale at which executions, tasks and loads take as long as
    those of the service (laptop/service_times.py). On an error none stays behind.
    """
    ports = ports or Ports()
    for server, endpoints in ENDPOINTS.items():
        if server not in without and (taken := ports.taken(endpoints)):
            raise CloudError(f"port {taken[1]} ({taken[0]}) is in use")
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    variables = {**server_environment(name, ports), **(environment or {})}
    plan = _Plan(name, location, ports, logs.resolve(), function, job, like_production)
    started: list[Started] = []
    try:
        for service in plan.services():
            if service.name not in without:
                with uninterrupted():
                    started.append(service.start(variables, logs))
        for one in started:
            one.wait_until_ready()
    except BaseException:
        stop([one.process.pid for one in started])
        raise
    write_client_files(name, location, ports, folder)
    noted = tuple(one.noted() for one in started)
    return Cloud(folder.resolve(), ports, noted, name, location)


def fault_addresses(ports: Ports) -> dict[str, str]:
    """Where faults are armed, by server."""
    numbers = {
        "bigquery": ports.bigquery,
        "pubsub": ports.pubsub_rest,
        "run": ports.run,
        "storage": ports.storage,
        "workflows": ports.workflows,
    }
    return {server: f"{_url(number)}/_local/faults" for server, number in numbers.items()}


def _module(module: str, *words: str) -> list[str]:
    return [sys.executable, "-m", module, *words]


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"
