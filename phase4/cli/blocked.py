"""The blocked dates of a plan: no run fills them, and where to look instead."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from phase4.cli import terminal
from phase4.runs.plan import PlannedState
from phase4.tables.filled import DEFAULT
from phase4.tables.states import STATES

SHOWN_DATES = 6


def show_blocked(console: Console, states: Sequence[PlannedState], asked: tuple[str, str]) -> None:
    """Two lines per blocked state; a large plan has forgotten the days, then the range is named."""
    for row in states:
        if not STATES[row.state].is_blocked:
            continue
        if row.table_name != DEFAULT.name:
            # The gaps are those of L4.
            line = f"{terminal.coloured(row.state)} {escape(row.blocked_by)}"
            console.print(line, soft_wrap=True)
            continue
        days = row.game_dates.split()
        shown = ", ".join(days[:SHOWN_DATES]) + (" …" if len(days) > SHOWN_DATES else "")
        first, last = (days[0], days[-1]) if days else asked
        console.print(
            f"{terminal.coloured(row.state)} {shown or terminal.counted(row.dates, 'date')}\n"
            f"  next  phase4 gaps --start-date {first} --end-date {last} --state {row.state}",
            soft_wrap=True,
        )
