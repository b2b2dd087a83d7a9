"""`phase4 health`: the weekly health run, now."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from phase4.cli import terminal
from phase4.cli.ending import NOBODY, message_of
from phase4.cli.follow import leaving_it
from phase4.cli.options import AsJson, option
from phase4.cli.waiting import waiting_for
from phase4.cloud.settings import Settings
from phase4.cloud.workflow_executions import WEEKLY_HEALTH, Execution, Executions
from phase4.tables.arguments import WEEKLY_HEALTH as ARGUMENTS


def health(
    as_of: Annotated[date | None, option(ARGUMENTS["as_of"])] = None,
    auto_backfill: Annotated[bool, option(ARGUMENTS["auto_backfill"], "--auto-backfill")] = False,
    max_dates: Annotated[int | None, option(ARGUMENTS["max_dates"])] = None,
    as_json: AsJson = False,
) -> None:
    """Validate the current season and the whole history; exits 0 only when neither failed.

    A verdict at_ceiling says that everything is filled that can be: upstream owes the rest, or it
    is of the first days of a season.

    Example: phase4 health --auto-backfill --max-dates 30
    """
    given: dict[str, Any] = {"auto_backfill": auto_backfill or None, "max_dates": max_dates}
    given["as_of"] = as_of.isoformat() if as_of else None
    argument = {name: value for name, value in given.items() if value is not None}
    executions = Executions(Settings.from_environment(), WEEKLY_HEALTH, waiting_for)
    execution = _finished(executions, argument)
    if as_json:
        terminal.print_json(execution.summary or {"state": execution.state, **execution.error})
    elif execution.summary:
        _describe(terminal.results(), execution.summary)
    if execution.state != "SUCCEEDED":
        terminal.notes().print(
            f"phase4: health {execution.state}: {escape(message_of(execution) or NOBODY)}",
            style="red", soft_wrap=True,
        )  # fmt: skip
        raise typer.Exit(2 if execution.error.get("reason") == "INVALID_ARGUMENT" else 1)


def _finished(executions: Executions, argument: dict[str, Any]) -> Execution:
    execution = executions.start(argument)
    console = terminal.notes()
    console.print(f"health run {execution.run_id} started")
    with leaving_it("the health run goes on; what it finds:\n  phase4 status", console):
        return executions.ended(execution, pause=0.5)


def _describe(console: Console, summary: dict[str, Any]) -> None:
    made = terminal.table(
        "", "verdict", "coverage", "ceiling", "failed", words=("verdict", "failed")
    )
    for name in ("season", "history"):
        snapshot = summary[name]
        due = snapshot["due_games"]
        failed = [*snapshot["failed_checks"], snapshot["failed_criteria"]]
        made.add_row(
            name, terminal.coloured(snapshot["verdict"]),
            terminal.percent(snapshot["coverage_pct"], due, snapshot["covered_games"]),
            terminal.percent(snapshot["ceiling_pct"], due, snapshot["attainable_games"]),
            ", ".join(filter(None, failed)),
        )  # fmt: skip
    console.print(made)
    console.print(f"backfill: {summary['backfill']}")
    console.print(f"verdict {terminal.coloured(summary['verdict'])}")
    if summary["verdict"] == "failed":
        console.print("next    phase4 alerts")
