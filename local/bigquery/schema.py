"""Arrow against BigQuery: which field a Parquet column is, and whether a table takes it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from .errors import BigQueryError

_SAME = {
    "INT64": "INTEGER",
    "FLOAT64": "FLOAT",
    "BOOL": "BOOLEAN",
    "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC",
}
_ACCEPTS = {
    "TIMESTAMP": {"TIMESTAMP", "DATETIME"},
    "DATETIME": {"TIMESTAMP", "DATETIME"},
    "BIGNUMERIC": {"NUMERIC", "BIGNUMERIC"},
    "NUMERIC": {"NUMERIC"},
    "JSON": {"STRING"},
    "GEOGRAPHY": {"STRING"},
}
_NUMERIC_SCALE = 9


def canonical(bq_type: str) -> str:
    """The API's name of a type (INTEGER, FLOAT, BOOLEAN, RECORD)."""
    return _SAME.get(bq_type.upper(), bq_type.upper())


def arrow_type_name(kind: pa.DataType) -> str:
    """The BigQuery type that a Parquet column of this Arrow type is read as."""
    tests = (
        (pa.types.is_integer, "INTEGER"),
        (pa.types.is_floating, "FLOAT"),
        (pa.types.is_boolean, "BOOLEAN"),
        (lambda t: pa.types.is_string(t) or pa.types.is_large_string(t), "STRING"),
        (lambda t: pa.types.is_binary(t) or pa.types.is_large_binary(t), "BYTES"),
        (pa.types.is_date, "DATE"),
        (pa.types.is_time, "TIME"),
        (pa.types.is_struct, "RECORD"),
        (_is_list, "RECORD"),
    )
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz else "DATETIME"
    if pa.types.is_decimal(kind):
        return "NUMERIC" if kind.scale <= _NUMERIC_SCALE else "BIGNUMERIC"
    return next((name for test, name in tests if test(kind)), "STRING")


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def check_columns(rows: pa.Table, fields: Any, table: str, list_inference: bool) -> None:
    """Refuse rows that the table's fields do not take, in the service's words."""
    _check(list(rows.schema), fields, f"Provided Schema does not match Table {table}.", "",
           list_inference)  # fmt: skip
    for column in rows.column_names:
        field = _find(fields, column)
        if field.mode == "REQUIRED" and rows.column(column).null_count:
            raise BigQueryError(
                "invalid",
                "Error while reading data, error message: Required column "
                f"'{field.name}' of table {table} has a NULL",
            )


def _find(fields: Any, name: str) -> Any:
    return next((field for field in fields if field.name.lower() == name.lower()), None)


def _check(columns: Any, fields: Any, intro: str, path: str, inference: bool) -> None:
    for column in columns:
        field = _find(fields, column.name)
        if field is None:
            raise BigQueryError(
                "invalid", f"{intro} Cannot add fields (field: {path}{column.name})"
            )
        _check_one(column, field, intro, path, inference)
    present = {column.name.lower() for column in columns}
    for field in fields:
        if field.mode == "REQUIRED" and field.name.lower() not in present:
            raise BigQueryError(
                "invalid", f"{intro} Field {path}{field.name} is missing in new schema"
            )


def _check_one(column: pa.Field, field: Any, intro: str, path: str, inference: bool) -> None:
    kind, name = column.type, f"{path}{field.name}"
    repeated = _is_list(kind) and inference
    if repeated != (field.mode == "REPEATED") and not pa.types.is_null(kind):
        if _is_list(kind) and not inference:
            raise BigQueryError(
                "invalid",
                f"{intro} Field {name} has changed type from {canonical(field.type)} to RECORD "
                "(a Parquet LIST: set parquetOptions.enableListInference)",
            )
        modes = ("REPEATED", "NULLABLE") if not repeated else (field.mode, "REPEATED")
        raise BigQueryError(
            "invalid", f"{intro} Field {name} has changed mode from {modes[0]} to {modes[1]}"
        )
    inner = kind.value_type if repeated else kind
    found, wanted = arrow_type_name(inner), canonical(field.type)
    if found != wanted and found not in _ACCEPTS.get(wanted, ()) and not pa.types.is_null(inner):
        raise BigQueryError(
            "invalid", f"{intro} Field {name} has changed type from {wanted} to {found}"
        )
    if pa.types.is_struct(inner):
        _check(list(inner), field.fields, intro, f"{name}.", inference)


def fields_of(schema: pa.Schema) -> list[dict[str, Any]]:
    """The API's field list for a table made from these columns (lists become REPEATED)."""
    return [_field_of(column) for column in schema]


def _field_of(column: pa.Field) -> dict[str, Any]:
    inner = column.type.value_type if _is_list(column.type) else column.type
    field: dict[str, Any] = {
        "name": column.name,
        "type": arrow_type_name(inner),
        "mode": "REPEATED" if _is_list(column.type) else "NULLABLE",
    }
    return (
        {**field, "fields": [_field_of(one) for one in inner]}
        if pa.types.is_struct(inner)
        else field
    )
