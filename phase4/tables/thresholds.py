"""Coverage thresholds and run criteria of domain.md section 7, read from thresholds.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Tier = Literal["below_minimum", "minimum", "target", "optimal"]


@dataclass(frozen=True)
class Metric:
    """One metric with its three boundaries; a boundary belongs to the better tier."""

    name: str
    better: Literal["higher", "lower"]
    minimum: float
    target: float
    optimal: float

    def tier(self, value: float) -> Tier:
        """The tier of a value in per cent. For rates that should be low, `< x` reaches x's tier."""
        if self._reaches(value, self.optimal):
            return "optimal"
        if self._reaches(value, self.target):
            return "target"
        return "minimum" if self._reaches(value, self.minimum) else "below_minimum"

    def _reaches(self, value: float, boundary: float) -> bool:
        return value >= boundary if self.better == "higher" else value < boundary


THRESHOLDS: dict[str, Any] = json.loads(Path(__file__).with_name("thresholds.json").read_text())
RETRY_NOTES: dict[str, float] = THRESHOLDS["retry_notes"]
METRICS: dict[str, Metric] = {
    name: Metric(name=name, **entry) for name, entry in THRESHOLDS["metrics"].items()
}
