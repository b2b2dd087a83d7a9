"""Jobs: who they are, what became of them, and the threads they run in."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from .errors import BigQueryError, as_bigquery_error
from .memory import compact
from .retention import Retention

WORKERS = 16
SLOW_WORKERS = 64
KEPT_JOBS = 20_000
# What the statements of a script are called.
CHILD_PREFIX = "script_job_"
KEPT_RESULT_BYTES = 64 * 2**20


def now_ms() -> int:
    """Milliseconds since 1970, as the API writes times."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Outcome:
    """What a job leaves behind: statistics, and for queries rows with their API schema."""

    statistics: dict[str, Any]
    rows: pa.Table | None = None
    fields: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Job:
    """One job; `future` is there from the moment it runs."""

    project: str
    job_id: str
    location: str
    kind: str
    configuration: dict[str, Any]
    created: int = field(default_factory=now_ms)
    started: int | None = None
    ended: int | None = None
    error: BigQueryError | None = None
    outcome: Outcome | None = None
    future: Future[None] | None = None
    connection: Any = None
    parent_id: str | None = None
    children: list[Job] = field(default_factory=list, repr=False)
    cancelled: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def state(self) -> str:
        """PENDING, RUNNING or DONE."""
        if self.ended is not None:
            return "DONE"
        return "PENDING" if self.started is None else "RUNNING"

    @property
    def user(self) -> str:
        """Who sent it: always the same, the laptop knows no identities."""
        return "anonymous@localhost"

    @property
    def reference(self) -> dict[str, str]:
        """The API's JobReference."""
        return {"projectId": self.project, "jobId": self.job_id, "location": self.location}

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its configuration."""
        return dict(self.configuration.get("labels") or {})

    @property
    def text(self) -> str:
        """What a fault may match: id, labels, SQL, destination (`dataset.table$partition`)."""
        own = self.configuration[self.kind]
        target = own.get("destinationTable") or {}
        name = f"{target.get('datasetId', '')}.{target.get('tableId', '')}"
        labels = [f"{key}={value}" for key, value in self.labels.items()]
        return "\n".join([self.job_id, *labels, str(own.get("query", "")), name])

    @property
    def hidden_table(self) -> dict[str, str] | None:
        """The table that keeps the rows of a query which names no other."""
        if self.kind != "query" or "destinationTable" in self.configuration["query"]:
            return None
        if self.outcome is None or self.outcome.rows is None:
            return None
        if self.outcome.statistics.get("query", {}).get("statementType") != "SELECT":
            return None
        dataset, table = _digest(f"{self.project}:{self.location}"), _digest(self.job_id)
        return {"projectId": self.project, "datasetId": f"_{dataset}", "tableId": f"anon{table}"}

    def resource(self) -> dict[str, Any]:
        """The API's Job."""
        status: dict[str, Any] = {"state": self.state}
        if self.error is not None:
            status |= {"errorResult": self.error.result(), "errors": [self.error.result()]}
        return {
            "kind": "bigquery#job",
            "id": f"{self.project}:{self.location}.{self.job_id}",
            "jobReference": self.reference,
            "configuration": {**self._configured(), "jobType": self.kind.upper()},
            "status": status,
            "statistics": self._statistics(),
            "user_email": self.user,
        }

    def _configured(self) -> dict[str, Any]:
        if (table := self.hidden_table) is None:
            return self.configuration
        query = {**self.configuration["query"], "destinationTable": table}
        return {**self.configuration, "query": query}

    def _statistics(self) -> dict[str, Any]:
        times = {"creationTime": self.created, "startTime": self.started, "endTime": self.ended}
        script = {
            "parentJobId": self.parent_id,
            "numChildJobs": len(self.children) or None,
        }
        known = {key: str(value) for key, value in {**times, **script}.items() if value is not None}
        return {**known, **(self.outcome.statistics if self.outcome else {})}


