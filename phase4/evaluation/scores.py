"""How far predictions are off, with intervals from resampling whole dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from phase4.evaluation.samples import Floats

SEED = 20261
RESAMPLES = 1_000
COVERED = (2.5, 97.5)


@dataclass(frozen=True)
class Interval:
    """A figure with the bounds between which 95 % of its resamples lie."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Scores:
    """Errors of one model: in points, and the share of games within 3 and 5 points, in per cent."""

    mae: Interval
    rmse: Interval
    within_3_pct: Interval
    within_5_pct: Interval


class Resampled:
    """A thousand draws of the dates of a test, the same ones for every model.

    Dates and not games are drawn: the players of an evening share its pace, its blowouts and the
    teams, so that games drawn one by one would make every interval too narrow.
    """

    def __init__(self, dates: npt.NDArray[Any]) -> None:
        days, self._place = np.unique(dates, return_inverse=True)
        self._days = len(days)
        rng = np.random.default_rng(SEED)
        chances = np.full(self._days, 1 / self._days)
        self._draws = rng.multinomial(self._days, chances, size=RESAMPLES).astype(float)
        self._games = self._by_day(np.ones(len(dates)))

    def mean(
        self, values: npt.NDArray[Any], shape: Callable[[Any], Any] = lambda mean: mean
    ) -> Interval:
        """The mean of a figure of each game; `shape` is applied to the mean of each draw."""
        sums = self._by_day(values)
        drawn = shape(self._draws @ sums / (self._draws @ self._games))
        low, high = np.percentile(drawn, COVERED)
        return Interval(float(shape(values.mean())), float(low), float(high))

    def scores(self, predicted: Floats, label: Floats) -> Scores:
        """All figures of one model."""
        error = np.abs(predicted - label)
        return Scores(
            mae=self.mean(error),
            rmse=self.mean(error**2, np.sqrt),
            within_3_pct=self.mean(100.0 * (error <= 3)),
            within_5_pct=self.mean(100.0 * (error <= 5)),
        )

    def difference(self, one: Floats, other: Floats, label: Floats) -> Interval:
        """By how many points of MAE one model is worse (above 0) or better than another."""
        return self.mean(np.abs(one - label) - np.abs(other - label))

    def _by_day(self, values: npt.NDArray[Any]) -> Floats:
        sums: Any = np.bincount(self._place, weights=values, minlength=self._days)
        return np.asarray(sums, dtype=np.float64)
