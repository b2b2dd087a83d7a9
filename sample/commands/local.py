"""`phase4 local …`: the laptop cloud."""

from __future__ import annotations

import shlex
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from phase4.errors import NoAnswer
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
    folder: Folder = FOLDER,
) -> None:
    """Start the services, load a league, deploy job, function and workflows.

    Example: phase4 local up --detach
    """
    from laptop.ports import Ports
    from laptop.service import ServiceFailed
    from sample import cloud as clouds

    started = time.monotonic()
    console = Console(stderr=True)
    # A signal in the middle of it must leave nothing: its servers outlive this process.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    console.print("starting BigQuery, Pub/Sub, Run, Workflows and the function …")
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
        clouds.set_up(cloud, league)
    except BaseException:
        cloud.stop()
        raise
    console.print(
        f"laptop cloud up in {time.monotonic() - started:.1f} s"
        + f", as slow as the service times {scale:g}" * like_production
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
    """Stop every service.

    Example: phase4 local down
    """
    running(folder).stop()


@app.command()
def restart(
    service: Annotated[str, typer.Argument(help="bigquery, pubsub, run, workflows or function.")],
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
        cloud.stop()
