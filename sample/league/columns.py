"""Columns in the types of the warehouse, from whole numbers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from phase4.tables.arrow import schema_of
from sample.league.draws import Flags, Ints
from sample.league.schedule import TEAM_CODES

EPOCH = date(1970, 1, 1).toordinal()
SECOND = 1_000_000
MORNING = (24 + 6) * 3600 * SECOND


def conform(name: str, columns: dict[str, object]) -> pa.Table:
    """The columns of one table in the order and types of the warehouse."""
    schema = schema_of(name)
    return pa.table([_typed(columns[field.name], field.type) for field in schema], schema=schema)


def clock(seconds: Ints, known: Flags) -> list[str | None]:
    """Minutes and seconds as L1 writes them, NULL where not known."""
    return [
        f"{value // 60:02}:{value % 60:02}" if there else None
        for value, there in zip(seconds.tolist(), known.tolist(), strict=True)
    ]


def codes(teams: Ints) -> pa.Array:
    """Team abbreviations of positions in TEAM_CODES."""
    return pa.array(TEAM_CODES).take(pa.array(teams))


def nullable(values: Ints, known: Flags) -> pa.Array:
    """Integers, NULL where not known."""
    return pa.array(values, mask=~known)


def decimals(units: Ints, precision: int, scale: int, known: Flags | None = None) -> pa.Array:
    """Exact decimals from integers counted in units of 10^-scale."""
    words: NDArray[np.int64] = np.stack([units, units >> 63], axis=1).astype("<i8")
    present = None if known is None else pa.array(known).buffers()[1]
    buffers = [present, pa.py_buffer(words.tobytes())]
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(units), buffers)


def processed(day: Ints) -> Ints:
    """Six in the morning (UTC) after the game, in microseconds."""
    return np.asarray((day - EPOCH) * 24 * 3600 * SECOND + MORNING)


def _typed(values: object, wanted: pa.DataType) -> pa.Array:
    return pa.array(values, wanted) if isinstance(values, list) else pa.array(values).cast(wanted)
