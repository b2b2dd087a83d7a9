"""Fields as the API says them: precision and scale of a column, the type of a sum in a struct."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from bqemulator.api.routes import tables
from bqemulator.catalog.models import TableFieldSchema
from bqemulator.jobs import executor

_to_rest = tables._field_to_rest
_parse = tables._parse_schema_fields


def to_rest(field: TableFieldSchema) -> dict[str, Any]:
    """A field as the API writes it; int64 values are text."""
    body = _to_rest(field)
    sizes = {"precision": field.precision, "scale": field.scale, "maxLength": field.max_length}
    return body | {name: str(size) for name, size in sizes.items() if size is not None}


def parse(raw: Any) -> tuple[TableFieldSchema, ...]:
    """Fields as the API reads them."""
    return tuple(
        field.model_copy(update=_sizes(given))
        for field, given in zip(_parse(raw), raw or (), strict=True)
    )


def _sizes(given: dict[str, Any]) -> dict[str, int]:
    names = {"precision": "precision", "scale": "scale", "max_length": "maxLength"}
    return {ours: int(given[name]) for ours, name in names.items() if given.get(name) is not None}


def is_huge(kind: pa.DataType) -> bool:
    """DuckDB's HUGEINT, the type of its sums of integers; NUMERIC has nine decimals in a result."""
    return bool(pa.types.is_decimal(kind) and (kind.precision, kind.scale) == (38, 0))


def install() -> None:
    """Put this module's functions into the emulator's routes."""
    vars(tables).update(_field_to_rest=to_rest, _parse_schema_fields=parse)
    rules = ((is_huge, "INTEGER"), *executor._ARROW_TO_BQ_RULES)
    vars(executor).update(_ARROW_TO_BQ_RULES=rules)
