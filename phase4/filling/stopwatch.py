"""Where the seconds of a task go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds per stage, in the order in which the stages first began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def during(self, stage: str) -> Iterator[None]:
        """Counts the block towards a stage, however it ends."""
        self._seconds.setdefault(stage, 0.0)
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[stage] += time.perf_counter() - began

    def seconds(self) -> dict[str, float]:
        """Seconds by stage, in milliseconds' precision."""
        return {stage: round(seconds, 3) for stage, seconds in self._seconds.items()}
