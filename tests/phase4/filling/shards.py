"""Rows, plans and tasks for tests of a task's steps, small enough to be written by hand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa

from phase4.filling.task import Task
from phase4.tables.arrow import table_of
from phase4.tables.factors import CALCULATION_VERSION
from phase4.tables.rows.plans import PlannedDate

_days = itertools.count()
_runs = itertools.count()


def new_day() -> date:
    """A date that no other test of this process uses."""
    return date(2024, 11, 5) + timedelta(days=next(_days))


def new_task(index: int = 0, attempt: int = 0) -> Task:
    """A task of a run that no other test of this process uses."""
    return Task(f"run-{next(_runs)}", 1, index, attempt, "job-abcde")


def planned(day: date, players: int, games: int = 1) -> PlannedDate:
    return PlannedDate(day, games, players)


def rows_of(
    day: date, players: int, games: int = 1, mark: str = "a", fatigue: Sequence[int] = (70, 80, 90)
) -> pa.Table:
    """L4 rows of a date: `players` of them spread over `games`; `mark` goes into the hashes."""
    return table_of(
        "player_composite_factors",
        [
            {
                "player_lookup": f"player{number:03}",
                "game_date": day,
                "game_id": f"{day:%Y%m%d}_G{number % games}",
                "fatigue_score": fatigue[number % len(fatigue)],
                "shot_zone_mismatch_score": Decimal(number % 3),
                "pace_score": Decimal(number % 2),
                "usage_spike_score": Decimal(number % 4 - 1),
                "total_composite_adjustment": Decimal(number % 5),
                "calculation_version": CALCULATION_VERSION,
                "data_hash": f"{mark}{number}",
                "data_quality_issues": [],
            }
            for number in range(players)
        ],
    )


def quarantined(day: date, count: int) -> pa.Table:
    """Rows that were kept out of a date."""
    names = ("game_date", "game_id", "player_lookup", "reason", "row_json")
    types = (pa.date32(), pa.string(), pa.string(), pa.string(), pa.string())
    rows = [
        dict(zip(names, (day, "G0", f"poisoned{number}", "points=NaN", "{}"), strict=True))
        for number in range(count)
    ]
    return pa.Table.from_pylist(rows, pa.schema(list(zip(names, types, strict=True))))
