"""Storage Read as of a moment: the emulator does not look at a session's `snapshot_time`."""

from __future__ import annotations

import datetime as dt
from contextvars import ContextVar
from typing import Any

import grpc
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.grpc_api import read_servicer

from .history import History

_HISTORY: ContextVar[History] = ContextVar("history")
_present = read_servicer._resolve_read_target
Target = tuple[str, str, str, str, list[str] | None]


def reading_the_past(handler: type[Any]) -> type[Any]:
    """A handler of Storage Read whose sessions show the rows of their snapshot time."""

    class PastReads(handler):  # type: ignore[misc]
        def _handle_create_read_session(self, request_bytes: bytes, context: Any) -> Any:
            token = _HISTORY.set(self._ctx.snapshots)
            try:
                return super()._handle_create_read_session(request_bytes, context)
            finally:
                self._ctx.snapshots.release()
                _HISTORY.reset(token)

    return PastReads


def install() -> None:
    """Makes the emulator look for the table of the moment that a session asks for."""
    vars(read_servicer).update(_resolve_read_target=_resolve)


def _resolve(read_session: Any, context: grpc.ServicerContext) -> Target | None:
    target: Target | None = _present(read_session, context)
    moment = read_session.table_modifiers.snapshot_time
    if target is None or not moment:
        return target
    project, dataset, table, _, columns = target
    exact = dt.datetime.fromtimestamp(moment.timestamp(), dt.UTC)
    try:
        past = _HISTORY.get().resolve_time_travel(project, dataset, table, exact)
    except InvalidQueryError as error:
        context.set_code(grpc.StatusCode.INVALID_ARGUMENT)
        context.set_details(str(error))
        return None
    if past is None:
        return target
    name = f'{past.duckdb_schema}."{past.duckdb_table}"'
    return project, dataset, table, name, columns
