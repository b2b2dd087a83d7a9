"""The scores of a stored row, computed again from the inputs that its context texts carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phase4.tables.contexts import inputs
from phase4.tables.factors import ACTIVE_FACTORS, TOTAL


@dataclass(frozen=True)
class Recomputed:
    """One score as stored and as computed again; they agree within its stored decimals."""

    factor: str
    stored: float | None
    again: float
    agrees: bool


def recompute(row: Mapping[str, Any]) -> tuple[Recomputed, ...]:
    """Every active score and the total again; ImportError without the job's dependencies."""
    import pyarrow as pa

    from phase4.filling.compute import score

    (again,) = score(pa.Table.from_pylist([inputs(row)])).to_pylist()
    return tuple(_compared(row, again, factor) for factor in (*ACTIVE_FACTORS, TOTAL))


def _compared(row: Mapping[str, Any], again: Mapping[str, Any], factor: Any) -> Recomputed:
    stored, computed = row[factor.column], float(again[factor.column])
    agrees = stored is not None and abs(float(stored) - computed) < 10**-factor.decimals / 2
    return Recomputed(factor.name, None if stored is None else float(stored), computed, agrees)
