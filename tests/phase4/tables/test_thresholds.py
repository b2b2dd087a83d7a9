"""Thresholds and tiers: domain.md section 7."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.tables.arguments import BACKFILL
from phase4.tables.thresholds import METRICS, THRESHOLDS

TIERS = ("below_minimum", "minimum", "target", "optimal")
PERCENT = st.floats(0, 100, allow_nan=False)


@pytest.mark.parametrize(
    ("metric", "boundaries"),
    [
        ("l3_coverage_pct", (85, 90, 95)),
        ("l3_null_rate_pct", (50, 10, 5)),
        ("l4_coverage_pct", (80, 90, 95)),
        ("l4_historical_pct", (85, 90, 95)),
    ],
)
def test_the_boundaries(metric: str, boundaries: tuple[float, float, float]) -> None:
    found = METRICS[metric]
    assert (found.minimum, found.target, found.optimal) == boundaries


@pytest.mark.parametrize(
    ("value", "tier"),
    [
        (79.9, "below_minimum"),
        (80.0, "minimum"),
        (89.9, "minimum"),
        (90.0, "target"),
        (94.9, "target"),
        (95.0, "optimal"),
    ],
)
def test_a_boundary_belongs_to_the_better_tier(value: float, tier: str) -> None:
    assert METRICS["l4_coverage_pct"].tier(value) == tier


@pytest.mark.parametrize(
    ("value", "tier"),
    [
        (50.0, "below_minimum"),
        (49.9, "minimum"),
        (10.0, "minimum"),
        (9.9, "target"),
        (5.0, "target"),
        (4.9, "optimal"),
    ],
)
def test_a_null_rate_must_lie_below_its_boundary(value: float, tier: str) -> None:
    assert METRICS["l3_null_rate_pct"].tier(value) == tier


@given(metric=st.sampled_from(sorted(METRICS)), one=PERCENT, other=PERCENT)
def test_a_better_value_never_has_a_worse_tier(metric: str, one: float, other: float) -> None:
    found = METRICS[metric]
    worse, better = sorted((one, other), reverse=found.better == "lower")
    assert TIERS.index(found.tier(worse)) <= TIERS.index(found.tier(better))


def test_a_date_is_thin_under_95_percent_and_a_change_reaches_45_days() -> None:
    assert (THRESHOLDS["l3_quality_pct"], BACKFILL["stale_history_days"].default) == (95, 45)


def test_what_a_run_must_reach() -> None:
    must = {name: value for name, value in THRESHOLDS["run"].items() if name.startswith("must")}
    assert must == {
        "must_game_coverage_pct": 80,
        "must_date_coverage_pct": 80,
        "must_dates_succeeded_pct": 95,
        "must_dates_failed_below_pct": 5,
    }
