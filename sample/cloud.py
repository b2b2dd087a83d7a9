"""This project on the laptop cloud: start the servers, load a league, deploy; stop everything."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import laptop
from functions import validator
from laptop.cloud import CloudError
from laptop.ports import Ports
from laptop.service import stop
from phase4.cloud.settings import Settings
from phase4.errors import NotThere
from sample.endpoints import JOB, client_environment

if TYPE_CHECKING:
    from sample.league import League

__all__ = ["Cloud", "CloudError"]

PROJECT = "phase4-local"
VALIDATOR = Path(validator.__path__[0]) / "main.py"


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


def running(folder: Path) -> Cloud:
    """The cloud that runs in `folder`; NotThere when none does."""
    note = folder / "cloud.json"
    if not note.exists():
        raise NotThere(f"no laptop cloud runs in {folder}: start one with `phase4 local up`")
    read = json.loads(note.read_text())
    return Cloud(
        folder=folder.resolve(),
        ports=Ports(**read["ports"]),
        pids=tuple(read["pids"]),
        settings=Settings(**read["settings"]),
    )


def start(
    folder: Path,
    ports: Ports | None = None,
    settings: Settings | None = None,
    without: Collection[str] = (),
) -> Cloud:
    """Starts the services and returns when all of them answer; on an error none stays behind.

    `without` names services that the caller starts himself.
    """
    settings = settings or local_settings()
    servers = laptop.start(
        folder,
        settings.project,
        settings.location,
        ports,
        laptop.Function(VALIDATOR, "validate"),
        JOB,
        settings.environment(),
        without,
    )
    cloud = Cloud(servers.folder, servers.ports, servers.pids, settings)
    cloud.save()
    return cloud


def set_up(cloud: Cloud, league_folder: Path | None = None) -> None:
    """Loads a league (the sample league without a folder) and deploys everything."""
    from sample.league import load_league, sample_league

    deploy(cloud, load_league(league_folder) if league_folder else sample_league())


def deploy(cloud: Cloud, league: League) -> None:
    """The tables with a league in them, topics, job and workflows, in the cloud's project."""
    from phase4.cloud.warehouse import connect
    from sample import environment
    from sample.league.upload import upload

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
    from sample.league import load_league

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
