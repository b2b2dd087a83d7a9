"""Rows about the dates and tasks of a run: what was planned, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import ClassVar

from phase4.tables.filled import DEFAULT


@dataclass(frozen=True)
class PlanDate:
    """A date of a plan as it was found."""

    query: ClassVar[str] = "plan_dates"

    game_date: date
    state: str
    reason: str
    expected_games: int
    l1_games: int
    due_games: int
    covered_games: int
    attainable_games: int
    forecast_games: int


@dataclass(frozen=True)
class PlanGroup:
    """Dates of a plan of one action, state and shard."""

    query: ClassVar[str] = "run_plan"

    table_name: str
    action: str
    state: str
    wave: int | None
    task: int | None
    dates: int
    expected_games: int
    players: int
    l1_games: int
    accepts_loss: bool


@dataclass(frozen=True)
class PlannedDate:
    """One date of a shard, what the plan expected of it, and which live rows may go."""

    game_date: date
    expected_games: int
    expected_players: int
    removable_rows: tuple[str, ...] = ()
    accepts_loss: bool = False
    table_name: str = DEFAULT.name


@dataclass(frozen=True, kw_only=True)
class ShardDate(PlannedDate):
    """One date of a shard, what an earlier attempt recorded of it (None without one).

    `asked_at` is when BigQuery was asked for it, by its clock.
    """

    query: ClassVar[str] = "shard"

    status: str | None
    counted_games: int | None
    counted_players: int | None
    asked_at: datetime

    @property
    def planned(self) -> PlannedDate:
        """The date alone."""
        known = {field.name: getattr(self, field.name) for field in fields(PlannedDate)}
        return PlannedDate(**known)


@dataclass(frozen=True)
class RunDate:
    """A planned date of a run and what became of it: its newest outcome, DIED or NOT_STARTED."""

    query: ClassVar[str] = "run_dates"

    table_name: str
    game_date: date
    state: str
    plan_reason: str
    present_games: int
    covered_games: int | None
    forecast_games: int | None
    expected_players: int
    wave: int | None
    task: int | None
    attempt: int | None
    status: str
    reason: str
    counted_games: int | None
    counted_players: int | None
    quarantined_rows: int | None
    rows_changed: int | None
    added_games: tuple[str, ...]
    content_hash: str | None
    load_job_id: str | None
    read_at: datetime | None
    finished_at: datetime | None
    later_run: str | None


@dataclass(frozen=True)
class TaskUsage:
    """What an attempt of a task used."""

    queries: int | None
    load_jobs: int | None
    read_sessions: int | None
    bytes_processed: int | None
    bytes_read: int | None
    bytes_loaded: int | None
    seconds: float | None


@dataclass(frozen=True)
class RunTask:
    """An attempt of a task of a run."""

    query: ClassVar[str] = "run_tasks"

    wave: int
    task: int
    attempt: int
    started_at: datetime
    finished_at: datetime
    dates: int
    failed: int
    players: int | None
    usage: TaskUsage | None
