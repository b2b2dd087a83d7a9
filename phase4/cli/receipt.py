"""`phase4 receipt`: a run on record, and the command that takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape

from phase4.cli import terminal
from phase4.cli.ending import never_planned_words, show_causes, table_line
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson, RunId
from phase4.cloud.settings import Settings
from phase4.formats import listed
from phase4.runs.accepted_loss import Loss
from phase4.runs.changes import Change
from phase4.runs.receipt import Receipt, receipt_of
from phase4.runs.run import whole_id
from phase4.tables.factors import TOTAL
from phase4.training.shares import TrainingShares

SHOWN_RUNS = 3


def receipt(run_id: RunId, as_json: AsJson = False) -> None:
    """Show who ran what and why, forecast against actual, usage, changes, and how to undo it.

    Example: phase4 receipt 2908d672-2fd2-4a83-beb4-0381f98b99ed
    """
    warehouse = open_warehouse(Settings.from_environment())
    made = receipt_of(warehouse, whole_id(warehouse, run_id))
    if as_json:
        terminal.print_json(asdict(made))
    else:
        _describe(terminal.results(), made)


def _describe(console: Console, receipt: Receipt) -> None:
    run = receipt.run
    console.print(f"[bold]{run.kind} {run.run_id}[/] {terminal.coloured(receipt.verdict)}")
    who = run.owner or run.trigger or "unknown"
    lines = (
        f"who    {who} ({run.trigger or 'manual'}), code {run.code_version}",
        f"why    {escape(run.purpose or 'no reason given')}",
        f"when   {terminal.moment(run.started_at)} … {terminal.moment(run.finished_at)} UTC",
        f"range  {run.start_date} … {run.end_date} of {run.filled_tables}",
        f"asked  {escape(asked_words(receipt.asked))}",
        f"plan   {terminal.counted(receipt.plan.planned_dates, 'date')} planned +"
        f" {receipt.plan.skipped_dates:,} skipped = {receipt.plan.dates:,},"
        f" {terminal.counted(receipt.plan.waves, 'wave')},"
        f" {terminal.counted(receipt.plan.shards, 'shard')}",
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    if run.failure:
        console.print(f"ended  {escape(run.failure)}", soft_wrap=True)
    console.print(f"dates  {receipt.actual.tally.line}", soft_wrap=True)
    for table in receipt.tables_apart:
        console.print(f"table  {table_line(table)}", soft_wrap=True)
    if receipt.never_planned:
        console.print(never_planned_words(receipt.never_planned), soft_wrap=True)
    console.print(_comparison(receipt))
    _usage(console, receipt)
    console.print(f"rows changed: {receipt.rows_changed:,}")
    _accepted_loss(console, receipt.accepted_loss)
    _changes(console, receipt.changes)
    _training(console, receipt.training)
    show_causes(console, receipt.causes)
    console.print(f"undo   {receipt.undo or _no_undo(receipt)}", soft_wrap=True)


def _no_undo(receipt: Receipt) -> str:
    """Why there is nothing to be undone."""
    if later := sorted({row.later_run for row in receipt.dates if row.later_run}):
        return f"nothing: {listed(later, SHOWN_RUNS)} wrote its dates since"
    return "nothing: it wrote nothing, or is too old"


def asked_words(arguments: Mapping[str, Any]) -> str:
    """`bootstrap_days 0, reasons stale`."""
    words = (
        f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in arguments.items()
    )
    return ", ".join(words) or "what a run does by default"


def _comparison(receipt: Receipt) -> Any:
    forecast, actual, counted = receipt.forecast, receipt.actual, receipt.counted
    made = terminal.table("", "forecast", "actual")
    rows = (
        ("dates done", terminal.number(forecast.dates), terminal.number(actual.tally.done)),
        ("games added", terminal.number(forecast.games_added),
         terminal.number(actual.games_added)),
        ("coverage", terminal.percent(forecast.coverage_pct, forecast.due_games),
         terminal.percent(actual.coverage_pct, actual.due_games)),
        ("time" + terminal.at_scale(receipt.time_scale), _known(forecast.seconds),
         terminal.duration(actual.seconds)),
        ("task time", "-", terminal.duration(counted.task_seconds if counted else None)),
    )  # fmt: skip
    for row in rows:
        made.add_row(*row)
    return made


def _known(seconds: float | None) -> str:
    return "unknown" if seconds is None else terminal.duration(seconds)


def _usage(console: Console, receipt: Receipt) -> None:
    counted = receipt.counted.line() if receipt.counted else "not counted"
    console.print(f"usage  {counted}", soft_wrap=True)
    usage = receipt.usage
    if usage is None:
        console.print("listed not readable: this account may not list the project's jobs")
        return
    console.print(
        f"listed {usage.queries:,} queries, {terminal.size(usage.bytes_billed)} billed,"
        f" {terminal.duration(usage.slot_seconds)} of slots; {usage.load_jobs:,} load jobs,"
        f" {terminal.size(usage.bytes_loaded)} loaded; {usage.failed_jobs:,} failed",
        soft_wrap=True,
    )


def _accepted_loss(console: Console, losses: list[Loss] | None) -> None:
    if losses is None:
        return
    known = sum(loss.rows or 0 for loss in losses)
    console.print(
        f"loss   accepted: {terminal.counted(known, 'row')} went on"
        f" {terminal.counted(len(losses), 'date')}"
    )
    for loss in losses:
        rows = (
            "an unknown number of rows" if loss.rows is None else terminal.counted(loss.rows, "row")
        )
        more = " …" if loss.rows and loss.rows > len(loss.names) else ""
        console.print(
            f"  {loss.game_date} {loss.state}: {rows} {', '.join(loss.names)}{more};"
            f" {escape(loss.reason or '')}",
            soft_wrap=True,
        )


def _training(console: Console, shares: TrainingShares | None) -> None:
    if shares is None:
        console.print("training set: what the run left cannot be read any more")
        return
    for share in shares.overall:
        if share.is_told:
            console.print(f"train  {share.line}", soft_wrap=True)


def _changes(console: Console, changes: list[Change] | None) -> None:
    if changes is None:
        console.print("value changes: the rows before the run cannot be read any more")
        return
    if not changes:
        console.print("value changes: none (every row is new, gone or as it was)")
        return
    made = terminal.table("largest changes", "date", "before", "after", "change", words=("date",))
    for change in changes:
        made.add_row(
            change.player_lookup, str(change.game_date), f"{change.before[TOTAL.column]:g}",
            f"{change.after[TOTAL.column]:g}", f"{change.change:+g}",
        )  # fmt: skip
    console.print(made)
