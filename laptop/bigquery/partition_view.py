"""INFORMATION_SCHEMA.PARTITIONS as a live view: counted from the rows, dated from the changes."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from bqemulator.sql.rewriter import information_schema

from .locations import no_dataset
from .partitions import TableRef, id_expression

VIEW = "INFORMATION_SCHEMA_PARTITIONS"
_REFERENCE = re.compile(
    r"`?(?:(?P<project>[\w-]+)`?\s*\.\s*`?)?(?P<dataset>\w+)`?\s*\.\s*`?"
    r"INFORMATION_SCHEMA`?\s*\.\s*`?PARTITIONS`?",
    re.IGNORECASE,
)
_WIDTHS = {"INTEGER": 8, "FLOAT": 8, "BOOLEAN": 1, "DATE": 8, "TIMESTAMP": 8, "NUMERIC": 16}
_TEXT_WIDTH = 14


def row_width(table: Any, columns: Set[str] | None = None) -> int:
    """Logical bytes of a row (of the named columns): fixed widths, 14 for texts and arrays."""
    return sum(
        _WIDTHS.get(field.type.upper(), _TEXT_WIDTH) if field.mode != "REPEATED" else _TEXT_WIDTH
        for field in table.schema_.fields
        if columns is None or field.name.lower() in columns
    )


class PartitionViews:
    """One view per dataset that a query asked about, kept in step with its tables."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._built: dict[tuple[str, str], frozenset[Any]] = {}

    def prepare(self, sql: str, project: str, location: str) -> str:
        """The statement with its references to PARTITIONS leading to the views."""

        def lead(match: re.Match[str]) -> str:
            key = (match["project"] or project, match["dataset"])
            if self._context.catalog.get_dataset(*key) is None:
                raise no_dataset(*key, location)
            self._built.setdefault(key, frozenset())
            return f"`{key[0]}`.`{key[1]}`.`{VIEW}`"

        sql = _REFERENCE.sub(lead, sql) if "INFORMATION_SCHEMA" in sql.upper() else sql
        if self._built:
            self._context.snapshots.date_partitions()
        for key in list(self._built):
            if self._context.catalog.get_dataset(*key) is None:
                self._built.pop(key, None)
            else:
                self._refresh(*key)
        return sql

    def _refresh(self, project: str, dataset: str) -> None:
        tables = [
            table
            for table in self._context.catalog.list_tables(project, dataset)
            if table.table_type == "TABLE"
        ]
        state = frozenset((one.table_id, one.creation_time, one.schema_) for one in tables)
        if state == self._built[project, dataset] and state:
            return
        name = TableRef(project, dataset, VIEW).sql
        body = " UNION ALL ".join(_select(table) for table in tables) or _NOTHING
        with self._context.engine.mutation(), self._context.engine.session() as connection:
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS {body}")
        self._built[project, dataset] = state


_COLUMNS = (
    "'{project}' AS table_catalog, '{dataset}' AS table_schema, '{table}' AS table_name, "
    "{key} AS partition_id, count(*) AS total_rows, count(*) * {width} AS total_logical_bytes, "
    "greatest({created}, coalesce((SELECT max(changed) FROM _bqemulator_snapshots.changes AS c "
    "WHERE c.name = '{name}' AND c.partition_id IN ({key}, '*')), {created})) "
    "AS last_modified_time, 'ACTIVE' AS storage_tier"
)
_NOTHING = (
    "SELECT '' AS table_catalog, '' AS table_schema, '' AS table_name, '' AS partition_id, "
    "0 AS total_rows, 0 AS total_logical_bytes, now() AS last_modified_time, "
    "'' AS storage_tier WHERE FALSE"
)


def _select(table: Any) -> str:
    ref = TableRef(table.project_id, table.dataset_id, table.table_id)
    key = id_expression(table)
    columns = _COLUMNS.format(
        project=ref.project,
        dataset=ref.dataset,
        table=ref.table,
        name=ref.name,
        key="rows.pid" if key else "CAST(NULL AS VARCHAR)",
        width=row_width(table),
        created=f"TIMESTAMPTZ '{table.creation_time.isoformat()}'",
    )
    if key is None:
        return f"SELECT {columns} FROM {ref.sql}"
    return f"SELECT {columns} FROM (SELECT {key} AS pid FROM {ref.sql}) AS rows GROUP BY rows.pid"


def install() -> None:
    """Leave PARTITIONS to the views."""
    vars(information_schema).update(
        expand_information_schema_partitions=lambda sql, _project, _catalog: sql
    )
