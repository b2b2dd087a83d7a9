"""CREATE TABLE in SQL: what it defines is held to the rules of a table that the API makes."""

from __future__ import annotations

from typing import Any

from bqemulator.domain.errors import ValidationError
from sqlglot import exp

from .schema import Field, canonical
from .table_rules import check_new

_PARTITIONED = (
    "PARTITION BY expression must be DATE(<timestamp_column>), DATE(<datetime_column>),"
    " DATETIME_TRUNC(<datetime_column>, DAY/HOUR/MONTH/YEAR), a DATE column,"
    " TIMESTAMP_TRUNC(<timestamp_column>, DAY/HOUR/MONTH/YEAR), DATE_TRUNC(<date_column>,"
    " MONTH/YEAR), or RANGE_BUCKET(<int64_column>, GENERATE_ARRAY(<int64_value>, <int64_value>[,"
    " <int64_value>]))"
)
_INGESTED = ("_partitiontime", "_partitiondate")


def refused_definition(tree: exp.Expr) -> str:
    """What is said of CREATE TABLE with columns or a layout that no table has; else ''."""
    if not isinstance(tree, exp.Create) or tree.kind != "TABLE":
        return ""
    fields = [_field(one) for one in tree.this.expressions if isinstance(one, exp.ColumnDef)]
    names = {field["name"].lower() for field in fields} or _selected(tree.expression)
    partitioned, clustered = tree.find(exp.PartitionedByProperty), tree.find(exp.ClusterProperty)
    used = [one for layout in (partitioned, clustered) if layout for one in _columns(layout)]
    for name in used:
        if names and name.lower() not in names and name.lower() not in _INGESTED:
            return f"Unrecognized name: {name}"
    if not fields:
        return ""
    kinds = {field["name"].lower(): canonical(field["type"]) for field in fields}
    by = partitioned.this if partitioned else None
    if isinstance(by, exp.Identifier) and kinds.get(by.name.lower(), "DATE") != "DATE":
        return _PARTITIONED
    clustering = {"fields": _columns(clustered) if clustered else []}
    try:
        check_new(tree.this.this.name, {"schema": {"fields": fields}, "clustering": clustering})
    except ValidationError as error:
        return str(error)
    return ""


def _field(column: exp.ColumnDef) -> Field:
    """The field of the API that a column of SQL is."""
    kind = column.args["kind"]
    mode = "NULLABLE"
    if kind.this == exp.DType.ARRAY:
        kind, mode = kind.expressions[0], "REPEATED"
    elif column.find(exp.NotNullColumnConstraint):
        mode = "REQUIRED"
    field: dict[str, Any] = {"name": column.name, "mode": mode}
    if kind.this == exp.DType.STRUCT:
        parts = [one for one in kind.expressions if isinstance(one, exp.ColumnDef)]
        return {**field, "type": "RECORD", "fields": [_field(one) for one in parts]}
    return {**field, "type": kind.sql("bigquery").partition("(")[0].partition("<")[0]}


def _columns(layout: exp.Expr) -> list[str]:
    """The columns that a layout names."""
    return [one.name for one in layout.find_all(exp.Identifier)]


def _selected(query: exp.Expr | None) -> set[str]:
    """The names of what a query gives, where the query itself says them all."""
    selects = query.selects if isinstance(query, exp.Query) else []
    named = all(one.output_name and not one.is_star for one in selects)
    return {one.output_name.lower() for one in selects} if named else set()
