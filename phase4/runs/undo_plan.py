"""What an undo of a run would put back, and why a run cannot be undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from phase4.cloud.time_travel import check_reach, rows_at
from phase4.cloud.warehouse import Warehouse
from phase4.errors import Refused
from phase4.runs.run import Run, run_of
from phase4.runs.undo_added import Appended, appended
from phase4.runs.undo_replaced import first_change, replaced
from phase4.runs.written import changed_since, writers_of
from phase4.tables.filled import DEFAULT
from phase4.tables.partition import CONTENT_COLUMNS, EMPTY, Content, contents
from phase4.tables.rows.plans import RunDate

KEY_COLUMNS = ", ".join((*CONTENT_COLUMNS, "run_id"))


class UndoRefused(Refused):
    """The run cannot be put back; the message says why and what to do."""

    def __init__(self, run_id: str, reason: str) -> None:
        super().__init__(f"run {run_id} cannot be undone: {reason}")
        self.run_id = run_id


@dataclass(frozen=True)
class Restoration:
    """One date: its rows before the run and now."""

    game_date: date
    before: Content
    now: Content


@dataclass(frozen=True)
class Undo:
    """What would be put back, and to which moment."""

    run: Run
    at: datetime
    restorations: tuple[Restoration, ...]
    appended: tuple[Appended, ...] = ()
    """Dates on which the run appended to tables that others write, too: its rows go again."""
    replaced: tuple[RunDate, ...] = ()
    """Dates on which it replaced partitions of other tables of ours."""

    @property
    def dates(self) -> list[date]:
        """The dates whose rows are put back, oldest first."""
        return [each.game_date for each in self.restorations]

    def days(self, table: str) -> list[date]:
        """The dates of one table."""
        own = [row.game_date for row in self.others if row.table_name == table]
        return own + (self.dates if table == DEFAULT.name else [])

    @property
    def others(self) -> tuple[Appended | RunDate, ...]:
        """The dates of other tables than the factors."""
        return (*self.appended, *self.replaced)

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last date of any table."""
        days = [*self.dates, *(row.game_date for row in self.others)]
        return min(days), max(days)


def assess(warehouse: Warehouse, run_id: str, only: Collection[date] = ()) -> Undo:
    """What an undo would put back, all dates of the run or `only` these; UndoRefused or TooOld."""
    run = run_of(warehouse, run_id)
    started = run.row.started_at
    _check_run(warehouse, run)
    asked = [row for row in run.dates if not only or row.game_date in only]
    if unknown := set(only) - {row.game_date for row in asked}:
        raise UndoRefused(run_id, f"it had no plan for {min(unknown)}")
    if not asked:
        raise UndoRefused(run_id, "it planned no date")
    planned = [row for row in asked if row.table_name == DEFAULT.name]
    taken, others = tuple(appended(warehouse, run, only)), tuple(replaced(run, only))
    if changed := first_change(warehouse, run_id, others, started):
        raise UndoRefused(run_id, changed)
    restorations = _restorations(warehouse, run, planned) if planned else ()
    if not (restorations or taken or others):
        raise UndoRefused(run_id, "it wrote no date that could be put back")
    return Undo(run, started, restorations, taken, others)


def _restorations(
    warehouse: Warehouse, run: Run, planned: Sequence[RunDate]
) -> tuple[Restoration, ...]:
    """The dates of the factors that the run wrote; UndoRefused when they were changed since."""
    run_id = run.row.run_id
    days = [row.game_date for row in planned]
    now = rows_at(warehouse, days, None, KEY_COLUMNS)
    live, writers = contents(now), writers_of(now)
    written = [row for row in planned if _wrote(row, run_id, writers)]
    if not written:
        return ()
    days = [row.game_date for row in written]
    before = contents(rows_at(warehouse, days, run.row.started_at, KEY_COLUMNS))
    for row in written:
        day = row.game_date
        now_and_before = live.get(day, EMPTY), before.get(day, EMPTY)
        if changed := changed_since(run_id, row, *now_and_before, writers.get(day, ())):
            raise UndoRefused(run_id, changed)
    return tuple(Restoration(day, before.get(day, EMPTY), live.get(day, EMPTY)) for day in days)


def _check_run(warehouse: Warehouse, run: Run) -> None:
    if run.row.state == "RUNNING":
        raise UndoRefused(run.run_id, f"it is still running: phase4 cancel {run.run_id}")
    check_reach(warehouse, run.row.started_at)
    settings = warehouse.settings
    filled = run.row.target_table
    if filled != settings.target_table:
        raise UndoRefused(run.run_id, f"it filled {filled}, not {settings.target_table}")


def _wrote(row: RunDate, run_id: str, writers: dict[date, set[str]]) -> bool:
    """By the ledger, or by the rows themselves when a killed attempt never came to the ledger."""
    return bool(row.load_job_id) or run_id in writers.get(row.game_date, set())
