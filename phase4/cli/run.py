"""`phase4 run`: start a backfill, follow it, say how it ended."""

from __future__ import annotations

from typing import Annotated

import typer

from phase4.cli import person, plan, request, terminal
from phase4.cli.ending import finish
from phase4.cli.follow import follow, leaving_it_running
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson
from phase4.cli.waiting import waiting_for
from phase4.cloud.settings import Settings
from phase4.cloud.workflow_executions import BACKFILL, Executions


def run(
    start_date: request.Start = None,
    end_date: request.End = None,
    dates: request.Dates = None,
    tables: request.Tables = None,
    reasons: request.Reasons = None,
    tasks: request.Tasks = None,
    canary_dates: request.CanaryDates = None,
    validate_every: request.ValidateEvery = None,
    max_failure_rate: request.MaxFailureRate = None,
    stale_history_days: request.StaleHistoryDays = None,
    bootstrap_days: request.BootstrapDays = None,
    target_table: request.TargetTable = None,
    purpose: request.Purpose = None,
    force: request.Force = False,
    accept_loss: request.AcceptLoss = False,
    take_over: request.TakeOver = False,
    dry_run: request.DryRun = False,
    detach: Annotated[bool, typer.Option("--detach", help="Start it and return.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fill the gaps of a range and follow the run; exits 0 only when it passed.

    Ctrl-C leaves the run going.

    Example: phase4 run --start-date 2024-10-01 --end-date 2026-01-02 --reason "season repair"
    """
    argument = request.argument(
        {
            "start_date": start_date, "end_date": end_date, "dates": dates, "tables": tables,
            "reasons": reasons, "tasks": tasks, "canary_dates": canary_dates,
            "validate_every": validate_every, "max_failure_rate": max_failure_rate,
            "stale_history_days": stale_history_days, "bootstrap_days": bootstrap_days,
            "target_table": target_table, "purpose": purpose, "owner": person.name(),
            "force": force, "accept_loss": accept_loss, "take_over": take_over,
        }
    )  # fmt: skip
    if dry_run:
        plan.show(argument, as_json=as_json)
        return
    settings = Settings.from_environment()
    executions = Executions(settings, BACKFILL, waiting_for)
    execution = executions.start(argument)
    console = terminal.notes()
    if detach:
        console.print(
            f"run {execution.run_id} started\n  next  phase4 status {execution.run_id} --follow",
            soft_wrap=True,
        )
        return
    with leaving_it_running(execution.run_id, console):
        console.print(f"run {execution.run_id} started")
        warehouse = open_warehouse(settings, execution.run_id)
        ended = follow(warehouse, executions, execution.run_id, console)
    finish(warehouse, *ended, as_json=as_json)
