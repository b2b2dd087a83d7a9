"""`python -m bench.task`: one task as a fresh process, from its start to its exit.

Seconds and the peak of its memory, over fifty dates and over all dates of ten seasons in one shard.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bench.chain import FIFTY_DATES, LAST, Bench, Figure, a_cloud, calendar_of, show
from bench.compute import IMAGE
from phase4.tables.filled import DEFAULT

LAST_SEASON = ("2024-10-01", "2025-06-30")
TASK = """
from pathlib import Path
from phase4.tables import calendar
calendar.CALENDAR_FILE = Path({calendar!r})
from phase4.filling.shard import run_task
raise SystemExit(run_task())
"""


@dataclass(frozen=True)
class TaskFigure(Figure):
    """One shard: its dates, and MB at the peak of the largest try."""

    dates: int
    peak_mb: int


def main(
    runs: Annotated[int, typer.Option(help="Runs per figure; the median counts.")] = 3,
) -> None:
    """Print one JSON line per shard."""
    with a_cloud(2, runs) as bench:
        for what, dates in {"fifty dates": FIFTY_DATES, "one season": LAST_SEASON}.items():
            show(_measured(bench, what, dates, runs))
    with a_cloud(10, 1) as bench:
        show(_measured(bench, "ten seasons", ("2016-10-01", LAST), 1))


def _measured(bench: Bench, what: str, dates: tuple[str, str], runs: int) -> TaskFigure:
    tries = [tried(bench, *dates) for _ in range(runs)]
    planned = max(dates for dates, _, _ in tries)
    times = tuple(seconds for _, seconds, _ in tries)
    return TaskFigure("task", what, times, planned, max(peak for _, _, peak in tries))


def tried(bench: Bench, first: str, last: str) -> tuple[int, float, int]:
    """Dates, seconds and MB of one task that fills an empty range."""
    bench.empty(first, last)
    with _opened(bench, first, last) as (run_id, planned):
        environment = {
            **os.environ, **IMAGE,
            "PHASE4_RUN_ID": run_id, "PHASE4_WAVE": "1",
            "CLOUD_RUN_TASK_INDEX": "0", "CLOUD_RUN_TASK_ATTEMPT": "0",
            "CLOUD_RUN_EXECUTION": f"bench-{run_id}",
        }  # fmt: skip
        program = TASK.format(calendar=str(calendar_file(bench)))
        return planned, *process([sys.executable, "-c", program], environment)


def process(command: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """Seconds and MB at the peak of a process; exits when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = round(time.perf_counter() - started, 3)
    if status:
        sys.exit(f"the task ended with {os.waitstatus_to_exitcode(status)}")
    return seconds, used.ru_maxrss // 1024


def calendar_file(bench: Bench) -> Path:
    """The calendar of the seasons that the cloud has."""
    file = bench.cloud.folder / "calendar.json"
    file.write_text(json.dumps(calendar_of(bench.seasons)))
    return file


@contextmanager
def _opened(bench: Bench, first: str, last: str) -> Iterator[tuple[str, int]]:
    """A run over a range in one shard, opened and planned as by the workflow; its planned dates."""
    settings = bench.cloud.settings
    run_id = f"bench-{uuid.uuid4().hex[:12]}"
    request = json.dumps({
        "tables": [DEFAULT.name], "first_wave": 0,
        "start_date": first, "end_date": last, "dates": [], "tasks": 1, "canary_dates": 0,
        "validate_every": 100_000, "states": ["MISSING", "PARTIAL"], "force": False,
        "dry_run": False, "stale_history_days": 45, "target_table": settings.target_table,
        "execution": "", "trigger": "manual", "owner": "", "purpose": "", "code_version": "bench",
    })  # fmt: skip
    ops = settings.ops_dataset
    asked = {"run_id": run_id, "request": request}
    bench.warehouse.row(f"CALL `{ops}.open_run`(@run_id, @request, '', '', 900)", asked)
    plan = bench.warehouse.row(f"CALL `{ops}.plan_backfill`(@run_id, @request)", asked)
    try:
        yield run_id, int(plan["planned_dates"])
    finally:
        close = f"CALL `{ops}.close_run`(@run_id, 'SUCCEEDED', '', '{{}}')"
        bench.warehouse.query(close, {"run_id": run_id})


if __name__ == "__main__":
    typer.run(main)
