"""`python -m bench.service`: what a run would take on the service, by the model of its times.

The laptop cloud is as slow as the service (laptop/service_times.json), at a scale: at 1 a minute is
a minute. Below 1 what computes and what polls takes as long as ever, and the figures are too high;
so they are on a machine that is busy with other things, whose load stands beside them.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from bench import chain
from bench.cost import CASES, PRICES, job_second
from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Warehouse
from phase4.runs.progress import Progress, progress_of
from phase4.tables.rows.runs import LastRun

# As often as `phase4 status --follow` looks at a run that takes minutes.
LOOK_SECONDS = 2.0
TARGET_MINUTES = (5, 8)
SNAPSHOT_MINUTES, TARGET_DOLLARS, PEAK_MB = 2, 0.02, 700
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.M)


@dataclass(frozen=True)
class Modelled:
    """One run at a scale: minutes and dollars as the service would have them."""

    what: str
    scale: float
    dates: int
    minutes: float
    forecast_minutes: float
    first_snapshot_minutes: float
    executions: int
    tasks: int
    billed_task_minutes: float
    task_dollars: float
    load_jobs: int
    bigquery_peak_mb: int | None
    """What the local BigQuery took of memory at most; None where no /proc says so."""
    machine_load: float
    """Processes that wanted a core, on average over the last quarter of an hour."""


def main(
    scale: Annotated[
        float, typer.Option(min=0.001, max=1, help="Times this the service's slowness.")
    ] = 1.0,
    case: Annotated[list[str] | None, typer.Option(help="A case alone.")] = None,
    record: Annotated[
        Path | None, typer.Option(help="Folder for what `phase4 status` saw of each run.")
    ] = None,
) -> None:
    """Print one JSON line per case."""
    for what in case or CASES:
        print(json.dumps(asdict(modelled(what, scale, record))), flush=True)


def modelled(what: str, scale: float, record: Path | None = None) -> Modelled:
    """A case of the costs, run once on a laptop cloud as slow as the service times `scale`."""
    seasons, first = CASES[what]
    with chain.a_cloud(seasons, 1, like_production=scale) as bench:
        bench.empty(first, chain.LAST)
        began = time.time()
        with _recorded(bench, record and record / f"{what}.json"):
            seconds, execution = bench.run(start_date=first, end_date=chain.LAST)
        summary = execution.summary
        snapshot = _first_snapshot(bench) - began
        spans = bench.task_spans()
        peak = _peak_mb(bench)
    billed = [max(PRICES["job"]["least_seconds"], (end - start) / scale) for start, end in spans]
    return Modelled(
        what=what,
        scale=scale,
        dates=summary["dates_succeeded"],
        minutes=round(seconds / scale / 60, 2),
        forecast_minutes=summary["plan"]["forecast"]["minutes"],
        first_snapshot_minutes=round(snapshot / scale / 60, 2),
        executions=summary["waves_run"],
        tasks=len(spans),
        billed_task_minutes=round(sum(billed) / 60, 1),
        task_dollars=round(sum(billed) * job_second(), 4),
        load_jobs=summary["usage"]["tasks"]["load_jobs"],
        bigquery_peak_mb=peak,
        machine_load=round(os.getloadavg()[2], 1),
    )


def section(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of the chapter in results.md, from `Modelled`s as dictionaries."""
    shown = {
        "scale": "scale",
        "machine_load": "load of the machine",
        "dates": "dates filled",
        "minutes": f"minutes (target {' / '.join(map(str, TARGET_MINUTES))})",
        "forecast_minutes": "forecast of a first run, minutes",
        "first_snapshot_minutes": f"first snapshot after minutes (target {SNAPSHOT_MINUTES})",
        "executions": "executions",
        "tasks": "tasks",
        "billed_task_minutes": "billed task-minutes",
        "task_dollars": f"$ of tasks (target {TARGET_DOLLARS} for the reference case)",
        "load_jobs": "load jobs of the tasks",
        "bigquery_peak_mb": f"peak MB of the local BigQuery (target {PEAK_MB})",
    }
    return [
        "",
        "## On the service, by the model",
        "",
        "The laptop cloud takes the service's times (laptop/service_times.json) times the scale.",
        "",
        "| | " + " | ".join(row["what"] for row in figures) + " |",
        "|---|" + "---:|" * len(figures),
        *(
            f"| {words} | " + " | ".join(str(row[name]) for row in figures) + " |"
            for name, words in shown.items()
        ),
    ]


@contextmanager
def _recorded(bench: chain.Bench, file: Path | None) -> Iterator[None]:
    """Keeps what is seen of the newest run whenever another batch of it is on record."""
    if file is None:
        yield
        return
    ended = Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        looking = pool.submit(_looks, bench.warehouse, ended)
        try:
            yield
        finally:
            ended.set()
    lines = (json.dumps(look, default=str) for look in looking.result())
    file.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def _looks(warehouse: Warehouse, ended: Event) -> list[dict[str, Any]]:
    seen: dict[int, dict[str, Any]] = {}
    while not ended.wait(LOOK_SECONDS):
        for run in ask(warehouse, LastRun):
            progress = progress_of(warehouse, run.run_id)
            seen.setdefault(progress.tally.recorded, _look(progress))
    last = [_look(progress_of(warehouse, run.run_id)) for run in ask(warehouse, LastRun)]
    return [*seen.values(), *last]


def _look(progress: Progress) -> dict[str, Any]:
    moments = ("started_at", "finished_at", "looked_at")
    return {
        **{name: getattr(progress, name) for name in moments},
        "waves": [asdict(wave) for wave in progress.waves],
    }


def _peak_mb(bench: chain.Bench) -> int | None:
    (pid,) = (each.pid for each in bench.cloud.processes if each.name == "bigquery")
    status = Path(f"/proc/{pid}/status")
    found = PEAK.search(status.read_text()) if status.exists() else None
    return int(found[1]) // 1024 if found else None


def _first_snapshot(bench: chain.Bench) -> float:
    """When the first snapshot stood in its table."""
    jobs = bench.warehouse.client.list_jobs(all_users=True)
    loads = [job for job in jobs if job.job_type == "load"]
    snapshots = [job for job in loads if job.destination.table_id == "coverage_snapshots"]
    return min(float(job.ended.timestamp()) for job in snapshots)


if __name__ == "__main__":
    typer.run(main)
