"""`phase4 status`: one look at a run, or at everything."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from phase4.cli import terminal
from phase4.cli.alerts import show_alerts
from phase4.cli.ending import finish, message_of, show_causes, show_never_planned
from phase4.cli.follow import (
    ExecutionGone,
    execution_of,
    follow,
    is_led_by_nobody,
    leaving_it_running,
    progress_view,
)
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson
from phase4.cli.site_state import show_site, site_state
from phase4.cli.waiting import waiting_for
from phase4.cloud.queries import ask
from phase4.cloud.retries import FORESEEN, one_line
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.cloud.workflow_executions import BACKFILL, Executions
from phase4.errors import WrongInput
from phase4.runs.causes import Cause, told_causes
from phase4.runs.overview import (
    PEEKED_MESSAGES,
    Overview,
    dead_letter_subscription,
    overview_of,
)
from phase4.runs.progress import Progress, progress_of
from phase4.runs.run import RunUnknown, whole_id
from phase4.tables.rows.runs import RecentRun, UndoOfRun
from phase4.tables.rows.snapshots import RecentSnapshot

GLANCE_SECONDS = 3.0
UNREADABLE = "UNREADABLE"


def status(
    run_id: Annotated[
        str | None,
        typer.Argument(
            help="Id of a run, or how it begins; without it, everything.", metavar="RUN"
        ),
    ] = None,
    follows: Annotated[
        bool, typer.Option("--follow", help="Follow the run to its end; exits as `run` does.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how far a run is, or the last runs, the lock, snapshots, alerts and signs of life.

    Works for every run, also for one that gcloud or the scheduler started.

    Example: phase4 status 2908d672-2fd2-4a83-beb4-0381f98b99ed --follow
    """
    settings = Settings.from_environment()
    if run_id is not None:
        run_id = whole_id(open_warehouse(settings), run_id)
    warehouse = open_warehouse(settings, run_id or "")
    if run_id is None:
        if follows:
            raise WrongInput("--follow needs a RUN: `phase4 status` lists the last ones")
        overview = overview_of(warehouse)
        if not as_json:
            _overview(terminal.results(), overview, settings)
        site = site_state(settings, overview.runs)
        if as_json:
            terminal.print_json({**asdict(overview), "site": asdict(site) if site else None})
        else:
            show_site(terminal.results(), site)
    elif follows:
        executions = Executions(settings, BACKFILL, waiting_for)
        console = terminal.notes()
        with leaving_it_running(run_id, console):
            ended = follow(warehouse, executions, run_id, console)
        finish(warehouse, *ended, as_json=as_json)
    else:
        _run(settings, warehouse, run_id, as_json=as_json)


def _run(settings: Settings, warehouse: Warehouse, run_id: str, *, as_json: bool) -> None:
    execution, unread = None, ""
    try:
        executions = Executions(settings, BACKFILL, waiting_for)
        execution = execution_of(executions, run_id, GLANCE_SECONDS)
    except FORESEEN as error:
        # The tables tell what the run has done, whether or not its workflow can be asked.
        unread = one_line(error)
    progress = progress_of(warehouse, run_id)
    if execution is None and not progress.state:
        raise RunUnknown(run_id)
    if as_json:
        terminal.print_json(
            {
                **progress.as_dict(),
                "execution": execution.state if execution else UNREADABLE if unread else None,
                "time_scale": settings.time_scale,
                "causes": _causes(warehouse, progress),
                "undos": ask(warehouse, UndoOfRun, run_id=run_id),
            }
        )
        return
    console = terminal.results()
    known = f"workflow {execution.state}" if execution else unread or "no workflow execution"
    console.print(
        f"run {run_id}: {terminal.coloured(progress.state or 'no row yet')} ({known}),"
        f" {progress.start_date} … {progress.end_date}, {terminal.duration(progress.seconds)}"
        + terminal.at_scale(settings.time_scale)
    )
    if said := message_of(execution):
        console.print(escape(said), soft_wrap=True)
    # A workflow closes the row before it ends.
    has_ended = execution is not None and not execution.active and progress.live
    gone = execution is None and not unread and is_led_by_nobody(warehouse, run_id)
    console.print(progress_view(progress, is_led=not (has_ended or gone)))
    for undo in ask(warehouse, UndoOfRun, run_id=run_id):
        console.print(_undo_line(undo), soft_wrap=True)
    if progress.state:
        show_never_planned(console, warehouse, progress)
    if has_ended or gone:
        told = ExecutionGone(run_id, execution.state if execution else "")
        console.print(f"[red]{told}[/]", soft_wrap=True)
    show_causes(console, _causes(warehouse, progress))


