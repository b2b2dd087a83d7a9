"""The training set of a range, as readiness judges it: defaults, repeated games, known labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from phase4.formats import figure, number, percent
from phase4.tables.headline import Share
from phase4.tables.thresholds import THRESHOLDS
from phase4.validation.checks import CheckResult

ML = THRESHOLDS["ml_readiness"]


@dataclass(frozen=True)
class TrainedFeature:
    """One feature: in how many rows it is a default, and how it goes with the label."""

    feature: str
    defaulted: int
    correlation: float


@dataclass(frozen=True)
class Training:
    """What sql/routines/training_figures.sql says of nba_ops.training_set.

    repeated = rows that repeat a player-game; knowing = rows whose history has points that were not
    scored before the game.
    """

    player_games: int
    repeated: int
    knowing: int
    features: tuple[TrainedFeature, ...]


def training_obstacles(
    training: Sequence[Training], checks: Sequence[CheckResult]
) -> tuple[str, ...]:
    """What of the training set is in the way of a model; nothing of one that was not read."""
    found = [each for one in training if one.player_games for each in _obstacles(one)]
    return (*found, *_repeated_keys(checks))


def _obstacles(training: Training) -> Iterator[str]:
    # Of a handful of games chance alone may make two figures go together.
    enough = training.player_games >= THRESHOLDS["validation"]["degenerate_minimum_rows"]
    for feature in training.features:
        share = Share(feature.defaulted, training.player_games)
        if (share.pct or 0) >= ML["training_defaulted_below_pct"]:
            yield (
                f"{feature.feature} is a default in {percent(share.pct, share.whole, share.part)}"
                f" of the training rows, needs below {ML['training_defaulted_below_pct']:g} %"
            )
        if enough and abs(feature.correlation) >= ML["training_correlation_below"]:
            yield (
                f"{feature.feature} gives the label away: correlation"
                f" {figure(feature.correlation)}, needs below {ML['training_correlation_below']:g}"
            )
    if training.repeated:
        yield f"{number(training.repeated)} training rows repeat a player-game, needs none"
    if training.knowing:
        yield f"{number(training.knowing)} training rows know points of their own game, needs none"


def _repeated_keys(checks: Sequence[CheckResult]) -> Iterator[str]:
    for check in checks:
        if check.name == "duplicate_keys" and check.failed:
            yield f"{number(check.figure)} rows of L4 repeat a key: {check.detail}"
