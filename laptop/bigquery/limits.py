"""How often a table may be changed by jobs: in ten seconds, and in a day.

The figures of the service stand in limits.json, with the factor by which a laptop, whose load takes
milliseconds instead of seconds, allows more.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .errors import BigQueryError
from .partitions import TableRef

_FIGURES = json.loads((Path(__file__).parent / "limits.json").read_text())
_WINDOW, _DAY = 10.0, 86_400.0
_SEE = "For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas"
_RATE = f"Exceeded rate limits: too many table update operations for this table. {_SEE}"
_APPENDS = (
    f"Quota exceeded: Your table exceeded quota for imports or query appends per table. {_SEE}"
)
_MODIFICATIONS = (
    "Quota exceeded: Your table exceeded quota for Number of partition modifications to a column "
    f"partitioned table. {_SEE}"
)


@dataclass(frozen=True)
class Figures:
    """Changes of one table that are allowed, in ten seconds and in a day."""

    unpartitioned_updates: int
    partitioned_updates: int
    unpartitioned_daily: int
    partitioned_daily: int

    @classmethod
    def scaled(cls, scale: float) -> Figures:
        """The service's figures times a factor."""
        return cls(**{name: int(count * scale) for name, count in _FIGURES["service"].items()})


SERVICE = Figures.scaled(1)
LAPTOP = Figures.scaled(_FIGURES["laptop_scale"])


class TableLimits:
    """The changes of every table, counted; safe to use from several threads."""

    def __init__(
        self, figures: Figures = LAPTOP, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.figures = figures
        self._clock = clock
        self._rates: dict[str, deque[float]] = {}
        self._days: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def admit(self, ref: TableRef, partitioned: bool) -> None:
        """Counts a change by a job; BigQueryError when the table has had too many.

        A job that the rate refuses still counts for the day, as failed jobs do in the service.
        """
        updates, daily = self._allowed(partitioned)
        with self._lock:
            now = self._clock()
            rate = _within(self._rates.setdefault(ref.name, deque()), now - _WINDOW)
            day = _within(self._days.setdefault(ref.name, deque()), now - _DAY)
            if len(day) >= daily:
                raise _daily_error(partitioned)
            day.append(now)
            if len(rate) >= updates:
                raise BigQueryError("rateLimitExceeded", _RATE, location="table.write")
            rate.append(now)

    def _allowed(self, partitioned: bool) -> tuple[int, int]:
        figures = self.figures
        if partitioned:
            return figures.partitioned_updates, figures.partitioned_daily
        return figures.unpartitioned_updates, figures.unpartitioned_daily

    def routes(self) -> list[Route]:
        """GET shows and PUT changes the figures at `/_local/limits`; DELETE forgets the counts."""

        async def limits(request: Request) -> Response:
            if request.method == "PUT":
                return self._change(await request.json())
            if request.method == "DELETE":
                with self._lock:
                    self.figures = LAPTOP
                    self._rates.clear()
                    self._days.clear()
            return JSONResponse(asdict(self.figures))

        return [Route("/_local/limits", limits, methods=["GET", "PUT", "DELETE"])]

    def _change(self, wanted: dict[str, Any]) -> Response:
        known = asdict(self.figures)
        for name, count in wanted.items():
            if name not in known or not isinstance(count, int) or count < 0:
                problem = f"limits: {name} = {count!r}: known are whole numbers {', '.join(known)}"
                return JSONResponse({"error": problem}, status_code=400)
        self.figures = replace(self.figures, **wanted)
        return JSONResponse(asdict(self.figures))


def _within(moments: deque[float], since: float) -> deque[float]:
    while moments and moments[0] <= since:
        moments.popleft()
    return moments


def _daily_error(partitioned: bool) -> BigQueryError:
    if partitioned:
        place = "partition_modifications_per_column_partitioned_table.long"
        return BigQueryError("quotaExceeded", _MODIFICATIONS, location=place)
    return BigQueryError("quotaExceeded", _APPENDS, location="load_job_per_table.long")
