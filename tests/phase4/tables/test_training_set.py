"""nba_ops.training_set: one row per player and game, as of before it, and what is a default."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phase4.cloud.routines import create, routines
from phase4.cloud.warehouse import Row, Warehouse
from phase4.tables.factors import ACTIVE_FACTORS, TOTAL
from phase4.tables.training import FACTORS, FEATURES, HISTORY, LABEL
from phase4.validation.scope import Scope
from phase4.validation.training import training_obstacles
from phase4.validation.validator import figures_of
from tests.phase4.small_league import hold, serving_league
from tests.phase4.training_league import (
    DAYS,
    LAST,
    OPENER,
    PLAYERS,
    SCORES,
    TEAM,
    WRITTEN,
    Rows,
    league,
    line,
    scores,
)
from tests.table_server import TableServer


@pytest.fixture(scope="module")
def whole(table_server: TableServer) -> Iterator[Warehouse]:
    """A BigQuery with that league."""
    with serving_league(table_server, league()) as here:
        yield here


@pytest.fixture
def warehouse(whole: Warehouse) -> Iterator[Warehouse]:
    """The league is whole again after each test."""
    yield whole
    hold(whole, league())


def training(warehouse: Warehouse, first: date = OPENER, last: date = LAST) -> list[Row]:
    """The training set of a range, in order."""
    return warehouse.query(
        "SELECT * FROM nba_ops.training_set(@a, @b) ORDER BY game_date, game_id, player_lookup",
        {"a": first, "b": last},
    )


def of(warehouse: Warehouse, rows: Rows, player: str = "star", day: date = LAST) -> Row:
    """The only training row of a player on a date when the tables hold these rows."""
    hold(warehouse, rows)
    (row,) = [row for row in training(warehouse, day, day) if row["player_lookup"] == player]
    return row


def test_every_player_has_one_row_per_game_that_he_played(warehouse: Warehouse) -> None:
    rows = league()
    rows[PLAYERS] += [
        line(LAST, "sitter", 0, is_active=False, is_dnp=True, minutes_played=None, points=None,
             fg_attempts=None, usage_rate=None)
    ]  # fmt: skip
    hold(warehouse, rows)
    keys = [(row["game_date"], row["player_lookup"]) for row in training(warehouse)]
    assert keys == [(day, player) for day in DAYS for player in sorted(TEAM)]


def test_history_is_the_players_own_games_before_the_date(warehouse: Warehouse) -> None:
    row = of(warehouse, league())
    points = [10 + number + len("star") for number in range(len(DAYS))]
    before = points[:-1]
    assert row[LABEL] == points[-1]
    assert {feature.name: row[feature.name] for feature in HISTORY} == {
        "days_rest": 1,
        "games_in_last_7_days": 2,
        "games_in_last_14_days": 5,
        "minutes_in_last_7_days": sum(point + 10 for point in before[-2:]),
        "avg_minutes_last_10_games": sum(point + 10 for point in before[-10:]) / 10,
        "avg_usage_rate_last_7_games": 20.5,
        "avg_points_last_5_games": sum(before[-5:]) / 5,
        "avg_points_last_10_games": sum(before[-10:]) / 10,
        "avg_points_this_season": pytest.approx(sum(before) / 11, abs=1e-4),
        "games_this_season": 11,
    }


def test_the_first_game_of_a_season_has_no_averages_and_no_rest(warehouse: Warehouse) -> None:
    row = of(warehouse, league(), day=OPENER)
    absent = {feature.name for feature in FEATURES if row[feature.state] == "absent"}
    assert absent == {
        "days_rest", "avg_minutes_last_10_games", "avg_usage_rate_last_7_games",
        "avg_points_last_5_games", "avg_points_last_10_games", "avg_points_this_season",
    }  # fmt: skip
    assert all(row[name] is None for name in absent)
    assert row["games_this_season"] == row["games_in_last_7_days"] == 0


def test_a_row_of_l4_is_real(warehouse: Warehouse) -> None:
    row = of(warehouse, league())
    assert {row[feature.state] for feature in FACTORS} == {"real"}
    assert [row[feature.name] for feature in FACTORS] == [85, 1.5, 0.5, -1, 0.25]


def test_without_a_row_of_l4_every_factor_is_its_default(warehouse: Warehouse) -> None:
    rows = league()
    rows[SCORES] = [row for row in rows[SCORES] if row["game_date"] != LAST]
    row = of(warehouse, rows)
    assert {row[feature.state] for feature in FACTORS} == {"defaulted"}
    assert [row[feature.name] for feature in FACTORS] == [100, 0, 0, 0, 0]


@pytest.mark.parametrize("feature", FACTORS, ids=lambda feature: feature.name)
def test_a_score_whose_input_was_absent_is_a_default(warehouse: Warehouse, feature: Any) -> None:
    rows = league()
    rows[SCORES][-3]["missing_data_fields"] = feature.inputs[-1]
    row = of(warehouse, rows)
    defaulted = {each.name for each in FACTORS if row[each.state] == "defaulted"}
    assert defaulted == {feature.name, TOTAL.column} | {
        each.name for each in FACTORS if feature.inputs[-1] in each.inputs
    }


def test_what_is_marked_as_a_default_is_the_default_whatever_l4_made_of_it(
    warehouse: Warehouse,
) -> None:
    # 25, the default of the projected rate, less a known average of 12 is no spike of usage.
    rows = league()
    absent = {"missing_data_fields": "projected_usage_rate", "usage_spike_score": Decimal(3)}
    rows[SCORES][-3] |= absent
    row = of(warehouse, rows)
    assert (row["usage_spike_score_state"], row["usage_spike_score"]) == ("defaulted", 0)
    assert (row[TOTAL.column + "_state"], row[TOTAL.column]) == ("defaulted", 0)
    assert (row["fatigue_score_state"], row["fatigue_score"]) == ("real", 85)


def test_scores_of_another_version_are_no_values(warehouse: Warehouse) -> None:
    rows = league()
    rows[SCORES][-3]["calculation_version"] = "v1_4factors"
    row = of(warehouse, rows)
    assert (row["fatigue_score"], row["fatigue_score_state"]) == (100, "defaulted")


def test_rows_of_l4_that_repeat_a_key_multiply_nothing(warehouse: Warehouse) -> None:
    rows = league()
    copies = [deepcopy(row) for row in rows[SCORES] for _ in range(3)]
    for number, row in enumerate(copies):
        row |= {"fatigue_score": number % 90, "processed_at": WRITTEN - timedelta(days=1 + number)}
    rows[SCORES] = copies + rows[SCORES]
    hold(warehouse, rows)
    found = training(warehouse)
    assert len(found) == len(DAYS) * len(TEAM)
    assert {row["fatigue_score"] for row in found[-3:]} == {85}, "the newest row is the one"


def test_two_ids_of_one_game_in_l4_multiply_nothing(warehouse: Warehouse) -> None:
    rows = league()
    for game_id in ("0022400999", f"{LAST:%Y%m%d}_NYK_BOS"):
        older = WRITTEN - timedelta(days=1)
        rows[SCORES].append(scores(LAST, "star", game_id=game_id, processed_at=older))
    assert of(warehouse, rows)["fatigue_score"] == 85


def test_copies_of_a_line_of_l3_are_one_row_and_one_game_of_history(warehouse: Warehouse) -> None:
    rows = league()
    first = of(warehouse, rows)
    rows[PLAYERS] += [
        {**row, "game_id": "0022400001", "points": 99, "processed_at": WRITTEN - timedelta(days=1)}
        for row in rows[PLAYERS]
    ]
    assert of(warehouse, rows) == first


def test_preseason_and_all_star_games_are_neither_rows_nor_history(warehouse: Warehouse) -> None:
    rows = league()
    first = of(warehouse, rows)
    preseason, all_star = OPENER - timedelta(days=5), date(2025, 2, 15)
    rows[PLAYERS] += [line(day, "star", 40) for day in (preseason, all_star)]
    hold(warehouse, rows)
    days = {row["game_date"] for row in training(warehouse, preseason, date(2025, 3, 1))}
    assert days == set(DAYS)
    assert of(warehouse, rows) == first


def test_what_a_row_says_does_not_depend_on_the_range_that_was_asked(warehouse: Warehouse) -> None:
    everything = training(warehouse, date(2024, 7, 1), date(2025, 6, 30))
    assert training(warehouse, LAST, LAST) == everything[-3:]


@pytest.mark.parametrize(("unclear_day", "rest"), [(DAYS[-2], "absent"), (DAYS[-3], "real")])
def test_after_a_game_that_nobody_can_judge_rest_is_absent_until_the_next(
    warehouse: Warehouse, unclear_day: date, rest: str
) -> None:
    rows = league()
    known = of(warehouse, rows)
    unclear = next(row for row in rows[PLAYERS] if row["game_date"] == unclear_day)
    unclear |= {"minutes_played": Decimal(0), "points": 30}
    row = of(warehouse, rows)
    assert row["days_rest_state"] == rest
    assert row["days_rest"] == (known["days_rest"] if rest == "real" else None)
    assert row["games_in_last_7_days_state"] == "absent"
    assert row["games_this_season"] == 10


def test_rest_stays_absent_however_long_ago_such_a_game_was(warehouse: Warehouse) -> None:
    rows = league()
    rows[PLAYERS] = [
        row for row in rows[PLAYERS]
        if row["player_lookup"] != "star" or row["game_date"] in {*DAYS[:4], LAST}
    ]  # fmt: skip
    unclear = next(row for row in rows[PLAYERS] if row["game_date"] == DAYS[3])
    unclear |= {"minutes_played": Decimal(0), "points": 30}
    row = of(warehouse, rows)
    assert (row["days_rest"], row["days_rest_state"]) == (None, "absent")
    assert (row["games_in_last_14_days"], row["games_in_last_14_days_state"]) == (0, "real")


# Every column of a line but those that say whose and which game it is, and whether he played.
NUMBERS = {
    name: st.integers(0, 60)
    for name in ("points", "fg_attempts", "assists", "rebounds", "fg_makes", "ft_makes")
}
FIGURES = st.fixed_dictionaries(
    {},
    optional={
        **NUMBERS,
        "minutes_played": st.decimals("0.1", 60, places=1),
        "usage_rate": st.one_of(st.none(), st.decimals(0, 100, places=2)),
        "paint_attempts": st.integers(0, 5),
        "mid_range_attempts": st.integers(0, 5),
        "three_pt_attempts": st.integers(0, 5),
        "universal_player_id": st.text(max_size=5),
        "player_full_name": st.text(max_size=5),
        "data_hash": st.text(max_size=5),
        "processed_at": st.datetimes(datetime(2024, 12, 1), datetime(2025, 12, 1)),
    },
)


@pytest.fixture(scope="module")
def known_before(whole: Warehouse) -> list[Row]:
    """The rows of the last day while the league is whole."""
    return training(whole, LAST, LAST)


@given(changes=st.lists(FIGURES, min_size=3, max_size=3))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_of_the_game_itself_only_the_label_is_known(
    warehouse: Warehouse, known_before: list[Row], changes: list[dict[str, Any]]
) -> None:
    rows = league()
    played = [row for row in rows[PLAYERS] if row["game_date"] == LAST]
    for row, change in zip(played, changes, strict=True):
        row.update(change)
        row["fg_attempts"] = 100
        row["processed_at"] = row["processed_at"].replace(tzinfo=UTC)
    hold(warehouse, rows)
    after = training(warehouse, LAST, LAST)
    labels = {row["player_lookup"]: row["points"] for row in played}
    assert after == [{**row, LABEL: labels[row["player_lookup"]]} for row in known_before]


def test_later_games_change_nothing(warehouse: Warehouse) -> None:
    before = of(warehouse, league(), day=DAYS[5])
    rows = league()
    rows[PLAYERS] = [row for row in rows[PLAYERS] if row["game_date"] <= DAYS[5]]
    assert of(warehouse, rows, day=DAYS[5]) == before


def test_a_validation_sees_a_history_that_knows_its_own_game(warehouse: Warehouse) -> None:
    (right,) = [each for each in routines(warehouse.settings) if each.name == "training_set"]
    before, itself = "UNBOUNDED PRECEDING AND 1 PRECEDING", "UNBOUNDED PRECEDING AND CURRENT ROW"
    leaking = replace(right, body=right.body.replace(before, itself))
    create(leaking, warehouse.client, warehouse.settings)
    try:
        # The first game of a player has none before it that could tell.
        known = (len(DAYS) - 1) * len(TEAM)
        assert obstacles(warehouse) == (
            f"{known} training rows know points of their own game, needs none",
        )
    finally:
        create(right, warehouse.client, warehouse.settings)
    assert obstacles(warehouse) == ()


def obstacles(warehouse: Warehouse) -> tuple[str, ...]:
    """What a validation of the season says of leaks."""
    scope = Scope("range", "test", "e", OPENER, LAST)
    found = figures_of(warehouse, scope)
    return tuple(each for each in training_obstacles(found.training, []) if "default" not in each)


def test_the_set_has_the_label_and_every_feature_with_its_state(warehouse: Warehouse) -> None:
    named = [column for feature in FEATURES for column in (feature.name, feature.state)]
    key = ["game_date", "season_year", "season_phase", "game_id", "player_lookup"]
    assert list(training(warehouse)[0]) == [*key, LABEL, *named]


def test_every_active_factor_and_the_total_have_a_default_with_its_reason() -> None:
    scores = {factor.column for factor in (*ACTIVE_FACTORS, TOTAL)}
    assert {feature.name for feature in FACTORS} == scores
    assert all(feature.reason for feature in FEATURES)
