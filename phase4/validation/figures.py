"""How figures are written: cut, never rounded up, so that 79.96 % does not read as 80.0 %."""

from __future__ import annotations

import math


def percent(value: float | None) -> str:
    """`17.6 %`, or `-` when there is no figure."""
    if value is None:
        return "-"
    # The tenth is taken from the written number: 0.1 has no exact binary form.
    return f"{math.floor(round(value * 10, 6)) / 10:.1f} %"
