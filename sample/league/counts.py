"""What else a box score counts, so that the possessions of a side come out as they should.

Arrays are shaped (side, seat) like those of the shots. Totals of a side are shared out among its
players by how long, or how much, they played.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sample.league.draws import Ints, draw


def counts(
    key: Ints, possessions: Ints, shots: Mapping[str, Ints], load: Ints, seconds: Ints
) -> dict[str, Ints]:
    """Turnovers, rebounds, assists, steals, blocks and fouls of every player of every side.

    FGA + 0.44 FTA - OREB + TOV of a side, rounded, is its number of possessions.
    """
    attempts, makes, free = (_total(shots[n]) for n in ("attempts", "makes", "free_attempts"))
    missed = attempts - makes
    lost, kept = _lost_and_kept(key, (100 * attempts + 44 * free + 50) // 100 - possessions)
    totals = {
        "turnovers": (lost, load),
        "offensive_rebounds": (kept, seconds),
        "defensive_rebounds": (np.maximum(_other(missed) - _other(kept), 0), seconds),
        "assists": (makes * 60 // 100, load),
        "steals": (_other(lost) * 55 // 100, seconds),
        "blocks": (_other(missed) // 9, seconds),
        "fouls": (_other(free) * 85 // 100, seconds),
    }
    return {name: _shared(total, weight) for name, (total, weight) in totals.items()}


def _lost_and_kept(key: Ints, too_many: Ints) -> tuple[Ints, Ints]:
    """Turnovers and offensive rebounds of each side, which cancel the plays that are too many."""
    lost = 10 + draw("turnovers", key, below=7)
    kept = 8 + draw("offensive rebounds", key, below=6)
    excess = too_many + lost - kept
    return lost + np.maximum(-excess, 0), kept + np.maximum(excess, 0)


def _total(values: Ints) -> Ints:
    return np.asarray(values.sum(axis=1))


def _other(totals: Ints) -> Ints:
    """The figure of the opponent: sides 2g and 2g + 1 play each other."""
    return totals.reshape(-1, 2)[:, ::-1].reshape(-1)


def _shared(total: Ints, weight: Ints) -> Ints:
    """A total of each side in whole shares, in proportion to a weight."""
    reached = np.cumsum(weight, axis=1)
    return np.diff(total[:, None] * reached // reached[:, -1:], axis=1, prepend=0)
