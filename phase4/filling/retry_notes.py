"""What a task is trying again, noted in a table while it waits, so that an operator sees it."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, date, datetime, timedelta

from phase4.cloud.logging import log
from phase4.cloud.retries import Retry, one_line
from phase4.cloud.warehouse import Warehouse
from phase4.filling.task import Task
from phase4.tables.thresholds import RETRY_NOTES

_PARTITION = re.compile(r"\$(\d{8})")


class RetryNotes:
    """Notes each call that has been tried for a while, and again now and then."""

    def __init__(self, warehouse: Warehouse, task: Task) -> None:
        self._warehouse = warehouse
        self._task = task
        self._noted: dict[str, float] = {}
        self._lock = threading.Lock()

    def __call__(self, retry: Retry) -> None:
        """Notes the retry, if it is due to be told of; a note that fails costs the call nothing."""
        if not self._is_due(retry):
            return
        try:
            table = f"{self._warehouse.settings.ops_dataset}.retries"
            self._warehouse.note(table, self._row(retry))
        except Exception as error:  # whatever it is, the work goes on without the note
            text = f"a retry could not be noted: {one_line(error)}"
            log("WARNING", text, labels=self._warehouse.caller.labels(), event="retry_not_noted")

    def _is_due(self, retry: Retry) -> bool:
        now = time.monotonic()
        with self._lock:
            since = now - self._noted.get(retry.what, -RETRY_NOTES["every_seconds"])
            due = retry.waited >= RETRY_NOTES["after_seconds"] and (
                since >= RETRY_NOTES["every_seconds"]
            )
            if due:
                self._noted[retry.what] = now
        return due

    def _row(self, retry: Retry) -> dict[str, object]:
        now = datetime.now(UTC)
        day = _date_of(retry.what)
        return {
            "run_id": self._task.run_id,
            "wave": self._task.wave,
            "task": self._task.index,
            "what": retry.what,
            "game_date": day.isoformat() if day else None,
            "tries": retry.tries,
            "error": retry.error,
            "noted_at": now.isoformat(),
            "gives_up_at": (now + timedelta(seconds=retry.seconds_left)).isoformat(),
        }


def _date_of(what: str) -> date | None:
    found = _PARTITION.search(what)
    return datetime.strptime(found.group(1), "%Y%m%d").date() if found else None
