"""This project on the laptop cloud: start the servers, load a league, deploy; stop everything."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import laptop
from functions import validator
from laptop.cloud import ENDPOINTS, CloudError
from laptop.ports import HOST, Ports
from laptop.service import STOP_SECONDS, Process, end
from phase4.cloud.settings import Settings
from phase4.errors import NoAnswer, NotThere
from sample.endpoints import JOB, client_environment

if TYPE_CHECKING:
    from sample.league import League

__all__ = ["Cloud", "CloudError"]

PROJECT = "phase4-local"
NOTE = "cloud.json"
VALIDATOR = Path(validator.__path__[0]) / "main.py"


@dataclass(frozen=True)
class Cloud:
    """A running laptop cloud, as its folder describes it."""

    folder: Path
    ports: Ports
    processes: tuple[Process, ...]
    settings: Settings
    league: str = ""
    like_production: float = 0.0
    """The scale at which it is as slow as the service; 0: it is not."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which clients find it."""
        return client_environment(self.settings, self.ports, self.folder)

    def save(self) -> None:
        """Leaves a note of ports and processes for other commands."""
        note = {name: value for name, value in asdict(self).items() if name != "folder"}
        (self.folder / NOTE).write_text(json.dumps(note, indent=2))

    def keep(self) -> None:
        """Leaves its tables in its folder, for the next cloud there; NoAnswer without BigQuery."""
        from sample import kept

        if self.ports.taken(ENDPOINTS["bigquery"]) is None:
            raise NoAnswer("BigQuery does not answer, and its tables went with it")
        with _variables(self.environment):
            kept.keep(self.folder, self.settings)

    def stop(self) -> None:
        """Ends every service that was started with it, and nothing else."""
        end(self.processes)
        (self.folder / NOTE).unlink(missing_ok=True)


def local_settings(code_version: str = "local") -> Settings:
    """The settings of the laptop cloud: the standard names, with the roster."""
    return Settings(
        project=PROJECT,
        roster_table="nba_analytics.player_birthdates",
        site_bucket=f"{PROJECT}-site",
        code_version=code_version,
    )


def with_site(settings: Settings, ports: Ports) -> Settings:
    """The settings with the address at which the laptop serves their site."""
    if not settings.site_bucket:
        return settings
    address = f"http://{HOST}:{ports.storage}/{settings.site_bucket}"
    return replace(settings, site_address=address)


def running(folder: Path) -> Cloud:
    """The cloud that runs in `folder`; NotThere when none does."""
    note = folder / NOTE
    if not note.exists():
        raise NotThere(f"no laptop cloud runs in {folder}: start one with `phase4 local up`")
    read = json.loads(note.read_text())
    return Cloud(
        folder=folder.resolve(),
        ports=Ports(**read["ports"]),
        processes=tuple(
            Process(one["name"], one["pid"], tuple(one["words"])) for one in read["processes"]
        ),
        settings=Settings(**read["settings"]),
        league=read["league"],
        like_production=read["like_production"],
    )


def start(
    folder: Path,
    ports: Ports | None = None,
    settings: Settings | None = None,
    without: Collection[str] = (),
    like_production: float = 0.0,
) -> Cloud:
    """Starts the services and returns when all of them answer; on an error none stays behind.

    `without` names services that the caller starts himself. CloudError where one runs in `folder`
    already: nobody could stop it any more.
    """
    ports = ports or Ports()
    settings = with_site(settings or local_settings(), ports)
    if like_production:
        settings = replace(settings, time_scale=f"{like_production:g}")
    _check_free(folder)
    servers = _started(folder, ports, settings, without, like_production)
    cloud = Cloud(
        servers.folder,
        servers.ports,
        servers.processes,
        settings,
        like_production=like_production,
    )
    cloud.save()
    return cloud


