"""A season as months of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from phase4.site.states import TableDate


@dataclass(frozen=True)
class Month:
    """A month with its dates; `offset` is the weekday of the first one shown (Monday is 0)."""

    title: str
    offset: int
    days: tuple[TableDate, ...]


def months_of(dates: Sequence[TableDate]) -> tuple[Month, ...]:
    """The dates by month."""
    by_month = groupby(dates, key=lambda row: (row.game_date.year, row.game_date.month))
    return tuple(_month(tuple(members)) for _, members in by_month)


def _month(days: tuple[TableDate, ...]) -> Month:
    first = days[0].game_date
    return Month(title=f"{first:%B %Y}", offset=first.weekday(), days=days)
