"""The factors of a row of L4, as the table's folder declares them (domain.md, section 2)."""

from __future__ import annotations

from phase4.tables.filled import DEFAULT
from phase4.tables.filled.declaration import Factor

__all__ = [
    "ACTIVE_FACTORS",
    "CALCULATION_VERSION",
    "DEFERRED_FACTORS",
    "SCORES",
    "TOTAL",
    "Factor",
]

# Part of a row's hash; rows that carry another one are STALE.
CALCULATION_VERSION = DEFAULT.calculation_version
ACTIVE_FACTORS = DEFAULT.active_factors
DEFERRED_FACTORS = DEFAULT.deferred_factors
SCORES = DEFAULT.scores
# The sum of the active factors, each on its scale.
*_, TOTAL = DEFAULT.computed_scores
