"""The values that a run changed: rows that were there before it and after, with other scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from phase4.cloud.time_travel import rows_at, within_reach
from phase4.cloud.warehouse import Row, Warehouse
from phase4.runs.run import Run
from phase4.runs.written import written_days
from phase4.tables.factors import ACTIVE_FACTORS, TOTAL
from phase4.tables.filled import DEFAULT
from phase4.tables.partition import KEY

SCORES = (*(factor.column for factor in ACTIVE_FACTORS), TOTAL.column)
SHOWN = 15


@dataclass(frozen=True)
class Change:
    """One row of L4: its scores by column before and after, and by how much the total changed."""

    game_date: date
    game_id: str
    player_lookup: str
    before: dict[str, float | None]
    after: dict[str, float | None]
    change: float


def changes_of(warehouse: Warehouse, run: Run) -> list[Change] | None:
    """The rows whose total changed most, on dates that had rows before the run.

    None when the rows before it cannot be read any more.
    """
    started = run.row.started_at
    written = _rewritten(warehouse, run)
    had_rows = [
        row.game_date
        for row in run.dates
        if row.table_name == DEFAULT.name and row.game_date in written and row.present_games
    ]
    if not had_rows:
        return []
    if not within_reach(warehouse, started):
        return None
    columns = ", ".join((*KEY, *SCORES))
    # A statement may read one moment of a table only.
    before = rows_at(warehouse, had_rows, started, columns).to_pylist()
    # As the run left them: a later one may have written these dates again.
    after = rows_at(warehouse, had_rows, run.left_at, columns).to_pylist()
    old = {_key(row): row for row in before}
    pairs = [(old[_key(row)], row) for row in after if _key(row) in old]
    changed = [_change(was, now) for was, now in pairs if _differs(was, now)]
    changed.sort(key=lambda each: (-abs(each.change), each.game_date))
    return changed[:SHOWN]


def _rewritten(warehouse: Warehouse, run: Run) -> set[date]:
    """The dates that it wrote. What an undo puts back carries the run whose rows they are."""
    if run.row.kind == "undo":
        return {row.game_date for row in run.published}
    return written_days(warehouse, run.run_id, run.dates, run.left_at)


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)


def _differs(was: Row, now: Row) -> bool:
    return any(was[name] != now[name] for name in SCORES)


def _change(was: Row, now: Row) -> Change:
    before, after = float(was[TOTAL.column] or 0), float(now[TOTAL.column] or 0)
    return Change(
        **{name: now[name] for name in KEY},
        before={name: _number(was[name]) for name in SCORES},
        after={name: _number(now[name]) for name in SCORES},
        change=round(after - before, 2),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
