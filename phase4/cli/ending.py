"""How a run ended: its verdict with figures, its failed dates, and the command's exit code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from phase4.cli import terminal
from phase4.cli.blocked import show_blocked
from phase4.cli.follow import ExecutionGone
from phase4.cloud.queries import ask, only
from phase4.cloud.warehouse import Warehouse
from phase4.cloud.workflow_executions import Execution
from phase4.formats import figure, listed, raised_message
from phase4.runs.causes import Cause, told_causes
from phase4.runs.plan import plans_of
from phase4.runs.progress import Progress, TableProgress, named_apart
from phase4.runs.run import never_planned
from phase4.runs.usage import Counted
from phase4.tables import checks
from phase4.tables.checks import registry
from phase4.tables.cures import exactly, runs_of
from phase4.tables.filled import DEFAULT
from phase4.tables.rows.runs import RunRow, named_dates
from phase4.tables.rows.snapshots import RunSnapshot

PASSED, NOT_PASSED, REFUSED = 0, 1, 2
SHOWN_CHECKS = 5
NOBODY = "nobody said why"


def finish(
    warehouse: Warehouse, progress: Progress, execution: Execution | None, *, as_json: bool
) -> None:
    """Prints how the run ended and exits with its code unless it passed."""
    if as_json:
        terminal.print_json(_document(progress, execution))
    else:
        _describe(terminal.results(), warehouse, progress, execution)
    code = exit_code(progress, execution)
    if code:
        state = execution.state if execution else progress.state
        terminal.notes().print(
            f"phase4: run {progress.run_id} {state}:"
            f" {escape(_why(warehouse, progress, execution))}",
            style="red", soft_wrap=True,
        )  # fmt: skip
        raise typer.Exit(code)


def exit_code(progress: Progress, execution: Execution | None) -> int:
    """0 passed; 1 ended without passing; 2 the arguments were refused."""
    state = execution.state if execution else progress.state
    if state == "SUCCEEDED":
        return PASSED
    refused = execution is not None and execution.error.get("reason") == "INVALID_ARGUMENT"
    return REFUSED if refused else NOT_PASSED


def message_of(execution: Execution | None) -> str:
    """Why an execution did not succeed, in one line; empty where it does not say."""
    if execution is None or not execution.error:
        return ""
    return raised_message(execution.error) or json.dumps(execution.error)


def _why(warehouse: Warehouse, progress: Progress, execution: Execution | None) -> str:
    """The words of the execution, else those that whoever ended the run left in its row."""
    if said := message_of(execution):
        return said
    if execution is not None and progress.live:
        return str(ExecutionGone(progress.run_id, execution.state))
    row = only(ask(warehouse, RunRow, run_id=progress.run_id))
    return (row and row.failure) or NOBODY


def describe(
    console: Console,
    summary: dict[str, Any],
    tables: Sequence[TableProgress] = (),
    time_scale: str = "",
) -> None:
    """The summary of a run: verdict, coverage before and after, its tables, what it used."""
    plan, snapshot = summary["plan"], summary["snapshot"]
    console.print(
        f"verdict {terminal.coloured(summary['verdict'])} in"
        f" {terminal.duration(summary['seconds'])}{terminal.at_scale(time_scale)}"
        + (f": {summary['failed_criteria']}" if summary["failed_criteria"] else ""),
        soft_wrap=True,
    )
    # A snapshot judges L4: only a plan of L4 says what it was before.
    planned = {table["table_name"] for table in plan.get("tables", ())}
    before = f"{terminal.percent(plan['coverage_pct'])} → " if DEFAULT.name in planned else ""
    console.print(
        f"coverage {''.join(before)}"
        f"{terminal.percent(snapshot.get('coverage_pct'))} of {snapshot['due_games']:,} due games;"
        f" ceiling {terminal.percent(snapshot.get('ceiling_pct'))}",
        soft_wrap=True,
    )
    for table in named_apart(tables):
        console.print(f"  {table_line(table)}", soft_wrap=True)
    if usage := summary.get("usage"):
        console.print(f"usage   {Counted.of(usage).line()}", soft_wrap=True)


def show_left_alone(console: Console, summary: dict[str, Any], asked: dict[str, Any]) -> None:
    """What a run was asked for and did not touch: blocked dates, and that it had nothing to do."""
    plans = plans_of(summary)
    if not summary["dates_planned"]:
        skipped = terminal.counted(sum(plan.skipped_dates for plan in plans), "date")
        console.print(f"nothing to fill: {skipped} skipped", soft_wrap=True)
    for plan in plans:
        show_blocked(console, plan.states, (asked["start_date"], asked["end_date"]))


def show_never_planned(console: Console, warehouse: Warehouse, progress: Progress) -> None:
    """The tables that a run ended before it came to: nothing that is counted is of them."""
    if progress.live or progress.kind == "undo":
        return
    planned = [table.name for table in progress.tables]
    if left := never_planned(_asked(warehouse, progress.run_id), planned):
        console.print(never_planned_words(left), soft_wrap=True)


def never_planned_words(names: Sequence[str]) -> str:
    """`never planned: TABLE, TABLE`."""
    return f"never planned: {', '.join(names)}"


def show_causes(console: Console, causes: Sequence[Cause]) -> None:
    """Why dates are not done, with where to look and what to do, one command a line."""
    for cause in causes:
        console.print(f"[red]{escape(cause.line)}[/]", soft_wrap=True)
        for log in cause.logs:
            console.print(f"  log   {escape(log)}", soft_wrap=True)
        for command in cause.next:
            console.print(f"  next  {command}", soft_wrap=True)


def show_checks(console: Console, snapshot: RunSnapshot, named: Sequence[date]) -> None:
    """The checks that a snapshot did not pass, the worst first, and what a run would mend of it.

    `named` are the dates that the run was given by name, if it was.
    """
    known, failed = registry(), checks.failed(snapshot.checks)
    if not failed:
        return
    shown = [f"{each.label} {figure(each.figure, known[each.name].unit)}" for each in failed]
    console.print(f"checks  {escape(listed(shown, SHOWN_CHECKS))}", soft_wrap=True)
    days = snapshot.start_date, snapshot.end_date
    cures = (known[each.name].fix_for(*days, each.to_mend or "") for each in failed)
    runs = runs_of(exactly(cure, named) for cure in cures)
    for command in (f"phase4 validate --start-date {days[0]} --end-date {days[1]}", *runs):
        console.print(f"next    {command}", soft_wrap=True)


def table_line(table: TableProgress) -> str:
    """What a run did of one table, in dates and games."""
    done = (
        f"{table.name}: {table.tally.done:,} of {table.tally.planned:,} dates done,"
        f" {table.tally.troubles}, {terminal.counted(table.games_added, 'game')} added"
    )
    due = table.headline.due_games
    # An undo knows of other tables than L4 what it took back, not what is due there.
    if not due:
        return done
    before, now = table.before_pct, table.headline.coverage_pct
    return f"{done}, {terminal.percent(before)} → {terminal.percent(now)} of {due:,} due games"


def _describe(
    console: Console, warehouse: Warehouse, progress: Progress, execution: Execution | None
) -> None:
    """What the tables say, whatever the workflow lived to say."""
    run_id, summary = progress.run_id, execution.summary if execution else {}
    if summary:
        asked = _asked(warehouse, run_id)
        describe(console, summary, progress.tables, warehouse.settings.time_scale)
        show_left_alone(console, summary, asked)
        for snapshot in ask(warehouse, RunSnapshot, run_id=run_id)[-1:]:
            show_checks(console, snapshot, named_dates(asked))
    # A plan alone has no row.
    if not progress.tally.planned or not progress.state:
        return
    console.print(f"dates   {progress.tally.line}", soft_wrap=True)
    show_never_planned(console, warehouse, progress)
    if progress.tally.undone:
        show_causes(console, told_causes(warehouse, run_id))
    console.print(f"next    phase4 receipt {run_id}", soft_wrap=True)
    console.print(f"next    phase4 report {run_id} --out report.html", soft_wrap=True)


def _asked(warehouse: Warehouse, run_id: str) -> dict[str, Any]:
    """The arguments of a run; none of one that has no row."""
    row = only(ask(warehouse, RunRow, run_id=run_id))
    asked: dict[str, Any] = json.loads((row and row.request) or "{}")
    return asked


def _document(progress: Progress, execution: Execution | None) -> dict[str, Any]:
    tally = asdict(progress.tally)
    if execution is not None and execution.state == "SUCCEEDED":
        return {**execution.result, "tally": tally}
    state = execution.state if execution else progress.state
    error = execution.error if execution else {}
    return {"run_id": progress.run_id, "state": state, "error": error, "tally": tally}
