"""Rows about runs: who they are, what they planned, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar

from phase4.formats import raised_message
from phase4.tables.tally import Tally


def named_dates(request: Mapping[str, Any]) -> tuple[date, ...]:
    """The dates that a run was given by name, in order; none where it was given a range."""
    return tuple(sorted(map(date.fromisoformat, request.get("dates", ()))))


class Endable:
    """What ends, and may say why it ended without success."""

    error: str | None

    @property
    def failure(self) -> str:
        """Why it did not succeed, `NO_SNAPSHOT: the validator …`; empty where nothing is known.

        On one line: what a workflow raised is JSON, what a service said may have several.
        """
        text = self.error or ""
        try:
            raised = json.loads(text)
        except ValueError:
            raised = None
        if isinstance(raised, dict) and (said := raised_message(raised)):
            text = ": ".join(str(part) for part in (raised.get("reason"), said) if part)
        return " ".join(text.split())


@dataclass(frozen=True)
class RunHead(Endable):
    """One run, but for what it was asked and what it stored at its end."""

    run_id: str
    kind: str
    state: str
    trigger: str | None
    owner: str | None
    purpose: str | None
    target_table: str
    filled_tables: str
    start_date: date
    end_date: date
    execution: str | None
    started_at: datetime
    lease_expires_at: datetime
    finished_at: datetime | None
    error: str | None
    code_version: str | None


@dataclass(frozen=True)
class RunRow(RunHead):
    """One run with its arguments and its summary, JSON text.

    A run that never came to its end has no summary.
    """

    query: ClassVar[str] = "run"

    request: str | None
    summary: str | None

    @property
    def head(self) -> RunHead:
        """The run without them."""
        return RunHead(**{field.name: getattr(self, field.name) for field in fields(RunHead)})


@dataclass(frozen=True)
class OpenedRun:
    """What open_run answers: whether the lock was taken, who holds it, and of which tables."""

    acquired: bool
    holder_run: str
    holder_execution: str
    lease_expired: bool
    holder_tables: str


@dataclass(frozen=True)
class LastRun:
    """The id of the last backfill, and whether no undo came behind it."""

    query: ClassVar[str] = "last_run"

    run_id: str
    is_newest: bool


@dataclass(frozen=True)
class UndoOfRun:
    """An undo of a run: how many of its dates are as before it, unless it was undone itself."""

    query: ClassVar[str] = "run_undos"

    run_id: str
    state: str
    started_at: datetime
    dates: int
    is_undone: bool


@dataclass(frozen=True)
class RunId:
    """The id of a run that begins as asked."""

    query: ClassVar[str] = "run_ids"

    run_id: str


@dataclass(frozen=True)
class RunAtWork:
    """The id of a run that was writing dates of a range at a moment."""

    query: ClassVar[str] = "runs_at_work"

    run_id: str


@dataclass(frozen=True)
class RecentRun(Endable):
    """One of the last runs with what became of its dates."""

    query: ClassVar[str] = "recent_runs"

    run_id: str
    kind: str
    state: str
    owner: str | None
    purpose: str | None
    trigger: str | None
    target_table: str
    filled_tables: str
    start_date: date
    end_date: date
    started_at: datetime
    finished_at: datetime | None
    lease_expires_at: datetime
    lease_expired: bool
    error: str | None
    planned: int
    published: int
    unchanged: int
    failed: int
    skipped: int
    died: int
    not_started: int

    @property
    def tally(self) -> Tally:
        """What became of its planned dates."""
        return Tally.of(self)


@dataclass(frozen=True)
class RunMark:
    """What one of the last runs did with one date."""

    query: ClassVar[str] = "run_marks"

    run_id: str
    game_date: date
    status: str


@dataclass(frozen=True)
class Retrying:
    """A call that a task is trying again; the date is None when the whole task waits for it."""

    query: ClassVar[str] = "retries"

    wave: int
    task: int
    what: str
    game_date: date | None
    tries: int
    error: str
    noted_at: datetime
    gives_up_at: datetime


@dataclass(frozen=True)
class Breaker:
    """Whether a run may go on, and the workflow execution that leads it; `stop` says why not."""

    query: ClassVar[str] = "breaker"

    state: str | None
    execution: str | None
    code_version: str | None
    forced: bool
    stop: str


@dataclass(frozen=True)
class WaveProgress:
    """A run, one of its tables, and a wave of it, whose figures are None when nothing is planned.

    The table is None while there is no plan; the headline is of the one that was planned last.
    """

    query: ClassVar[str] = "progress"

    kind: str | None
    state: str
    start_date: date | None
    end_date: date | None
    started_at: datetime | None
    finished_at: datetime | None
    looked_at: datetime
    table_name: str | None
    is_headline: bool
    due_games: int
    covered_before: int
    forecast_games: int
    attainable_games: int
    range_dates: int
    wave: int | None
    planned: int | None
    published: int | None
    unchanged: int | None
    failed: int | None
    skipped: int | None
    died: int | None
    not_started: int | None
    players: int | None
    players_done: int | None
    games_added: int | None
    tasks: int | None
    planned_at: datetime | None
    began_at: datetime | None
    recorded_at: datetime | None
