"""`python -m sample.demo`: the whole chain once, on a laptop cloud of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from laptop.ports import Ports
from laptop.service import ServiceFailed
from phase4 import site
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.errors import Phase4Error
from phase4.formats import figure, percent
from phase4.report import html, report_of
from phase4.runs.run import last_run
from sample import cloud as clouds

SITE = Path("phase4-site")
REFERENCE = (date(2024, 10, 1), date(2026, 1, 2))


def main(
    league: Annotated[Path | None, typer.Option(help="Folder of league tables.")] = None,
) -> None:
    """Start a laptop cloud, run the backfill on it, show what it did, and stop it again."""
    console = Console(highlight=False, width=110)
    try:
        if league is not None:
            clouds.check_league(league)
        with tempfile.TemporaryDirectory(prefix="phase4-demo-") as folder:
            _demonstrate(console, Path(folder), league)
    except (clouds.CloudError, ServiceFailed, Phase4Error) as error:
        sys.exit(f"demo: {error}")


def _demonstrate(console: Console, folder: Path, league: Path | None) -> None:
    started = time.monotonic()
    console.print("starting the laptop cloud …")
    cloud = clouds.start(folder, Ports.free())
    try:
        clouds.set_up(cloud, league)
        console.print(f"cloud up and league loaded in {time.monotonic() - started:.1f} s\n")
        os.environ.update(cloud.environment)
        _run_and_show(console, cloud.settings, league)
        _write_site(console, cloud.settings)
    finally:
        cloud.stop()


def _run_and_show(console: Console, settings: Settings, league: Path | None) -> None:
    warehouse = Warehouse(settings, Caller("demo"))
    first, last = _range(warehouse) if league else REFERENCE
    show_states(console, warehouse, first, last, "before")
    _run(console, warehouse, first, last)
    if league is None:
        console.print("\nsecond act: L3 gets from L1 what it lacks, L4 what L3 gained\n")
        _run(console, warehouse, first, last, "--tables", "all")


def _write_site(console: Console, settings: Settings) -> None:
    """What stays when the cloud is gone: everything on one page, and the last run's report."""
    warehouse = Warehouse(settings, Caller("demo"))
    run_id = last_run(warehouse)
    index = site.write(site.site_of(warehouse), SITE, (run_id, html(report_of(warehouse, run_id))))
    console.print(f"\nto look at: {index} (the last run: {SITE / 'runs' / run_id}.html)")


def _run(console: Console, warehouse: Warehouse, first: date, last: date, *options: str) -> None:
    """One run as an operator starts it, a process, and what it left; exits unless it passed."""
    command = [sys.executable, "-c", "from phase4.cli import main; main()", "run", *options]
    started = time.monotonic()
    run = subprocess.run([*command, "--start-date", str(first), "--end-date", str(last)])
    seconds = time.monotonic() - started
    show_states(console, warehouse, first, last, "after")
    show_snapshot(console, warehouse)
    console.print(f"\nfrom the first command of the run to the verdict: {seconds:.1f} s")
    if run.returncode:
        raise SystemExit(run.returncode)


def _range(warehouse: Warehouse) -> tuple[date, date]:
    row = warehouse.row(
        "SELECT MIN(game_date) AS first, MAX(game_date) AS last"
        f" FROM `{warehouse.settings.raw_table}` WHERE game_date >= '1946-01-01'"
    )
    return row["first"], row["last"]


def show_states(
    console: Console, warehouse: Warehouse, first: date, last: date, moment: str
) -> None:
    """The dates of the range by state, and its coverage."""
    rows = warehouse.query(
        "SELECT state, COUNT(*) AS dates, SUM(l1_games) AS l1_games, SUM(l3_games) AS l3_games,"
        " SUM(l4_games) AS l4_games, SUM(covered_games) AS covered_games,"
        " SUM(due_games) AS due_games"
        f" FROM `{warehouse.settings.ops_dataset}.date_status`(@a, @b)"
        " GROUP BY state ORDER BY state",
        {"a": first, "b": last},
    )
    table = Table(title=f"dates {first} … {last} {moment} the run", title_justify="left")
    for name in ("state", "dates", "L1 games", "L3 games", "L4 games", "covered", "due"):
        table.add_column(name, justify="left" if name == "state" else "right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    due = sum(row["due_games"] for row in rows)
    covered = sum(row["covered_games"] for row in rows)
    console.print(table)
    console.print(coverage_line(covered, due) + "\n")


def coverage_line(covered: int, due: int) -> str:
    """`coverage 357 of 2,027 due games (17.6 %)`."""
    return f"coverage {covered:,} of {due:,} due games ({percent(100 * covered / due)})"


def show_snapshot(console: Console, warehouse: Warehouse) -> None:
    """What the last snapshot found: the ceiling, what is lost, the criteria, the verdict."""
    row = warehouse.row(
        f"SELECT * FROM `{warehouse.settings.ops_dataset}.coverage_snapshots`"
        " ORDER BY snapshot_at DESC LIMIT 1"
    )
    console.print(
        f"ceiling {row['attainable_games']:,} of {row['due_games']:,} games"
        f" ({percent(row['ceiling_pct'])}); lost on the way:"
    )
    for loss in (loss for loss in row["losses"] if loss["games"]):
        console.print(f"  {loss['games']:>5,} games on {loss['dates']:>3} dates: {loss['reason']}")
    table = Table(title="criteria", title_justify="left")
    for name in ("level", "criterion", "figure", "met"):
        table.add_column(name)
    for criterion in row["criteria"]:
        table.add_row(*_cells(criterion))
    console.print(table)
    console.print(f"verdict: [bold]{row['verdict']}[/bold]")


def _cells(criterion: dict[str, Any]) -> tuple[str, str, str, str]:
    return (
        criterion["level"],
        criterion["name"],
        figure(*(criterion[name] for name in ("figure", "unit", "whole", "part"))),
        "yes" if criterion["outcome"] == "passed" else f"[yellow]{criterion['outcome']}[/yellow]",
    )


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
