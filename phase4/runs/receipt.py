"""The receipt of a run: who, why, plan, forecast against actual, usage, what changed, the way back.

It is read from the tables whenever it is asked for, so every run has one, however it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import pyarrow as pa

from phase4.cloud.time_travel import rows_at, within_reach
from phase4.cloud.warehouse import Row, Warehouse
from phase4.runs.accepted_loss import losses_of
from phase4.runs.forecast import Forecast, stored_forecast
from phase4.runs.progress import Progress, progress_of
from phase4.runs.run import Run, run_of
from phase4.runs.usage import consumption_of, counted_of
from phase4.tables.factors import ACTIVE_FACTORS, TOTAL
from phase4.tables.headline import share
from phase4.tables.partition import KEY

SCORES = (*(factor.column for factor in ACTIVE_FACTORS), TOTAL.column)
SHOWN_CHANGES = 15


@dataclass(frozen=True)
class Receipt:
    """One run on record; `changes` is None when the rows before it cannot be read any more.

    `accepted_loss` is None for a run that accepted none.
    `counted` is what the run used by its own count, `usage` by BigQuery's list of jobs.
    """

    run: Row
    verdict: str
    plan: dict[str, Any]
    forecast: dict[str, Any]
    actual: dict[str, Any]
    counted: dict[str, Any] | None
    usage: dict[str, Any] | None
    dates: list[dict[str, Any]]
    failed: list[dict[str, Any]]
    rows_changed: int
    accepted_loss: list[dict[str, Any]] | None
    changes: list[dict[str, Any]] | None
    undo: str


def receipt_of(warehouse: Warehouse, run_id: str) -> Receipt:
    """The receipt of a run; RunUnknown when the ledger does not have it."""
    run = run_of(warehouse, run_id)
    counted = counted_of(warehouse, run)
    usage = consumption_of(warehouse, run_id, run.row["started_at"], run.ended_at)
    losses = losses_of(warehouse, run)
    progress = progress_of(warehouse, run_id)
    return Receipt(
        run={name: value for name, value in run.row.items() if name not in ("summary", "request")},
        verdict=verdict_of(run),
        plan=_plan(run),
        forecast=_forecast(run, progress),
        actual=_actual(run, progress),
        counted=None if counted is None else asdict(counted),
        usage=None if usage is None else asdict(usage),
        dates=[_date(row) for row in run.dates],
        failed=[_failure(row) for row in run.failed],
        rows_changed=sum(row["rows_changed"] or 0 for row in run.published),
        accepted_loss=None if losses is None else [asdict(loss) for loss in losses],
        changes=_changes(warehouse, run),
        undo=undo_command(warehouse, run),
    )


def verdict_of(run: Run) -> str:
    """`passed` or `failed` as the workflow judged; the state of a run that never came to it."""
    return str(run.summary.get("verdict") or run.row["state"].lower())


def undo_command(warehouse: Warehouse, run: Run) -> str:
    """The command that puts the dates of a run back; empty when nothing of it can be put back."""
    still_there = [row for row in run.published if row["later_run"] is None]
    if not still_there or not within_reach(warehouse, run.row["started_at"]):
        return ""
    return f"phase4 undo {run.run_id}"


def largest_changes(before: pa.Table, after: pa.Table, shown: int) -> list[dict[str, Any]]:
    """The rows in both tables whose total changed most, with their scores before and after."""
    old = {_key(row): row for row in before.to_pylist()}
    pairs = [(old[_key(row)], row) for row in after.to_pylist() if _key(row) in old]
    changed = [_change(was, now) for was, now in pairs if _differs(was, now)]
    changed.sort(key=lambda change: (-abs(change["change"]), str(change["game_date"])))
    return changed[:shown]


def _plan(run: Run) -> dict[str, Any]:
    return {
        "dates": run.count("dates"),
        "planned_dates": run.count("dates", "PLANNED"),
        "skipped_dates": run.count("dates", "SKIPPED"),
        "waves": len({wave for wave, _ in run.shards}),
        "shards": len(run.shards),
        "states": run.states(),
    }


def _forecast(run: Run, progress: Progress) -> dict[str, Any]:
    games = progress.forecast_games
    return {
        "dates": run.count("dates", "PLANNED"),
        "games_added": games - progress.covered_before,
        "covered_games": games,
        "due_games": progress.due_games,
        "coverage_pct": share(games, progress.due_games),
        **_cost(stored_forecast(run)),
    }


def _cost(forecast: Forecast | None) -> dict[str, Any]:
    """Seconds and bytes as they were forecast; None each for a run that has left no summary."""
    if forecast is None:
        names = (field.name for field in fields(Forecast))
        return {**dict.fromkeys(names), "basis": "unknown, the run left no summary"}
    return {**asdict(forecast), "basis": forecast.basis}


def _actual(run: Run, progress: Progress) -> dict[str, Any]:
    return {
        **asdict(progress.headline),
        "dates": progress.done,
        "unchanged_dates": sum(wave.unchanged for wave in progress.waves),
        "failed_dates": len(run.failed),
        "games_added": progress.games_added,
        "coverage_before_pct": share(progress.covered_before, progress.due_games),
        "coverage_pct": progress.coverage_pct,
        "seconds": run.seconds,
        "task_seconds": _task_seconds(run.dates),
    }


def _task_seconds(dates: Sequence[Row]) -> float:
    """Seconds from each task's read of L3 to its last date, summed over tasks."""
    spans: dict[tuple[int, int, int], tuple[Any, Any]] = {}
    for row in dates:
        if row["read_at"] is None:
            continue
        key = row["wave"], row["task"], row["attempt"]
        _, last = spans.get(key, (None, row["finished_at"]))
        spans[key] = row["read_at"], max(last, row["finished_at"])
    return float(sum((last - first).total_seconds() for first, last in spans.values()))


def _changes(warehouse: Warehouse, run: Run) -> list[dict[str, Any]] | None:
    """Value changes on dates that had rows before; earlier and later rows are two statements."""
    started = run.row["started_at"]
    had_rows = [row["game_date"] for row in run.published if row["present_games"]]
    if not had_rows:
        return []
    if not within_reach(warehouse, started):
        return None
    columns = ", ".join((*KEY, *SCORES))
    before = rows_at(warehouse, had_rows, started, columns)
    after = rows_at(warehouse, had_rows, run.left_at, columns)
    return largest_changes(before, after, SHOWN_CHANGES)


def _date(row: Row) -> dict[str, Any]:
    names = ("game_date", "status", "state", "counted_players", "rows_changed", "load_job_id")
    return {name: row[name] for name in names}


def _failure(row: Row) -> dict[str, Any]:
    day: date = row["game_date"]
    return {
        "game_date": day,
        "reason": row["reason"] or "no outcome was recorded",
        "next": f"phase4 explain {day}; phase4 run --date {day}",
    }


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)


def _differs(was: dict[str, Any], now: dict[str, Any]) -> bool:
    return any(was[name] != now[name] for name in SCORES)


def _change(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    before, after = float(was[TOTAL.column] or 0), float(now[TOTAL.column] or 0)
    return {
        **{name: now[name] for name in KEY},
        "before": {name: _number(was[name]) for name in SCORES},
        "after": {name: _number(now[name]) for name in SCORES},
        "change": round(after - before, 2),
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
