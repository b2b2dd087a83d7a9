"""The headline figures: games that are due, that L4 has of them, and that it has at best.

Of one date they are columns of sql/routines/date_status_within.sql; a plan keeps them as they were.
Of several dates they are sums, in SQL by sql/headline.sql; what is divided is divided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from phase4.tables.placeholders import indented

SUMS = (Path(__file__).with_name("sql") / "headline.sql").read_text()


@dataclass(frozen=True)
class Headline:
    """Games of some dates: due, covered, and covered at best before upstream is repaired."""

    due_games: int
    covered_games: int
    attainable_games: int

    @classmethod
    def total(cls, parts: Iterable[Headline]) -> Headline:
        """The figures of several groups of dates together."""
        known = list(parts)
        return cls(
            sum(part.due_games for part in known),
            sum(part.covered_games for part in known),
            sum(part.attainable_games for part in known),
        )

    @property
    def coverage_pct(self) -> float | None:
        """Covered games in per cent of those that are due."""
        return self.covered.pct

    @property
    def ceiling_pct(self) -> float | None:
        """What coverage is at best, in per cent."""
        return self.attainable.pct

    @property
    def covered(self) -> Share:
        """Covered games of those that are due."""
        return Share(self.covered_games, self.due_games)

    @property
    def attainable(self) -> Share:
        """What is covered at best, of what is due."""
        return Share(self.attainable_games, self.due_games)


@dataclass(frozen=True)
class Share:
    """A part of a whole, both counted."""

    part: int
    whole: int

    @property
    def pct(self) -> float | None:
        """The part in per cent, not rounded; None without a whole."""
        return share(self.part, self.whole)


def share(part: int, whole: int) -> float | None:
    """`part` of `whole` in per cent, not rounded (79.96 is below 80); None without a whole."""
    return 100 * part / whole if whole else None


def placeholders() -> dict[str, str]:
    """The sums for the SQL of plan, progress and coverage."""
    return {"headline": indented(SUMS, 2)}
