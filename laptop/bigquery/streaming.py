"""Streamed rows: one with a field that the table lacks is refused, and with it all others."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from .errors import BigQueryError


class StreamedRows:
    """Looks at the rows of tabledata.insertAll before the emulator drops what it does not know."""

    def __init__(self, context: Any) -> None:
        self._catalog = context.catalog

    async def refuse(self, names: dict[str, str], body: dict[str, Any]) -> Response | None:
        """The errors of the rows; None when every field is known or may be unknown."""
        table = self._catalog.get_table(names["project"], names["dataset"], names["table"])
        if table is None or body.get("ignoreUnknownValues"):
            return None
        known = {field.name.lower() for field in table.schema_.fields}
        rows = body.get("rows") or []
        strange = [_strange(row.get("json") or {}, known) for row in rows]
        if not any(strange):
            return None
        if body.get("skipInvalidRows"):
            raise BigQueryError(
                "notImplemented", "skipInvalidRows with unknown fields is not supported here"
            )
        errors = [{"index": n, "errors": [_error(name)]} for n, name in enumerate(strange)]
        kind = "bigquery#tableDataInsertAllResponse"
        return JSONResponse({"kind": kind, "insertErrors": errors})


def _strange(row: dict[str, Any], known: set[str]) -> str | None:
    return next((name for name in row if name.lower() not in known), None)


def _error(name: str | None) -> dict[str, str]:
    if name is None:
        return {"reason": "stopped", "location": "", "debugInfo": "", "message": ""}
    message = f"no such field: {name}."
    return {"reason": "invalid", "location": name, "debugInfo": "", "message": message}
