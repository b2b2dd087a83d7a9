"""Points without minutes are no absence: they count as minutes that nobody can believe."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from phase4.cloud.warehouse import Warehouse
from sample.environment import create_tables
from tests.phase4.small_league import ALL, Day, load, tables

FEW, MANY, SAT, INACTIVE = (date(2023, 12, day) for day in (5, 6, 7, 8))
CHANGES: dict[date, tuple[int, dict[str, Any]]] = {
    FEW: (1, {"minutes_played": Decimal(0), "points": 20}),
    MANY: (2, {"minutes_played": Decimal(0), "points": 20}),
    SAT: (2, {"minutes_played": Decimal(0), "points": 0}),
    INACTIVE: (2, {"is_active": None}),
}


@pytest.fixture(scope="module")
def states(warehouse: Warehouse) -> dict[date, str]:
    rows = tables({day: Day(l4=ALL[count:]) for day, (count, _) in CHANGES.items()})
    for day, (count, change) in CHANGES.items():
        on_day = [row for row in rows["player_game_summary"] if row["game_date"] == day]
        for row in on_day[:count]:
            row.update(change)
    load(warehouse, rows)
    create_tables(warehouse.client, warehouse.settings)
    found = warehouse.query("SELECT * FROM nba_ops.date_status('2023-12-05', '2023-12-08')")
    return {row["game_date"]: row["state"] for row in found}


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (FEW, "COMPLETE"),
        (MANY, "BLOCKED_QUALITY"),
        (SAT, "COMPLETE"),
        (INACTIVE, "BLOCKED_QUALITY"),
    ],
    ids=["5 %", "10 %", "without points", "not active, yet on the court"],
)
def test_above_five_percent_they_block_the_date(
    states: dict[date, str], day: date, state: str
) -> None:
    assert states[day] == state
