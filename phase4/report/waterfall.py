"""Of the player-games that are due, how many survive each layer, and where the others are lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phase4.report.dates import ReportDate
from phase4.tables.states import STATES


@dataclass(frozen=True)
class Step:
    """Player-games that reach a layer, and those lost on the way to it."""

    name: str
    meaning: str
    players: int
    lost: int


def steps_of(dates: Sequence[ReportDate]) -> tuple[Step, ...]:
    """L1, L3, context, L4 and production-ready, added up over dates.

    Each date is capped by the layer before it: a surplus of one date never fills a hole of another.
    """
    survivors = [_survivors(row) for row in dates]
    totals = [sum(counts) for counts in zip(*survivors, strict=True)] or [0] * len(NAMES)
    return tuple(
        Step(name, meaning, players, before - players)
        for (name, meaning), players, before in zip(
            NAMES, totals, [totals[0], *totals], strict=False
        )
    )


NAMES = (
    ("L1", "played, by the raw box scores"),
    ("L3", "played, by the player summary"),
    ("context", "on dates whose history and quality allow the factors, or did"),
    ("L4", "with a row of composite factors"),
    ("ready", "with a row that is production-ready"),
)


def _survivors(row: ReportDate) -> tuple[int, ...]:
    l1 = row.l1_players
    l3 = min(l1, row.expected_players)
    state = STATES[row.state]
    # What was computed before upstream lost what it needs is still there.
    context = l3 if state.is_reachable else min(l3, row.present_players)
    l4 = min(context, row.present_players)
    return l1, l3, context, l4, min(l4, row.ready_players)
