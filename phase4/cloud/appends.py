"""Load jobs that append to a table of others: what their ids tell.

A task that is killed between an append and its ledger leaves rows that no outcome knows. The load
job stays on record with the service, so its id says which rows are the run's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from phase4.cloud.in_flight import own_loads
from phase4.cloud.warehouse import JOB_PREFIX, Warehouse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Append:
    """One date of a table; its rows carry `read_at` as their processed_at."""

    table_name: str
    game_date: date
    read_at: datetime

    def job_id(self, run_id: str, digest: str, attempt: int) -> str:
        """The id of its load job."""
        day = f"{self.game_date:%Y%m%d}"
        prefix = _prefix(run_id, self.table_name)
        return f"{prefix}{day}_{micros_of(self.read_at)}_{digest[:16]}_{attempt}"


def appends_of(
    warehouse: Warehouse, run_id: str, tables: Sequence[str], since: datetime
) -> set[Append]:
    """What the load jobs of a run have appended to these tables since a moment."""
    return {
        _named_by(job.job_id.removeprefix(_prefix(run_id, table)), table)
        for job in own_loads(warehouse, "done", since)
        for table in tables
        if not job.error_result and job.job_id.startswith(_prefix(run_id, table))
    }


def micros_of(at: datetime) -> int:
    """Microseconds since 1970: a moment as exact as a TIMESTAMP, in the letters of a job id."""
    return (at - EPOCH) // timedelta(microseconds=1)


def _prefix(run_id: str, table: str) -> str:
    return f"{JOB_PREFIX}{run_id}_{table}_"


def _named_by(rest: str, table: str) -> Append:
    day, micros, *_ = rest.split("_")
    read_at = EPOCH + timedelta(microseconds=int(micros))
    return Append(table, datetime.strptime(day, "%Y%m%d").date(), read_at)
