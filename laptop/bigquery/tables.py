"""The tables resource: true counts, partition options at both places, schemas that can grow."""

from __future__ import annotations

from typing import Any

from bqemulator.api.routes import tables
from bqemulator.catalog.models import TableMeta
from bqemulator.domain.errors import ValidationError
from bqemulator.storage.type_map import bq_schema_to_duckdb_columns
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .partition_view import row_width
from .partitions import TableRef
from .writes import Writer

_to_rest = tables._table_to_rest
_from_rest = tables._rest_to_table_meta


class TableResources:
    """What the emulator's tables routes read and write, corrected."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def install(self) -> None:
        """Put the corrections into the emulator's routes."""
        vars(tables).update(_table_to_rest=self._answer, _rest_to_table_meta=self._request)

    def _answer(self, table: TableMeta) -> dict[str, Any]:
        body: dict[str, Any] = _to_rest(table)
        layout = table.time_partitioning
        if layout is not None and layout.require_partition_filter:
            body["requirePartitionFilter"] = True
        if table.table_type == "TABLE":
            name = TableRef(table.project_id, table.dataset_id, table.table_id).sql
            rows = self._context.engine.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            body |= {"numRows": str(rows), "numBytes": str(rows * row_width(table))}
        if table.view_query is not None:
            body["view"] = {"query": table.view_query, "useLegacySql": False}
        dataset = self._context.catalog.get_dataset(table.project_id, table.dataset_id)
        return body | ({"location": dataset.location} if dataset else {})

    def _request(
        self, project: str, dataset: str, body: dict[str, Any], clock: Any, existing: Any = None
    ) -> TableMeta:
        table: TableMeta = _from_rest(project, dataset, body, clock, existing)
        layout = table.time_partitioning
        demanded = body.get("requirePartitionFilter")
        if layout is not None and demanded is not None:
            layout = layout.model_copy(update={"require_partition_filter": bool(demanded)})
            table = table.model_copy(update={"time_partitioning": layout})
        if existing is not None:
            self._grow(existing, table)
        return table

    def _grow(self, old: TableMeta, new: TableMeta) -> None:
        before = {field.name: field for field in old.schema_.fields}
        after = {field.name: field for field in new.schema_.fields}
        ref = TableRef(new.project_id, new.dataset_id, new.table_id)
        for name, field in before.items():
            if name not in after or after[name].type != field.type:
                raise ValidationError(
                    f"Provided Schema does not match Table {ref.name}. "
                    f"Field {name} is missing or has changed type in new schema",
                )
        added = [
            tables._field_to_rest(field) for name, field in after.items() if name not in before
        ]
        for name, kind in bq_schema_to_duckdb_columns(added):
            self._context.engine.execute(f'ALTER TABLE {ref.sql} ADD COLUMN "{name}" {kind}')


class DecoratedTables:
    """tables.delete drops a partition (`table$20241022`) or a view; the rest is the emulator's."""

    def __init__(self, context: Any, emulator: ASGIApp, writer: Writer) -> None:
        self._context = context
        self._emulator = emulator
        self._writer = writer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request about a table."""
        names = scope["path_params"]
        reference = {"datasetId": names["dataset"], "tableId": names["table"]}
        ref = TableRef.parse(reference, names["project"])
        if scope["method"] == "DELETE" and ref.partition:
            self._writer.delete_partition(ref)
            await Response(status_code=204)(scope, receive, send)
        elif scope["method"] == "DELETE" and self._is_view(ref):
            await run_in_threadpool(self._drop_view, ref)
            await Response(status_code=204)(scope, receive, send)
        else:
            await self._emulator(scope, receive, send)

    def _is_view(self, ref: TableRef) -> bool:
        known = self._context.catalog.get_table(ref.project, ref.dataset, ref.table)
        return known is not None and known.table_type == "VIEW"

    def _drop_view(self, ref: TableRef) -> None:
        with self._context.engine.mutation(), self._context.engine.session() as connection:
            connection.execute(f"DROP VIEW IF EXISTS {ref.sql}")
            self._context.catalog.delete_table(ref.project, ref.dataset, ref.table)
