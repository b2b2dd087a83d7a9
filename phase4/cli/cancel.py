"""`phase4 cancel`: end a run with everything that works for it."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer
from google.api_core.exceptions import FailedPrecondition

from phase4.executions import BACKFILL, Executions
from phase4.job_executions import JobExecutions
from phase4.settings import Settings
from phase4.warehouse import Caller, Warehouse


def register(app: typer.Typer) -> None:
    """Adds the command of this module to the command tree."""
    app.command()(cancel)


def cancel(run_id: Annotated[str, typer.Argument(help="Id of the run.")]) -> None:
    """End a run: its workflow execution, the tasks at work for it, and its lock.

    Dates that are already published stay; the next run plans what is still a gap.
    Safe to repeat, also after the execution was cancelled by other means.

    Example: phase4 cancel 2908d672-2fd2-4a83-beb4-0381f98b99ed
    """
    settings = Settings.from_environment()
    typer.echo(_cancel_workflow(settings, run_id))
    for line in _cancel_tasks(settings, run_id):
        typer.echo(line)
    typer.echo(_close(settings, run_id))


def _cancel_workflow(settings: Settings, run_id: str) -> str:
    executions = Executions(settings, BACKFILL)
    execution = executions.get(run_id)
    if execution.active:
        try:
            return f"workflow execution {run_id}: {executions.cancel(run_id).state}"
        except FailedPrecondition:
            execution = executions.get(run_id)
    return f"workflow execution {run_id}: had ended, {execution.state}"


def _cancel_tasks(settings: Settings, run_id: str) -> list[str]:
    job = JobExecutions(settings)
    names = job.running(run_id)
    if not names:
        return [f"job {settings.job}: no task was at work for the run"]
    return [
        f"job execution {name.rpartition('/')[2]}: "
        + ("CANCELLED, its tasks have ended" if job.cancel(name) else "had ended")
        for name in names
    ]


def _close(settings: Settings, run_id: str) -> str:
    warehouse = Warehouse(settings, Caller("command-line", run_id))
    rows = warehouse.query(
        f"CALL `{settings.ops('close_run')}`(@run_id, 'CANCELLED', @error, '{{}}')",
        {"run_id": run_id, "error": f"cancelled by {getpass.getuser()}"},
    )
    if not rows:
        return f"run {run_id}: had not taken its lock"
    return f"run {run_id}: {rows[0]['state']}, its lock is free"
