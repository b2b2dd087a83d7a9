"""The laptop cloud as a whole: start every service, load a league, deploy; stop everything."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local.endpoints import client_environment, job_environment, write_client_files
from local.ports import HOST, Ports
from local.service import Service, Started, stop
from phase4.settings import Settings

if TYPE_CHECKING:
    from local.league import League

FOLDER = Path(".phase4")
PROJECT = "phase4-local"
VALIDATOR = Path(__file__).parent.parent / "functions" / "validator" / "main.py"


class CloudError(RuntimeError):
    """The laptop cloud cannot do what was asked; the message says what to do."""


@dataclass(frozen=True)
class Cloud:
    """A running laptop cloud, as its folder describes it."""

    folder: Path
    ports: Ports
    pids: tuple[int, ...]
    settings: Settings

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which clients find it."""
        return client_environment(self.settings, self.ports, self.folder)

    def save(self) -> None:
        """Leaves a note of ports and processes for other commands."""
        note = {"ports": asdict(self.ports), "pids": self.pids, "settings": asdict(self.settings)}
        (self.folder / "cloud.json").write_text(json.dumps(note, indent=2))

    def stop(self) -> None:
        """Ends every service."""
        stop(self.pids)
        (self.folder / "cloud.json").unlink(missing_ok=True)


def local_settings(code_version: str = "local") -> Settings:
    """The settings of the laptop cloud: the standard names, with the roster."""
    return Settings(
        project=PROJECT,
        roster_table="nba_analytics.player_birthdates",
        code_version=code_version,
    )


def running(folder: Path = FOLDER) -> Cloud:
    """The cloud that runs in `folder`; CloudError when none does."""
    note = folder / "cloud.json"
    if not note.exists():
        raise CloudError(f"no laptop cloud runs in {folder}: start one with `phase4 local up`")
    read = json.loads(note.read_text())
    return Cloud(
        folder=folder.resolve(),
        ports=Ports(**read["ports"]),
        pids=tuple(read["pids"]),
        settings=Settings(**read["settings"]),
    )


def start(
    folder: Path = FOLDER,
    ports: Ports | None = None,
    settings: Settings | None = None,
    without: Collection[str] = (),
) -> Cloud:
    """Starts the services and returns when all of them answer; on an error none stays behind.

    `without` names services that the caller starts himself.
    """
    ports = ports or Ports()
    settings = settings or local_settings()
    if taken := ports.taken():
        raise CloudError(
            f"port {taken[1]} ({taken[0]}) is in use: stop what listens there"
            " (`phase4 local down`?) or pass --free-ports"
        )
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    started: list[Started] = []
    try:
        services = _services(settings, ports, logs.resolve())
        for service in (one for one in services if one.name not in without):
            started.append(service.start(job_environment(settings, ports), logs))
        for service_started in started:
            service_started.wait_until_ready()
    except BaseException:
        stop([one.process.pid for one in started])
        raise
    write_client_files(settings, ports, folder)
    pids = tuple(one.process.pid for one in started)
    cloud = Cloud(folder.resolve(), ports, pids, settings)
    cloud.save()
    return cloud


def set_up(cloud: Cloud, league_folder: Path | None = None) -> None:
    """Loads a league (the sample league without a folder) and deploys everything."""
    from local.league import load_league, sample_league

    deploy(cloud, load_league(league_folder) if league_folder else sample_league())


def deploy(cloud: Cloud, league: League) -> None:
    """The tables with a league in them, topics, job and workflows, in the cloud's project."""
    from local import environment
    from local.league.upload import upload
    from phase4.warehouse import connect

    with _variables(cloud.environment):
        client = connect(cloud.settings)
        with ThreadPoolExecutor() as pool:
            others = [
                pool.submit(environment.create_topics, cloud.settings, cloud.ports),
                pool.submit(environment.create_job, cloud.settings, cloud.ports),
                pool.submit(environment.register_function, cloud.settings, cloud.ports),
                pool.submit(environment.deploy_workflows, cloud.settings, cloud.ports),
            ]
            upload(league, client, cloud.settings)
            environment.create_tables(client, cloud.settings)
            for other in others:
                other.result()


def check_league(folder: Path) -> None:
    """LeagueError names the first missing file or column, before anything is started."""
    from local.league import load_league

    load_league(folder)


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _services(settings: Settings, ports: Ports, logs: Path) -> list[Service]:
    def module(name: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", name, *arguments]

    run_endpoint = f"http://{HOST}:{ports.run}"
    bigquery_endpoint = f"http://{HOST}:{ports.bigquery}"
    pubsub_endpoint = f"http://{HOST}:{ports.pubsub_rest}"
    return [
        Service(
            "bigquery",
            module("local.bigquery", "--port", str(ports.bigquery), "--grpc-port",
                   str(ports.bigquery_storage), "--project", settings.project,
                   "--location", settings.location, "--run-endpoint", run_endpoint),
            ports.bigquery_storage,
        ),
        Service(
            "validator",
            module("functions_framework", "--source", str(VALIDATOR), "--target", "validate",
                   "--host", HOST, "--port", str(ports.validator)),
            ports.validator,
        ),
        Service(
            "pubsub",
            module("local.pubsub", "--port", str(ports.pubsub), "--rest-port",
                   str(ports.pubsub_rest), "--bigquery-endpoint", bigquery_endpoint,
                   "--run-endpoint", run_endpoint),
            ports.pubsub_rest,
        ),
        Service(
            "workflows",
            module("local.workflows", "--port", str(ports.workflows), "--grpc-port",
                   str(ports.workflows_grpc), "--connector", f"bigquery={bigquery_endpoint}",
                   "--connector", f"run={run_endpoint}", "--connector",
                   f"pubsub={pubsub_endpoint}", "--connector", "workflowexecutions=self"),
            ports.workflows,
        ),
        Service(
            "run",
            module("local.run", "--port", str(ports.run), "--log-dir", str(logs / "tasks"),
                   "--warm", "jobs.precompute.main", "--entrypoint",
                   shlex.join([sys.executable, "-m", "jobs.precompute.main"])),
            ports.run,
        ),
    ]  # fmt: skip
