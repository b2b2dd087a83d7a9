"""The receipt of a run: who, why, plan, forecast against actual, usage, what changed, the way back.

It is read from the tables whenever it is asked for, so every run has one, however it ended.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from phase4.cloud.job_executions import TaskEnd
from phase4.cloud.time_travel import within_reach
from phase4.cloud.warehouse import Warehouse
from phase4.runs.accepted_loss import Loss, losses_of
from phase4.runs.causes import Cause, causes_of, ends_of
from phase4.runs.changes import Change, changes_of
from phase4.runs.plan import stored_forecast
from phase4.runs.progress import Progress, TableProgress, named_apart, progress_of
from phase4.runs.run import Run, run_of
from phase4.runs.training import training_of
from phase4.runs.usage import Consumption, Counted, consumption_of, counted_of
from phase4.runs.written import changed_rows, is_undo, written_days
from phase4.tables.filled import DEFAULT
from phase4.tables.headline import share
from phase4.tables.rows.plans import RunDate
from phase4.tables.rows.runs import RunHead, named_dates
from phase4.tables.tally import Tally
from phase4.training.shares import TrainingShares


@dataclass(frozen=True)
class Planned:
    """What a run set out to do."""

    dates: int
    planned_dates: int
    skipped_dates: int
    waves: int
    shards: int
    states: list[dict[str, Any]]


@dataclass(frozen=True)
class Expected:
    """What its plan forecast; what it costs is unknown of a run that has left no summary."""

    dates: int
    games_added: int
    covered_games: int
    due_games: int
    coverage_pct: float | None
    basis: str
    seconds: float | None = None
    minutes: float | None = None
    pace: float | None = None
    calibrated_by: int | None = None
    bytes_scanned: int | None = None
    bytes_read: int | None = None
    bytes_written: int | None = None


@dataclass(frozen=True)
class Actual:
    """What came of it: by plan and ledger, and by the rows where these do not tell."""

    tally: Tally
    games_added: int
    due_games: int
    covered_before: int
    covered_games: int
    attainable_games: int
    coverage_before_pct: float | None
    coverage_pct: float | None
    seconds: float


@dataclass(frozen=True)
class DateDone:
    """What became of one planned date of a table."""

    table_name: str
    game_date: date
    wave: int | None
    task: int | None
    status: str
    state: str
    counted_players: int | None
    rows_changed: int | None
    load_job_id: str | None
    later_run: str | None


@dataclass(frozen=True)
class Receipt:
    """One run on record; `changes` is None when the rows before it cannot be read any more,
    `training` when those that it left cannot.

    `accepted_loss` is None for a run that accepted none.
    `asked` are the arguments that are not as they are by default; `never_planned` the tables that
    it was asked to fill and ended before it planned them.
    `time_scale` is that of the laptop that it ran on, empty on the service.
    `counted` is what the run used by its own count, `usage` by BigQuery's list of jobs.
    """

    run: RunHead
    verdict: str
    asked: dict[str, Any]
    tables: tuple[TableProgress, ...]
    never_planned: list[str]
    plan: Planned
    forecast: Expected
    actual: Actual
    counted: Counted | None
    usage: Consumption | None
    dates: list[DateDone]
    causes: list[Cause]
    ends: list[TaskEnd]
    rows_changed: int
    accepted_loss: list[Loss] | None
    changes: list[Change] | None
    training: TrainingShares | None
    undo: str
    time_scale: str

    @property
    def named_dates(self) -> tuple[date, ...]:
        """The dates that the run was given by name; none where it was given a range."""
        return named_dates(self.asked)

    @property
    def tables_apart(self) -> Sequence[TableProgress]:
        """The tables where they need to be named: none for the default alone."""
        return named_apart(self.tables)


def receipt_of(warehouse: Warehouse, run_id: str) -> Receipt:
    """The receipt of a run; RunUnknown when the ledger does not have it."""
    run = run_of(warehouse, run_id)
    progress = progress_of(warehouse, run_id)
    dates, ends = _dates(warehouse, run), ends_of(warehouse.settings, run)
    return Receipt(
        run=run.row.head,
        verdict=verdict_of(run),
        asked=run.asked,
        tables=progress.tables,
        never_planned=run.never_planned,
        plan=_plan(run),
        forecast=_forecast(run, progress),
        actual=_actual(run, progress),
        counted=counted_of(warehouse, run),
        usage=consumption_of(warehouse, run_id, run.row.started_at, run.ended_at),
        dates=dates,
        causes=causes_of(run, ends),
        ends=ends,
        rows_changed=sum(row.rows_changed or 0 for row in dates),
        accepted_loss=losses_of(warehouse, run),
        changes=changes_of(warehouse, run),
        training=training_of(warehouse, run),
        undo=undo_command(warehouse, run),
        time_scale=warehouse.settings.time_scale,
    )


def verdict_of(run: Run) -> str:
    """`passed` or `failed` as the workflow judged; the state of a run that never came to it."""
    return str(run.summary.get("verdict") or run.row.state.lower())


def undo_command(warehouse: Warehouse, run: Run) -> str:
    """The command that puts the dates of a run back; empty when nothing of it can be put back.

    Dates that a later run wrote stay as they are: then the others are named.
    """
    if not within_reach(warehouse, run.row.started_at):
        return ""
    own = written_days(warehouse, run.run_id, run.dates, None)
    written = [row for row in run.dates if row.status == "PUBLISHED" or row.game_date in own]
    taken = {row.game_date for row in written if _is_taken(row, own)}
    left = sorted({row.game_date for row in written} - taken)
    if not left:
        return ""
    named = "".join(f" --date {day}" for day in left) if taken else ""
    return f"phase4 undo {run.run_id}{named}"


def _is_taken(row: RunDate, own: Collection[date]) -> bool:
    """Whether a later run wrote the date; what an undo brought back is the run's own again."""
    return row.later_run is not None and not (is_undo(row.later_run) and row.game_date in own)


def _plan(run: Run) -> Planned:
    return Planned(
        dates=run.planned(),
        planned_dates=run.planned("PLANNED"),
        skipped_dates=run.planned("SKIPPED"),
        waves=len({wave for wave, _ in run.shards}),
        shards=len(run.shards),
        states=run.states(),
    )


def _forecast(run: Run, progress: Progress) -> Expected:
    forecast, games = stored_forecast(run), progress.forecast_games
    return Expected(
        dates=run.planned("PLANNED"),
        games_added=games - progress.covered_before,
        covered_games=games,
        due_games=progress.due_games,
        coverage_pct=share(games, progress.due_games),
        basis=forecast.basis if forecast else "unknown, the run left no summary",
        **(asdict(forecast) if forecast else {}),
    )


def _actual(run: Run, progress: Progress) -> Actual:
    return Actual(
        **asdict(progress.headline),
        tally=progress.tally,
        games_added=progress.games_added,
        covered_before=progress.covered_before,
        coverage_before_pct=share(progress.covered_before, progress.due_games),
        coverage_pct=progress.coverage_pct,
        seconds=run.seconds,
    )


def _dates(warehouse: Warehouse, run: Run) -> list[DateDone]:
    """Every date with the rows that the table changed on it."""
    changed = changed_rows(warehouse, run.run_id, run.dates, run.row.started_at, run.left_at)
    return [_date(row, changed) for row in run.dates]


def _date(row: RunDate, changed: dict[date, int]) -> DateDone:
    known = {field.name: getattr(row, field.name) for field in fields(DateDone)}
    if row.table_name == DEFAULT.name and row.game_date in changed:
        known["rows_changed"] = changed[row.game_date]
    return DateDone(**known)
