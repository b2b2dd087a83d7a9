"""Coverage figures: each with its denominator, and losses that add up to what is missing."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from phase4.tables.states import STATES
from phase4.validation.coverage import Coverage, Group, coverage_of, total

REACHABLE = tuple(state.name for state in STATES.values() if state.is_reachable)
LOSING = tuple(state.name for state in STATES.values() if state.loss)


def group(state: str = "COMPLETE", l1: int = 10, **counts: Any) -> Group:
    """A group of ten dates with one game each, all of them filled unless `counts` says else."""
    values: dict[str, Any] = {field.name: 0 for field in fields(Group)}
    values |= {
        "season_year": 2024, "state": state, "upstream_dates": "",
        "dates": l1, "due_dates": l1, "l1_dates": l1,
        "due_games": l1, "l1_games": l1, "l3_games": l1, "l3_covered_games": l1,
        "covered_games": l1, "attainable_games": l1,
        "covered_dates": l1, "reachable_games": l1, "reachable_covered_games": l1,
    }  # fmt: skip
    return Group(**{**values, **counts})


def missing(state: str, l1: int = 10, attainable: int = 0, **counts: Any) -> Group:
    """A group of which nothing is filled."""
    return group(
        state, l1, covered_games=0, covered_dates=0, attainable_games=attainable,
        reachable_games=attainable, reachable_covered_games=0, **counts,
    )  # fmt: skip


def lost(coverage: Coverage) -> dict[str, int]:
    return {loss.reason: loss.games for loss in coverage.losses if loss.games}


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """What the routine date_figures can count: covered <= attainable <= L1, per state."""
    state = draw(st.sampled_from([*REACHABLE, *LOSING]))
    l1 = draw(st.integers(0, 500))
    covered = draw(st.integers(0, l1))
    attainable = draw(st.integers(covered, l1)) if state in REACHABLE else covered
    unconfirmed = draw(st.integers(0, 20))
    return group(
        state,
        l1,
        season_year=draw(st.integers(2021, 2025)),
        covered_games=covered,
        attainable_games=attainable,
        l3_covered_games=draw(st.integers(0, l1)),
        due_games=l1 + unconfirmed,
        unconfirmed_games=unconfirmed,
        silent_games=0 if state == "BLOCKED_SHRUNK" else unconfirmed,
    )


@given(st.lists(groups()))
def test_covered_and_lost_games_add_up_to_the_due_games(known: list[Group]) -> None:
    coverage = coverage_of(known)
    covered = total(known, "covered_games")
    assert covered + sum(loss.games for loss in coverage.losses) == coverage.covered.whole


@given(st.lists(groups()))
def test_no_reason_loses_a_negative_number_of_games(known: list[Group]) -> None:
    for loss in coverage_of(known).losses:
        assert loss.games >= 0
        assert loss.l3_games >= 0


@given(st.lists(groups()))
def test_coverage_never_exceeds_its_ceiling_and_the_ceiling_never_100(known: list[Group]) -> None:
    coverage = coverage_of(known)
    covered, ceiling = coverage.covered.pct, coverage.attainable.pct
    if covered is not None and ceiling is not None:
        assert 0 <= covered <= ceiling <= 100


@given(st.lists(groups(), min_size=1), st.integers(1, 50))
def test_games_that_only_l3_knows_lower_the_coverage(known: list[Group], games: int) -> None:
    silent = missing("MISSING", 0, due_games=games, silent_games=games, due_dates=1)
    before, after = coverage_of(known), coverage_of([*known, silent])
    was = before.covered.pct
    assert after.covered.pct is not None
    assert after.covered.pct <= (100 if was is None else was)


def test_each_state_loses_its_games_under_its_own_reason() -> None:
    known = [missing(state, 10 + n) for n, state in enumerate(LOSING)]
    known.append(missing("MISSING", 20, attainable=15))
    known.append(missing("MISSING", 0, due_games=16, silent_games=16))
    assert lost(coverage_of(known)) == {
        "blocked_upstream": 10, "blocked_shrunk": 11, "blocked_quality": 12, "bootstrap": 13,
        "preseason": 14, "all_star": 15, "l3_incomplete": 5, "unconfirmed": 16, "not_filled": 15,
    }  # fmt: skip


def test_a_loss_says_how_many_of_its_games_l3_has() -> None:
    bootstrap = missing("EXEMPT_BOOTSTRAP", 177, l3_covered_games=165)
    (loss,) = [loss for loss in coverage_of([bootstrap]).losses if loss.reason == "bootstrap"]
    assert (loss.games, loss.l3_games) == (177, 165)


def test_exempt_dates_count_in_the_coverage_and_not_among_the_eligible() -> None:
    coverage = coverage_of([group(l1=80), missing("EXEMPT_BOOTSTRAP", 20)])
    assert (coverage.covered.pct, coverage.eligible.pct) == (80, 100)


def test_blocked_dates_are_eligible_and_not_reachable() -> None:
    coverage = coverage_of([group(l1=80), missing("BLOCKED_UPSTREAM", 20)])
    assert (coverage.eligible.pct, coverage.reachable.pct, coverage.attainable.pct) == (80, 100, 80)


def test_nothing_due_is_no_figure_rather_than_full_coverage() -> None:
    coverage = coverage_of([])
    assert coverage.covered.pct is None
    assert all(metric.tier is None for metric in coverage.metrics)


def test_the_historical_figure_leaves_the_newest_season_with_games_out() -> None:
    summer = missing("NO_GAMES", 0, season_year=2026, l3_games=0)
    known = [group(l1=50, season_year=2024), missing("MISSING", 50, 50, season_year=2025), summer]
    assert coverage_of(known).historical.pct == 100
    assert coverage_of(known[1:]).historical.pct is None


def test_dates_that_lack_inputs_are_those_with_games_in_l3_that_are_blocked_upstream() -> None:
    known = [
        group("COMPLETE", 6, l3_dates=6),
        missing("BLOCKED_UPSTREAM", 3, l3_dates=2),
        group("EXEMPT_BOOTSTRAP", 9, l3_dates=9),
    ]
    assert coverage_of(known).inputs.pct == 75.0
    assert coverage_of([]).inputs.pct is None
