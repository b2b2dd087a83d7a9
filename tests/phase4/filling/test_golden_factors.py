"""The checked examples of the scoring functions, through the code that the job runs."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from phase4.filling.compute import score

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("golden_factors.json").read_text()
)["cases"]
ZONES = ("primary_scoring_zone", "paint_rate_last_10", "mid_range_rate_last_10")
SHOT_INPUTS = (*ZONES, "three_pt_rate_last_10")
DEFENSE_INPUTS = (
    "paint_defense_vs_league_avg",
    "mid_range_defense_vs_league_avg",
    "three_pt_defense_vs_league_avg",
    "weakest_zone",
)
CONTEXTS = (
    "fatigue_context_json",
    "shot_zone_context_json",
    "pace_context_json",
    "usage_context_json",
)
ONE_DECIMAL = ("shot_zone_mismatch_score", "pace_score", "usage_spike_score")


def context(case: dict[str, Any], absent: float | None = None) -> pa.Table:
    """One context row of a case; absent numbers are written as `absent` (NULL or NaN)."""
    shot, defense = case["shot"], case["defense"]
    inputs = dict(case["row"])
    inputs |= {name: (shot or {}).get(name) for name in SHOT_INPUTS}
    inputs |= {name: (defense or {}).get(name) for name in DEFENSE_INPUTS}
    texts = ("back_to_back", "primary_scoring_zone", "weakest_zone")
    row = {
        name: absent if value is None and name not in texts else value
        for name, value in inputs.items()
    }
    flags = {"has_shot_zone": shot is not None, "has_defense": defense is not None}
    return pa.Table.from_pylist([{**row, **flags, "league_avg_pace": None}])


def scored(case: dict[str, Any], absent: float | None = None) -> dict[str, Any]:
    return dict(scored_once(case["name"], absent))


@cache
def scored_once(name: str, absent: float | None) -> dict[str, Any]:
    """A case has types of its own, so each is scored alone."""
    [case] = [case for case in CASES if case["name"] == name]
    [row] = score(context(case, absent)).to_pylist()
    return dict(row)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
class TestGoldenCase:
    def test_scores_are_the_checked_ones(self, case: dict[str, Any]) -> None:
        row = scored(case)
        assert row["fatigue_score"] == case["fatigue_score"]
        for column in ONE_DECIMAL:
            # The checked file rounds exact ties to even, the table half away from zero.
            assert abs(row[column] - Decimal(str(case[column]))) <= Decimal("0.05"), column
        total = Decimal(str(case["total_composite_adjustment"]))
        assert abs(row["total_composite_adjustment"] - total) <= Decimal("0.005")

    def test_context_texts_are_the_checked_ones(self, case: dict[str, Any]) -> None:
        row = scored(case)
        for column in CONTEXTS:
            found = json.loads(row[column])
            found.pop("defaulted", None)
            assert found == case[column], column

    def test_completeness_and_warnings_are_the_checked_ones(self, case: dict[str, Any]) -> None:
        row = scored(case)
        assert row["data_completeness_pct"] == Decimal(str(case["data_completeness_pct"]))
        assert row["missing_data_fields"] == case["missing_data_fields"]
        assert row["warning_details"] == case["warning_details"]

    def test_nan_is_the_same_as_null(self, case: dict[str, Any]) -> None:
        stored = [*ONE_DECIMAL, *CONTEXTS, "fatigue_score", "total_composite_adjustment"]
        null, nan = scored(case), scored(case, float("nan"))
        assert {name: nan[name] for name in stored} == {name: null[name] for name in stored}
