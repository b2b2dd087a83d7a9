"""The tables resource: true counts, partition options at both places, schemas that can grow.

Rows of a table are listed here, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bqemulator.api.routes import tables
from bqemulator.catalog.models import TableMeta
from bqemulator.domain.errors import NotFoundError
from bqemulator.storage.type_map import bq_schema_to_duckdb_columns
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from . import rows
from .errors import BigQueryError
from .labelled import check_labels, with_labels_kept
from .partition_view import row_width
from .partitions import TableRef, slice_of
from .table_rules import check_change, check_new, relaxed
from .writes import Writer

_to_rest = tables._table_to_rest
_to_list_item = tables._table_to_list_item
_from_rest = tables._rest_to_table_meta


class TableResources:
    """What the emulator's tables routes read and write, corrected."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def install(self) -> None:
        """Put the corrections into the emulator's routes."""
        vars(tables).update(
            _table_to_rest=self._answer,
            _table_to_list_item=_list_item,
            _rest_to_table_meta=self._request,
        )

    def _answer(self, table: TableMeta) -> dict[str, Any]:
        body: dict[str, Any] = _to_rest(table)
        layout = table.time_partitioning
        if layout is not None and layout.require_partition_filter:
            body["requirePartitionFilter"] = True
        if table.table_type == "TABLE":
            name = TableRef(table.project_id, table.dataset_id, table.table_id).sql
            (count,) = self._context.engine.execute(f"SELECT count(*) FROM {name}").fetchone()
            body |= {"numRows": str(count), "numBytes": str(count * row_width(table))}
        if table.view_query is not None:
            body["view"] = {"query": table.view_query, "useLegacySql": False}
        dataset = self._context.catalog.get_dataset(table.project_id, table.dataset_id)
        return body | ({"location": dataset.location} if dataset else {})

    def _request(
        self, project: str, dataset: str, body: dict[str, Any], clock: Any, existing: Any = None
    ) -> TableMeta:
        check_labels(body)
        body = with_labels_kept(body)
        if body.get("schema", {}) is None:
            # bq sends a schema of null with every change of something else.
            body = {key: value for key, value in body.items() if key != "schema"}
        self._check(project, dataset, body, existing)
        table: TableMeta = _from_rest(project, dataset, body, clock, existing)
        layout = table.time_partitioning
        demanded = body.get("requirePartitionFilter")
        if layout is not None and demanded is not None:
            layout = layout.model_copy(update={"require_partition_filter": bool(demanded)})
            table = table.model_copy(update={"time_partitioning": layout})
        if existing is not None:
            self._grow(existing, table)
        return table

    def _check(
        self, project: str, dataset: str, body: dict[str, Any], existing: TableMeta | None
    ) -> None:
        if existing is None:
            if self._context.catalog.get_dataset(project, dataset) is None:
                raise NotFoundError(f"Not found: Dataset {project}:{dataset}")
            check_new(str((body.get("tableReference") or {}).get("tableId", "")), body)
            return
        ref = TableRef(project, dataset, existing.table_id)
        old = [tables._field_to_rest(field) for field in existing.schema_.fields]
        layout = existing.time_partitioning
        before = tables._time_partitioning_to_rest(layout) if layout is not None else None
        check_change(ref.name, old, body, before)

    def _grow(self, old: TableMeta, new: TableMeta) -> None:
        before, after = (
            [tables._field_to_rest(field) for field in table.schema_.fields] for table in (old, new)
        )
        known = {field["name"].lower() for field in before}
        added = [field for field in after if field["name"].lower() not in known]
        ref = TableRef(new.project_id, new.dataset_id, new.table_id)
        changes = [
            *(f'ADD COLUMN "{name}" {kind}' for name, kind in bq_schema_to_duckdb_columns(added)),
            *(f'ALTER COLUMN "{name}" DROP NOT NULL' for name in relaxed(before, after)),
        ]
        for change in changes:
            self._context.engine.execute(f"ALTER TABLE {ref.sql} {change}")


def _list_item(table: TableMeta) -> dict[str, Any]:
    item: dict[str, Any] = _to_list_item(table)
    if table.time_partitioning is not None:
        item["timePartitioning"] = tables._time_partitioning_to_rest(table.time_partitioning)
    if table.clustering is not None:
        item["clustering"] = {"fields": list(table.clustering.fields)}
    return item


