"""The factors of a row: names, columns, exact ranges and stored decimals (domain.md, section 2)."""

from __future__ import annotations

from dataclasses import dataclass

CALCULATION_VERSION = "v2_4factors"


@dataclass(frozen=True)
class Factor:
    """One score column: its inclusive range and the decimals it is stored with."""

    name: str
    column: str
    low: float
    high: float
    decimals: int
    active: bool = True


FACTORS: tuple[Factor, ...] = (
    Factor("fatigue", "fatigue_score", 0, 100, 0),
    Factor("shot_zone_mismatch", "shot_zone_mismatch_score", -10, 10, 1),
    Factor("pace", "pace_score", -3, 3, 1),
    Factor("usage_spike", "usage_spike_score", -3, 3, 1),
    Factor("referee_favorability", "referee_favorability_score", 0, 0, 1, active=False),
    Factor("look_ahead_pressure", "look_ahead_pressure_score", 0, 0, 1, active=False),
    Factor("travel_impact", "travel_impact_score", 0, 0, 1, active=False),
    Factor("opponent_strength", "opponent_strength_score", 0, 0, 1, active=False),
)
"""All factors in the order of the output row; the deferred ones are 0.0 in every row."""

TOTAL = Factor("total", "total_composite_adjustment", -19.25, 16, 2)
"""The sum of the active factors, with the fatigue score as (score - 100) / 20."""

ACTIVE_FACTORS: tuple[Factor, ...] = tuple(factor for factor in FACTORS if factor.active)
DEFERRED_FACTORS: tuple[Factor, ...] = tuple(factor for factor in FACTORS if not factor.active)
SCORES: tuple[Factor, ...] = (*FACTORS, TOTAL)
