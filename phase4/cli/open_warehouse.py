"""The tables as a command asks them: of a BigQuery that is silent somebody at a terminal hears."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer

from phase4.cli import terminal
from phase4.cloud.retries import Retry
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.formats import duration
from phase4.tables.thresholds import RETRY_NOTES

# A statement over all seasons takes seconds; only what takes longer is worth a word.
NOTICE_SECONDS = 10.0
SECONDS_BETWEEN = 30.0


def open_warehouse(
    settings: Settings, run_id: str = "", component: str = "command-line"
) -> Warehouse:
    """The tables, asked on behalf of a run where there is one."""
    notices = _Notices()
    warehouse = Warehouse(settings, Caller(component, run_id))
    warehouse.heard_by(notices.retried, notices.waiting)
    return warehouse


class _Notices:
    """Lines about one silent service, of whichever thread asks it, seldom enough to be read."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._told_at = float("-inf")

    @contextmanager
    def waiting(self, service: str, what: str = "to answer") -> Iterator[None]:
        """Says once a call takes long which service it waits for."""
        notice = Timer(NOTICE_SECONDS, self._tell, [f"waiting for {service} {what}"])
        notice.daemon = True
        notice.start()
        try:
            yield
        finally:
            notice.cancel()

    def retried(self, retry: Retry) -> None:
        """Says why a call is tried again, and for how long it will be."""
        if retry.waited >= RETRY_NOTES["after_seconds"]:
            left = duration(max(retry.seconds_left, 0))
            self._tell(f"waiting for BigQuery: {retry.error}; asked again for up to {left}")

    def _tell(self, line: str) -> None:
        with self._lock:
            if time.monotonic() < self._told_at + SECONDS_BETWEEN:
                return
            self._told_at = time.monotonic()
        terminal.notes().print(line, soft_wrap=True, markup=False)
