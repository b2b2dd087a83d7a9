"""Taking back what a run appended to tables that others write, too: exactly its rows, no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from phase4.cloud.appends import Append, appends_of, micros_of
from phase4.cloud.warehouse import Warehouse
from phase4.runs.run import Run
from phase4.tables.filled import FILLED, FilledTable

ADDED = [table for table in FILLED.values() if table.is_added_to]


@dataclass(frozen=True)
class TakenBack:
    """One date of a table after a run's rows went: rows and games that went, and what is left."""

    table_name: str
    game_date: date
    rows: int
    games: int
    games_left: int
    rows_left: int


@dataclass(frozen=True)
class Appended:
    """One date of a table on which a run appended: the moments of reading that its rows carry."""

    table_name: str
    game_date: date
    read_at: tuple[datetime, ...]
    rows_changed: int


def appended(warehouse: Warehouse, run: Run, only: Collection[date] = ()) -> list[Appended]:
    """The dates on which rows of a run stand, all of them or `only` these.

    By the ledger and by the load jobs: a killed attempt that appended has no outcome, and its retry
    finds nothing to append. Dates whose rows an undo had taken back when it was killed are among
    them, without a row: nobody has put them on record.
    """
    found = {
        Append(row.table_name, row.game_date, _moment(row.game_date, row.read_at))
        for row in run.dates
        if FILLED[row.table_name].is_added_to and row.load_job_id
    }
    planned = {row.game_date for row in run.dates if FILLED[row.table_name].is_added_to}
    if planned:
        names = [table.name for table in ADDED]
        found |= appends_of(warehouse, run.run_id, names, run.row.started_at)
    if only:
        found = {append for append in found if append.game_date in only}
    by_the_ledger = {
        (row.table_name, row.game_date)
        for row in run.dates
        if row.load_job_id and row.later_run is None
    }
    return [
        each
        for table in ADDED
        for each in _standing(warehouse, table, found)
        if each.rows_changed or (each.table_name, each.game_date) in by_the_ledger
    ]


def _standing(
    warehouse: Warehouse, table: FilledTable, found: Collection[Append]
) -> list[Appended]:
    """The dates of the appends, and how many of their rows are still there."""
    moments: dict[date, set[datetime]] = defaultdict(set)
    for append in found:
        if append.table_name == table.name:
            moments[append.game_date].add(append.read_at)
    if not moments:
        return []
    name = warehouse.settings.table_id(warehouse.settings.filled_table(table))
    rows = warehouse.query(
        f"SELECT game_date, COUNT(*) AS row_count FROM `{name}` WHERE {OWN_ROWS}"
        " GROUP BY game_date",
        _own_rows(moments),
    )
    there = {row["game_date"]: row["row_count"] for row in rows}
    return [
        Appended(table.name, day, tuple(sorted(own)), there.get(day, 0))
        for day, own in sorted(moments.items())
    ]


def take_back(warehouse: Warehouse, dates: Sequence[Appended]) -> list[TakenBack]:
    """Deletes the rows that carry the moment at which the run read L1; once more it finds none."""
    taken = []
    for table in ADDED:
        own = [each for each in dates if each.table_name == table.name]
        if own:
            taken += _of_table(warehouse, table, own)
    return taken


def _of_table(
    warehouse: Warehouse, table: FilledTable, dates: Sequence[Appended]
) -> list[TakenBack]:
    name = warehouse.settings.table_id(warehouse.settings.filled_table(table))
    moments = {each.game_date: set(each.read_at) for each in dates}
    span = {"first": min(moments), "last": max(moments)}
    before = _counted(warehouse, name, span)
    warehouse.query(f"DELETE FROM `{name}` WHERE {OWN_ROWS}", _own_rows(moments))
    after = _counted(warehouse, name, span)
    return [
        _gone(table, day, before.get(day, (0, 0)), after.get(day, (0, 0)))
        for day in sorted(moments)
    ]


def _gone(table: FilledTable, day: date, was: tuple[int, int], left: tuple[int, int]) -> TakenBack:
    return TakenBack(table.name, day, was[1] - left[1], was[0] - left[0], *left)


OWN_ROWS = (
    "game_date BETWEEN @first AND @last AND CONCAT(CAST(game_date AS STRING), ' ',"
    " CAST(UNIX_MICROS(processed_at) AS STRING)) IN UNNEST(@written)"
)


def _own_rows(moments: dict[date, set[datetime]]) -> dict[str, date | list[str]]:
    written = [f"{day} {micros_of(at)}" for day, own in moments.items() for at in sorted(own)]
    return {"first": min(moments), "last": max(moments), "written": written}


def _moment(day: date, at: datetime | None) -> datetime:
    if at is None:
        raise ValueError(f"{day} has a load job and no moment of reading")
    return at.astimezone(UTC)


def _counted(warehouse: Warehouse, name: str, span: dict[str, date]) -> dict[date, tuple[int, int]]:
    rows = warehouse.query(
        f"SELECT game_date, COUNT(DISTINCT game_id) AS games, COUNT(*) AS row_count FROM `{name}`"
        " WHERE game_date BETWEEN @first AND @last GROUP BY game_date",
        span,
    )
    return {row["game_date"]: (row["games"], row["row_count"]) for row in rows}
