"""Checks of a date's rows before its partition is replaced. A failed date keeps its old rows."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from phase4.formats import percent
from phase4.tables.factors import ACTIVE_FACTORS
from phase4.tables.thresholds import METRICS

MANY_ROWS, MANY_GAMES = 60, 4


@dataclass(frozen=True)
class Gate:
    """What the checks say: reasons not to publish, and warnings to publish with."""

    reasons: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether the date may be published."""
        return not self.reasons


def check(rows: pa.Table, expected_players: int) -> Gate:
    """Checks the rows of one date against the number of players who are due."""
    findings = [_players_due(rows, expected_players), _unique_keys(rows), *_spread(rows)]
    return Gate(
        reasons=tuple(reason for reason, _ in findings if reason),
        warnings=tuple(warning for _, warning in findings if warning),
    )


def _players_due(rows: pa.Table, expected: int) -> tuple[str, str]:
    # A date whose games are gone is emptied; that they may go the plan has judged.
    if expected == 0:
        return "", ""
    if rows.num_rows == 0:
        return f"no rows, {expected} players are due", ""
    share = 100 * rows.num_rows / expected
    metric = METRICS["date_players_pct"]
    text = f"{rows.num_rows} of {expected} players ({percent(share)})"
    if share < metric.minimum:
        return f"{text}, below {metric.minimum:.0f} %", ""
    return "", f"{text}, below {metric.target:.0f} %" if share < metric.target else ""


def _unique_keys(rows: pa.Table) -> tuple[str, str]:
    keys = rows.select(["game_id", "player_lookup"])
    duplicates = rows.num_rows - keys.group_by(["game_id", "player_lookup"]).aggregate([]).num_rows
    return (f"{duplicates} duplicate keys" if duplicates else ""), ""


def _spread(rows: pa.Table) -> list[tuple[str, str]]:
    """On a day of many games every active factor takes more than one value."""
    games = pc.count_distinct(rows["game_id"]).as_py() if rows.num_rows else 0
    if rows.num_rows < MANY_ROWS or games < MANY_GAMES:
        return []
    return [
        (f"{factor.column} is the same in all {rows.num_rows} rows", "")
        for factor in ACTIVE_FACTORS
        if pc.count_distinct(rows[factor.column]).as_py() == 1
    ]
