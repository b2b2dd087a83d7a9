"""`python -m bench.chain`: the deployed chain on the laptop cloud, step by step.

Every figure is the median of several runs in one go; nothing here asserts anything.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from laptop.ports import HOST, Ports
from phase4.cloud import routines
from phase4.cloud.site_pages import SitePages
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.cloud.workflow_executions import BACKFILL, Execution, Executions
from phase4.tables.calendar import bootstrap_days
from phase4.tables.calendar import seasons as known_seasons
from phase4.tables.routines import rendered
from sample import cloud as clouds
from sample.league import sample_league, write_league
from sample.league.schedule import league_calendar

FIRST, LAST = "2024-10-01", "2026-01-02"
FIFTY_DATES = ("2025-11-04", "2026-01-02")
TASKS = (1, 2, 5, 10)
SITE_SECONDS = 300


@dataclass(frozen=True)
class Figure:
    """One measured figure: seconds of each run."""

    group: str
    what: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure to quote."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Steps:
    """Where the seconds of a run go, from its start to its verdict."""

    lock_gaps_and_plan: float
    tasks: float
    ledger_and_snapshot_between_waves: float
    last_snapshots_and_verdict: float

    @classmethod
    def of(cls, began: float, spans: Sequence[tuple[float, float]], ended: float) -> Steps:
        """From the moments of a run and of its Cloud Run executions."""
        tasks = sum(end - start for start, end in spans)
        last = spans[-1][1]
        before = spans[0][0] - began
        steps = (before, tasks, last - began - before - tasks, ended - last)
        return cls(*(round(seconds, 3) for seconds in steps))


class Bench:
    """One laptop cloud under measurement."""

    def __init__(self, cloud: clouds.Cloud, seasons: int, runs: int) -> None:
        self.cloud = cloud
        self.seasons = seasons
        self.runs = runs
        self.warehouse = Warehouse(cloud.settings, Caller("bench"))
        self.executions = Executions(cloud.settings, BACKFILL)

    def repeat(self, group: str, what: str, work: Callable[[], float]) -> Figure:
        """Measures `work`, which returns its own seconds, several times."""
        return Figure(group, what, tuple(round(work(), 3) for _ in range(self.runs)))

    def empty(self, first: str, last: str) -> None:
        """Removes the L4 rows of a range."""
        self.warehouse.query(
            f"DELETE FROM `{self.cloud.settings.target_table}`"
            f" WHERE game_date BETWEEN '{first}' AND '{last}'"
        )

    def run(self, **arguments: Any) -> tuple[float, Execution]:
        """Seconds from the start of a run to its verdict; back when its site is written, too.

        The site is made while nobody waits for it: the next measurement would take place beside it.
        """
        started, since = time.perf_counter(), datetime.now(UTC)
        execution = self.executions.ended(self.executions.start(arguments), pause=0.05)
        seconds = time.perf_counter() - started
        # A refusal is quick, and the time of nothing.
        if not execution.summary:
            raise RuntimeError(f"the run of {arguments} came to nothing: {execution.error}")
        # What would be done is nothing to show.
        if not arguments.get("dry_run"):
            self._await_site(since)
        return seconds, execution

    def _await_site(self, since: datetime) -> None:
        pages = SitePages(self.cloud.settings)
        deadline = time.monotonic() + SITE_SECONDS
        while (made := pages.made_at()) is None or made < since:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the site of a run was not written in {SITE_SECONDS} s")
            time.sleep(0.2)

    def execution_seconds(self, first: str, last: str, tasks: int) -> float:
        """Seconds of one Cloud Run execution over all dates of a range."""
        self.empty(first, last)
        self.run(start_date=first, end_date=last, tasks=tasks, canary_dates=0, validate_every=1000)
        began, ended = self.spans()[-1]
        return ended - began

    def spans(self, since: float = 0.0) -> list[tuple[float, float]]:
        """Start and end of every Cloud Run execution since a moment, oldest first."""
        spans = [_span(one) for one in self._executions()]
        return sorted(span for span in spans if span[0] >= since)

    def task_spans(self) -> list[tuple[float, float]]:
        """Start and end of every Cloud Run task."""
        executions = (one["name"] for one in self._executions())
        tasks = (task for name in executions for task in self._listed(name, "tasks"))
        return sorted(map(_span, tasks))

    def _executions(self) -> list[dict[str, Any]]:
        settings = self.cloud.settings
        return self._listed(f"{settings.place}/jobs/{settings.job}", "executions")

    def _listed(self, parent: str, what: str) -> list[dict[str, Any]]:
        url = f"http://{HOST}:{self.cloud.ports.run}/v2/{parent}/{what}"
        found: list[dict[str, Any]] = httpx.get(url, params={"pageSize": 1000}).json()[what]
        return found

    @staticmethod
    def timed(work: Callable[[], object]) -> float:
        """Seconds of a call."""
        started = time.perf_counter()
        work()
        return time.perf_counter() - started


def main(
    runs: Annotated[int, typer.Option(help="Runs per figure; the median counts.")] = 3,
) -> None:
    """Print one JSON line per figure."""
    for figure in _start_up(runs):
        show(figure)
    with a_cloud(2, runs) as bench:
        for figure in _chain(bench):
            show(figure)
    for seasons in (5, 20):
        with a_cloud(seasons, runs) as bench:
            for figure in _looking(bench, seasons):
                show(figure)


def _start_up(runs: int) -> Iterator[Figure]:
    def start(program: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        return time.perf_counter() - started

    for what, program in {
        "bare Python": "pass",
        "the task's imports": "import jobs.precompute.main",
    }.items():
        yield Figure("start-up", what, tuple(start(program) for _ in range(runs)))


def _chain(bench: Bench) -> Iterator[Figure]:
    steps: list[Steps] = []

    def reference() -> float:
        bench.empty(FIRST, LAST)
        began = time.time()
        seconds, _ = bench.run(start_date=FIRST, end_date=LAST)
        steps.append(Steps.of(began, bench.spans(began), began + seconds))
        return seconds

    yield bench.repeat("run", "234 dates, canary and all the rest", reference)
    for step, times in zip(fields(Steps), zip(*map(astuple, steps), strict=True), strict=True):
        yield Figure("of which", step.name.replace("_", " "), times)
    yield bench.repeat(
        "run", "nothing to do", lambda: bench.run(start_date=FIRST, end_date=LAST)[0]
    )

    def repair() -> float:
        bench.empty("2025-12-15", "2025-12-15")
        return bench.run(dates=["2025-12-15"])[0]

    yield bench.repeat("run", "one date", repair)
    for what, dates in {"fifty dates": FIFTY_DATES, "234 dates": (FIRST, LAST)}.items():
        for tasks in TASKS:
            measured = partial(bench.execution_seconds, *dates, tasks)
            yield bench.repeat("execution", f"{what}, tasks={tasks}", measured)


def _looking(bench: Bench, seasons: int) -> Iterator[Figure]:
    first = f"{2026 - seasons}-10-01"
    states = (
        f"SELECT COUNT(*) AS n FROM `{bench.cloud.settings.ops_dataset}.date_status`"
        f"('{first}', '{LAST}') WHERE state = 'MISSING'"
    )
    group = f"{seasons} seasons"
    yield bench.repeat(
        group, "date_status", lambda: bench.timed(lambda: bench.warehouse.query(states))
    )
    # A run and a validation refuse dates of a season that the deployed calendar has not.
    if 2026 - seasons < min(season.season_year for season in known_seasons()):
        return
    yield bench.repeat(
        group, "plan (dry run)",
        lambda: bench.run(start_date=first, end_date=LAST, dry_run=True)[0],
    )  # fmt: skip
    yield bench.repeat(group, "phase4 validate", lambda: bench.timed(lambda: _validate(first)))


def _validate(first: str) -> None:
    program = "from phase4.cli import main; main()"
    command = [sys.executable, "-c", program, "validate", "--start-date", first, "--end-date", LAST]
    done = subprocess.run(command, capture_output=True, text=True)
    # 1 is a verdict, too: a league with holes is below its thresholds.
    if done.returncode > 1:
        raise RuntimeError(f"phase4 validate from {first} came to nothing: {done.stderr}")


@contextmanager
def a_cloud(seasons: int, runs: int, like_production: float = 0.0) -> Iterator[Bench]:
    """A laptop cloud with a league of so many seasons, and this process pointed at it.

    `like_production` is the scale at which it is as slow as the service; 0: it is not.
    """
    with tempfile.TemporaryDirectory() as folder:
        league = Path(folder) / "league"
        league.mkdir()
        write_league(sample_league(seasons), league)
        cloud = clouds.start(Path(folder) / "cloud", Ports.free(), like_production=like_production)
        before = dict(os.environ)
        try:
            clouds.set_up(cloud, league)
            os.environ.update(cloud.environment)
            bench = Bench(cloud, seasons, runs)
            _know_seasons(bench, seasons)
            yield bench
        finally:
            cloud.stop()
            os.environ.clear()
            os.environ.update(before)


def calendar_of(seasons: int) -> dict[str, Any]:
    """calendar.json for a league that begins before the real calendar does."""
    known = [asdict(season) for season in league_calendar(seasons)]
    dated = {"opener", "all_star_start", "all_star_end"}
    return {
        "bootstrap_days": bootstrap_days(),
        "seasons": [
            {name: str(day) if name in dated and day else day for name, day in season.items()}
            for season in known
        ],
    }


def _know_seasons(bench: Bench, seasons: int) -> None:
    """Makes the view of the seasons anew, with those of the league."""
    settings = bench.cloud.settings
    calendar = json.dumps(calendar_of(seasons)["seasons"])
    known = rendered({**routines.placeholders(settings), "seasons_json": calendar})
    (view,) = (routine for routine in known if routine.name == "seasons")
    routines.create(view, bench.warehouse.client, settings)


def _span(resource: dict[str, Any]) -> tuple[float, float]:
    start, end = resource["startTime"], resource["completionTime"]
    return _moment(start), _moment(end)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def show(figure: Figure) -> None:
    """Prints a figure as one JSON line."""
    print(json.dumps({**asdict(figure), "median": figure.median}), flush=True)


if __name__ == "__main__":
    typer.run(main)
