"""Taking back what a run appended to tables that others write, too: exactly its rows, no others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from phase4.cloud.warehouse import Warehouse
from phase4.runs.run import Run
from phase4.tables.filled import FILLED, FilledTable
from phase4.tables.rows.runs import RunDate


@dataclass(frozen=True)
class TakenBack:
    """One date of a table after its appended rows went: rows that went, and what is left."""

    table_name: str
    game_date: date
    rows: int
    games_left: int
    rows_left: int


def appended(run: Run, only: Collection[date] = ()) -> list[RunDate]:
    """The dates on which a run appended rows, all of them or `only` these."""
    return [
        row
        for row in run.dates
        if FILLED[row.table_name].is_added_to
        and row.load_job_id
        and (not only or row.game_date in only)
    ]


def take_back(warehouse: Warehouse, rows: Sequence[RunDate]) -> list[TakenBack]:
    """Deletes the rows that carry the moment at which the run read L1; once more it finds none."""
    taken = []
    for table in FILLED.values():
        own = [row for row in rows if row.table_name == table.name]
        if own:
            taken += _of_table(warehouse, table, own)
    return taken


def _of_table(warehouse: Warehouse, table: FilledTable, rows: Sequence[RunDate]) -> list[TakenBack]:
    name = warehouse.settings.table_id(warehouse.settings.filled_table(table))
    first, last = min(row.game_date for row in rows), max(row.game_date for row in rows)
    span = {"first": first, "last": last}
    before = _counted(warehouse, name, span)
    warehouse.query(
        f"DELETE FROM `{name}` WHERE game_date BETWEEN @first AND @last AND CONCAT("
        "CAST(game_date AS STRING), ' ', CAST(UNIX_MICROS(processed_at) AS STRING))"
        " IN UNNEST(@written)",
        {**span, "written": [_written(row.game_date, row.read_at) for row in rows]},
    )
    after = _counted(warehouse, name, span)
    return [
        TakenBack(
            table.name,
            row.game_date,
            before.get(row.game_date, (0, 0))[1] - after.get(row.game_date, (0, 0))[1],
            *after.get(row.game_date, (0, 0)),
        )
        for row in rows
    ]


def _written(day: date, at: datetime | None) -> str:
    if at is None:
        raise ValueError(f"{day} has a load job and no moment of reading")
    epoch = datetime(1970, 1, 1, tzinfo=at.tzinfo)
    micros = (at - epoch) // timedelta(microseconds=1)
    return f"{day} {micros}"


def _counted(warehouse: Warehouse, name: str, span: dict[str, date]) -> dict[date, tuple[int, int]]:
    rows = warehouse.query(
        f"SELECT game_date, COUNT(DISTINCT game_id) AS games, COUNT(*) AS row_count FROM `{name}`"
        " WHERE game_date BETWEEN @first AND @last GROUP BY game_date",
        span,
    )
    return {row["game_date"]: (row["games"], row["row_count"]) for row in rows}
