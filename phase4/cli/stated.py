"""Dates by their states: how many there are of each, and what mends them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Protocol, TypeVar

from rich.console import Console

from phase4.cli import terminal


class StatedDate(Protocol):
    """A date of a filled table and its state."""

    @property
    def game_date(self) -> date: ...
    @property
    def state(self) -> str: ...


Row = TypeVar("Row", bound=StatedDate)
# What mends the dates of a state from the first to the last; empty for nothing.
Remedy = Callable[[str, date, date], str]


def first_of_each(rows: Sequence[Row], shown: int) -> Iterator[Row]:
    """At most `shown` dates of each state, in their order."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.state] += 1
        if seen[row.state] <= shown:
            yield row


def show_states(
    console: Console,
    rows: Sequence[StatedDate],
    dates: int,
    shown: int,
    remedy: Remedy,
    options: str = "",
) -> None:
    """How many of the `dates` of a range these are, what lists the rest and what mends them.

    `options` are those of `phase4 gaps` that name the table.
    """
    counts = Counter(row.state for row in rows)
    listed = ", ".join(f"{count} {state}" for state, count in counts.most_common())
    console.print(f"{len(rows)} of {dates} dates{': ' if listed else ''}{listed}")
    for state, count in counts.items():
        days = [row.game_date for row in rows if row.state == state]
        if count > shown:
            console.print(
                f"  {terminal.coloured(state)}: {count - shown} more dates\n"
                f"  next  phase4 gaps --start-date {days[0]} --end-date {days[-1]}{options}"
                f" --state {state}",
                soft_wrap=True,
            )
        if advice := remedy(state, days[0], days[-1]):
            console.print(f"  {terminal.coloured(state)}: {advice}", soft_wrap=True)