class JobStore:
    """Every job by its id; results of the latest ones only, the memory stays bounded."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[tuple[str, str], Job] = OrderedDict()
        self._results: Retention[tuple[str, str]] = Retention(KEPT_RESULT_BYTES)
        self._with_rows: dict[tuple[str, str], Job] = {}
        self._lock = threading.Lock()

    def add(self, job: Job) -> None:
        """Take a new job; an id seen before is `duplicate`."""
        with self._lock:
            self.refuse_known(job)
            self._jobs[job.project, job.job_id] = job
            if len(self._jobs) > KEPT_JOBS:
                _, oldest = self._jobs.popitem(last=False)
                for one in (oldest, *oldest.children):
                    self._results.drop((one.project, one.job_id))
                    self._with_rows.pop((one.project, one.job_id), None)

    def get(self, project: str, job_id: str, location: str | None) -> Job:
        """A job by id and location; without one only US and EU jobs are found."""
        job = self._jobs.get((project, job_id)) or self._child(project, job_id)
        wanted = (location or "US").lower()
        if job is None or (job.location.lower() != wanted and (location or job.location != "EU")):
            name = f"{project}:{location}.{job_id}" if location else f"{project}:{job_id}"
            raise BigQueryError("notFound", f"Not found: Job {name}")
        return job

    def _child(self, project: str, job_id: str) -> Job | None:
        if not job_id.startswith(CHILD_PREFIX):
            return None
        children = (child for job in self.listing(project) for child in job.children)
        return next((child for child in children if child.job_id == job_id), None)

    def refuse_known(self, job: Job) -> None:
        """`duplicate` if the job's id was used before."""
        if (job.project, job.job_id) in self._jobs:
            name = f"{job.project}:{job.location}.{job.job_id}"
            raise BigQueryError("duplicate", f"Already Exists: Job {name}")

    def listing(self, project: str) -> list[Job]:
        """A project's jobs, newest first."""
        with self._lock:
            return [job for job in reversed(self._jobs.values()) if job.project == project]

    def account(self, job: Job) -> None:
        """Count a finished job's rows; forget the oldest rows beyond the limit."""
        size = job.outcome.rows.nbytes if job.outcome and job.outcome.rows is not None else 0
        if not size:
            return
        with self._lock:
            key = (job.project, job.job_id)
            self._with_rows[key] = job
            for oldest in self._results.add(key, size):
                self._forget(self._with_rows.pop(oldest))

    def _forget(self, job: Job) -> None:
        if job.outcome is not None:
            job.outcome = Outcome(job.outcome.statistics, None, job.outcome.fields)


class JobRunner:
    """Runs jobs in threads; a client that goes away does not stop its job."""

    def __init__(self, store: JobStore, engine: Any) -> None:
        self._store = store
        self._engine = engine
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="job")
        # Jobs that wait must not keep others from running.
        self._slow = ThreadPoolExecutor(SLOW_WORKERS, thread_name_prefix="slow-job")

    def start(self, job: Job, work: Callable[[], Outcome], delay: float = 0) -> Future[None]:
        """Begin a stored job, its work after `delay` seconds in which it is RUNNING.

        The future ends with the job and never raises.
        """
        threads = self._slow if delay else self._threads
        job.future = threads.submit(self._run, job, work, delay)
        return job.future

    def _run(self, job: Job, work: Callable[[], Outcome], delay: float) -> None:
        job.started = now_ms()
        try:
            if job.cancelled.wait(delay):
                raise _stopped()
            with self._engine.session() as job.connection:
                outcome = work()
            rows = outcome.rows
            job.outcome = outcome if rows is None else replace(outcome, rows=compact(rows))
        except Exception as error:
            job.error = job.error or as_bigquery_error(error, job.location)
        job.connection = None
        self._store.account(job)
        job.ended = now_ms()

    def cancel(self, job: Job) -> None:
        """Interrupt a job that has not ended; it ends with the reason `stopped`."""
        job.cancelled.set()
        connection = job.connection
        if connection is not None:
            job.error = _stopped()
            connection.interrupt()

    def close(self) -> None:
        """Let running jobs end and take no more."""
        for threads in (self._threads, self._slow):
            threads.shutdown(wait=False, cancel_futures=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _stopped() -> BigQueryError:
    return BigQueryError("stopped", "Job execution was cancelled: User requested cancellation")
