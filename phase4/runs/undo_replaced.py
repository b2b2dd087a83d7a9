"""Putting back tables of ours beside the factors: their partitions as they were before the run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from phase4.cloud.time_travel import rows_at
from phase4.cloud.warehouse import JOB_PREFIX, Warehouse
from phase4.runs.run import Run
from phase4.runs.undo_added import TakenBack
from phase4.runs.written import changed_since, writers_of
from phase4.tables.filled import FILLED, FilledTable
from phase4.tables.partition import EMPTY, contents, rows_of
from phase4.tables.rows.plans import RunDate


def replaced(run: Run, only: Collection[date] = ()) -> list[RunDate]:
    """The dates on which a run wrote such tables, all of them or `only` these."""
    return [
        row
        for row in run.dates
        if not FILLED[row.table_name].is_added_to
        and not FILLED[row.table_name].is_default
        and row.load_job_id
        and (not only or row.game_date in only)
    ]


def first_change(warehouse: Warehouse, run_id: str, rows: Sequence[RunDate], at: datetime) -> str:
    """What happened to the first date that is not as the run wrote it; empty when all are.

    `at` is the moment before the run.
    """
    for table, own in _by_table(rows):
        days = [row.game_date for row in own]
        now = rows_at(warehouse, days, None, table=table)
        live, writers = contents(now, table), writers_of(now)
        before = contents(rows_at(warehouse, days, at, table=table), table)
        for row in own:
            day = row.game_date
            now_and_before = live.get(day, EMPTY), before.get(day, EMPTY)
            if changed := changed_since(run_id, row, *now_and_before, writers.get(day, ())):
                return changed
    return ""


def put_back(
    warehouse: Warehouse, rows: Sequence[RunDate], at: datetime, undo_id: str
) -> list[TakenBack]:
    """Replaces each partition by its rows of that moment; says what went and what is left."""
    done = []
    for table, own in _by_table(rows):
        days = [row.game_date for row in own]
        before = rows_at(warehouse, days, at, table=table)
        counted = contents(before, table)
        for row in own:
            day, left = row.game_date, counted.get(row.game_date, EMPTY)
            warehouse.replace_partition(
                warehouse.settings.filled_table(table),
                day,
                rows_of(before, day),
                f"{JOB_PREFIX}{undo_id}_{table.name}_{day:%Y%m%d}",
            )
            rows_gone = (row.counted_players or 0) - left.players
            games_gone = (row.counted_games or 0) - left.games
            done.append(TakenBack(table.name, day, rows_gone, games_gone, left.games, left.rows))
    return done


def _by_table(rows: Sequence[RunDate]) -> Iterator[tuple[FilledTable, list[RunDate]]]:
    for table in FILLED.values():
        if own := [row for row in rows if row.table_name == table.name]:
            yield table, own
