"""Logical bytes of values and rows, as BigQuery counts them."""

from __future__ import annotations

import pyarrow as pa

from phase4.tables.arrow import schema_of


def value_bytes(kind: pa.DataType) -> int:
    """Bytes of one value: 2 a STRING and its text on top, 16 a NUMERIC, 1 a BOOL, else 8."""
    if pa.types.is_string(kind):
        return 2
    return 16 if pa.types.is_decimal(kind) else 1 if pa.types.is_boolean(kind) else 8


def row_bytes(table: str, columns: frozenset[str], text_bytes: int) -> int:
    """Bytes of those columns that a row of a table has; each text is `text_bytes` long."""
    return sum(
        value_bytes(field.type) + (text_bytes if pa.types.is_string(field.type) else 0)
        for field in schema_of(table)
        if field.name in columns
    )
