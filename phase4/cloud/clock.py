"""The time by BigQuery's clock: hosts' clocks differ, and what they put on record has one order."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """A clock that is set by moments that the service tells."""

    def __init__(self) -> None:
        self._zero: float | None = None

    @property
    def is_set(self) -> bool:
        """Whether the service has told a moment."""
        return self._zero is not None

    def hear(self, moment: datetime) -> None:
        """Takes a moment that has just passed there."""
        # An answer takes a while: of several moments the one that came quickest tells best.
        zero = moment.timestamp() - time.monotonic()
        self._zero = zero if self._zero is None else max(self._zero, zero)

    def now(self) -> datetime:
        """The present moment; only of a clock that is set."""
        if self._zero is None:
            raise ValueError("no moment of the service is known yet: ask it first")
        return datetime.fromtimestamp(self._zero + time.monotonic(), UTC)
