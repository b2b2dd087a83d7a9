"""Carrying out an undo: under the run's lock, one partition per date, counted and on record.

It is a run like any other: in runs, plan and outcomes, so that ledger and table keep agreeing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from phase4.cloud.in_flight import end_loads
from phase4.cloud.queries import ask
from phase4.cloud.retries import FORESEEN, one_line
from phase4.cloud.time_travel import rows_at
from phase4.cloud.warehouse import CONCURRENT_LOADS, JOB_PREFIX, Warehouse
from phase4.runs.undo_added import TakenBack, take_back
from phase4.runs.undo_plan import KEY_COLUMNS, Undo, UndoRefused, assess
from phase4.runs.undo_record import Restored, record, span_of
from phase4.runs.undo_replaced import put_back
from phase4.tables.filled import FILLED
from phase4.tables.partition import EMPTY, contents, rows_of
from phase4.tables.rows.dates import ExaminedDate
from phase4.tables.rows.runs import OpenedRun
from phase4.tables.typed import typed

DATES_AT_ONCE = 60
# Nothing renews it: an undo has no waves.
LEASE_SECONDS = 1800


@dataclass(frozen=True)
class Undone:
    """What was put back, by date; rows of all dates that succeeded."""

    undo_id: str
    dates: dict[date, Restored]
    rows_restored: int
    taken: tuple[TakenBack, ...] = ()

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last date that it touched."""
        days = [*self.dates, *(each.game_date for each in self.taken)]
        return min(days), max(days)

    @property
    def rows_taken_back(self) -> int:
        """Rows that the run had brought into other tables, and that are gone again."""
        return sum(each.rows for each in self.taken)

    @property
    def failures(self) -> dict[date, str]:
        """The dates that were not put back, and why."""
        return {day: each.failure for day, each in self.dates.items() if each.failure}


def carry_out(warehouse: Warehouse, run_id: str, owner: str, only: Collection[date] = ()) -> Undone:
    """Puts the dates back under the lock; UndoRefused when another run holds it."""
    undo = assess(warehouse, run_id, only)
    undo_id = f"undo-{uuid.uuid4()}"
    _lock(warehouse, undo, undo_id, owner)
    try:
        for table in FILLED.values():
            end_loads(warehouse, warehouse.settings.filled_table(table), undo.days(table.name))
        # Only now does what is live stay as it is.
        undo = assess(warehouse, run_id, only)
        found = _examined(warehouse, undo)
        restored = _restore(warehouse, undo, undo_id) if undo.restorations else {}
        taken = take_back(warehouse, undo.appended)
        taken += put_back(warehouse, undo.replaced, undo.at, undo_id)
        record(warehouse, undo, undo_id, restored, taken, found)
    # Ctrl-C too: it has no workflow, so its lock would stand until the lease expires.
    except BaseException as error:
        _close(warehouse, undo_id, "FAILED", one_line(error), {})
        raise
    rows = sum(
        each.before.rows for each in undo.restorations if not restored[each.game_date].failure
    )
    undone = Undone(undo_id, restored, rows, tuple(taken))
    _close(
        warehouse, undo_id, "FAILED" if undone.failures else "SUCCEEDED",
        "; ".join(f"{day}: {why}" for day, why in undone.failures.items()),
        {
            "undone_run": run_id, "dates": len(restored), "rows_restored": rows,
            "rows_taken_back": undone.rows_taken_back,
        },
    )  # fmt: skip
    return undone


def _lock(warehouse: Warehouse, undo: Undo, undo_id: str, owner: str) -> None:
    settings = warehouse.settings
    request = {
        "kind": "undo",
        "trigger": "manual",
        "owner": owner,
        "purpose": f"undo of {undo.run.run_id}",
        "target_table": settings.target_table,
        "start_date": undo.span[0].isoformat(),
        "end_date": undo.span[1].isoformat(),
        "code_version": settings.code_version,
    }
    row = warehouse.row(
        # Nobody is named dead or taken over: an undo gives way to whoever is at work.
        f"CALL `{settings.ops('open_run')}`(@run, @request, '', '', @lease)",
        {"run": undo_id, "request": json.dumps(request), "lease": LEASE_SECONDS},
    )
    opened = typed(OpenedRun, row)
    if not opened.acquired:
        holder = opened.holder_run
        raise UndoRefused(
            undo.run.run_id,
            f"run {holder} is at work on these dates: wait, or phase4 cancel {holder}",
        )


def _restore(warehouse: Warehouse, undo: Undo, undo_id: str) -> dict[date, Restored]:
    """Puts every date back and counts it."""
    restored: dict[date, Restored] = {}
    for first in range(0, len(undo.dates), DATES_AT_ONCE):
        days = undo.dates[first : first + DATES_AT_ONCE]
        rows = rows_at(warehouse, days, undo.at)
        with ThreadPoolExecutor(max_workers=CONCURRENT_LOADS) as pool:
            loads = pool.map(lambda day, rows=rows: _load(warehouse, rows, day, undo_id), days)
            restored.update(zip(days, loads, strict=True))
    counted = contents(rows_at(warehouse, undo.dates, None, KEY_COLUMNS))
    for each in undo.restorations:
        found = counted.get(each.game_date, EMPTY)
        if not restored[each.game_date].failure and found != each.before:
            failure = f"the table holds {found.rows} rows, not {each.before.rows}"
            restored[each.game_date] = Restored(restored[each.game_date].load_job_id, failure)
    return restored


def _load(warehouse: Warehouse, rows: pa.Table, day: date, undo_id: str) -> Restored:
    job_id = f"{JOB_PREFIX}{undo_id}_{day:%Y%m%d}"
    try:
        table = warehouse.settings.target_table
        return Restored(warehouse.replace_partition(table, day, rows_of(rows, day), job_id))
    except FORESEEN as error:
        return Restored("", one_line(error))


def _examined(warehouse: Warehouse, undo: Undo) -> dict[date, ExaminedDate]:
    """The dates as the undo finds them."""
    return {status.game_date: status for status in ask(warehouse, ExaminedDate, **span_of(undo))}


def _close(
    warehouse: Warehouse, undo_id: str, state: str, error: str, summary: dict[str, Any]
) -> None:
    warehouse.query(
        f"CALL `{warehouse.settings.ops('close_run')}`(@run, @state, @error, @summary)",
        {"run": undo_id, "state": state, "error": error, "summary": json.dumps(summary)},
    )
