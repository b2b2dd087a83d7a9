"""The criteria of a run: which figures pass, which are not due, what decides the verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from phase4.tables.checks import registry
from phase4.tables.factors import ACTIVE_FACTORS
from phase4.tables.headline import Share
from phase4.validation.checks import CheckResult, result_of
from phase4.validation.coverage import Coverage, coverage_of
from phase4.validation.criteria import criteria_of, failed_musts, ml_obstacles
from phase4.validation.run_facts import RunFacts
from phase4.validation.scope import Kind, Scope

COVERED = replace(
    coverage_of([]), covered=Share(92, 100), dates=Share(95, 100), l3=Share(96, 100),
    l3_nulls=Share(1, 200), inputs=Share(20, 20),
)  # fmt: skip
FACTS = RunFacts(
    answered=False, planned_dates=100, succeeded_dates=100, failed_dates=0, run_start_date=None,
    run_end_date=None, elapsed_seconds=60.0, previous_event_id=None, previous_at=None,
    previous_coverage_pct=None, previous_l4_games=None, last_heartbeat_at=None,
    heartbeat_overdue=False,
)  # fmt: skip
HEALTHY = [
    result_of(registry()["degenerate_factors"], factor.column, 3.0, "") for factor in ACTIVE_FACTORS
]


def outcomes(
    kind: Kind = "run",
    coverage: Coverage = COVERED,
    checks: list[CheckResult] | None = None,
    **facts: Any,
) -> dict[str, str]:
    """Outcome of every criterion."""
    scope = Scope(kind, "test", "e", date(2024, 11, 5), date(2024, 11, 12), run_id="r")
    known = replace(FACTS, **facts)
    criteria = criteria_of(scope, coverage, known, HEALTHY if checks is None else checks)
    return {criterion.name: criterion.outcome for criterion in criteria}


def test_a_good_run_passes_every_criterion() -> None:
    good = outcomes(previous_coverage_pct=20.0)
    assert set(good.values()) == {"passed"}


@pytest.mark.parametrize(
    ("games", "failed"),
    [
        (799, {"game_coverage_80", "game_coverage_85", "game_coverage_90"}),
        (800, {"game_coverage_85", "game_coverage_90"}),
        (850, {"game_coverage_90"}),
        (900, set()),
    ],
)
def test_game_coverage_is_judged_at_80_85_and_90(games: int, failed: set[str]) -> None:
    found = outcomes(coverage=replace(COVERED, covered=Share(games, 1000)))
    assert {name for name, outcome in found.items() if outcome == "failed"} == failed


def _filling(*tables: str) -> str:
    """The stages of a run over these tables, as its row keeps them."""
    return json.dumps([{"planner": "", "tables": {name: f"d.{name}" for name in tables}}])


@pytest.mark.parametrize(
    ("games", "failed"),
    [
        (849, {"l3_game_coverage_85", "l3_game_coverage_90", "l3_game_coverage_95"}),
        (850, {"l3_game_coverage_90", "l3_game_coverage_95"}),
        (950, set()),
    ],
)
def test_a_run_over_l3_alone_is_judged_by_the_coverage_of_l3(games: int, failed: set[str]) -> None:
    bare = replace(COVERED, covered=Share(0, 1000), dates=Share(0, 9), l3=Share(games, 1000))
    found = outcomes(coverage=bare, run_stages=_filling("player_game_summary"))
    assert {name for name, outcome in found.items() if outcome == "failed"} == failed
    assert found["game_coverage_80"] == found["date_coverage_80"] == "not_due"


def test_a_run_over_zones_alone_is_judged_by_its_dates() -> None:
    bare = replace(COVERED, covered=Share(0, 1000), dates=Share(0, 9), l3=Share(0, 1000))
    done = outcomes(coverage=bare, run_stages=_filling("player_shot_zone_analysis"))
    assert "failed" not in done.values()
    half = outcomes(
        coverage=bare, succeeded_dates=50, run_stages=_filling("player_shot_zone_analysis")
    )
    assert half["dates_succeeded_95"] == "failed"


def test_a_run_over_l3_and_l4_is_judged_by_l4() -> None:
    both = _filling("player_game_summary", "player_composite_factors")
    found = outcomes(coverage=replace(COVERED, covered=Share(799, 1000)), run_stages=both)
    assert found["game_coverage_80"] == "failed"
    assert "l3_game_coverage_85" not in found


@pytest.mark.parametrize(
    ("succeeded", "failed", "names"),
    [
        (95, 4, set()),
        (94, 4, {"dates_succeeded_95"}),
        (95, 5, {"dates_failed_below_5"}),
    ],
)
def test_95_of_100_dates_must_succeed_and_fewer_than_5_fail(
    succeeded: int, failed: int, names: set[str]
) -> None:
    found = outcomes(succeeded_dates=succeeded, failed_dates=failed)
    must = {"dates_succeeded_95", "dates_failed_below_5"}
    assert {name for name in must if found[name] == "failed"} == names


def test_only_musts_decide_the_verdict() -> None:
    scope = Scope("run", "test", "e", date(2024, 11, 5), date(2024, 11, 12))
    slow = replace(FACTS, elapsed_seconds=5 * 3600.0, previous_coverage_pct=99.0)
    criteria = criteria_of(scope, replace(COVERED, covered=Share(814, 1000)), slow, HEALTHY)
    assert failed_musts(criteria) == ()
    assert {c.name for c in criteria if c.outcome == "failed"} == {
        "game_coverage_85",
        "under_4_hours",
        "coverage_never_falls",
        "game_coverage_90",
    }


def test_a_failed_error_check_fails_the_validation_and_a_warning_does_not() -> None:
    error = result_of(registry()["duplicate_keys"], "", 1.0, "")
    warning = result_of(registry()["factor_drift"], "pace_score", 0.9, "")
    assert outcomes(checks=[error])["validation_passes"] == "failed"
    assert outcomes(checks=[warning])["validation_passes"] == "passed"


def test_coverage_is_not_due_while_waves_are_still_to_come() -> None:
    found = outcomes("wave", coverage=replace(COVERED, covered=Share(20, 100)))
    assert found["game_coverage_80"] == "not_due"
    assert found["every_planned_date_done"] == "not_due"
    assert found["dates_succeeded_95"] == "passed"


def test_a_criterion_in_per_cent_says_what_was_divided_and_a_count_has_nothing_to_say() -> None:
    scope = Scope("run", "test", "e", date(2024, 11, 5), date(2024, 11, 12), run_id="r")
    judged = {each.name: each for each in criteria_of(scope, COVERED, FACTS, HEALTHY)}
    games, errors = judged["game_coverage_80"], judged["validation_passes"]
    assert (games.figure, games.part, games.whole) == (92.0, 92, 100)
    assert (errors.figure, errors.part, errors.whole) == (0.0, None, None)


def test_a_run_with_nothing_to_do_is_not_judged_by_its_dates() -> None:
    found = outcomes(planned_dates=0, succeeded_dates=0)
    assert found["dates_succeeded_95"] == found["no_failed_date"] == "not_due"


def test_ready_for_machine_learning_names_what_is_in_the_way() -> None:
    assert ml_obstacles(COVERED, HEALTHY) == ()
    thin = replace(COVERED, l3=Share(895, 1000), l3_nulls=Share(5, 100), covered=Share(0, 0),
                   inputs=Share(16, 20))  # fmt: skip
    flat = result_of(registry()["degenerate_factors"], "pace_score", 100.0, "")
    obstacles = ml_obstacles(thin, [flat, *HEALTHY[:2]])
    assert obstacles[:4] == (
        "l3_coverage 89.5 % (895 of 1,000), needs at least 90 %",
        "l3_null_rate 5.0 % (5 of 100), needs below 5 %",
        "l4_coverage unknown, needs at least 80 %",
        "dates_with_inputs 80.0 % (16 of 20), needs at least 90 %",
    )
    assert "usage_spike_score is absent or degenerate" in obstacles
