"""What the context texts of a stored row carry: the inputs of its scores, by factor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from phase4.tables.factors import ACTIVE_FACTORS

FATIGUE = {
    "days_rest": "days_rest",
    "back_to_back": "back_to_back",
    "games_last_7": "games_in_last_7_days",
    "minutes_last_7": "minutes_in_last_7_days",
    "avg_minutes_pg_last_7": "avg_minutes_per_game_last_7",
    "back_to_backs_last_14": "back_to_backs_last_14_days",
    "player_age": "player_age",
}
PACE = {
    "pace_differential": "pace_differential",
    "opponent_pace_last_10": "opponent_pace_last_10",
    "league_avg_pace": "league_avg_pace",
}
USAGE = {
    "projected_usage_rate": "projected_usage_rate",
    "avg_usage_last_7": "avg_usage_rate_last_7_games",
    "star_teammates_out": "star_teammates_out",
}
ZONES = {"mid_range": "mid_range", "perimeter": "three_pt"}


def contexts(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The context texts of a stored row, read, by their names."""
    names = dict.fromkeys(factor.context for factor in ACTIVE_FACTORS)
    return {name: json.loads(row[f"{name}_context_json"] or "{}") for name in names}


def inputs(row: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of the scoring functions; what a context names as defaulted is absent."""
    read = contexts(row)
    return {
        **_given(read["fatigue"], FATIGUE),
        **_given(read["pace"], PACE),
        **_given(read["usage"], USAGE),
        **_zones(read["shot_zone"]),
    }


def _given(context: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    absent = set(context.get("defaulted", ()))
    return {column: None if name in absent else context.get(name) for name, column in names.items()}


def _zones(context: Mapping[str, Any]) -> dict[str, Any]:
    """Zone inputs: only those of the primary zone matter, and only they are kept."""
    zone = context.get("player_primary_zone")
    used = ZONES.get(str(zone), "paint")
    found: dict[str, Any] = {
        f"{name}_{suffix}": None
        for name in ("paint", "mid_range", "three_pt")
        for suffix in ("rate_last_10", "defense_vs_league_avg")
    }
    there = not context.get("missing_data", False) and bool(context)
    absent = set(context.get("defaulted", ()))
    if "primary_zone_frequency" not in absent:
        found[f"{used}_rate_last_10"] = context.get("primary_zone_frequency")
    found[f"{used}_defense_vs_league_avg"] = context.get("opponent_defense_vs_league")
    return {
        **found,
        "primary_scoring_zone": zone,
        "weakest_zone": context.get("opponent_weak_zone"),
        "has_shot_zone": there,
        "has_defense": there,
    }
