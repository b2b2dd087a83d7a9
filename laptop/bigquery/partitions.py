"""Partition decorators: `table$20241022` names one slice of a column-partitioned table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from .errors import BigQueryError

_FORMATS = {"DAY": "%Y%m%d", "HOUR": "%Y%m%d%H", "MONTH": "%Y%m", "YEAR": "%Y"}


@dataclass(frozen=True)
class TableRef:
    """A table of a project, with the partition id behind `$` if one was given."""

    project: str
    dataset: str
    table: str
    partition: str | None = None

    @classmethod
    def parse(cls, reference: dict[str, Any], project: str) -> TableRef:
        """From the API's TableReference."""
        table, _, partition = str(reference.get("tableId", "")).partition("$")
        owner = reference.get("projectId") or project
        return cls(owner, str(reference.get("datasetId", "")), table, partition or None)

    @property
    def name(self) -> str:
        """`project:dataset.table`, as error messages write it."""
        return f"{self.project}:{self.dataset}.{self.table}"

    @property
    def sql(self) -> str:
        """The table's quoted name inside DuckDB."""
        parts = (f"{self.project}__{self.dataset}", self.table)
        return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


@dataclass(frozen=True)
class Slice:
    """One partition as a half-open range [start, end) of its column."""

    column: str
    id: str
    start: dt.datetime
    end: dt.datetime

    @property
    def predicate(self) -> str:
        """True for the partition's rows, in DuckDB's SQL."""
        column = '"' + self.column.replace('"', '""') + '"'
        return f"({column} >= '{self.start}' AND {column} < '{self.end}')"


def slice_of(table: Any, partition: str) -> Slice:
    """The partition of a table's metadata that an id names; BigQueryError if it cannot be one."""
    layout = table.time_partitioning
    name = f"{table.project_id}:{table.dataset_id}.{table.table_id}"
    if layout is None or layout.field is None:
        raise BigQueryError(
            "invalid",
            f"Cannot use partition decorator ${partition} on {name}: "
            "here only tables partitioned by a DATE, DATETIME or TIMESTAMP column have them",
        )
    start = _start(partition, _FORMATS[layout.type])
    if start is None:
        raise BigQueryError(
            "invalid", f'Invalid partition id "{partition}" for {layout.type} table {name}'
        )
    return Slice(layout.field, partition, start, _next(start, layout.type))


def _start(partition: str, pattern: str) -> dt.datetime | None:
    try:
        start = dt.datetime.strptime(partition, pattern)
    except ValueError:
        return None
    return start if start.strftime(pattern) == partition else None


def _next(start: dt.datetime, unit: str) -> dt.datetime:
    if unit == "MONTH":
        return (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    if unit == "YEAR":
        return start.replace(year=start.year + 1)
    return start + (dt.timedelta(hours=1) if unit == "HOUR" else dt.timedelta(days=1))


def id_expression(table: Any) -> str | None:
    """DuckDB expression of a row's partition id; None for a table without column partitions."""
    layout = table.time_partitioning
    if layout is None or layout.field is None:
        return None
    column = '"' + layout.field.replace('"', '""') + '"'
    return f"coalesce(strftime({column}, '{_FORMATS[layout.type]}'), '__NULL__')"
