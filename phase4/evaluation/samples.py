"""The rows of an export as arrays, in the order of their dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from phase4.errors import Unfit
from phase4.tables.training import FACTORS, FEATURES, LABEL
from phase4.training import files

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Samples:
    """Player-games with their label: `values` and `real` are one array per feature."""

    dates: npt.NDArray[np.datetime64]
    phases: npt.NDArray[np.str_]
    label: Floats
    values: dict[str, Floats]
    real: dict[str, Flags]
    keys: list[tuple[Any, ...]]

    def matrix(self, names: Sequence[str]) -> Floats:
        """One column per feature; what is absent is NaN."""
        return np.column_stack([self.values[name] for name in names])


def samples_of(folder: Path) -> Samples:
    """The rows of an export that have a label; Unfit when a column is missing."""
    table = files.read(folder)
    lacking = [name for name in files.SCHEMA.names if name not in table.column_names]
    if lacking:
        raise Unfit(f"{folder} lacks {', '.join(lacking)}: export it again with this version")
    table = table.filter(pc.is_valid(table[LABEL])).sort_by([(n, "ascending") for n in files.KEY])
    return Samples(
        dates=table["game_date"].to_numpy().astype("datetime64[D]"),
        phases=np.array(table["season_phase"].to_pylist()),
        label=_floats(table[LABEL]),
        values={feature.name: _floats(table[feature.name]) for feature in FEATURES},
        real={
            feature.name: pc.equal(table[feature.state], "real").to_numpy() for feature in FEATURES
        },
        keys=list(zip(*(table[name].to_pylist() for name in files.KEY), strict=True)),
    )


def with_factors_of(samples: Samples, before: Samples | None) -> dict[str, Floats]:
    """The factors as an earlier export had them, defaults where it has no such row.

    Unfit when it has no row of these at all.
    """
    defaults = {feature.name: float(feature.default or 0) for feature in FACTORS}
    found = {name: np.full(len(samples.keys), value) for name, value in defaults.items()}
    if before is None:
        return found
    places = {key: place for place, key in enumerate(before.keys)}
    pairs = [(n, places[key]) for n, key in enumerate(samples.keys) if key in places]
    if not pairs:
        raise Unfit(
            "the earlier export has none of these player-games: export the same range, as of before"
            " the run"
        )
    here, there = np.array(pairs, dtype=int).T
    for name, values in found.items():
        values[here] = before.values[name][there]
    return found


def _floats(column: pa.ChunkedArray) -> Floats:
    floats: Floats = column.cast(pa.float64()).to_numpy()
    return floats
