"""Checks of a date's rows before its partition is replaced. A failed date keeps its old rows."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from phase4.formats import percent
from phase4.tables.filled import DEFAULT, FilledTable
from phase4.tables.thresholds import METRICS

MANY_ROWS, MANY_GAMES = 60, 4
# What rows about somebody are called.
UNITS = {"player_lookup": "players"}


@dataclass(frozen=True)
class Gate:
    """What the checks say: reasons not to publish, and warnings to publish with."""

    reasons: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether the date may be published."""
        return not self.reasons


def check(rows: pa.Table, expected: int, table: FilledTable = DEFAULT) -> Gate:
    """Checks the rows of one date against the number of those that are due."""
    unit = UNITS.get(table.who, "rows")
    findings = [_rows_due(rows, expected, unit), _unique_keys(rows, table), *_spread(rows, table)]
    return Gate(
        reasons=tuple(reason for reason, _ in findings if reason),
        warnings=tuple(warning for _, warning in findings if warning),
    )


def _rows_due(rows: pa.Table, expected: int, unit: str) -> tuple[str, str]:
    # A date whose games are gone is emptied; that they may go the plan has judged.
    if expected == 0:
        return "", ""
    if rows.num_rows == 0:
        return f"no rows, {expected} {unit} are due", ""
    share = 100 * rows.num_rows / expected
    metric = METRICS["date_players_pct"]
    text = f"{rows.num_rows} of {expected} {unit} ({percent(share)})"
    if share < metric.minimum:
        return f"{text}, below {metric.minimum:.0f} %", ""
    return "", f"{text}, below {metric.target:.0f} %" if share < metric.target else ""


def _unique_keys(rows: pa.Table, table: FilledTable) -> tuple[str, str]:
    keys = list(table.key)
    duplicates = rows.num_rows - rows.select(keys).group_by(keys).aggregate([]).num_rows
    return (f"{duplicates} duplicate keys" if duplicates else ""), ""


def _spread(rows: pa.Table, table: FilledTable) -> list[tuple[str, str]]:
    """On a day of many games every active factor takes more than one value."""
    if "early_season_flag" in rows.column_names:
        # Without a history most scores are what the absence of one gives.
        is_early = pc.fill_null(rows["early_season_flag"], False)
        rows = rows.filter(pc.invert(is_early))
    games = pc.count_distinct(rows["game_id"]).as_py() if rows.num_rows else 0
    if rows.num_rows < MANY_ROWS or games < MANY_GAMES:
        return []
    return [
        (f"{factor.column} is the same in all {rows.num_rows} rows", "")
        for factor in table.active_factors
        if pc.count_distinct(rows[factor.column]).as_py() == 1
    ]
