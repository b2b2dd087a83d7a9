"""One evaluation: the same dates, the same learner, the L4 factors as they are, were, or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from phase4.evaluation import models
from phase4.evaluation.samples import Floats, Samples, samples_of, with_factors_of
from phase4.evaluation.scores import Interval, Resampled, Scores
from phase4.evaluation.split import Part, split
from phase4.training import files

REAL, BEFORE, WITHOUT = "L4 as it is", "L4 as before", "without L4"
BINS = 10


@dataclass(frozen=True)
class Side:
    """One part of the split, and how much of L4 is real in it (fatigue score, in per cent)."""

    name: str
    first: date
    last: date
    rows: int
    real_pct: float


@dataclass(frozen=True)
class Judged:
    """One model on the test: its scores, in all, by season phase and by month."""

    name: str
    iterations: int | None
    scores: Scores
    by_phase: dict[str, Scores]
    by_month: dict[str, float]


@dataclass(frozen=True)
class Evaluation:
    """What came out; `differences` are of MAE, below 0 where the first model is better."""

    provenance: list[dict[str, Any]]
    before_provenance: list[dict[str, Any]]
    before_real_pct: float
    sides: list[Side]
    phases: dict[str, int]
    judged: list[Judged]
    differences: dict[str, Interval]
    calibration: list[tuple[float, float, int]]
    importance: dict[str, float]

    @property
    def verdict(self) -> str:
        """What the figures say of the factors, in one sentence."""
        gain = self.differences[f"{REAL} - {WITHOUT}"]
        bounds = f"{gain.value:+.3f} points of MAE (95 %: {gain.low:+.3f} … {gain.high:+.3f})"
        if gain.high < 0:
            return f"The L4 factors help: {bounds} against the same model without them."
        if gain.low > 0:
            return f"The L4 factors hurt: {bounds} against the same model without them."
        return f"The L4 factors make no difference that shows: {bounds} against none of them."


def evaluate(folder: Path, before: Path | None = None) -> Evaluation:
    """Judges the export in a folder; `before` is one of the same range before a backfill."""
    samples = samples_of(folder)
    earlier = samples_of(before) if before else None
    parts = split(samples.dates)
    test = parts[-1]
    label = samples.label[test.rows]
    factors = {
        REAL: {name: samples.values[name] for name in models.FACTOR_NAMES},
        BEFORE: with_factors_of(samples, earlier),
        WITHOUT: None,
    }
    learnt = {name: models.learn(samples, parts, values) for name, values in factors.items()}
    predicted = {
        "constant": models.constant(samples, parts[0], test),
        "season average": models.season_average(samples, parts[0], test),
        **{name: each.predicted for name, each in learnt.items()},
    }
    trees = {name: each.iterations for name, each in learnt.items()}
    resampled = Resampled(samples.dates[test.rows])
    pairs = ((REAL, WITHOUT), (REAL, BEFORE), (WITHOUT, "season average"))
    return Evaluation(
        provenance=_provenance(folder),
        before_provenance=_provenance(before) if before else [],
        before_real_pct=_real_pct(earlier, slice(None)) if earlier else 0.0,
        sides=[_side(samples, part) for part in parts],
        phases=_counted(samples.phases[test.rows]),
        judged=[
            _judged(name, trees.get(name), values, samples, test)
            for name, values in predicted.items()
        ],
        differences={
            f"{one} - {other}": resampled.difference(predicted[one], predicted[other], label)
            for one, other in pairs
        },
        calibration=_calibration(predicted[REAL], label),
        importance=models.importance(learnt[REAL], label),
    )


def _judged(
    name: str, iterations: int | None, predicted: Floats, samples: Samples, test: Part
) -> Judged:
    label, dates = samples.label[test.rows], samples.dates[test.rows]
    phases, months = samples.phases[test.rows], dates.astype("datetime64[M]")
    return Judged(
        name=name,
        iterations=iterations,
        scores=Resampled(dates).scores(predicted, label),
        by_phase={
            phase: Resampled(dates[phases == phase]).scores(
                predicted[phases == phase], label[phases == phase]
            )
            for phase in _counted(phases)
        },
        by_month={
            str(month): float(np.abs(predicted - label)[months == month].mean())
            for month in np.unique(months)
        },
    )


def _side(samples: Samples, part: Part) -> Side:
    return Side(part.name, part.first, part.last, part.size, _real_pct(samples, part.rows))


def _real_pct(samples: Samples, rows: Any) -> float:
    return float(100 * samples.real[models.FACTOR_NAMES[0]][rows].mean())


def _counted(phases: Any) -> dict[str, int]:
    names, counts = np.unique(phases, return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def _calibration(predicted: Floats, label: Floats) -> list[tuple[float, float, int]]:
    """Of each tenth of the predictions: what was predicted, what came, how many games."""
    bins = np.array_split(np.argsort(predicted, kind="stable"), BINS)
    return [(float(predicted[b].mean()), float(label[b].mean()), len(b)) for b in bins if len(b)]


def _provenance(folder: Path) -> list[dict[str, Any]]:
    return [files.provenance_of(path) for path in files.files_of(folder)]
