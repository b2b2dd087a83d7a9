"""`phase4 run` and `phase4 status`: start a backfill, follow it, say how it ended."""

from __future__ import annotations

import getpass
import json
import time
from typing import Annotated, Any

import typer
from rich.console import Console

from phase4.executions import Execution, Executions
from phase4.settings import Settings

WORKFLOW = "phase4-backfill"
LOOK_SECONDS = 0.3


def register(app: typer.Typer) -> None:
    """Adds the commands of this module to the command tree."""
    app.command()(run)
    app.command()(status)


def run(
    start_date: Annotated[str | None, typer.Option(help="First date, YYYY-MM-DD.")] = None,
    end_date: Annotated[str | None, typer.Option(help="Last date, YYYY-MM-DD.")] = None,
    dates: Annotated[
        list[str] | None, typer.Option("--date", help="A single date; may be repeated.")
    ] = None,
    reasons: Annotated[
        list[str] | None,
        typer.Option("--reasons", help="missing, partial, overcount, stale; may be repeated."),
    ] = None,
    tasks: Annotated[int | None, typer.Option(help="Tasks per wave (5).")] = None,
    canary_dates: Annotated[int | None, typer.Option(help="Dates of wave 0 (5); 0: none.")] = None,
    validate_every: Annotated[int | None, typer.Option(help="Dates per wave (50).")] = None,
    max_failure_rate: Annotated[float | None, typer.Option(help="Stop above it (0.05).")] = None,
    stale_history_days: Annotated[
        int | None, typer.Option(help="How far a change reaches (45).")
    ] = None,
    target_table: Annotated[str | None, typer.Option(help="dataset.table")] = None,
    purpose: Annotated[str | None, typer.Option("--reason", help="Why, for the record.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan only, write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Complete dates too.")] = False,
    take_over: Annotated[bool, typer.Option("--take-over", help="End the run in the way.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Fill the gaps of a range; exits 0 only when the run passed.

    Example: phase4 run --start-date 2024-10-01 --end-date 2026-01-02
    """
    given = {
        "start_date": start_date, "end_date": end_date, "dates": dates, "reasons": reasons,
        "tasks": tasks, "canary_dates": canary_dates, "validate_every": validate_every,
        "max_failure_rate": max_failure_rate, "stale_history_days": stale_history_days,
        "target_table": target_table, "purpose": purpose, "owner": getpass.getuser(),
        "dry_run": dry_run or None, "force": force or None, "take_over": take_over or None,
    }  # fmt: skip
    argument = {name: value for name, value in given.items() if value not in (None, [])}
    settings = Settings.from_environment()
    executions = Executions(settings, WORKFLOW)
    execution = executions.start(argument)
    console = Console(stderr=True)
    console.print(f"run {execution.run_id} started", highlight=False)
    try:
        execution = _follow(settings, executions, execution, console)
    except KeyboardInterrupt:
        console.print(
            f"the run goes on: follow it with `phase4 status {execution.run_id}`,"
            f" end it with `phase4 cancel {execution.run_id}`",
            highlight=False,
        )
        raise typer.Exit(130) from None
    _finish(execution, as_json, console)


def status(run_id: Annotated[str, typer.Argument(help="Id of the run.")]) -> None:
    """Show how far a run is, from its plan and ledger."""
    settings = Settings.from_environment()
    execution = Executions(settings, WORKFLOW).get(run_id)
    typer.echo(f"{run_id}: {execution.state}")
    for line in _waves(settings, run_id):
        typer.echo(line)


def _follow(
    settings: Settings, executions: Executions, execution: Execution, console: Console
) -> Execution:
    shown: list[str] = []
    while execution.active:
        time.sleep(LOOK_SECONDS)
        for line in _waves(settings, execution.run_id):
            if line not in shown:
                console.print(line, highlight=False)
                shown.append(line)
        execution = executions.get(execution.run_id)
    return execution


def _waves(settings: Settings, run_id: str) -> list[str]:
    from phase4 import routines
    from phase4.warehouse import Caller, Warehouse

    warehouse = Warehouse(settings, Caller("command-line"))
    rows = warehouse.query(routines.query("progress", settings), {"run_id": run_id})
    return [
        f"wave {row['wave']}: {row['done']} of {row['planned']} dates done,"
        f" {row['failed']} failed, {row['games']} games added"
        for row in rows
        if row["done"] or row["failed"]
    ]


def _finish(execution: Execution, as_json: bool, console: Console) -> None:
    if execution.state == "SUCCEEDED":
        if as_json:
            typer.echo(json.dumps(execution.result, indent=2))
        else:
            _describe(execution.result)
        return
    message = execution.error.get("message") or json.dumps(execution.error) or execution.state
    if as_json:
        typer.echo(json.dumps({"state": execution.state, "error": execution.error}, indent=2))
    elif summary := execution.error.get("summary"):
        _describe(summary)
    console.print(
        f"phase4: run {execution.run_id} {execution.state}: {message}",
        style="red", highlight=False, soft_wrap=True,
    )  # fmt: skip
    raise typer.Exit(2 if execution.error.get("reason") == "INVALID_ARGUMENT" else 1)


def _describe(result: dict[str, Any]) -> None:
    plan = result["plan"]
    if result.get("dry_run"):
        typer.echo(json.dumps(plan, indent=2))
        return
    snapshot = result["snapshot"]
    typer.echo(
        f"coverage {plan['coverage_pct']} % -> {snapshot.get('coverage_pct')} % of"
        f" {plan['l1_games']} games; ceiling {plan['ceiling_pct']} %"
    )
    typer.echo(f"verdict {result['verdict']} in {result['seconds']:.1f} s")
