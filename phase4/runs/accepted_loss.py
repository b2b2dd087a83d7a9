"""What a run with `--accept-loss` let go: its dates, and the rows that were there before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from phase4.cloud.time_travel import rows_at, within_reach
from phase4.cloud.warehouse import Warehouse
from phase4.runs.run import Run
from phase4.tables.filled import DEFAULT
from phase4.tables.partition import KEY
from phase4.tables.rows.plans import RunDate

SHOWN = 10
Key = tuple[date, str, str]


@dataclass(frozen=True)
class Loss:
    """Rows of one date that went; None when the table before the run cannot be read any more."""

    game_date: date
    state: str
    reason: str
    rows: int | None
    names: tuple[str, ...]


def losses_of(warehouse: Warehouse, run: Run) -> list[Loss] | None:
    """The dates on which rows went, in their order; None for a run that accepted no loss."""
    if not any(group.accepts_loss for group in run.plan):
        return None
    own = [row for row in run.published if row.table_name == DEFAULT.name]
    written = [row for row in own if row.present_games]
    if not written:
        return []
    if not within_reach(warehouse, run.row.started_at):
        shrunk = [row for row in written if row.state == "BLOCKED_SHRUNK"]
        return [_loss(row, None) for row in shrunk]
    gone = _gone(warehouse, run, [row.game_date for row in written])
    return [_loss(row, gone[row.game_date]) for row in written if row.game_date in gone]


def _gone(warehouse: Warehouse, run: Run, days: Sequence[date]) -> dict[date, list[Key]]:
    before = _keys(warehouse, days, run.row.started_at)
    after = _keys(warehouse, days, run.left_at)
    found: dict[date, list[Key]] = {}
    for key in sorted(before - after):
        found.setdefault(key[0], []).append(key)
    return found


def _keys(warehouse: Warehouse, days: Sequence[date], at: datetime | None) -> set[Key]:
    rows = rows_at(warehouse, days, at, ", ".join(KEY))
    return set(zip(*(rows[name].to_pylist() for name in KEY), strict=True))


def _loss(row: RunDate, gone: Sequence[Key] | None) -> Loss:
    return Loss(
        game_date=row.game_date,
        state=row.state,
        reason=row.plan_reason,
        rows=None if gone is None else len(gone),
        names=tuple(f"{player} ({game})" for _, game, player in (gone or ())[:SHOWN]),
    )
