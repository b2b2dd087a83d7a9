"""The training set: its label, its features and their defaults, from training.json.

A feature is real, defaulted or absent in a row: its value is computed, it is the default, or there
is none. What only history can give has no default: a model can be told that a value is absent, and
a made-up mean would not be one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["real", "defaulted", "absent"]
STATES: tuple[State, ...] = ("real", "defaulted", "absent")
_DOCUMENT = json.loads(Path(__file__).with_name("training.json").read_text())


@dataclass(frozen=True)
class Feature:
    """One feature; `inputs` are the names in missing_data_fields without which it is a default."""

    name: str
    reason: str
    default: float | None = None
    inputs: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """The column that says whether the value is real."""
        return f"{self.name}_state"

    @property
    def is_factor(self) -> bool:
        """Whether it comes from L4, not from the history of L3."""
        return self.default is not None


LABEL: str = _DOCUMENT["label"]
HISTORY = tuple(Feature(name, meaning) for name, meaning in _DOCUMENT["history"].items())
FACTORS = tuple(
    Feature(name, entry["reason"], entry["default"], tuple(entry["inputs"]))
    for name, entry in _DOCUMENT["factors"].items()
)
FEATURES = (*HISTORY, *FACTORS)


def placeholders() -> dict[str, str]:
    """What `${…}` stands for in the SQL of the training set."""
    return {
        "training_columns": ",\n  ".join(sql for feature in FEATURES for sql in _columns(feature)),
        "training_factors": ",\n      ".join(
            f"CAST({feature.name} AS FLOAT64) AS {feature.name}" for feature in FACTORS
        ),
        "training_counts": ",\n    ".join(_counts(feature) for feature in FEATURES),
        "training_features": ",\n      ".join(
            (LABEL, *(each.name for each in FEATURES), *(each.state for each in FACTORS))
        ),
        "training_judged": ",\n    ".join(_judged(feature) for feature in FEATURES),
    }


def _counts(feature: Feature) -> str:
    """In how many rows a feature is in each state."""
    counts = ", ".join(f"COUNTIF({feature.state} = '{state}') AS {state}" for state in STATES)
    return f"STRUCT('{feature.name}' AS feature, {counts})"


def _judged(feature: Feature) -> str:
    """What readiness asks of a feature: how often it is a default, how it goes with the label."""
    defaulted = f"COUNTIF({feature.state} = 'defaulted')" if feature.is_factor else "0"
    return (
        f"STRUCT('{feature.name}' AS feature,"
        f" {defaulted} AS defaulted,"
        f" IFNULL(CORR({feature.name}, {LABEL}), 0) AS correlation)"
    )


def _columns(feature: Feature) -> tuple[str, str]:
    """The value of a feature and its state, of a row that has history and factors."""
    name = feature.name
    if not feature.is_factor:
        return f"history.{name}", f"IF(history.{name} IS NULL, 'absent', 'real') AS {feature.state}"
    lacking = [f"STRPOS(factors.missing, '{each}') > 0" for each in feature.inputs]
    is_default = " OR ".join([f"factors.{name} IS NULL", *lacking])
    return (
        f"IF({is_default}, {feature.default}, factors.{name}) AS {name}",
        f"IF({is_default}, 'defaulted', 'real') AS {feature.state}",
    )
