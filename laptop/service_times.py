"""What takes the service seconds and a laptop no time: taken here, too, on demand and at a scale.

The figures stand with their sources in service_times.json. At a scale of 0.04 a second of the
service takes 40 ms; what computes takes as long as it does.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

FIGURES: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
SEED = 17


class ServiceTimes:
    """How long to wait, drawn anew each time between the two figures; at scale 0 not at all."""

    def __init__(self, scale: float = 0.0) -> None:
        """ValueError for a scale below 0 or above 1: the service is not outdone in slowness."""
        if not 0 <= scale <= 1:
            raise ValueError(f"scale = {scale}: expected a number from 0 to 1")
        self.scale = scale
        self._luck = random.Random(SEED)  # noqa: S311 - no secret

    def of(self, what: str) -> float:
        """Seconds to wait for a thing that service_times.json names."""
        return self.scale * self._luck.uniform(*FIGURES[what]["seconds"])
