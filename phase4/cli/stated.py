"""Dates by their states: how many there are of each, and what mends them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol, TypeVar

from rich.console import Console

from phase4.cli import terminal
from phase4.tables.cures import table_options
from phase4.tables.filled import DEFAULT, FilledTable
from phase4.tables.states import STATES


class StatedDate(Protocol):
    """A date of a filled table and its state."""

    @property
    def game_date(self) -> date: ...
    @property
    def state(self) -> str: ...


Row = TypeVar("Row", bound=StatedDate)


def first_of_each(rows: Sequence[Row], shown: int) -> Iterator[Row]:
    """At most `shown` dates of each state, in their order."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.state] += 1
        if seen[row.state] <= shown:
            yield row


def show_states(
    console: Console, table: FilledTable, rows: Sequence[StatedDate], dates: int, shown: int
) -> None:
    """How many of the `dates` of a range these are, what lists the rest and what mends them."""
    counts = Counter(row.state for row in rows)
    listed = ", ".join(f"{count} {state}" for state, count in counts.most_common())
    console.print(f"{len(rows)} of {dates} dates{': ' if listed else ''}{listed}")
    of_table = "" if table is DEFAULT else f" --table {table.name}"
    for state, count in counts.items():
        days = [row.game_date for row in rows if row.state == state]
        if count > shown:
            console.print(
                f"  {terminal.coloured(state)}: {count - shown} more dates\n"
                f"  next  phase4 gaps --start-date {days[0]} --end-date {days[-1]}{of_table}"
                f" --state {state}",
                soft_wrap=True,
            )
        # Where a state has a remedy, a run ends it.
        if remedy := STATES[state].remedy_for(days[0], days[-1]):
            advice = remedy + table_options([table.name])
            console.print(f"  {terminal.coloured(state)}: {advice}", soft_wrap=True)
