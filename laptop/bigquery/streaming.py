"""Streamed rows: one that the table cannot take is refused, and with it all others, unless told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from bqemulator.catalog.models import TableFieldSchema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import BigQueryError

_MOST_ROWS = 50_000
_STOPPED = {"reason": "stopped", "location": "", "debugInfo": "", "message": ""}
Error = dict[str, str]


class StreamedRows:
    """tabledata.insertAll: looks at the rows before the emulator drops what it does not know."""

    def __init__(self, context: Any, streaming: ASGIApp) -> None:
        """`streaming` takes the rows that the table can take."""
        self._catalog = context.catalog
        self._streaming = streaming

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        names = scope["path_params"]
        body = json.loads(await Request(scope, receive).body() or b"{}")
        table = self._catalog.get_table(names["project"], names["dataset"], names["table"])
        refused = {} if table is None else _refused(body, table.schema_.fields)
        rows: list[dict[str, Any]] = body.get("rows") or []
        left = [number for number in range(len(rows)) if number not in refused]
        if refused and not body.get("skipInvalidRows"):
            refused |= dict.fromkeys(left, _STOPPED)
            left = []
        if refused and not left:
            await _answer([], refused)(scope, receive, send)
            return
        answer = await _answered(
            self._streaming, scope, {**body, "rows": [rows[number] for number in left]}
        )
        if refused and answer.status_code == 200:
            others = json.loads(bytes(answer.body)).get("insertErrors") or []
            answer = _answer([{**one, "index": left[int(one["index"])]} for one in others], refused)
        await answer(scope, receive, send)


def _refused(body: dict[str, Any], fields: Iterable[TableFieldSchema]) -> dict[int, Error]:
    """The rows that a table does not take, by their place, and why."""
    rows, tolerant = body.get("rows") or [], bool(body.get("ignoreUnknownValues"))
    if not rows:
        raise BigQueryError("invalid", "No rows present in the request.")
    if len(rows) > _MOST_ROWS:
        raise BigQueryError("invalid", f"too many rows present in the request, limit: {_MOST_ROWS}")
    known = {field.name.lower(): field for field in fields}
    found = (_error_of(row.get("json") or {}, known, tolerant) for row in rows)
    return {number: error for number, error in enumerate(found) if error is not None}


def _error_of(
    row: dict[str, Any], fields: dict[str, TableFieldSchema], tolerant: bool
) -> Error | None:
    """Why the table does not take a row; unknown fields are no reason if it is to be tolerant."""
    for name in row:
        if name.lower() not in fields and not tolerant:
            return _invalid(name, f"no such field: {name}.")
    given = {name.lower() for name, value in row.items() if value is not None}
    for lowered, field in fields.items():
        if field.mode == "REQUIRED" and lowered not in given:
            return _invalid(field.name, f"Missing required field: {field.name}.")
    return None


def _invalid(name: str, message: str) -> Error:
    return {"reason": "invalid", "location": name, "debugInfo": "", "message": message}


def _answer(others: list[dict[str, Any]], refused: dict[int, Error]) -> Response:
    errors = [*others, *({"index": n, "errors": [error]} for n, error in refused.items())]
    errors.sort(key=lambda one: int(one["index"]))
    kind = "bigquery#tableDataInsertAllResponse"
    return JSONResponse({"kind": kind, "insertErrors": errors})


async def _answered(application: ASGIApp, scope: Scope, body: dict[str, Any]) -> Response:
    """What an application says to a request with this body."""
    content = json.dumps(body).encode()
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    parts: list[bytes] = []
    status = 500

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    length = (b"content-length", str(len(content)).encode())
    await application({**scope, "headers": [*headers, length]}, receive, send)
    return Response(b"".join(parts), status, media_type="application/json")
