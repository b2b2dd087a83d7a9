"""The scores of a stored row, computed again from the inputs that its context texts carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phase4.tables.filled import DEFAULT
from phase4.tables.filled.declaration import Factor


@dataclass(frozen=True)
class Recomputed:
    """One score as stored and as computed again; they agree within its stored decimals."""

    factor: str
    stored: float | None
    again: float
    agrees: bool


def contexts(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The context texts of a stored row, read, by their names."""
    return {name: json.loads(row[column] or "{}") for name, column in DEFAULT.contexts.items()}


def recompute(row: Mapping[str, Any]) -> tuple[Recomputed, ...]:
    """Every active score and the total again; ImportError without the job's dependencies."""
    import pyarrow as pa

    from phase4.filling.compute import score_again

    columns = DEFAULT.contexts.values()
    texts = {column: pa.array([row[column]], pa.string()) for column in columns}
    (again,) = score_again(pa.table(texts)).to_pylist()
    return tuple(_compared(row, again, factor) for factor in DEFAULT.computed_scores)


def _compared(row: Mapping[str, Any], again: Mapping[str, Any], factor: Factor) -> Recomputed:
    stored, computed = row[factor.column], float(again[factor.column])
    agrees = stored is not None and abs(float(stored) - computed) < 10**-factor.decimals / 2
    return Recomputed(factor.name, None if stored is None else float(stored), computed, agrees)
