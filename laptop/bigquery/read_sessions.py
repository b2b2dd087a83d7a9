"""Storage Read sessions: made beside all other requests; only the newest are kept, so that a
long-lived server stays small."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from bqemulator.streaming import read_session

from .memory import compact
from .retention import Retention

KEPT_BYTES = 64 * 2**20


def making_sessions_beside(handler: type[Any]) -> type[Any]:
    """A handler of Storage Read that lets the server answer others while it reads a table."""

    class SessionsBeside(handler):  # type: ignore[misc]
        async def _handle_create_read_session(self, request_bytes: bytes, context: Any) -> Any:
            return await asyncio.to_thread(
                super()._handle_create_read_session, request_bytes, context
            )

    return SessionsBeside


class NewestSessions(dict[str, Any]):
    """Sessions by name; beyond so many bytes of rows the oldest are forgotten, never the newest."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        super().__init__()
        self._retention: Retention[str] = Retention(kept_bytes)
        self._lock = threading.Lock()

    def __setitem__(self, name: str, session: Any) -> None:
        session.table = compact(session.table)
        with self._lock:
            super().__setitem__(name, session)
            for oldest in self._retention.add(name, session.table.nbytes):
                del self[oldest]


def install() -> None:
    """Makes the emulator keep its sessions here."""
    vars(read_session).update(_SESSIONS=NewestSessions())
