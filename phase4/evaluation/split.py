"""Splitting by date: what is judged came after what was learnt from, no date is on two sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from phase4.errors import Unfit
from phase4.evaluation.samples import Flags

TRAIN, VALIDATION = 0.6, 0.8
FEWEST_DATES = 10


@dataclass(frozen=True)
class Part:
    """One side of the split: its rows, and its first and last date."""

    name: str
    rows: Flags
    first: date
    last: date

    @property
    def size(self) -> int:
        """How many rows it has."""
        return int(self.rows.sum())


def split(dates: npt.NDArray[np.datetime64]) -> tuple[Part, Part, Part]:
    """Train, validation and test: about 60, 20 and 20 % of the rows, cut between two dates."""
    days, counts = np.unique(dates, return_counts=True)
    if len(days) < FEWEST_DATES:
        raise Unfit(
            f"the export has {len(days)} dates with games, an evaluation needs {FEWEST_DATES}:"
            " export a longer range"
        )
    shares = np.cumsum(counts) / counts.sum()
    # Each side keeps a date, however many games one of them has.
    first = min(int(np.searchsorted(shares, TRAIN)) + 1, len(days) - 2)
    second = min(max(int(np.searchsorted(shares, VALIDATION)) + 1, first + 1), len(days) - 1)
    return (
        _part("train", dates, days[:first]),
        _part("validation", dates, days[first:second]),
        _part("test", dates, days[second:]),
    )


def _part(name: str, dates: Any, days: Any) -> Part:
    rows = (dates >= days[0]) & (dates <= days[-1])
    return Part(name, rows, days[0].item(), days[-1].item())
