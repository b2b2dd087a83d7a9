"""The schema of a load: as it was sent, or as the file shows it, against table and file."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from .errors import BigQueryError

Field = dict[str, Any]
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
_NUMERIC_SCALE, _NUMERIC_WHOLE = 9, 29


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
        fits = kind.scale <= _NUMERIC_SCALE and kind.precision - kind.scale <= _NUMERIC_WHOLE
        return "NUMERIC" if fits else "BIGNUMERIC"
    return next((name for test, name in tests if test(kind)), "STRING")


def fields_of(schema: pa.Schema, list_inference: bool = True) -> list[Field]:
    """The schema that a load job without one takes from its file: nothing in it is REQUIRED.

    Reported also for columns that the file itself declares as required.
    """
    return [_field_of(column, list_inference) for column in schema]


def _field_of(column: pa.Field, inference: bool) -> Field:
    repeated = _is_list(column.type) and inference
    inner = column.type.value_type if repeated else column.type
    field: Field = {
        "name": column.name,
        "type": arrow_type_name(inner),
        "mode": "REPEATED" if repeated else "NULLABLE",
    }
    if pa.types.is_decimal(inner) and (inner.precision, inner.scale) != (38, _NUMERIC_SCALE):
        field |= {"precision": str(inner.precision), "scale": str(inner.scale)}
    if pa.types.is_struct(inner):
        field["fields"] = [_field_of(one, inference) for one in inner]
    return field


def check_against_table(provided: list[Field], own: list[Field], table: str) -> None:
    """Refuse a schema that would change the table's (`project:dataset.table`), in its words."""
    _check_fields(provided, own, f"Provided Schema does not match Table {table}.", "")


def _check_fields(provided: list[Field], own: list[Field], intro: str, path: str) -> None:
    for field in provided:
        known = _find(own, field["name"])
        if known is None:
            raise _invalid(f"{intro} Cannot add fields (field: {path}{field['name']})")
        _check_field(field, known, intro, path)
    for known in own:
        if known.get("mode") == "REQUIRED" and _find(provided, known["name"]) is None:
            raise _invalid(f"{intro} Field {path}{known['name']} is missing in new schema")


def _check_field(field: Field, known: Field, intro: str, path: str) -> None:
    name = f"{path}{known['name']}"
    found, wanted = _type_text(field), _type_text(known)
    alike = canonical(field["type"]) in _ACCEPTS.get(canonical(known["type"]), ())
    exact = field.get("precision") is None and known.get("precision") is None
    if found != wanted and not (alike and exact):
        raise _invalid(f"{intro} Field {name} has changed type from {wanted} to {found}")
    modes = [one.get("mode") or "NULLABLE" for one in (known, field)]
    if modes[0] != modes[1]:
        raise _invalid(f"{intro} Field {name} has changed mode from {modes[0]} to {modes[1]}")
    _check_fields(field.get("fields") or [], known.get("fields") or [], intro, f"{name}.")


def check_against_file(
    provided: list[Field], columns: pa.Schema | pa.StructType, list_inference: bool, path: str = ""
) -> None:
    """Refuse a file whose columns are not those of the schema that came with the job."""
    for column in columns:
        field = _find(provided, column.name)
        if field is None:
            raise _unreadable(f"Column '{path}{column.name}' is not in the provided schema")
        _check_column(field, column, list_inference, path)
    names = {column.name.lower() for column in columns}
    for field in provided:
        if field.get("mode") == "REQUIRED" and field["name"].lower() not in names:
            raise _unreadable(f"Required column '{path}{field['name']}' is missing in the file")


def _check_column(field: Field, column: pa.Field, inference: bool, path: str) -> None:
    name = f"{path}{field['name']}"
    repeated = _is_list(column.type) and inference
    inner = column.type.value_type if repeated else column.type
    wanted = field.get("mode") or "NULLABLE"
    mode = "REPEATED" if repeated else "NULLABLE" if column.nullable else "REQUIRED"
    # The official client sends optional columns for REQUIRED fields and reports no refusal; others
    # report one. What may be refused is refused here.
    if wanted != mode:
        raise _unreadable(
            f"Provided schema is not compatible with the file. Field '{name}' is specified as "
            f"{wanted} in provided schema which does not match {mode} as specified in the file."
        )
    if pa.types.is_null(inner):
        return
    _check_type(field, inner, name)
    if pa.types.is_struct(inner):
        check_against_file(field.get("fields") or [], inner, inference, f"{name}.")


def _check_type(field: Field, kind: pa.DataType, name: str) -> None:
    found, wanted = arrow_type_name(kind), canonical(field["type"])
    if found != wanted and found not in _ACCEPTS.get(wanted, ()):
        raise _unreadable(
            f"Parquet column '{name}' has type {_physical(kind)} which does not match the target "
            f"cpp_type {_CPP_TYPES.get(wanted, wanted)}."
        )
    if pa.types.is_decimal(kind) and field.get("precision"):
        precision, scale = int(field["precision"]), int(field.get("scale") or 0)
        if kind.scale > scale or kind.precision - kind.scale > precision - scale:
            raise _unreadable(
                f"Parquet column '{name}' has type DECIMAL({kind.precision}, {kind.scale}) which "
                f"does not match the target type {_type_text(field)}."
            )


_CPP_TYPES = {"INTEGER": "INT64", "FLOAT": "DOUBLE", "BOOLEAN": "BOOL", "DATE": "INT32"}


def _physical(kind: pa.DataType) -> str:
    tests = (
        (pa.types.is_boolean, "BOOLEAN"),
        (pa.types.is_float32, "FLOAT"),
        (pa.types.is_floating, "DOUBLE"),
        (pa.types.is_decimal, "FIXED_LEN_BYTE_ARRAY"),
        (lambda t: pa.types.is_date(t) or (pa.types.is_integer(t) and t.bit_width < 64), "INT32"),
        (lambda t: pa.types.is_integer(t) or pa.types.is_timestamp(t), "INT64"),
    )
    return next((name for test, name in tests if test(kind)), "BYTE_ARRAY")


def _type_text(field: Field) -> str:
    name = canonical(field["type"])
    if not field.get("precision"):
        return name
    scale = int(field.get("scale") or 0)
    return f"{name}({field['precision']}, {scale})" if scale else f"{name}({field['precision']})"


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _find(fields: list[Field], name: str) -> Field | None:
    return next((field for field in fields if field["name"].lower() == name.lower()), None)


def _invalid(message: str) -> BigQueryError:
    return BigQueryError("invalid", message)


def _unreadable(message: str) -> BigQueryError:
    return BigQueryError("invalid", f"Error while reading data, error message: {message}")
