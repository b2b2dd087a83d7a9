"""What a run has written into the factors, by the rows themselves.

A killed attempt leaves rows and no outcome, and the retry finds them unchanged: its newest outcome
says nothing of them, but each row carries the run that wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

import pyarrow as pa

from phase4.cloud.time_travel import rows_at, within_reach
from phase4.cloud.warehouse import Warehouse
from phase4.tables.filled import DEFAULT
from phase4.tables.partition import CONTENT_COLUMNS, EMPTY, Content, contents
from phase4.tables.rows.plans import RunDate

TRIED = ("PUBLISHED", "UNCHANGED", "FAILED", "DIED")


def written_days(
    warehouse: Warehouse, run_id: str, rows: Sequence[RunDate], at: datetime | None
) -> set[date]:
    """The dates on which the table has rows of the run at a moment, None for now."""
    days = [row.game_date for row in rows if row.table_name == DEFAULT.name and row.status in TRIED]
    if not days or (at is not None and not within_reach(warehouse, at)):
        return set()
    found = rows_at(warehouse, days, at, "DISTINCT game_date, run_id").to_pylist()
    return {row["game_date"] for row in found if row["run_id"] == run_id}


def writers_of(rows: pa.Table) -> dict[date, set[str]]:
    """The runs whose rows these are, by date."""
    found: dict[date, set[str]] = {}
    for day, run_id in zip(rows["game_date"].to_pylist(), rows["run_id"].to_pylist(), strict=True):
        found.setdefault(day, set()).add(run_id or "")
    return found


def is_undo(run_id: str) -> bool:
    """Whether a run of this id is an undo."""
    return run_id.startswith("undo-")


def changed_since(
    run_id: str, row: RunDate, now: Content, before: Content, writers: Collection[str]
) -> str:
    """What happened to a date after a run wrote it; empty when nothing did.

    `now` are its rows with their `writers`, `before` those of the moment before the run. What an
    undo had put back when it was killed is nothing: it left no word of it, and the next one
    finishes its work.
    """
    of = "" if row.table_name == DEFAULT.name else f" of {row.table_name}"
    own = set(writers) <= {run_id}
    if row.status == "PUBLISHED":
        as_written = now.digest == row.content_hash
    else:
        # A killed attempt left no hash: the rows tell who wrote them.
        as_written = own and bool(writers)
    # Whose rows an undo brought back, it stands as if nobody had written since.
    if row.later_run and not (is_undo(row.later_run) and own and as_written):
        return (
            f"run {row.later_run} wrote {row.game_date}{of} since:"
            " undo that one first, or name --date"
        )
    if not as_written and now != before:
        return (
            f"{row.game_date}{of} holds other rows than the run wrote:"
            f" phase4 explain {row.game_date}"
        )
    return ""


def changed_rows(
    warehouse: Warehouse,
    run_id: str,
    rows: Sequence[RunDate],
    began: datetime,
    left: datetime | None,
) -> dict[date, int]:
    """Rows that differ between before and after the run, on dates whose outcome does not tell.

    The outcome of a first attempt that published tells; the others' dates are read at both moments.
    """
    own = [row for row in rows if row.table_name == DEFAULT.name]
    untold = [row for row in own if row.status != "PUBLISHED" or row.attempt]
    days = sorted(written_days(warehouse, run_id, untold, left))
    if not days or not within_reach(warehouse, began):
        return {}
    columns = ", ".join(CONTENT_COLUMNS)
    before = contents(rows_at(warehouse, days, began, columns))
    after = contents(rows_at(warehouse, days, left, columns))
    return {day: after.get(day, EMPTY).changed_from(before.get(day, EMPTY)) for day in days}


def landed_games(
    warehouse: Warehouse, run_id: str, rows: Sequence[RunDate], left: datetime | None
) -> dict[int, int]:
    """Games by wave that the table gained on dates whose attempts left no success on record."""
    undone = {
        row.game_date: row
        for row in rows
        if row.table_name == DEFAULT.name and row.status in ("FAILED", "DIED")
    }
    if not undone or (left is not None and not within_reach(warehouse, left)):
        return {}
    found = rows_at(warehouse, sorted(undone), left, "DISTINCT game_date, game_id, run_id")
    games: dict[date, int] = dict.fromkeys(undone, 0)
    for each in found.to_pylist():
        games[each["game_date"]] += each["run_id"] == run_id
    gained: dict[int, int] = {}
    for day, row in undone.items():
        more = min(games[day], row.forecast_games or 0) - (row.covered_games or 0)
        gained[row.wave or 0] = gained.get(row.wave or 0, 0) + (max(more, 0) if games[day] else 0)
    return gained
