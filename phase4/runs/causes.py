"""Why planned dates of a run are not done: grouped by cause, with where to look and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from phase4.cloud.job_executions import JobExecutions, TaskEnd
from phase4.cloud.retries import FORESEEN
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.formats import counted, number
from phase4.runs.run import Run, run_of
from phase4.tables.arguments import BACKFILL
from phase4.tables.rows.plans import RunDate

VERBS = {
    "FAILED": "failed", "DIED": "died", "SKIPPED": "were skipped", "NOT_STARTED": "were not begun",
}  # fmt: skip
SHOWN_LOGS = 4
NAMED_DATES = 10
# Dates are named anew, and the lock that was taken over is free.
NOT_CARRIED = ("dates", "take_over", "dry_run")
Place = tuple[int | None, int | None]


@dataclass(frozen=True)
class Cause:
    """Dates of one fate with one cause, the logs that say more, and the commands that come next."""

    fate: str
    why: str
    dates: tuple[date, ...]
    count: int
    logs: tuple[str, ...]
    next: tuple[str, ...]

    @property
    def line(self) -> str:
        """`124 dates died: 4 tasks killed by SIGKILL (wave 1, tasks 0, 1, 2, 3)`."""
        dates = f"{self.dates[0]}" if self.count == 1 else f"{number(self.count)} dates"
        return f"{dates} {VERBS[self.fate]}: {self.why}".replace("were", "was", self.count == 1)


def causes_of(run: Run, ends: Sequence[TaskEnd]) -> list[Cause]:
    """The causes, of most dates first; of a run that goes on without what it has not begun."""
    waiting = () if run.row.finished_at else ("NOT_STARTED",)
    by_place: dict[Place, TaskEnd] = {(end.wave, end.task): end for end in ends}
    groups: dict[tuple[str, str], list[RunDate]] = defaultdict(list)
    for row in run.dates:
        if row.status in VERBS and row.status not in waiting:
            groups[row.status, _why(row, run, by_place)].append(row)
    causes = [_cause(run, *key, rows, by_place) for key, rows in groups.items()]
    return sorted(causes, key=lambda cause: (-cause.count, cause.dates[0]))


def ends_of(settings: Settings, run: Run) -> list[TaskEnd]:
    """How tasks of a run with failed or dead dates ended; nothing when Cloud Run does not say."""
    if not any(row.status in ("FAILED", "DIED") for row in run.dates):
        return []
    try:
        return JobExecutions(settings).ends(run.run_id)
    except FORESEEN:
        return []


def told_causes(warehouse: Warehouse, run_id: str) -> list[Cause]:
    """The causes of a run by its id."""
    run = run_of(warehouse, run_id)
    return causes_of(run, ends_of(warehouse.settings, run))


def _why(row: RunDate, run: Run, ends: dict[Place, TaskEnd]) -> str:
    if row.status == "DIED":
        end = ends.get((row.wave, row.task))
        return end.how if end else "ended without saying why"
    if row.status == "NOT_STARTED":
        return f"the run ended before: {run.row.failure or f'it is {run.row.state}'}"
    # What a reason says of its own date would be a cause of its own for every date.
    return row.reason.replace(str(row.game_date), "the date") or "no reason was recorded"


def _cause(
    run: Run, fate: str, why: str, rows: Sequence[RunDate], ends: dict[Place, TaskEnd]
) -> Cause:
    places = sorted({(row.wave or 0, row.task or 0) for row in rows})
    logs = [ends[place].log for place in places if place in ends]
    return Cause(
        fate=fate,
        why=f"{_tasks(places, why)}" if fate == "DIED" else why,
        dates=tuple(sorted({row.game_date for row in rows})),
        count=len(rows),
        logs=tuple(dict.fromkeys(logs[:SHOWN_LOGS])) if fate in ("DIED", "FAILED") else (),
        next=_next(run, fate, rows),
    )


def _tasks(places: Sequence[tuple[int, int]], how: str) -> str:
    waves = "; ".join(
        f"wave {wave}, {_numbers([task for each, task in places if each == wave])}"
        for wave in sorted({wave for wave, _ in places})
    )
    return f"{counted(len(places), 'task')} {how} ({waves})"


def _numbers(tasks: Sequence[int]) -> str:
    return f"{'task' if len(tasks) == 1 else 'tasks'} {', '.join(map(str, tasks))}"


def _next(run: Run, fate: str, rows: Sequence[RunDate]) -> tuple[str, ...]:
    """Resume is running again; what has failed for a reason of its own is explained first.

    So is what would be lost: `--accept-loss` is never carried on without the dates that it means.
    """
    days = sorted({row.game_date for row in rows})
    shrunk = [row.game_date for row in rows if row.state == "BLOCKED_SHRUNK"]
    told = [f"phase4 explain {days[0]}"] if fate == "FAILED" else []
    if shrunk:
        told.append(f"phase4 gaps {_span(min(shrunk), max(shrunk))} --state BLOCKED_SHRUNK")
    return (*told, f"phase4 run {_dates(run, days)}{_options(run, rows)}")


def _options(run: Run, rows: Sequence[RunDate]) -> str:
    """The options with which a run fills what it was asked to: those that it had.

    Dates that only an earlier stage had made stale need the word for it.
    """
    states = {row.state for row in rows}
    asked = {name: value for name, value in run.asked.items() if name not in NOT_CARRIED}
    if "BLOCKED_SHRUNK" not in states:
        asked.pop("accept_loss", None)
    if "STALE" in states:
        known = asked.get("reasons", BACKFILL["reasons"].default)
        asked["reasons"] = list(dict.fromkeys([*known, "stale"]))
    return "".join(_option(name, value) for name, value in asked.items())


def _dates(run: Run, days: Sequence[date]) -> str:
    """The dates one by one where a range would hold others that the run would write, too."""
    apart = len(days) <= NAMED_DATES and ("dates" in run.asked or "force" in run.asked)
    if apart or len(days) == 1:
        return " ".join(f"--date {day}" for day in days)
    return _span(days[0], days[-1])


def _span(start: date, end: date) -> str:
    """The options of a range."""
    return f"--start-date {start} --end-date {end}"


def _option(name: str, value: Any) -> str:
    flag = f" --{name.replace('_', '-')}"
    if BACKFILL[name].type == "flag":
        return flag
    values = value if isinstance(value, list) else [value]
    return "".join(f"{flag} {each}" for each in values)
