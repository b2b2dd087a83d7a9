"""Where the seconds of a task go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds per step of a task, in the order in which the steps first began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def during(self, step: str) -> Iterator[None]:
        """Counts the block towards a step, however it ends."""
        self._seconds.setdefault(step, 0.0)
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[step] += time.perf_counter() - began

    def seconds(self) -> dict[str, float]:
        """Seconds by step, in milliseconds' precision."""
        return {step: round(seconds, 3) for step, seconds in self._seconds.items()}
