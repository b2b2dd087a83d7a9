"""Strips: many dates in one line, a stretch of one state as one piece, as inline SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import groupby

WIDTH = 1000
HEIGHT = 22
LAST_LABEL = 950
# Four characters on a phone, where a strip is 340 pixels wide.
LABEL = 80
MONTH_STEPS = (1, 2, 3, 6, 12)


@dataclass(frozen=True)
class Piece:
    """A stretch of dates of one kind: the class of its colour, and what it says when pointed at."""

    first: date
    last: date
    kind: str
    title: str


@dataclass(frozen=True)
class Axis:
    """The dates from the left edge to the right."""

    first: date
    last: date

    def x(self, day: date) -> float:
        """Where a date begins."""
        return WIDTH * (day - self.first).days / ((self.last - self.first).days + 1)

    def months(self) -> Iterator[tuple[float, str]]:
        """Where a month begins, and its name: a year's for January, as many as have room."""
        shortest = self.x(self.first + timedelta(days=28))
        step = next((each for each in MONTH_STEPS if each * shortest >= LABEL), MONTH_STEPS[-1])
        day = self.first.replace(day=1)
        while day <= self.last:
            # A name at the very edge would stand outside.
            if day >= self.first and self.x(day) < LAST_LABEL and (day.month - 1) % step == 0:
                yield self.x(day), f"{day:%b}" if day.month != 1 else f"{day:%Y}"
            day = (day + timedelta(days=31)).replace(day=1)


def pieces(marks: Iterable[tuple[date, str, str]]) -> list[Piece]:
    """Neighbouring dates of one kind together; `marks` are date, kind and word, by date."""
    numbered = enumerate(marks)
    stretches = groupby(numbered, key=lambda one: (one[1][1], one[1][0].toordinal() - one[0]))
    return [_piece([mark for _, mark in members]) for _, members in stretches]


def strip(shown: Sequence[Piece], axis: Axis, label: str) -> str:
    """One line of pieces."""
    inside = "".join(
        f'<rect class="{piece.kind}" x="{axis.x(piece.first):.2f}" y="0" height="{HEIGHT}"'
        f' width="{axis.x(piece.last + timedelta(days=1)) - axis.x(piece.first):.2f}">'
        f"<title>{escape(piece.title)}</title></rect>"
        for piece in shown
    )
    return (
        f'<svg class="strip" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">{inside}</svg>'
    )


def _piece(marks: Sequence[tuple[date, str, str]]) -> Piece:
    (first, kind, word), last = marks[0], marks[-1][0]
    span = f"{first}" if first == last else f"{first} … {last}, {len(marks)} dates"
    return Piece(first, last, kind, f"{span}: {word}")