def restart(cloud: Cloud, name: str) -> Cloud:
    """Ends one service, starts it anew on its ports and deploys again what it held.

    BigQuery keeps its tables in memory: it comes back with the league as it was first loaded.
    CloudError for a name that no service has.
    """
    if name not in ENDPOINTS:
        raise CloudError(f"no service {name!r}: the laptop cloud has {', '.join(ENDPOINTS)}")
    end(each for each in cloud.processes if each.name == name)
    cloud.ports.await_free(ENDPOINTS[name], STOP_SECONDS)
    others = [each for each in cloud.processes if each.name != name]
    servers = _started(
        cloud.folder,
        cloud.ports,
        cloud.settings,
        [*ENDPOINTS.keys() - {name}],
        cloud.like_production,
    )
    again = replace(cloud, processes=(*others, *servers.processes))
    again.save()
    with _variables(again.environment):
        _deploy_on(again, name)
    return again


def _check_free(folder: Path) -> None:
    try:
        known = running(folder)
    # An older note says nothing that could be asked for.
    except (NotThere, KeyError, TypeError):
        return
    alive = [process.name for process in known.processes if process.goes_on()]
    if not alive:
        return
    found = f"a laptop cloud runs in {folder} already ({', '.join(alive)})"
    cures = ["`phase4 local down` ends it", "--folder names another place"]
    if ended := [process.name for process in known.processes if process.name not in alive]:
        found += f" without {', '.join(ended)}"
        cures = [f"`phase4 local restart {name}` brings {name} back" for name in ended] + cures
    raise CloudError(f"{found}: {', '.join(cures)}")


def _started(
    folder: Path,
    ports: Ports,
    settings: Settings,
    without: Collection[str],
    like_production: float,
) -> laptop.Cloud:
    return laptop.start(
        folder,
        settings.project,
        settings.location,
        ports,
        laptop.Function(VALIDATOR, "validate"),
        JOB,
        settings.environment(),
        without,
        like_production,
    )


def set_up(cloud: Cloud, league_folder: Path | None = None, *, kept: bool = False) -> None:
    """Loads a league (the sample league without a folder) and deploys everything.

    `kept`: in place of a league the tables that the last cloud in its folder left.
    """
    deploy(cloud, None if kept else _league(league_folder))
    if league_folder and not kept:
        replace(cloud, league=str(league_folder.resolve())).save()


def deploy(cloud: Cloud, league: League | None) -> None:
    """The tables with a league in them, topics, job and workflows, in the cloud's project.

    Without a league: the tables that the last cloud in its folder left.
    """
    from sample import environment

    with _variables(cloud.environment), ThreadPoolExecutor() as pool:
        others = [
            pool.submit(environment.create_topics, cloud.settings, cloud.ports),
            pool.submit(environment.create_job, cloud.settings, cloud.ports),
            pool.submit(environment.register_function, cloud.settings, cloud.ports),
            pool.submit(environment.create_site_bucket, cloud.settings, cloud.ports),
            pool.submit(
                environment.deploy_workflows,
                cloud.settings,
                cloud.ports,
                cloud.like_production,
            ),
        ]
        _make_tables(cloud, league)
        for other in others:
            other.result()


def _league(folder: Path | None) -> League:
    from sample.league import load_league, sample_league

    return load_league(folder) if folder else sample_league()


def _make_tables(cloud: Cloud, league: League | None) -> None:
    from phase4.cloud.warehouse import connect
    from sample import environment, kept
    from sample.league.upload import upload

    client = connect(cloud.settings)
    if league is None:
        kept.bring_back(cloud.folder, client, cloud.settings)
    else:
        upload(league, client, cloud.settings)
    environment.create_tables(client, cloud.settings)


def _deploy_on(cloud: Cloud, name: str) -> None:
    """What a service forgets when it ends."""
    from sample import environment

    deployments: dict[str, Callable[[Settings, Ports], None]] = {
        "pubsub": environment.create_topics,
        "run": environment.create_job,
        "storage": environment.create_site_bucket,
        "workflows": partial(environment.deploy_workflows, like_production=cloud.like_production),
    }
    if name == "bigquery":
        _make_tables(cloud, _league(Path(cloud.league) if cloud.league else None))
    elif name in deployments:
        deployments[name](cloud.settings, cloud.ports)
    if name == "run":
        environment.register_function(cloud.settings, cloud.ports)


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
