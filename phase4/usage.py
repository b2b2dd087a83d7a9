"""What a run asked of BigQuery, as BigQuery's own list of jobs accounts for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import Forbidden

from phase4.warehouse import Caller, Warehouse

LISTED_JOBS = 20_000
SLACK = timedelta(minutes=5)


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


def consumption_of(
    warehouse: Warehouse, run_id: str, started_at: datetime, ended_at: datetime
) -> Consumption | None:
    """The sum over the jobs of a run; None when this account may not list the project's jobs."""
    label = Caller("", run_id).labels()["run_id"]
    try:
        jobs = warehouse.client.list_jobs(
            all_users=True,
            min_creation_time=started_at - SLACK,
            max_creation_time=ended_at + SLACK,
            max_results=LISTED_JOBS,
        )
        return Consumption.of(job for job in jobs if job.labels.get("run_id") == label)
    except Forbidden:
        return None


def _total(jobs: Iterable[Any], figure: str) -> int:
    return sum(int(getattr(job, figure) or 0) for job in jobs)
