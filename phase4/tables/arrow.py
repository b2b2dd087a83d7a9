"""Arrow schemas of the warehouse tables, from their one definition in schemas/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from phase4.tables.catalog import TABLES

TYPES: dict[str, pa.DataType] = {
    "STRING": pa.string(),
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
}


def schema_of(key: str) -> pa.Schema:
    """The Arrow schema of a table, column by column as it is loaded."""
    return pa.schema([_field(column) for column in TABLES[key].columns])


def table_of(key: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table of a warehouse table; a name that is no column is an error."""
    schema = schema_of(key)
    for row in rows:
        if unknown := set(row) - set(schema.names):
            raise KeyError(f"{key} has no column {sorted(unknown)[0]!r}")
    return pa.Table.from_pylist([dict(row) for row in rows], schema)


def _field(column: Mapping[str, Any]) -> pa.Field:
    kind = _type(column)
    if column.get("mode") == "REPEATED":
        kind = pa.list_(kind)
    return pa.field(column["name"], kind, nullable=column.get("mode") != "REQUIRED")


def _type(column: Mapping[str, Any]) -> pa.DataType:
    if column["type"] == "RECORD":
        return pa.struct([_field(field) for field in column["fields"]])
    if column["type"] == "NUMERIC":
        # 38 and 9 are those of a NUMERIC that names none.
        return pa.decimal128(int(column.get("precision", 38)), int(column.get("scale", 9)))
    return TYPES[column["type"]]
