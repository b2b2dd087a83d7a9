"""One laptop cloud for a test session; every module works in a project of its own on it."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import httpx
from google.cloud import pubsub_v1

from laptop.endpoints import write_client_files
from laptop.ports import HOST, Ports, answers, free_port
from laptop.service import Process
from sample import cloud as clouds
from sample.endpoints import job_environment
from sample.league import League, load_league, sample_league
from tests.laptop import Laptop

LONGEST_NAME = 24
READY_SECONDS = 120
FUNCTION = {
    "FUNCTION_SOURCE": str(clouds.VALIDATOR),
    "FUNCTION_TARGET": "validate",
    "FUNCTION_SIGNATURE_TYPE": "cloudevent",
    "HOST": HOST,
}


class FunctionStarts:
    """Starts the function once per project: a fork of a process that has made its imports."""

    def __init__(self) -> None:
        libraries = ("phase4.validation.answer", "google.cloud.pubsub_v1", "cloudevents.http")
        # A fork shows the words of the process that it is a fork of.
        self._words = (
            sys.executable, "-m", "laptop.run.zygote", "functions_framework", *libraries,
        )  # fmt: skip
        self._process = subprocess.Popen(
            self._words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._numbers = itertools.count()

    def start(self, environment: Mapping[str, str], log: Path) -> Process:
        """A function that answers on its PORT."""
        number = next(self._numbers)
        request = {"id": number, "env": environment, "cwd": str(log.parent), "log": str(log)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        pid = self._pid_of(number)
        deadline = time.monotonic() + READY_SECONDS
        while not answers(int(environment["PORT"])):
            assert time.monotonic() < deadline, f"the function does not answer; see {log}"
            time.sleep(0.02)
        return Process("function", pid, self._words)

    def stop(self) -> None:
        """Ends the process that forks."""
        self._process.communicate(timeout=READY_SECONDS)

    def _pid_of(self, number: int) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == number:
                return int(answer["pid"])
        raise AssertionError("the process that forks functions has ended")


@dataclass(frozen=True)
class SharedCloud:
    """The servers of a session, and how a project comes and goes on them."""

    cloud: clouds.Cloud
    functions: FunctionStarts = field(default_factory=FunctionStarts)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def start(cls, folder: Path) -> SharedCloud:
        """Every server except the function, which belongs to a project."""
        return cls(clouds.start(folder, Ports.free(), without=("function",)))

    def stop(self) -> None:
        """Ends every server."""
        self.functions.stop()
        self.cloud.stop()

    def project(self, module: str, league: Path | None, has_site: bool = False) -> Laptop:
        """A new project named after a test module, deployed, with a league loaded."""
        words = re.sub(r"[^a-z0-9]+", "-", module.rpartition(".")[2].lower())
        name = f"{words[:LONGEST_NAME].strip('-')}-{next(self._numbers)}"
        # A module that looks at its site says so: it is written after every run.
        bucket = f"{name}-site" if has_site else ""
        settings = replace(self.cloud.settings, project=name, site_bucket=bucket)
        settings = clouds.with_site(settings, self.cloud.ports)
        ports = replace(self.cloud.ports, function=free_port())
        folder = self.cloud.folder / name
        folder.mkdir()
        write_client_files(settings.project, settings.location, ports, folder)
        port = {"PORT": str(ports.function)}
        variables = {**os.environ, **job_environment(settings, ports), **FUNCTION, **port}
        function = self.functions.start(variables, folder / "validator.log")
        project = clouds.Cloud(folder, ports, (function,), settings)
        try:
            project.save()
            clouds.deploy(project, _league(league))
        except BaseException:
            project.stop()
            raise
        return Laptop(project)

    def remove(self, laptop: Laptop) -> None:
        """Ends what a project still does and forgets what it holds."""
        laptop.disarm()
        _cancel_executions(laptop)
        _delete_subscriptions(laptop)
        laptop.cloud.stop()
        for dataset in list(laptop.client.list_datasets()):
            laptop.client.delete_dataset(dataset.reference, delete_contents=True)


@cache
def _league(folder: Path | None) -> League:
    return load_league(folder) if folder else sample_league()


def _cancel_executions(laptop: Laptop) -> None:
    """Cancels the workflow executions and the job executions that are still at work."""
    settings, ports = laptop.cloud.settings, laptop.cloud.ports
    workflows = f"http://{HOST}:{ports.workflows}/v1/{settings.place}/workflows"
    with httpx.Client(timeout=60) as client:
        for workflow in client.get(workflows).json()["workflows"]:
            executions = f"http://{HOST}:{ports.workflows}/v1/{workflow['name']}/executions"
            for execution in client.get(executions).json().get("executions", ()):
                if execution["state"] == "ACTIVE":
                    name = execution["name"]
                    client.post(f"http://{HOST}:{ports.workflows}/v1/{name}:cancel")
        client.delete(f"http://{HOST}:{ports.run}/v2/{settings.place}/jobs/{settings.job}")
    laptop.until(lambda: not laptop.processes())


def _delete_subscriptions(laptop: Laptop) -> None:
    subscriber = pubsub_v1.SubscriberClient()
    project = f"projects/{laptop.cloud.settings.project}"
    for subscription in subscriber.list_subscriptions(project=project):
        subscriber.delete_subscription(subscription=subscription.name)
