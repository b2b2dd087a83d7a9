"""Games with their box scores, and what the analytics layer makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sample.league.boxscores import Lines, Sides, box_scores, sides_of
from sample.league.figures import Figures, figures_of
from sample.league.schedule import Game


@dataclass(frozen=True)
class Part:
    """A part of a league: sides, lines and figures of the same list of games."""

    games: Sequence[Game]
    sides: Sides
    lines: Lines
    figures: Figures


def part_of(games: Sequence[Game]) -> Part:
    """The games with what happened in them."""
    sides = sides_of(games)
    lines = box_scores(games, sides)
    return Part(games, sides, lines, figures_of(sides, lines))
