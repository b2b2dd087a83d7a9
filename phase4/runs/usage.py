"""What a run asked of BigQuery: as its own parts counted it, and as BigQuery lists its jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import Forbidden

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.formats import duration, size
from phase4.runs.run import Run
from phase4.tables.rows.plans import RunTask, TaskUsage
from phase4.tables.rows.snapshots import RunSnapshot

LISTED_JOBS = 20_000
# The statement that opens a run is created before the moment that it records.
SLACK = timedelta(minutes=5)
# The parts of a run's usage, and how their jobs are labelled.
PARTS = {"workflow": "workflow", "tasks": "precompute", "validator": "validator"}
Usage = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Counted:
    """What a run used by its own count: jobs and statements that succeeded, bytes, seconds.

    `queries_of` has the queries of each part. `task_seconds` are those of all tasks together.
    Attempts of tasks that died before their ledger are not known.
    """

    queries: int
    queries_of: dict[str, int]
    dml_statements: int
    load_jobs: int
    read_sessions: int
    bytes_processed: int
    bytes_read: int
    bytes_loaded: int
    task_seconds: float

    @classmethod
    def of(cls, usage: Usage) -> Counted:
        """The sums over the parts of a usage as the workflow stores it with the run."""
        parts = {name: usage[name] for name in PARTS if name in usage}

        def total(counter: str) -> int:
            return int(sum(part.get(counter, 0) for part in parts.values()))

        return cls(
            queries=total("queries"),
            queries_of={name: int(part.get("queries", 0)) for name, part in parts.items()},
            dml_statements=total("dml_statements"),
            load_jobs=total("load_jobs"),
            read_sessions=total("read_sessions"),
            bytes_processed=total("bytes_processed"),
            bytes_read=total("bytes_read"),
            bytes_loaded=total("bytes_loaded"),
            task_seconds=float(parts.get("tasks", {}).get("seconds", 0)),
        )

    def line(self) -> str:
        """All of it as one line of text."""
        queries = ", ".join(f"{name} {self.queries_of.get(name, 'unknown')}" for name in PARTS)
        dml = f"{self.dml_statements:,}" if "workflow" in self.queries_of else "unknown"
        return (
            f"{self.queries:,} queries ({queries}) with {dml} DML statements,"
            f" {self.load_jobs:,} load jobs,"
            f" {self.read_sessions:,} read sessions;"
            f" {size(self.bytes_processed)} processed, {size(self.bytes_read)} read,"
            f" {size(self.bytes_loaded)} loaded; {duration(self.task_seconds)} of tasks"
        )


@dataclass(frozen=True)
class Consumption:
    """Jobs that carry the label of a run; bytes as billed, loads in bytes of the tables."""

    queries: int = 0
    bytes_processed: int = 0
    bytes_billed: int = 0
    slot_seconds: float = 0.0
    load_jobs: int = 0
    bytes_loaded: int = 0
    failed_jobs: int = 0

    @classmethod
    def of(cls, jobs: Iterable[Any]) -> Consumption:
        """The sum over jobs as the client lists them."""
        listed = list(jobs)
        queries = [job for job in listed if job.job_type == "query"]
        loads = [job for job in listed if job.job_type == "load"]
        return cls(
            queries=len(queries),
            bytes_processed=_total(queries, "total_bytes_processed"),
            bytes_billed=_total(queries, "total_bytes_billed"),
            slot_seconds=_total(queries, "slot_millis") / 1000,
            load_jobs=len(loads),
            bytes_loaded=_total(loads, "output_bytes"),
            failed_jobs=sum(bool(job.error_result) for job in listed),
        )


def counted_of(warehouse: Warehouse, run: Run) -> Counted | None:
    """What a run used by its own count; None when it has neither a summary nor tasks.

    A run that broke off stored no summary: then ledger and snapshots tell, without the workflow.
    """
    stored = run.summary.get("usage")
    if stored:
        return Counted.of(stored)
    tasks = ask(warehouse, RunTask, run_id=run.run_id)
    snapshots = ask(warehouse, RunSnapshot, run_id=run.run_id)
    used = [task.usage for task in tasks if task.usage]
    if not used and not snapshots:
        return None
    return Counted.of({"tasks": _sums(used), "validator": _sums(snapshots)})


def consumption_of(
    warehouse: Warehouse, run_id: str, started_at: datetime, ended_at: datetime
) -> Consumption | None:
    """The sum over the jobs of a run; None when this account may not list the project's jobs.

    What the command line asked about the run is not part of it.
    """
    label = Caller("", run_id).labels()["run_id"]
    try:
        jobs = warehouse.client.list_jobs(
            all_users=True,
            min_creation_time=started_at - SLACK,
            max_creation_time=ended_at + SLACK,
            max_results=LISTED_JOBS,
        )
        return Consumption.of(
            job
            for job in jobs
            if job.labels.get("run_id") == label and job.labels.get("component") in PARTS.values()
        )
    except Forbidden:
        return None


def _sums(rows: Sequence[TaskUsage | RunSnapshot]) -> dict[str, float]:
    counters = ("queries", "load_jobs", "read_sessions", "bytes_processed", "bytes_read",
                "bytes_loaded", "seconds")  # fmt: skip
    return {name: sum(getattr(row, name, None) or 0 for row in rows) for name in counters}


def _total(jobs: Iterable[Any], figure: str) -> int:
    return sum(int(getattr(job, figure) or 0) for job in jobs)
