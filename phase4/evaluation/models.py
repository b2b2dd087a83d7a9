"""What is compared: two baselines, and one learner with three versions of the L4 factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from phase4.evaluation.samples import Floats, Samples
from phase4.evaluation.scores import SEED
from phase4.evaluation.split import Part
from phase4.tables.training import FACTORS, HISTORY

SEASON_AVERAGE = "avg_points_this_season"
HISTORY_NAMES = [feature.name for feature in HISTORY]
FACTOR_NAMES = [feature.name for feature in FACTORS]
# Small steps and leaves of many games; when to stop is what the validation dates are for.
PARAMETERS: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 500,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 100,
    "early_stopping": True,
    "n_iter_no_change": 20,
    "random_state": SEED,
}
REPEATS = 5


@dataclass(frozen=True)
class Learnt:
    """A fitted model: what it predicts for the test, how many trees it has, by which features."""

    predicted: Floats
    iterations: int
    model: Any
    features: Floats
    names: list[str]


def constant(samples: Samples, train: Part, test: Part) -> Floats:
    """The mean of the training games, for every game."""
    return np.full(test.size, samples.label[train.rows].mean())


def season_average(samples: Samples, train: Part, test: Part) -> Floats:
    """What the player has scored this season; the constant before his second game."""
    own = samples.values[SEASON_AVERAGE][test.rows]
    return np.where(np.isnan(own), constant(samples, train, test), own)


def learn(samples: Samples, parts: Sequence[Part], factors: Mapping[str, Floats] | None) -> Learnt:
    """Gradient boosting on the history and these factors (None: on the history alone)."""
    # Imported where something is learnt: it costs as much as all else that is imported here.
    from sklearn.ensemble import HistGradientBoostingRegressor

    train, validation, test = parts
    columns = [samples.matrix(HISTORY_NAMES), *(factors or {}).values()]
    features = np.column_stack(columns)
    model = HistGradientBoostingRegressor(**PARAMETERS)
    seen = features[test.rows]
    with _one_thread():
        model.fit(
            features[train.rows],
            samples.label[train.rows],
            X_val=features[validation.rows],
            y_val=samples.label[validation.rows],
        )
        predicted = model.predict(seen)
    names = [*HISTORY_NAMES, *(factors or {})]
    return Learnt(predicted, int(model.n_iter_), model, seen, names)


def importance(learnt: Learnt, label: Floats) -> dict[str, float]:
    """By how many points of MAE the test gets worse when a feature's values are shuffled."""
    from sklearn.inspection import permutation_importance

    with _one_thread():
        found = permutation_importance(
            learnt.model,
            learnt.features,
            label,
            scoring="neg_mean_absolute_error",
            n_repeats=REPEATS,
            random_state=SEED,
        )
    means = zip(learnt.names, map(float, found.importances_mean), strict=True)
    return dict(sorted(means, key=lambda each: -each[1]))


def _one_thread() -> Any:
    # Its threads wait for each other spinning: on a busy machine a second one makes it slower by
    # far, and one alone adds up in the same order everywhere.
    return threadpool_limits(1, "openmp")
