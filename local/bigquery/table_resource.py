"""tables.get with what the emulator leaves out of the resource: location and true row count."""

from __future__ import annotations

import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class TableResource:
    """Answers tables.get from the emulator, completed."""

    def __init__(self, context: Any, emulator: ASGIApp, location: str) -> None:
        self._context = context
        self._emulator = emulator
        self._location = location

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: the emulator's answer is held back until it is whole."""
        start: Message = {}
        body = b""

        async def hold(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                answer = self._completed(body) if start["status"] == 200 else body
                headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
                headers.append((b"content-length", str(len(answer)).encode()))
                await send({**start, "headers": headers})
                await send({"type": "http.response.body", "body": answer})

        await self._emulator(scope, receive, hold)

    def _completed(self, body: bytes) -> bytes:
        resource = json.loads(body)
        resource["location"] = self._location
        if resource.get("type", "TABLE") == "TABLE":
            resource["numRows"] = str(self._rows(resource["tableReference"]))
        return json.dumps(resource).encode()

    def _rows(self, reference: dict[str, str]) -> int:
        schema = f"{reference['projectId']}__{reference['datasetId']}"
        with self._context.engine.session():
            counted = self._context.engine.execute(
                f'SELECT count(*) FROM "{schema}"."{reference["tableId"]}"'
            )
            return int(counted.fetchone()[0])
