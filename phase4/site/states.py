"""The state of every date of a filled table, as its folder tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from phase4.cloud.routines import placeholders
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.tables.arguments import BACKFILL
from phase4.tables.filled import FilledTable
from phase4.tables.filled_routines import states_query
from phase4.tables.placeholders import render

SHOWN = "game_date, state, reason, due_games, covered_games, attainable_games"


@dataclass(frozen=True)
class TableDate:
    """One date of one filled table."""

    game_date: date
    state: str
    reason: str
    due_games: int
    covered_games: int
    attainable_games: int


def statement(settings: Settings, table: FilledTable) -> str:
    """The statement over the states of a table; parameters start_date and end_date."""
    known = {
        **placeholders(settings),
        "range_start": "@start_date",
        "range_end": "@end_date",
        "history_days": str(BACKFILL["stale_history_days"].default),
        "first_days": str(BACKFILL["bootstrap_days"].default),
    }
    states = render(states_query(table), known).rstrip()
    return f"SELECT {SHOWN}\nFROM (\n{states}\n)\nORDER BY game_date"


def dates_of(warehouse: Warehouse, table: FilledTable, start: date, end: date) -> list[TableDate]:
    """Every date of the range, oldest first. One statement."""
    rows = warehouse.query(
        statement(warehouse.settings, table), {"start_date": start, "end_date": end}
    )
    return [TableDate(**row) for row in rows]
