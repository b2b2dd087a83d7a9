"""The plan of a run by example: the canary, the totals, what is written and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from phase4.cloud.warehouse import Row, Warehouse
from phase4.tables.cost_model import MODEL
from phase4.tables.filled import DEFAULT, FILLED
from tests.phase4.planning import FIRST, Planner, Status, over

MISSING, COMPLETE = Status("MISSING", 60), Status("COMPLETE", 40)
MIXED = [
    COMPLETE,
    MISSING,
    Status("PARTIAL", 100),
    Status("STALE", 20),
    Status("BLOCKED_UPSTREAM", 80),
    Status("NO_GAMES"),
]
_runs = count()


@pytest.fixture(scope="module")
def planner(warehouse: Warehouse) -> Planner:
    return Planner(warehouse, "examples")


@pytest.fixture
def run_id() -> str:
    return f"run-{next(_runs)}"


def canary(planner: Planner, statuses: list[Status], size: int) -> list[Row]:
    """The canary dates of a plan."""
    planner.hold(statuses)
    return [row for row in planner.rows(over(statuses, canary_dates=size)) if row["wave"] == 0]


def test_the_canary_looks_at_every_stretch_of_the_range(planner: Planner) -> None:
    chosen = canary(planner, [MISSING] * 20, 4)
    stretches = [(row["game_date"] - FIRST).days // 5 for row in chosen]
    assert stretches == [0, 1, 2, 3]


def test_the_canary_takes_large_and_small_days_in_turn(planner: Planner) -> None:
    weights = [100, 20, 300, 40, 60] * 4
    chosen = canary(planner, [Status("MISSING", weight) for weight in weights], 4)
    assert [row["expected_players"] for row in chosen] == [300, 20, 300, 20]


def test_without_a_canary_the_waves_begin_with_1(planner: Planner) -> None:
    planner.hold([MISSING] * 3)
    rows = planner.rows(over([MISSING] * 3, canary_dates=0))
    assert {row["wave"] for row in rows} == {1}


def test_a_canary_as_large_as_the_plan_leaves_no_other_wave(planner: Planner) -> None:
    assert len(canary(planner, [MISSING] * 3, 5)) == 3


def test_equal_days_are_dealt_out_equally_and_in_order(planner: Planner) -> None:
    planner.hold([MISSING] * 6)
    rows = planner.rows(over([MISSING] * 6, tasks=3, canary_dates=0))
    assert [row["task"] for row in rows] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("dates", "tasks"), [(1, 1), (4, 1), (5, 2), (12, 3)], ids=lambda value: str(value)
)
def test_unless_told_a_task_has_as_many_dates_as_are_worth_its_start(
    planner: Planner, dates: int, tasks: int
) -> None:
    statuses = [MISSING] * dates
    planner.hold(statuses)
    rows = planner.rows(over(statuses, tasks=None, canary_dates=0, dates_per_task=4, parallelism=3))
    assert len({row["task"] for row in rows}) == tasks


def test_unless_told_a_wave_has_no_more_tasks_than_run_side_by_side(planner: Planner) -> None:
    planner.hold([MISSING] * 12)
    rows = planner.rows(
        over([MISSING] * 12, tasks=None, canary_dates=0, dates_per_task=1, parallelism=2)
    )
    assert {row["task"] for row in rows} == {0, 1}


def test_tasks_have_dates_alike_however_many_players_these_have(planner: Planner) -> None:
    """A date costs a task its load job, next to which a few hundred rows are nothing."""
    statuses = [Status("MISSING", players) for players in (20, 20, 20, 300, 300, 300)]
    planner.hold(statuses)
    rows = planner.rows(over(statuses, tasks=2, canary_dates=0))
    assert [row["task"] for row in rows] == [0, 0, 0, 1, 1, 1]


def test_one_heavy_day_has_a_task_to_itself(planner: Planner) -> None:
    heavy = int(12 * MODEL["date_seconds"] / MODEL["player_seconds"])
    statuses = [Status("MISSING", players) for players in (*[20] * 4, heavy, *[20] * 4)]
    planner.hold(statuses)
    rows = planner.rows(over(statuses, tasks=3, canary_dates=0))
    assert [row["task"] for row in rows] == [0, 0, 0, 0, 1, 2, 2, 2, 2]


def test_whatever_the_state_and_the_number_of_dates_they_are_one_wave_behind_the_canary(
    planner: Planner,
) -> None:
    states = ("STALE", "OVERCOUNT", "PARTIAL", "MISSING") * 3
    statuses = [Status(state, 20) for state in states]
    planner.hold(statuses)
    rows = planner.rows(over(statuses, states=states, canary_dates=2, validate_every=1))
    assert sorted(row["wave"] for row in rows) == [0] * 2 + [1] * 10


def test_the_totals_count_dates_by_what_becomes_of_them(planner: Planner, run_id: str) -> None:
    planner.hold(MIXED)
    row = planner.plan(run_id, over(MIXED))
    counted = [row[f"{kind}_dates"] for kind in ("planned", "skipped")]
    assert (row["dates"], counted, row["dates_already_done"]) == (6, [2, 4], 1)


def test_the_forecast_is_the_coverage_after_the_planned_dates(
    planner: Planner, run_id: str
) -> None:
    planner.hold(MIXED)
    row = planner.plan(run_id, over(MIXED))
    games = [row[f"{kind}_games"] for kind in ("due", "covered", "forecast", "attainable")]
    assert games == [15, 2, 10, 11]
    shares = [row[f"{kind}_pct"] for kind in ("coverage", "forecast", "ceiling")]
    assert shares == pytest.approx([100 * part / 15 for part in (2, 10, 11)])


def test_a_range_without_games_has_no_coverage(planner: Planner, run_id: str) -> None:
    planner.hold([Status("NO_GAMES")])
    row = planner.plan(run_id, over([Status("NO_GAMES")]))
    assert (row["coverage_pct"], row["forecast_pct"], row["ceiling_pct"]) == (None, None, None)


def test_every_state_is_listed_with_its_dates(planner: Planner, run_id: str) -> None:
    planner.hold(MIXED)
    listed = planner.plan(run_id, over(MIXED))["states"]
    assert {row["state"]: (row["action"], row["game_dates"]) for row in listed} == {
        status.state: (
            "PLANNED" if status.state in ("MISSING", "PARTIAL") else "SKIPPED",
            str(FIRST + timedelta(days=number)),
        )
        for number, status in enumerate(MIXED)
    }


def test_what_stays_blocked_says_why_and_nothing_else_does(planner: Planner, run_id: str) -> None:
    planner.hold(MIXED)
    listed = planner.plan(run_id, over(MIXED))["states"]
    blocked = {row["state"]: row["blocked_by"] for row in listed if row["blocked_by"]}
    assert blocked == {"BLOCKED_UPSTREAM": f"{FIRST + timedelta(days=4)}: made up"}


def test_shards_and_waves_add_up_to_the_planned_dates(planner: Planner, run_id: str) -> None:
    planner.hold([MISSING] * 12)
    row = planner.plan(run_id, over([MISSING] * 12, validate_every=4, canary_dates=2, tasks=3))
    for listed in (row["waves"], row["shards"]):
        assert sum(int(part["dates"]) for part in listed) == row["planned_dates"] == 12


def test_the_plan_table_holds_every_date_once(planner: Planner, run_id: str) -> None:
    planner.hold(MIXED)
    planner.plan(run_id, over(MIXED))
    written = planner.written(run_id)
    assert [row["state"] for row in written] == [status.state for status in MIXED]
    assert all(row["reason"] == "made up" for row in written)


def test_a_second_call_for_the_run_keeps_the_first_plan(planner: Planner, run_id: str) -> None:
    planner.hold(MIXED)
    first = planner.plan(run_id, over(MIXED))
    written = planner.written(run_id)
    planner.hold([COMPLETE] * len(MIXED))
    assert planner.plan(run_id, over(MIXED)) == first
    assert planner.written(run_id) == written


def test_a_dry_run_returns_the_same_plan_and_writes_none(planner: Planner, run_id: str) -> None:
    planner.hold(MIXED)
    dry = planner.plan(run_id, over(MIXED, dry_run=True))
    assert planner.written(run_id) == []
    assert planner.plan(run_id, over(MIXED)) == dry


def test_single_dates_are_planned_and_nothing_between_them(planner: Planner, run_id: str) -> None:
    planner.hold([MISSING] * 5)
    dates = [str(FIRST), str(FIRST + timedelta(days=4))]
    row = planner.plan(run_id, over([MISSING] * 5, dates=dates))
    assert (row["dates"], row["planned_dates"], row["skipped_dates"]) == (2, 2, 0)
    assert [str(row["game_date"]) for row in planner.written(run_id)] == dates


@pytest.mark.parametrize(("forced", "planned"), [(False, 2), (True, 4)])
def test_force_adds_complete_and_stale_dates_and_nothing_blocked(
    planner: Planner, run_id: str, forced: bool, planned: int
) -> None:
    planner.hold(MIXED)
    assert planner.plan(run_id, over(MIXED, force=forced))["planned_dates"] == planned


def test_a_date_without_a_state_fails_the_plan(planner: Planner, run_id: str) -> None:
    planner.hold([MISSING] * 3)
    longer = replace(over([MISSING] * 3), end_date=str(FIRST + timedelta(days=3)))
    with pytest.raises(Exception, match=r"3 planned \+ 0 skipped dates do not make the 4 dates"):
        planner.plan(run_id, longer)


def test_nothing_to_plan_is_a_plan_too(planner: Planner, run_id: str) -> None:
    planner.hold([COMPLETE])
    row = planner.plan(run_id, over([COMPLETE]))
    assert (row["planned_dates"], row["waves"], row["shards"]) == (0, [], [])


def test_a_stage_of_no_table_that_l3_feeds_has_no_ceilings(planner: Planner) -> None:
    planner.hold([COMPLETE])
    assert planner.ceilings(over([COMPLETE]), [["player_game_summary"]]) == []
    [ceiling] = planner.ceilings(over([COMPLETE]), [[DEFAULT.name]])
    assert (ceiling["table_name"], ceiling["due_games"]) == (DEFAULT.name, 2)


def test_nobody_asks_for_the_states_of_a_table_that_the_run_does_not_fill(
    warehouse: Warehouse, run_id: str
) -> None:
    planner = Planner(warehouse, "one_table")
    planner.fail_on_others()
    planner.hold([MISSING])
    assert planner.plan(run_id, over([MISSING]))["planned_dates"] == 1
    with pytest.raises(Exception, match=f"asked for {FIRST}"):
        planner.plan(run_id, over([MISSING], tables=list(FILLED)))