def _undo_line(undo: UndoOfRun) -> str:
    """Which dates of a run are not any more as it left them."""
    aside = ", undone itself" if undo.is_undone else ""
    return (
        f"undone at {terminal.moment(undo.started_at)} UTC on"
        f" {terminal.counted(undo.dates, 'date')} by {undo.run_id}"
        f" {terminal.coloured(undo.state)}{aside}"
    )


def _causes(warehouse: Warehouse, progress: Progress) -> list[Cause]:
    """Why dates are not done; nothing to be asked while all are, or a run has no row yet."""
    if not progress.tally.undone or not progress.state:
        return []
    return told_causes(warehouse, progress.run_id)


def _overview(console: Console, overview: Overview, settings: Settings) -> None:
    _runs(console, overview.runs)
    _lock(console, overview.lock_holders)
    _snapshots(console, overview.snapshots)
    show_alerts(console, overview.alerts)
    _signs(console, overview)
    _dead_letters(console, overview, settings)


def _runs(console: Console, runs: list[RecentRun]) -> None:
    if not runs:
        console.print("no run yet: phase4 plan --start-date … --end-date …")
        return
    made = terminal.table(
        "run", "state", "range", "started (UTC)", "done", "not done", "who", "purpose",
        title="Last runs", words=("state", "range", "not done", "who", "purpose"),
    )  # fmt: skip
    for run in runs:
        kind = "" if run.kind == "backfill" else f" ({run.kind})"
        made.add_row(
            terminal.short(console, run.run_id), terminal.coloured(run.state) + kind,
            f"{run.start_date} … {run.end_date}", terminal.moment(run.started_at),
            f"{run.tally.done:,} of {run.planned:,}", run.tally.troubles,
            escape(run.owner or run.trigger or ""), escape(run.purpose or ""),
        )  # fmt: skip
    console.print(made)
    for run in runs:
        if run.failure:
            console.print(f"{run.run_id}: {escape(run.failure)}", soft_wrap=True)


def _lock(console: Console, holders: list[RecentRun]) -> None:
    if not holders:
        console.print("\n[bold]Lock[/]  free")
    for run in holders:
        lease = (
            "[red]its lease has expired: unless its workflow goes on, the next run clears it[/]"
            if run.lease_expired
            else f"lease until {terminal.moment(run.lease_expires_at)}"
        )
        console.print(
            f"\n[bold]Lock[/]  held by {run.run_id} on {run.filled_tables},"
            f" {run.start_date} … {run.end_date}; {lease}",
            soft_wrap=True,
        )


def _snapshots(console: Console, snapshots: list[RecentSnapshot]) -> None:
    if not snapshots:
        console.print("\nno snapshot yet: phase4 validate --start-date … --end-date …")
        return
    made = terminal.table(
        "at (UTC)", "of", "range", "verdict", "coverage", "ceiling",
        title="\nLast snapshots", words=("of", "range", "verdict"),
    )  # fmt: skip
    for row in snapshots:
        wave = "" if row.wave is None else f" {row.wave}"
        made.add_row(
            terminal.moment(row.snapshot_at), f"{row.kind}{wave} ({row.trigger})",
            f"{row.start_date} … {row.end_date}", terminal.coloured(row.verdict),
            terminal.percent(row.coverage_pct, row.due_games, row.covered_games),
            terminal.percent(row.ceiling_pct, row.due_games, row.attainable_games),
        )  # fmt: skip
    console.print(made)


def _signs(console: Console, overview: Overview) -> None:
    signs = overview.signs
    if signs.beat_at is None:
        beat = "never ran: phase4 health"
    else:
        beat = f"{terminal.moment(signs.beat_at)} {signs.verdict}"
    if signs.overdue:
        beat = f"[red]{beat}; overdue[/]: phase4 health"
    console.print(f"[bold]Weekly health[/]  {beat}")
    dead = overview.dead_letters
    console.print(
        "[bold]Dead letters[/]  "
        + ("not readable from here" if dead is None else f"[red]{dead}[/]" if dead else "none")
        + f"; messages refused in the last week: {signs.rejected_events}"
    )


def _dead_letters(console: Console, overview: Overview, settings: Settings) -> None:
    """What shows the events that the validator failed on, and takes them."""
    if overview.dead_letters:
        name = dead_letter_subscription(settings)
        console.print(
            f"  next  gcloud pubsub subscriptions pull {name} --project={settings.project}"
            f" --limit={PEEKED_MESSAGES} --auto-ack --format='value(message.data)'\n"
            "  then  phase4 validate over the dates that they name",
            soft_wrap=True, markup=False,
        )  # fmt: skip
