"""Readiness by the training set: what of it is in the way of a model, by name and figure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from phase4.tables.checks import registry
from phase4.tables.training import FEATURES
from phase4.validation.checks import result_of
from phase4.validation.scope import Kind, Scope
from phase4.validation.training import TrainedFeature, Training, training_obstacles
from phase4.validation.validator import figures_of, validate
from tests.phase4.validation.league import FACTORS, PLAYERS, League
from tests.phase4.validation.world import Span, World

GOOD = Training(
    player_games=1000,
    repeated=0,
    knowing=0,
    features=(TrainedFeature("pace_score", defaulted=199, correlation=0.949),),
)


def scope_of(span: Span, kind: Kind = "range") -> Scope:
    """A look at the span."""
    return Scope(kind, "test", "e", span.start, span.end)


def training(world: World, span: Span) -> Training:
    """The training set as a validation of a range sees it."""
    (one,) = figures_of(world.warehouse, scope_of(span)).training
    return one


def obstacles(world: World, span: Span) -> str:
    """What a validation of the span says is in the way."""
    snapshot = validate(world.warehouse, scope_of(span))
    return "; ".join(snapshot.ml_obstacles)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (
            replace(GOOD, features=(TrainedFeature("pace_score", 200, 0.0),)),
            "pace_score is a default in 20.0 % (200 of 1,000) of the training rows,"
            " needs below 20 %",
        ),
        (
            replace(GOOD, features=(TrainedFeature("pace_score", 0, -0.95),)),
            "pace_score gives the label away: correlation -0.95, needs below 0.95",
        ),
        (replace(GOOD, repeated=3), "3 training rows repeat a player-game, needs none"),
        (replace(GOOD, knowing=2), "2 training rows know points of their own game, needs none"),
    ],
)
def test_each_fault_is_named_with_its_figure_and_what_it_needs(bad: Training, said: str) -> None:
    assert training_obstacles([bad], []) == (said,)


def test_a_good_set_is_in_nobodys_way() -> None:
    assert training_obstacles([GOOD], []) == ()


def test_rows_of_l4_that_repeat_a_key_are_in_the_way() -> None:
    check = result_of(registry()["duplicate_keys"], "", 4.0, "2025-01-10 game player")
    assert training_obstacles([GOOD], [check]) == (
        "4 rows of L4 repeat a key: 2025-01-10 game player",
    )


@pytest.mark.parametrize("kind", ["checkpoint", "wave"])
def test_of_a_part_of_a_run_the_training_set_is_not_read(
    world: World, span: Span, kind: Kind
) -> None:
    world.hold(League().season(span.start))
    assert figures_of(world.warehouse, scope_of(span, kind)).training == ()


def test_a_set_without_rows_is_in_nobodys_way() -> None:
    assert training_obstacles([replace(GOOD, player_games=0, features=())], []) == ()


def test_the_figures_are_those_of_the_routine(world: World, span: Span) -> None:
    league = League().season(span.start)
    gone = league.drop(FACTORS, game_date=span.end)
    world.hold(league)
    found = training(world, span)
    assert found.player_games == len(league.rows[PLAYERS])
    assert {one.feature for one in found.features} == {feature.name for feature in FEATURES}
    defaulted = {one.feature: one.defaulted for one in found.features}
    assert defaulted["fatigue_score"] == gone
    assert defaulted["avg_points_this_season"] == 0


def test_a_range_without_l4_is_not_ready_for_its_defaults(world: World, span: Span) -> None:
    world.hold(League().season(span.start, l4=False))
    assert "fatigue_score is a default in 100.0 %" in obstacles(world, span)


def test_copies_of_l4_repeat_no_training_row_and_are_named(world: World, span: Span) -> None:
    league = League().season(span.start)
    league.rows[FACTORS] += [dict(row) for row in league.rows[FACTORS][:5]]
    world.hold(league)
    assert training(world, span).repeated == 0
    assert "5 rows of L4 repeat a key" in obstacles(world, span)


def test_points_that_nobody_knows_are_no_points_of_their_own_game(world: World, span: Span) -> None:
    league = League().season(span.start)
    for place, row in enumerate(league.rows[PLAYERS]):
        row["points"] = None if row["game_date"] == span.day(2) else place * 7 % 40
    world.hold(league)
    later = Scope("range", "test", "e", span.day(4), span.end)
    for scope in (scope_of(span), later):
        (found,) = figures_of(world.warehouse, scope).training
        assert (found.knowing, found.repeated) == (0, 0)
        assert found.player_games == sum(
            scope.start_date <= row["game_date"] <= scope.end_date for row in league.rows[PLAYERS]
        )


def test_a_score_that_is_the_label_is_seen(world: World, span: Span) -> None:
    league = League().season(span.start)
    for row in league.rows[PLAYERS]:
        row["points"] = row["points"] % 30 if row.get("points") else 7
    points = {(row["game_id"], row["player_lookup"]): row["points"] for row in league.rows[PLAYERS]}
    for row in league.rows[FACTORS]:
        row["usage_spike_score"] = Decimal(points[row["game_id"], row["player_lookup"]]) / 10
    world.hold(league)
    assert "usage_spike_score gives the label away" in obstacles(world, span)