def _selected(names: str | None, known: Iterable[str]) -> list[str]:
    """The fields that `selectedFields` names, all without it; BigQueryError if one is unknown."""
    places = {name.lower(): name for name in known}
    asked = [name.strip().lower() for name in (names or "").split(",") if name.strip()]
    if strange := [name for name in asked if name not in places]:
        raise BigQueryError("invalid", f"No such field: {strange[0]}")
    return [places[name] for name in asked] or list(places.values())


class TableRows:
    """tabledata.list: rows of a table or of one partition (`table$20241022`), in pages."""

    def __init__(self, context: Any, writer: Writer) -> None:
        self._engine = context.engine
        self._writer = writer

    async def listing(self, request: Request) -> Response:
        """One page."""
        asked = request.query_params
        return JSONResponse(await run_in_threadpool(self._page, request.path_params, asked))

    def _page(self, names: dict[str, str], asked: QueryParams) -> dict[str, Any]:
        ref = _reference(names)
        table = self._writer.table(ref)
        if table.table_type != "TABLE":
            raise BigQueryError("invalid", f"Cannot list a table of type {table.table_type}.")
        fields = _selected(asked.get("selectedFields"), (one.name for one in table.schema_.fields))
        start = int(asked.get("pageToken") or asked.get("startIndex") or 0)
        size = int(asked.get("maxResults") or rows.DEFAULT_PAGE)
        source = f"FROM {ref.sql} WHERE {_within(table, ref)}"
        with self._engine.session():
            (total,) = self._engine.execute(f"SELECT count(*) {source}").fetchone()
            columns = ", ".join(f'"{name}"' for name in fields)
            found = self._engine.fetch_arrow(
                f"SELECT {columns} {source} LIMIT {size} OFFSET {start}"
            )
        micros = asked.get("formatOptions.useInt64Timestamp", "").lower() == "true"
        end = start + found.num_rows
        return {
            "kind": "bigquery#tableDataList",
            "totalRows": str(total),
            "rows": rows.page(found, int64_timestamps=micros),
            **({"pageToken": str(end)} if end < total else {}),
        }


def _reference(names: dict[str, str]) -> TableRef:
    reference = {"datasetId": names["dataset"], "tableId": names["table"]}
    return TableRef.parse(reference, names["project"])


def _within(table: TableMeta, ref: TableRef) -> str:
    return slice_of(table, ref.partition).predicate if ref.partition else "TRUE"


class DecoratedTables:
    """tables.get and .delete of a table, a view or a partition (`table$20241022`).

    The rest is the emulator's.
    """

    def __init__(self, context: Any, emulator: ASGIApp, writer: Writer) -> None:
        self._context = context
        self._emulator = emulator
        self._writer = writer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request about a table."""
        ref = _reference(scope["path_params"])
        if scope["method"] == "GET":
            fields = Request(scope).query_params.get("selectedFields")
            body = await run_in_threadpool(self._described, ref, fields)
            await JSONResponse(body)(scope, receive, send)
        elif scope["method"] == "DELETE" and ref.partition:
            self._writer.delete_partition(ref)
            await Response(status_code=204)(scope, receive, send)
        elif scope["method"] == "DELETE" and self._is_view(ref):
            await run_in_threadpool(self._drop_view, ref)
            await Response(status_code=204)(scope, receive, send)
        else:
            await self._emulator(scope, receive, send)

    def _described(self, ref: TableRef, fields: str | None) -> dict[str, Any]:
        whole = (ref.project, ref.dataset, ref.table)
        body: dict[str, Any] = tables.get_table(*whole, self._context)
        if ref.partition:
            table = self._writer.table(ref)
            sql = f"SELECT count(*) FROM {ref.sql} WHERE {_within(table, ref)}"
            (count,) = self._context.engine.execute(sql).fetchone()
            body |= {"numRows": str(count), "numBytes": str(count * row_width(table))}
            decorated = f"{ref.table}${ref.partition}"
            body["id"] = f"{ref.project}:{ref.dataset}.{decorated}"
            body["tableReference"] = {**body["tableReference"], "tableId": decorated}
        if fields:
            known = {field["name"]: field for field in body["schema"]["fields"]}
            body["schema"] = {"fields": [known[name] for name in _selected(fields, known)]}
        return body

    def _is_view(self, ref: TableRef) -> bool:
        known = self._context.catalog.get_table(ref.project, ref.dataset, ref.table)
        return known is not None and known.table_type == "VIEW"

    def _drop_view(self, ref: TableRef) -> None:
        with self._context.engine.mutation(), self._context.engine.session() as connection:
            connection.execute(f"DROP VIEW IF EXISTS {ref.sql}")
            self._context.catalog.delete_table(ref.project, ref.dataset, ref.table)
