"""What the analytics layer makes of box scores: usage, possessions and pace, in whole units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sample.league.boxscores import Lines, Sides
from sample.league.draws import Ints


@dataclass(frozen=True)
class Figures:
    """Usage of every line in hundredths; points, possessions and pace (tenths) of every side."""

    usage_hundredths: Ints
    points: Ints
    possessions: Ints
    pace_tenths: Ints


def figures_of(sides: Sides, lines: Lines) -> Figures:
    """The figures of the lines, by the formulas of layers.md section 3."""

    def team(values: Ints) -> Ints:
        total = np.zeros(len(sides.key), dtype=np.int64)
        np.add.at(total, lines.side, values)
        return total

    # Hundredths: a free throw is 0.44 of a play.
    used = 100 * lines.attempts + 44 * lines.free_attempts + 100 * lines.turnovers
    seconds, team_used = team(lines.seconds), team(used)
    possessions = team(used - 100 * lines.offensive_rebounds)
    both = possessions + possessions.reshape(-1, 2)[:, ::-1].reshape(-1)
    own = np.maximum(lines.seconds, 1) * np.maximum(team_used, 1)[lines.side]
    return Figures(
        usage_hundredths=_rounded(2000 * used * seconds[lines.side], own),
        points=team(lines.points),
        possessions=_rounded(possessions, np.full_like(possessions, 100)),
        pace_tenths=_rounded(720 * both, seconds),
    )


def _rounded(numerator: Ints, denominator: Ints) -> Ints:
    return np.asarray((2 * numerator + denominator) // (2 * denominator))
