"""`phase4 plan`: what a run would do, and what it would cost; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from phase4.cli import request, terminal
from phase4.cli.blocked import show_blocked
from phase4.cli.ending import finish
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson
from phase4.cli.waiting import waiting_for
from phase4.cloud.settings import Settings
from phase4.cloud.workflow_executions import BACKFILL, Executions
from phase4.runs.plan import Forecast, Plan, PlannedState, PlannedTable, plans_of, whole_forecast
from phase4.runs.progress import progress_of
from phase4.tables.cost_model import staffing
from phase4.tables.filled import FILLED
from phase4.tables.headline import share
from phase4.tables.states import STATES


def plan(
    start_date: request.Start = None,
    end_date: request.End = None,
    dates: request.Dates = None,
    tables: request.Tables = None,
    reasons: request.Reasons = None,
    tasks: request.Tasks = None,
    canary_dates: request.CanaryDates = None,
    validate_every: request.ValidateEvery = None,
    stale_history_days: request.StaleHistoryDays = None,
    bootstrap_days: request.BootstrapDays = None,
    force: request.Force = False,
    accept_loss: request.AcceptLoss = False,
    as_json: AsJson = False,
) -> None:
    """Show what a run would fill and skip, in which waves, and what it would cost.

    Example: phase4 plan --start-date 2024-10-01 --end-date 2026-01-02
    """
    given = {
        "start_date": start_date, "end_date": end_date, "dates": dates, "tables": tables,
        "reasons": reasons, "tasks": tasks, "canary_dates": canary_dates,
        "validate_every": validate_every, "stale_history_days": stale_history_days,
        "bootstrap_days": bootstrap_days, "force": force, "accept_loss": accept_loss,
    }  # fmt: skip
    show(request.argument(given), as_json=as_json)


def show(argument: dict[str, Any], *, as_json: bool) -> None:
    """Plans through the workflow, as a run would, and prints the plan with its forecast."""
    settings = Settings.from_environment()
    executions = Executions(settings, BACKFILL, waiting_for)
    execution = executions.ended(executions.start({**argument, "dry_run": True}), pause=0.3)
    if execution.state != "SUCCEEDED":
        warehouse = open_warehouse(settings)
        progress = progress_of(warehouse, execution.run_id)
        finish(warehouse, progress, execution, as_json=as_json)
    if as_json:
        terminal.print_json(execution.result)
    else:
        _describe(terminal.results(), execution.result, settings.time_scale)


def _describe(console: Console, answer: dict[str, Any], time_scale: str) -> None:
    asked, plans = answer["request"], plans_of(answer)
    for plan in plans:
        console.print(
            f"[bold]{asked['start_date']} … {asked['end_date']}[/] of"
            f" {', '.join(table.table_name for table in plan.tables)}:"
            f" {terminal.counted(plan.planned_dates, 'date')} planned +"
            f" {plan.skipped_dates:,} skipped = {plan.dates:,}"
        )
        for name in (table.table_name for table in plan.tables):
            title = f"\n{name}" if len(plan.tables) > 1 else ""
            states = [row for row in plan.states if row.table_name == name]
            _states(console, states, title)
            show_blocked(console, states, (asked["start_date"], asked["end_date"]))
        _waves(console, plan)
        _costs(console, plan, time_scale)
    if len(plans) > 1:
        time, moved = _takes(whole_forecast(plans), time_scale)
        console.print(f"in all: {time}; {moved}", soft_wrap=True)
    _staffing(console, asked)
    for ahead in answer["once_filled"]:
        games, due = ahead["attainable_games"], ahead["due_games"]
        console.print(
            f"once the tables before it are filled, the ceiling of {ahead['table_name']} is"
            f" {terminal.percent(share(games, due))} ({games:,} of {due:,} due games)",
            soft_wrap=True,
        )


def _states(console: Console, states: Sequence[PlannedState], title: str) -> None:
    made = terminal.table(
        "state", "action", "dates", "L1 games", "to fill", "players", "why",
        title=title or None, words=("action", "why"),
    )  # fmt: skip
    for row in sorted(states, key=lambda row: (row.action, -row.dates)):
        state, planned = STATES[row.state], row.action == "PLANNED"
        made.add_row(
            terminal.coloured(state.name), row.action.lower(), f"{row.dates:,}",
            f"{row.l1_games:,}", f"{row.expected_games:,}" if planned else "",
            f"{row.expected_players:,}" if planned else "", state.meaning,
        )  # fmt: skip
    console.print(made)


def _waves(console: Console, plan: Plan) -> None:
    if not plan.waves:
        console.print("nothing to fill")
        return
    made = terminal.table("wave", "tasks", "dates", "players", "heaviest task", title="")
    for wave in plan.waves:
        shards = [shard for shard in plan.shards if shard.wave == wave.wave]
        made.add_row(
            "canary" if wave.is_canary else str(wave.wave), str(wave.tasks),
            str(wave.dates), f"{wave.players:,}",
            f"{max(shard.players for shard in shards):,} players",
        )  # fmt: skip
    console.print(made)


def _costs(console: Console, plan: Plan, time_scale: str) -> None:
    made = terminal.table("forecast", "", words=("",))
    several = len(plan.tables) > 1
    time, moved = _takes(plan.forecast, time_scale)
    reached = (row for table in plan.tables for row in _reached(table, several))
    console.print()
    for name, text in (*reached, ("time", time), ("bytes", moved)):
        made.add_row(name, text)
    console.print(made)


def _takes(forecast: Forecast, time_scale: str) -> tuple[str, str]:
    """The time that a forecast is of, with its basis, and its bytes."""
    read = terminal.size(forecast.bytes_scanned + forecast.bytes_read)
    scale = terminal.at_scale(time_scale if forecast.calibrated_by else "")
    return (
        f"{terminal.duration(forecast.seconds)} ({forecast.basis}){scale}",
        f"{read} read, {terminal.size(forecast.bytes_written)} written",
    )


def _reached(table: PlannedTable, named: bool) -> Iterator[tuple[str, str]]:
    """What a plan makes of the games of a table, `named` where there are several."""
    due, of_table = table.due_games, f" of {table.table_name}" if named else ""
    yield (
        f"coverage{of_table}",
        f"{terminal.percent(share(table.covered_games, due))} →"
        f" {terminal.percent(share(table.forecast_games, due))} of {due:,} due games"
        f" ({terminal.signed(table.forecast_games - table.covered_games)})",
    )
    yield (
        f"ceiling{of_table}",
        f"{terminal.percent(share(table.attainable_games, due))} ({table.attainable_games:,} games)"
        f" with all that {'L1' if FILLED[table.table_name].is_added_to else 'L3'} can feed",
    )


def _staffing(console: Console, asked: Mapping[str, Any]) -> None:
    """Why a wave has as many tasks as it has."""
    worth, most = asked["dates_per_task"], asked["parallelism"]
    known = staffing()
    if asked["tasks"] is not None:
        why = f"as told: {asked['tasks']} in each wave"
    elif (worth, most) == (known.dates_per_task, known.most_tasks):
        why = f"one for {worth} dates, at most {most}: {known.reason}"
    else:
        why = f"one for {worth} dates, at most {most}, as this environment is tuned"
    console.print(f"tasks: {why}", soft_wrap=True)
