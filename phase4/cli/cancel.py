"""`phase4 cancel`: end a run with everything that works for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import typer
from google.api_core.exceptions import FailedPrecondition, GoogleAPICallError, NotFound

from phase4.cli import person, terminal
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import RunId
from phase4.cli.site_request import request_site
from phase4.cli.waiting import PATIENCE_SECONDS, waiting_for
from phase4.cloud.in_flight import end_loads
from phase4.cloud.job_executions import JobExecutions
from phase4.cloud.queries import ask, only
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.cloud.workflow_executions import BACKFILL, Executions
from phase4.errors import NoAnswer, Refused
from phase4.runs.progress import LIVE
from phase4.runs.run import RunUnknown, whole_id
from phase4.tables.filled import FILLED
from phase4.tables.rows.plans import RunDate
from phase4.tables.rows.runs import RunRow


class StillAlive(Refused):
    """A run without a workflow execution whose lease goes on: it may be at work on a machine."""


def cancel(run_id: RunId) -> None:
    """End a run: its workflow execution, the tasks at work for it, and its lock.

    Dates that are already published stay; the next run plans what is still a gap.
    Safe to repeat, also after the execution was cancelled by other means or is gone.
    An undo has no execution: it is ended when its lease has expired, never while it may be at work.

    Example: phase4 cancel 2908d672-2fd2-4a83-beb4-0381f98b99ed
    """
    settings = Settings.from_environment()
    run_id = whole_id(open_warehouse(settings), run_id)
    warehouse = open_warehouse(settings, run_id)
    row = only(ask(warehouse, RunRow, run_id=run_id))
    # The workflow first: alive, it would start the next wave behind the cancelled tasks.
    typer.echo(_cancel_workflow(settings, run_id, row, warehouse.now()))
    with _telling_what_is_left(run_id, row):
        for line in _cancel_tasks(settings, run_id):
            typer.echo(line)
        for job_id in _end_loads(warehouse, run_id):
            typer.echo(f"load job {job_id}: ended before it landed")
        typer.echo(_close(warehouse, run_id))
    # Without a row it has planned nothing that a page could show.
    if row and (line := request_site(settings, run_id, row.start_date, row.end_date)):
        terminal.notes().print(line, soft_wrap=True)


@contextmanager
def _telling_what_is_left(run_id: str, row: RunRow | None) -> Iterator[None]:
    """Who is refused or not answered in here is told what is ended, and what is not."""
    try:
        yield
    except (NoAnswer, GoogleAPICallError):
        if row and row.state in LIVE:
            terminal.notes().print(
                "its workflow is ended: a task at work ends before its next batch of dates, and the"
                f" lock stays held until this has come to its end:\n  phase4 cancel {run_id}",
                soft_wrap=True,
            )
        raise


def _cancel_workflow(settings: Settings, run_id: str, row: RunRow | None, now: datetime) -> str:
    executions = Executions(settings, BACKFILL, waiting_for)
    try:
        execution = executions.get(run_id, PATIENCE_SECONDS)
        if execution.active:
            try:
                return f"workflow execution {run_id}: {executions.cancel(run_id).state}"
            # It has ended since it was looked at.
            except FailedPrecondition:
                execution = executions.get(run_id, PATIENCE_SECONDS)
    except NotFound:
        if row is None:
            raise RunUnknown(run_id) from None
        return _without_execution(run_id, row, now)
    return f"workflow execution {run_id}: had ended, {execution.state}"


def _without_execution(run_id: str, row: RunRow, now: datetime) -> str:
    if row.execution:
        return f"workflow execution {run_id}: is gone"
    if row.state == "RUNNING" and row.lease_expires_at > now:
        until = terminal.moment(row.lease_expires_at)
        raise StillAlive(
            f"run {run_id} has no workflow execution and its lease runs until {until} UTC:"
            " it may be at work; end its process, or cancel it after that"
        )
    return f"workflow execution {run_id}: it has none"


def _cancel_tasks(settings: Settings, run_id: str) -> list[str]:
    job = JobExecutions(settings, waiting_for)
    names = job.running(run_id)
    if not names:
        return [f"job {settings.job}: no task was at work for the run"]
    return [
        f"job execution {name.rpartition('/')[2]}: "
        + ("CANCELLED, its tasks have ended" if job.cancel(name) else "had ended")
        for name in names
    ]


def _end_loads(warehouse: Warehouse, run_id: str) -> Iterator[str]:
    rows = ask(warehouse, RunDate, run_id=run_id)
    for table in FILLED.values():
        planned = [row.game_date for row in rows if row.table_name == table.name]
        yield from end_loads(warehouse, warehouse.settings.filled_table(table), planned)


def _close(warehouse: Warehouse, run_id: str) -> str:
    rows = warehouse.query(
        f"CALL `{warehouse.settings.ops('close_run')}`(@run_id, 'CANCELLED', @error, '{{}}')",
        {"run_id": run_id, "error": f"cancelled by {person.name()}"},
    )
    if not rows:
        return f"run {run_id}: had not taken its lock"
    return f"run {run_id}: {rows[0]['state']}, its lock is free"
