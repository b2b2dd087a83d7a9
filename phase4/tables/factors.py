"""The factors of a row: names, columns, exact ranges and stored decimals (domain.md, section 2)."""

from __future__ import annotations

from dataclasses import dataclass

# Part of a row's hash; rows that carry another one are STALE.
CALCULATION_VERSION = "v2_4factors"


@dataclass(frozen=True)
class Factor:
    """One score column: its inclusive range and the decimals it is stored with.

    `context` is the text that carries its inputs: the column `CONTEXT_context_json`. A factor
    without one is deferred: it is 0.0 in every row.
    """

    name: str
    column: str
    low: float
    high: float
    decimals: int
    context: str = ""


FACTORS: tuple[Factor, ...] = (
    Factor("fatigue", "fatigue_score", 0, 100, 0, "fatigue"),
    Factor("shot_zone_mismatch", "shot_zone_mismatch_score", -10, 10, 1, "shot_zone"),
    Factor("pace", "pace_score", -3, 3, 1, "pace"),
    Factor("usage_spike", "usage_spike_score", -3, 3, 1, "usage"),
    Factor("referee_favorability", "referee_favorability_score", 0, 0, 1),
    Factor("look_ahead_pressure", "look_ahead_pressure_score", 0, 0, 1),
    Factor("travel_impact", "travel_impact_score", 0, 0, 1),
    Factor("opponent_strength", "opponent_strength_score", 0, 0, 1),
)

TOTAL = Factor("total", "total_composite_adjustment", -19.25, 16, 2)
"""The sum of the active factors, with the fatigue score as (score - 100) / 20."""

ACTIVE_FACTORS: tuple[Factor, ...] = tuple(factor for factor in FACTORS if factor.context)
DEFERRED_FACTORS: tuple[Factor, ...] = tuple(factor for factor in FACTORS if not factor.context)
SCORES: tuple[Factor, ...] = (*FACTORS, TOTAL)
