"""Load jobs that an earlier writer left in flight: ended before anybody else writes.

BigQuery carries out what it was sent, also after the sender is dead or has lost its lock. Such a
job would replace a partition after its successor wrote and counted it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from google.api_core.exceptions import BadRequest, Forbidden

from phase4.cloud.warehouse import JOB_PREFIX, Warehouse
from phase4.errors import NoAnswer

if TYPE_CHECKING:
    from google.cloud.bigquery import LoadJob

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


class StillInFlight(NoAnswer):
    """Load jobs of an earlier writer neither ended nor let themselves be cancelled in time."""

    def __init__(self, job_ids: Collection[str], seconds: float) -> None:
        super().__init__(
            f"load job {min(job_ids)} of an earlier run is still in flight after {seconds:.0f} s"
            f" ({len(job_ids)} in all): nothing is written next to it; run again when it has ended"
        )
        self.job_ids = tuple(job_ids)


def end_loads(warehouse: Warehouse, table: str, dates: Collection[date]) -> list[str]:
    """Ends every load job of this system that is under way into partitions of a `dataset.table`.

    To be called by whoever holds the lock of these dates and has started no load of his own yet:
    what is in flight then belongs to nobody. Returns the ids of the jobs that have ended;
    StillInFlight when one does not end within the settings' deadline.
    """
    found = {job.job_id: job for job in _under_way(warehouse, table, dates)}
    for job in found.values():
        _cancel(warehouse, job)
    _await_end(warehouse, list(found.values()))
    return sorted(found)


def _under_way(warehouse: Warehouse, table: str, dates: Collection[date]) -> Iterator[LoadJob]:
    table_id = warehouse.settings.table_id(table)
    partitions = {f"{table_id}${day:%Y%m%d}" for day in dates}
    # Pending first: a job that starts in between is then seen among the running ones.
    for state in ("pending", "running"):
        for job in own_loads(warehouse, state):
            target = job.destination
            if f"{target.project}.{target.dataset_id}.{target.table_id}" in partitions:
                yield job


def own_loads(warehouse: Warehouse, state: str, since: datetime | None = None) -> Iterator[LoadJob]:
    """The load jobs of this system in a state (pending, running, done), sent since a moment."""
    listed = partial(warehouse.client.list_jobs, state_filter=state, min_creation_time=since)
    try:
        jobs = list(listed(all_users=True))
    except Forbidden:
        # Without bigquery.jobs.listAll an identity sees its own jobs: all tasks share one identity.
        jobs = list(listed())
    yield from (job for job in jobs if job.job_type == "load" and job.job_id.startswith(JOB_PREFIX))


def _cancel(warehouse: Warehouse, job: LoadJob) -> None:
    try:
        warehouse.client.cancel_job(job.job_id, location=job.location)
    except (BadRequest, Forbidden):
        # It has ended meanwhile, or it is somebody else's to cancel: either way its end is awaited.
        return


def _await_end(warehouse: Warehouse, jobs: list[LoadJob]) -> None:
    seconds = warehouse.settings.deadline_seconds
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while jobs := [job for job in jobs if not job.done()]:
        if time.monotonic() + pause > deadline:
            raise StillInFlight([job.job_id for job in jobs], seconds)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
