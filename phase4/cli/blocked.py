"""The blocked dates of a plan: no run fills them, and where to look instead."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from phase4.cli import terminal
from phase4.formats import parted
from phase4.runs.plan import PlannedState
from phase4.tables.filled import DEFAULT
from phase4.tables.states import STATES

SHOWN_DATES = 6
PLANNED = "PLANNED"


def show_blocked(console: Console, states: Sequence[PlannedState], asked: tuple[str, str]) -> None:
    """Two lines per blocked state of L4, and per reason elsewhere with the tables that it blocks.

    A large plan has forgotten the days, then the range is named.
    """
    # What is let go on request is planned.
    blocked = [row for row in states if STATES[row.state].is_blocked and row.action != PLANNED]
    reasons: dict[tuple[str, str], list[PlannedState]] = {}
    for row in blocked:
        reasons.setdefault((row.state, _why(row)), []).append(row)
    for (state, why), rows in reasons.items():
        days = rows[0].game_dates.split()
        first, last = (days[0], days[-1]) if days else asked
        table = rows[0].table_name
        of_table = "" if table == DEFAULT.name else f" --table {table}"
        names = f" of {', '.join(row.table_name for row in rows)}:" if of_table else ""
        console.print(
            f"{terminal.coloured(state)}{names} {escape(why)}\n"
            f"  next  phase4 gaps --start-date {first} --end-date {last} --state {state}{of_table}",
            soft_wrap=True,
        )


def _why(row: PlannedState) -> str:
    """The dates of L4, of which `phase4 gaps` tells the rest; else the first reasons."""
    if row.table_name != DEFAULT.name:
        first, others = parted(row.blocked_by)
        return f"{first}; and {len(others)} more" if others else first
    days = row.game_dates.split()
    shown = ", ".join(days[:SHOWN_DATES]) + (" …" if len(days) > SHOWN_DATES else "")
    return shown or terminal.counted(row.dates, "date")
