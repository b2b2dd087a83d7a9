"""The table of a query's rows: the service keeps it for a day, hidden, for Storage Read."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

import grpc
import pyarrow as pa
from bqemulator.grpc_api import read_servicer

from .jobs import JobStore

Target = tuple[str, str, str, str, list[str] | None]
_CONTEXT: ContextVar[Any] = ContextVar("context")
_STORES: WeakKeyDictionary[Any, JobStore] = WeakKeyDictionary()
_named = read_servicer._resolve_read_target


def keep(engine: Any, store: JobStore) -> None:
    """From now on Storage Read finds the rows of these jobs."""
    _STORES[engine] = store


def reading_results(handler: type[Any]) -> type[Any]:
    """A handler of Storage Read whose sessions may be on the hidden table of a query."""

    class ResultReads(handler):  # type: ignore[misc]
        def _handle_create_read_session(self, request_bytes: bytes, context: Any) -> Any:
            token = _CONTEXT.set(self._ctx)
            try:
                return super()._handle_create_read_session(request_bytes, context)
            finally:
                _CONTEXT.reset(token)

    return ResultReads


def install() -> None:
    """Makes the emulator look among the rows of queries, too."""
    global _named
    _named = read_servicer._resolve_read_target
    vars(read_servicer).update(_resolve_read_target=_resolve)


def _resolve(read_session: Any, context: grpc.ServicerContext) -> Target | None:
    target: Target | None = _named(read_session, context)
    if target is None or not target[1].startswith("_"):
        return target
    project, dataset, table, _, columns = target
    engine = _CONTEXT.get().engine
    rows = _rows(_STORES[engine], project, dataset, table)
    if rows is None:
        context.set_code(grpc.StatusCode.NOT_FOUND)
        context.set_details(f"Not found: Table {project}:{dataset}.{table}")
        return None
    # Seen by this thread alone, which reads it at once; the next session takes its place.
    engine.connection.register("query_result", rows)
    return project, dataset, table, "query_result", columns


def _rows(store: JobStore, project: str, dataset: str, table: str) -> pa.Table | None:
    wanted = {"projectId": project, "datasetId": dataset, "tableId": table}
    found = (job for job in store.listing(project) if job.hidden_table == wanted)
    job = next(found, None)
    return job.outcome.rows if job and job.outcome else None
