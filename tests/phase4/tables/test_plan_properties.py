"""What holds for every plan, whatever the states, weights and arguments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phase4.cloud.warehouse import Row, Warehouse
from phase4.tables.cost_model import MODEL
from tests.phase4.planning import FILLABLE, Planner, Request, Status, over

STATES = (*FILLABLE, "COMPLETE", "NO_GAMES", "EXEMPT_BOOTSTRAP", "BLOCKED_UPSTREAM")
FORCEABLE = {*FILLABLE, "COMPLETE"}
Case = tuple[list[Status], Request]
few = settings(
    max_examples=25,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to forty dates with states and weights, and a request over all of them."""
    status = st.builds(Status, st.sampled_from(STATES), st.integers(0, 300))
    statuses = draw(st.lists(status, min_size=1, max_size=40))
    request = over(
        statuses,
        states=draw(st.lists(st.sampled_from(FILLABLE), min_size=1, unique=True)),
        tasks=draw(st.none() | st.integers(1, 8)),
        dates_per_task=draw(st.integers(1, 12)),
        canary_dates=draw(st.integers(0, 6)),
        validate_every=draw(st.integers(1, 12)),
        force=draw(st.booleans()),
    )
    return statuses, request


@pytest.fixture(scope="module")
def planner(warehouse: Warehouse) -> Planner:
    return Planner(warehouse, "properties")


def tasks_of(request: Request, wave: Sequence[Row]) -> int:
    """Tasks of a wave: as told, else one for every so many dates."""
    worth = -(-len(wave) // request.dates_per_task)
    return request.tasks or min(request.parallelism, worth)


def by_wave(rows: Sequence[Row]) -> Mapping[int, list[Row]]:
    """The planned rows of each wave, in order of time."""
    waves = defaultdict(list)
    for row in rows:
        if row["action"] == "PLANNED":
            waves[row["wave"]].append(row)
    return dict(sorted(waves.items()))


def seconds(row: Row) -> float:
    """What a date takes by the cost model."""
    players = max(int(row["expected_players"]), 1)
    return float(MODEL["date_seconds"] + players * MODEL["player_seconds"])


def planned_and_skipped_dates_are_the_range(case: Case, rows: Sequence[Row]) -> None:
    statuses, request = case
    days = [row["game_date"].toordinal() for row in rows]
    first = date.fromisoformat(request.start_date).toordinal()
    assert days == list(range(first, first + len(statuses)))
    assert {row["action"] for row in rows} <= {"PLANNED", "SKIPPED"}


def exactly_the_wanted_states_are_planned(case: Case, rows: Sequence[Row]) -> None:
    _, request = case
    wanted = FORCEABLE if request.force else set(request.states)
    for row in rows:
        assert (row["action"] == "PLANNED") == (row["state"] in wanted)


def every_planned_date_has_one_shard_and_no_other_date_has_any(
    _: Case, rows: Sequence[Row]
) -> None:
    for row in rows:
        has_shard = row["wave"] is not None and row["task"] is not None
        assert has_shard == (row["action"] == "PLANNED")


def the_tasks_of_a_wave_are_numbered_from_zero_without_a_hole(
    case: Case, rows: Sequence[Row]
) -> None:
    for wave in by_wave(rows).values():
        numbers = {row["task"] for row in wave}
        assert numbers == set(range(len(numbers)))
        assert len(numbers) <= tasks_of(case[1], wave)


def the_shards_of_a_wave_follow_each_other_in_time(_: Case, rows: Sequence[Row]) -> None:
    for wave in by_wave(rows).values():
        assert all(a["task"] <= b["task"] for a, b in pairwise(wave))


def every_shard_takes_its_share_of_the_time_within_a_fifth_or_one_date(
    case: Case, rows: Sequence[Row]
) -> None:
    for wave in by_wave(rows).values():
        share = sum(map(seconds, wave)) / tasks_of(case[1], wave)
        tolerance = max(0.2 * share, *map(seconds, wave)) + 0.01
        shards: dict[int, float] = defaultdict(float)
        for row in wave:
            shards[row["task"]] += seconds(row)
        assert all(abs(shard - share) <= tolerance for shard in shards.values())


def the_canary_has_its_size_and_all_other_dates_are_one_wave(
    case: Case, rows: Sequence[Row]
) -> None:
    _, request = case
    waves = by_wave(rows)
    dates = sum(map(len, waves.values()))
    canary = min(request.canary_dates, dates)
    expected = {0: canary, 1: dates - canary}
    assert {wave: len(members) for wave, members in waves.items()} == {
        wave: count for wave, count in expected.items() if count
    }


# A plan costs more than all that can be said of it: each is held to every rule.
RULES = (
    planned_and_skipped_dates_are_the_range,
    exactly_the_wanted_states_are_planned,
    every_planned_date_has_one_shard_and_no_other_date_has_any,
    the_tasks_of_a_wave_are_numbered_from_zero_without_a_hole,
    the_shards_of_a_wave_follow_each_other_in_time,
    every_shard_takes_its_share_of_the_time_within_a_fifth_or_one_date,
    the_canary_has_its_size_and_all_other_dates_are_one_wave,
)


@few
@given(case=cases())
def test_a_plan_keeps_every_rule_and_is_the_same_again(planner: Planner, case: Case) -> None:
    statuses, request = case
    planner.hold(statuses)
    rows = planner.rows(request)
    for rule in RULES:
        rule(case, rows)
    assert planner.rows(request) == rows
