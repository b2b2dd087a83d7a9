"""Rows as the REST API writes them, a column at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from bqemulator.storage import arrow_bridge
from bqemulator.storage.arrow_bridge import _format_bq_value

# Rows of a page that is asked for without a size.
DEFAULT_PAGE = 10_000


def page(
    table: pa.Table, offset: int = 0, limit: int | None = None, int64_timestamps: bool = True
) -> list[dict[str, Any]]:
    """`[{"f": [{"v": …}, …]}, …]`; timestamps as microseconds, or as seconds with a fraction."""
    if table.num_columns == 0:
        return []
    part = table.slice(offset, limit)
    columns = [_cells(part.column(n), field) for n, field in enumerate(part.schema)]
    if not int64_timestamps:
        stamps = [n for n, field in enumerate(part.schema) if _is_instant(field.type)]
        for n in stamps:
            columns[n] = [_seconds(cell) for cell in columns[n]]
    return [{"f": [{"v": cell} for cell in row]} for row in zip(*columns, strict=True)]


def _cells(column: pa.ChunkedArray, field: pa.Field) -> list[Any]:
    kind = field.type
    if pa.types.is_integer(kind) or pa.types.is_date32(kind):
        return list(pc.cast(column, pa.string()).to_pylist())
    if pa.types.is_boolean(kind):
        return [None if cell is None else str(cell).lower() for cell in column.to_pylist()]
    if pa.types.is_floating(kind):
        return [None if cell is None else _float(cell) for cell in column.to_pylist()]
    if pa.types.is_string(kind):
        return list(column.to_pylist())
    if _is_instant(kind):
        micros = pc.cast(pc.cast(column, pa.timestamp("us", kind.tz)), pa.int64())
        return list(pc.cast(micros, pa.string()).to_pylist())
    return [_format_bq_value(cell, kind, field=field) for cell in column.to_pylist()]


def _is_instant(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) and kind.tz is not None)


def _decimal(value: Decimal, _kind: object = None, _field: object = None) -> str:
    """No zero behind the last digit that counts, and no exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _float(value: float) -> str:
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return names.get(str(value), str(value))


def _seconds(micros: str | None) -> str | None:
    return None if micros is None else f"{int(micros) / 1_000_000:.15E}"


def install() -> None:
    """Have the emulator write decimals, also those of a list or a struct, as the service does."""
    usual = arrow_bridge._BQ_TYPE_FORMATTERS
    vars(arrow_bridge).update(_BQ_TYPE_FORMATTERS=((pa.types.is_decimal, _decimal), *usual))
