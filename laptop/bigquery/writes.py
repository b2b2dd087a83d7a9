"""Rows into a table or one of its partitions: whole or not at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from bqemulator.api.routes.tables import _field_to_rest
from bqemulator.storage.type_map import bq_schema_to_duckdb_columns

from .engine import transaction
from .errors import BigQueryError
from .history import History
from .limits import TableLimits
from .partitions import Slice, TableRef, slice_of

_TRUNCATING = {"WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA"}


class Writer:
    """Writes Arrow rows under a write disposition, as load and query jobs do."""

    def __init__(self, context: Any, limits: TableLimits) -> None:
        self._context = context
        self._history: History = context.snapshots
        self._limits = limits

    def admit(self, ref: TableRef) -> None:
        """Counts a job that changes the table; BigQueryError when there were too many."""
        layout = self.table(ref).time_partitioning
        self._limits.admit(ref, layout is not None and layout.field is not None)

    def table(self, ref: TableRef) -> Any:
        """The table's metadata; `notFound` names the table (or its dataset) and the location."""
        found = self._context.catalog.get_table(ref.project, ref.dataset, ref.table)
        if found is None:
            dataset = self._context.catalog.get_dataset(ref.project, ref.dataset)
            kind, name = ("Table", ref.name) if dataset else ("Dataset", ref.name.split(".")[0])
            where = f" was not found in location {dataset.location}" if dataset else ""
            raise BigQueryError("notFound", f"Not found: {kind} {name}{where}")
        return found

    def write(self, ref: TableRef, rows: pa.Table, disposition: str) -> int:
        """Put `rows` (columns named as the table's) into the table; returns how many."""
        table = self.table(ref)
        target = slice_of(table, ref.partition) if ref.partition else None
        self.admit(ref)
        engine = self._context.engine
        with engine.mutation(), engine.session() as connection:
            appending = disposition == "WRITE_APPEND"
            with self._history.recording(ref, target, appending) as note:
                note.appended = self._replace(connection, ref, table, rows, target, disposition)
            self._touch(ref)
        return int(rows.num_rows)

    def _replace(
        self,
        connection: Any,
        ref: TableRef,
        table: Any,
        rows: pa.Table,
        target: Slice | None,
        disposition: str,
    ) -> pa.Table | None:
        """Puts the rows into the table; returns those of an append as they are stored."""
        columns = ", ".join(f'"{name}"' for name in rows.column_names)
        values = ", ".join(_casts(rows, table))
        where = target.predicate if target else "TRUE"
        connection.register("incoming", rows)
        _check_partition(rows, target)
        with transaction(connection):
            if disposition in _TRUNCATING:
                connection.execute(f"DELETE FROM {ref.sql} WHERE {where}")
            elif disposition == "WRITE_EMPTY":
                _check_empty(connection, ref, where)
            if not columns:
                return None
            insert = f"INSERT INTO {ref.sql} ({columns}) SELECT {values} FROM incoming"
            if disposition != "WRITE_APPEND":
                connection.execute(insert)
                return None
            return connection.execute(f"{insert} RETURNING *").to_arrow_table()

    def delete_partition(self, ref: TableRef) -> None:
        """Drop one partition (`tables.delete` on a decorated id)."""
        table = self.table(ref)
        target = slice_of(table, str(ref.partition))
        engine = self._context.engine
        with engine.mutation(), engine.session() as connection:
            with self._history.recording(ref, target):
                connection.execute(f"DELETE FROM {ref.sql} WHERE {target.predicate}")
            self._touch(ref)

    def _touch(self, ref: TableRef) -> None:
        table = self.table(ref)
        now = dt.datetime.now(dt.UTC)
        self._context.catalog.update_table(table.model_copy(update={"last_modified_time": now}))


def _casts(rows: pa.Table, table: Any) -> list[str]:
    fields = [_field_to_rest(field) for field in table.schema_.fields]
    kinds = {name.lower(): kind for name, kind in bq_schema_to_duckdb_columns(fields)}
    return [f'CAST("{name}" AS {_bare(kinds[name.lower()])})' for name in rows.column_names]


def _bare(kind: str) -> str:
    return kind.removesuffix(" NOT NULL")


def _check_partition(rows: pa.Table, target: Slice | None) -> None:
    if target is None or _lies_within(rows, target):
        return
    raise BigQueryError(
        "invalid",
        "Error while reading data, error message: Some rows belong to different partitions "
        f"rather than destination partition {target.id}",
    )


def _lies_within(rows: pa.Table, target: Slice) -> bool:
    if not rows.num_rows:
        return True
    named = [name for name in rows.column_names if name.lower() == target.column.lower()]
    if not named:
        return False
    moments = rows[named[0]].cast(pa.timestamp("us"))
    within = pc.and_(pc.greater_equal(moments, target.start), pc.less(moments, target.end))
    return bool(pc.all(pc.fill_null(within, False)).as_py())


def _check_empty(connection: Any, ref: TableRef, where: str) -> None:
    if connection.execute(f"SELECT 1 FROM {ref.sql} WHERE {where} LIMIT 1").fetchone():
        suffix = f"${ref.partition}" if ref.partition else ""
        raise BigQueryError("duplicate", f"Already Exists: Table {ref.name}{suffix}")
