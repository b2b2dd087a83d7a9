"""What a table may be: its name, its fields, what it is partitioned by, and how it may change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bqemulator.domain.errors import ValidationError

from .schema import Field, canonical

_DATASET_ID = re.compile(r"[A-Za-z0-9_]{1,1024}")
_TABLE_ID = re.compile(r"[\w -]{1,1024}")
_FIELD_NAME = re.compile(r"[^\s!\"$()*,./;?@\[\\\]^`{}~][^!\"$()*,./;?@\[\\\]^`{}~]{0,299}")
_RESERVED = re.compile(
    r"_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER", re.IGNORECASE
)
_MODES = ("NULLABLE", "REQUIRED", "REPEATED")
_TYPES = frozenset({
    *("BIGNUMERIC", "BOOLEAN", "BYTES", "DATE", "DATETIME", "FLOAT", "GEOGRAPHY", "INTEGER"),
    *("INTERVAL", "JSON", "NUMERIC", "RANGE", "RECORD", "STRING", "TIME", "TIMESTAMP"),
})  # fmt: skip
_TIMES = ("DATE", "DATETIME", "TIMESTAMP")
_UNITS = ("DAY", "HOUR", "MONTH", "YEAR")
_MOST_CLUSTERED = 4


def check_dataset_id(dataset: str) -> None:
    """ValidationError for a name that no dataset can have."""
    if not _DATASET_ID.fullmatch(dataset):
        raise _invalid(
            f'Invalid dataset ID "{dataset}". Dataset IDs must be alphanumeric (plus underscores)'
            " and must be at most 1024 characters long."
        )


def check_new(table: str, body: dict[str, Any]) -> None:
    """ValidationError for a table that cannot be made like this."""
    if not _TABLE_ID.fullmatch(table):
        raise _invalid(
            f'Invalid table ID "{table}". Table IDs must be alphanumeric (plus underscores) and'
            " must be at most 1024 characters long. Also, Table decorators cannot be used."
        )
    fields = (body.get("schema") or {}).get("fields") or []
    _check_fields(fields)
    layout, ranged = body.get("timePartitioning"), body.get("rangePartitioning")
    if layout is not None:
        _check_layout(layout, fields)
    if body.get("requirePartitionFilter") and layout is None and ranged is None:
        raise _invalid("Either interval partition or range partition should be specified.")
    _check_clustering((body.get("clustering") or {}).get("fields") or [], fields)


def check_change(
    name: str, old: list[Field], body: dict[str, Any], layout: dict[str, Any] | None
) -> None:
    """ValidationError for a change that no table, `project:dataset.table`, allows.

    `layout` is what the table is partitioned by until then.
    """
    fields = (body.get("schema") or {}).get("fields")
    if fields:
        _check_fields(fields)
        _check_growth(old, fields, f"Provided Schema does not match Table {name}.", "")
    wanted = body.get("timePartitioning")
    if wanted and layout is None:
        raise _invalid(
            "Cannot convert non partitioned/clustered table to partitioned/clustered table."
        )
    if wanted and layout and _layout_text(wanted) != _layout_text(layout):
        raise _invalid(
            "Incompatible table partitioning specification. Expects partitioning specification "
            f"{_layout_text(layout)}, but input partitioning specification is "
            f"{_layout_text(wanted)}"
        )
    _check_clustering((body.get("clustering") or {}).get("fields") or [], fields or old)


def relaxed(old: list[Field], new: list[Field]) -> Iterator[str]:
    """The names of the columns that were REQUIRED and need not be any more."""
    known = {field["name"].lower(): _mode(field) for field in old}
    for field in new:
        if (known.get(field["name"].lower()), _mode(field)) == ("REQUIRED", "NULLABLE"):
            yield field["name"]


def _check_fields(fields: list[Field]) -> None:
    seen: set[str] = set()
    for field in fields:
        name = str(field.get("name", ""))
        if not _FIELD_NAME.fullmatch(name) or _RESERVED.match(name):
            raise _invalid(
                f'Invalid field name "{name}". Fields must contain the allowed characters, and be'
                " at most 300 characters long. For allowed characters, please refer to"
                " https://cloud.google.com/bigquery/docs/schemas#column_names"
            )
        if name.lower() in seen:
            raise _invalid(f"Field {name} already exists in schema")
        seen.add(name.lower())
        for part, value, known in (
            ("type", canonical(str(field.get("type", ""))), _TYPES),
            ("mode", _mode(field), _MODES),
        ):
            if value not in known:
                raise _invalid(f"Invalid value for {part}: {field.get(part)} is not a valid value")
        if canonical(field["type"]) == "RECORD":
            if not field.get("fields"):
                raise _invalid(f"Field {name} is type RECORD but has no schema")
            _check_fields(field["fields"])


def _check_layout(layout: dict[str, Any], fields: list[Field]) -> None:
    unit, name = layout.get("type"), layout.get("field")
    if unit not in _UNITS:
        raise _invalid(f"Invalid value for type: {unit} is not a valid value")
    if name is None:
        return
    field = _find(fields, name)
    if field is None:
        raise _invalid("The field specified for partitioning cannot be found in the schema")
    kind = canonical(field["type"])
    if kind not in _TIMES or _mode(field) == "REPEATED" or (kind, unit) == ("DATE", "HOUR"):
        raise _invalid(
            "The field specified for partitioning can only be of type TIMESTAMP, DATE or DATETIME."
            f" The type found is: {kind}."
        )


def _check_clustering(names: list[str], fields: list[Field]) -> None:
    if len(names) > _MOST_CLUSTERED:
        raise _invalid(f"Clustering by {len(names)} fields: at most {_MOST_CLUSTERED} are allowed")
    for name in names:
        field = _find(fields, name)
        if field is None or _mode(field) == "REPEATED" or canonical(field["type"]) == "FLOAT":
            raise _invalid(
                "The field specified for clustering cannot be found in the schema or cannot be"
                f" clustered by. Invalid field: {name}."
            )


def _check_growth(old: list[Field], new: list[Field], intro: str, path: str) -> None:
    for known in old:
        name = f"{path}{known['name']}"
        field = _find(new, known["name"])
        if field is None:
            raise _invalid(f"{intro} Field {name} is missing in new schema")
        kinds = [canonical(one["type"]) for one in (known, field)]
        if kinds[0] != kinds[1]:
            raise _invalid(f"{intro} Field {name} has changed type from {kinds[0]} to {kinds[1]}")
        modes = [_mode(one) for one in (known, field)]
        if modes[0] != modes[1] and modes != ["REQUIRED", "NULLABLE"]:
            raise _invalid(f"{intro} Field {name} has changed mode from {modes[0]} to {modes[1]}")
        _check_growth(known.get("fields") or [], field.get("fields") or [], intro, f"{name}.")
    for field in new:
        if _mode(field) == "REQUIRED" and _find(old, field["name"]) is None:
            name = f"{path}{field['name']}"
            raise _invalid(
                f"{intro} Cannot add required fields to an existing schema. (field: {name})"
            )


def _layout_text(layout: dict[str, Any]) -> str:
    field = f",field:{layout['field']}" if layout.get("field") else ""
    return f"interval(type:{layout['type'].lower()}{field})"


def _mode(field: Field) -> str:
    return str(field.get("mode") or "NULLABLE").upper()


def _find(fields: list[Field], name: str) -> Field | None:
    return next((field for field in fields if field["name"].lower() == name.lower()), None)


def _invalid(message: str) -> ValidationError:
    return ValidationError(message)
