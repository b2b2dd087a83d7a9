"""`phase4 local …`: the laptop cloud."""

from __future__ import annotations

import shlex
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from phase4.cloud.site_pages import INDEX
from phase4.errors import NoAnswer, Phase4Error
from sample.commands import local_fault
from sample.commands.folder import FOLDER, Folder, running

if TYPE_CHECKING:
    from sample.cloud import Cloud

app = typer.Typer(help="The laptop cloud: every service as a local process.", no_args_is_help=True)
app.add_typer(local_fault.app, name="fault")


@app.command()
def up(
    league: Annotated[
        Path | None, typer.Option(help="Folder of league tables as Parquet (default: sample).")
    ] = None,
    detach: Annotated[bool, typer.Option(help="Return once everything runs.")] = False,
    free_ports: Annotated[bool, typer.Option(help="Use any free ports.")] = False,
    like_production: Annotated[
        bool,
        typer.Option(
            "--like-production", help="Executions, tasks and loads take as long as the service's."
        ),
    ] = False,
    scale: Annotated[
        float, typer.Option(min=0.001, max=1, help="Times this, with --like-production.")
    ] = 1.0,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Load the league anew, not the tables of the last time.")
    ] = False,
    folder: Folder = FOLDER,
) -> None:
    """Start the services, load a league, deploy job, function and workflows.

    What the tables held when the last cloud in this folder was stopped, they hold again, unless
    --fresh or --league asks for a league.

    Example: phase4 local up --detach
    """
    from laptop.ports import Ports
    from laptop.service import ServiceFailed
    from sample import cloud as clouds
    from sample import kept

    started = time.monotonic()
    console = Console(stderr=True)
    # A signal in the middle of it must leave nothing: its servers outlive this process.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    console.print("starting BigQuery, Pub/Sub, Run, Workflows, Storage and the function …")
    try:
        if league is not None:
            clouds.check_league(league)
        cloud = clouds.start(
            folder,
            Ports.free() if free_ports else None,
            like_production=scale if like_production else 0.0,
        )
    except (clouds.CloudError, ServiceFailed) as error:
        raise NoAnswer(str(error)) from None
    try:
        again = league is None and not fresh and kept.are_kept(folder)
        clouds.set_up(cloud, league, kept=again)
    except BaseException:
        cloud.stop()
        raise
    console.print(
        f"site, written after every run: {cloud.settings.page(INDEX)}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"laptop cloud up in {time.monotonic() - started:.1f} s"
        + (", with the tables of the last time (--fresh: the league anew)" if again else "")
        + (f", as slow as the service times {scale:g}" if like_production else "")
        + f"; logs in {folder / 'logs'};"
        ' next: eval "$(phase4 local env)"',
        highlight=False,
        soft_wrap=True,
    )
    if not detach:
        _hold(cloud)


@app.command()
def env(folder: Folder = FOLDER) -> None:
    """Print `export` lines for every client, to be eval-ed.

    Example: eval "$(phase4 local env)"
    """
    for name, value in running(folder).environment.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def down(folder: Folder = FOLDER) -> None:
    """Stop every service; the tables are kept in the folder for the next `phase4 local up`.

    Example: phase4 local down
    """
    _stop(running(folder))


@app.command()
def restart(
    service: Annotated[
        str, typer.Argument(help="bigquery, pubsub, run, workflows, storage or function.")
    ],
    folder: Folder = FOLDER,
) -> None:
    """Bring one service back, with what was deployed on it.

    BigQuery keeps its tables in memory: it comes back with the league as it was first loaded.

    Example: phase4 local restart --folder .phase4 run
    """
    from laptop.service import ServiceFailed
    from sample import cloud as clouds

    try:
        clouds.restart(running(folder), service)
    except (clouds.CloudError, ServiceFailed) as error:
        raise NoAnswer(str(error)) from None
    Console(stderr=True).print(f"{service} answers again")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _hold(cloud: Cloud) -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        _stop(cloud)


def _stop(cloud: Cloud) -> None:
    """Whatever becomes of its tables, the cloud ends."""
    from google.api_core.exceptions import GoogleAPIError

    try:
        cloud.keep()
    except (GoogleAPIError, Phase4Error, OSError) as error:
        Console(stderr=True).print(
            f"the tables could not be kept: {error}", markup=False, soft_wrap=True
        )
    finally:
        cloud.stop()
