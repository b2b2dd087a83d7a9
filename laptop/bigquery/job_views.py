"""INFORMATION_SCHEMA.JOBS, JOBS_BY_PROJECT and JOBS_BY_USER: jobs and the statements of scripts.

Here everybody is the same user, so the three have the same rows. A statement of a script is a job
with rows of its own: `bq query` shows a script by them.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from bqemulator.jobs.executor import build_response_schema

from .analysis import METER
from .errors import as_bigquery_error
from .jobs import CHILD_PREFIX, Job, JobStore, Outcome, now_ms
from .locations import no_dataset
from .memory import compact

VIEW = "information_schema_jobs"
_REFERENCE = re.compile(
    r"(?:`?[\w-]+`?\s*\.\s*)?`?region-(?P<region>[\w-]+)`?\s*\.\s*`?"
    r"INFORMATION_SCHEMA`?\s*\.\s*`?JOBS(?:_BY_PROJECT|_BY_USER)?`?(?!\w)",
    re.IGNORECASE,
)
_TEXT, _TIME = pa.string(), pa.timestamp("us", tz="UTC")
_SCHEMA = pa.schema(
    {
        "creation_time": _TIME,
        "project_id": _TEXT,
        "user_email": _TEXT,
        "job_id": _TEXT,
        "job_type": _TEXT,
        "statement_type": _TEXT,
        "start_time": _TIME,
        "end_time": _TIME,
        "query": _TEXT,
        "state": _TEXT,
        "total_bytes_processed": pa.int64(),
        "total_bytes_billed": pa.int64(),
        "error_result": pa.struct({"reason": _TEXT, "location": _TEXT, "message": _TEXT}),
        "labels": pa.list_(pa.struct({"key": _TEXT, "value": _TEXT})),
        "parent_job_id": _TEXT,
    }
)


@dataclass
class ScriptStatement:
    """A statement of a script or procedure: where it stands (from 1), and the rows it gave."""

    sql: str
    kind: str
    line: int
    column: int
    procedure: str = ""
    rows: pa.Table | None = None

    def frame(self) -> dict[str, Any]:
        """The API's ScriptStackFrame; those of the calls that led to it are not known here."""
        place = {"startLine": self.line, "startColumn": self.column, "text": self.sql.strip()}
        return {**place, "procedureId": self.procedure} if self.procedure else place


class JobView:
    """What one job sees of all jobs, and where the statements of its script are noted."""

    def __init__(self, context: Any, store: JobStore, job: Job) -> None:
        self._context = context
        self._store = store
        self._job = job

    def lead(self, sql: str) -> str:
        """A statement with its references to jobs leading to what is known of them now."""
        # Most statements are long and name no region: the pattern tries each of their words.
        found = _REFERENCE.search(sql) if "REGION-" in sql.upper() else None
        if found is None:
            return sql
        if found["region"].lower() != self._job.location.lower():
            region = f"region-{found['region']}"
            raise no_dataset(self._job.project, region, self._job.location)
        jobs = self._store.listing(self._job.project)
        rows = [_row(one) for job in jobs for one in (job, *job.children)]
        table = pa.Table.from_pylist(rows, schema=_SCHEMA)
        self._context.engine.connection.register(VIEW, table)
        return _REFERENCE.sub(VIEW, sql)

    @contextmanager
    def running(self, statement: ScriptStatement) -> Iterator[None]:
        """One statement of the job's script: a job of its own below it."""
        parent, meter = self._job, METER.get()
        number = len(parent.children)
        query = {"query": statement.sql, "useLegacySql": False}
        config = {"labels": parent.labels, "query": query}
        job_id = f"{CHILD_PREFIX}{uuid.uuid4().hex}_{number}"
        child = Job(
            parent.project, job_id, parent.location, "query", config, parent_id=parent.job_id
        )
        child.started = now_ms()
        parent.children.append(child)
        before = meter.processed if meter else 0
        try:
            yield
        except Exception as error:
            child.error = as_bigquery_error(error, parent.location)
            raise
        finally:
            processed = str((meter.processed if meter else 0) - before)
            sizes = {"statementType": statement.kind, "totalBytesProcessed": processed}
            script = {"evaluationKind": "STATEMENT", "stackFrames": [statement.frame()]}
            rows = pa.table({}) if statement.rows is None else compact(statement.rows)
            child.outcome = Outcome(
                {"totalBytesProcessed": processed, "scriptStatistics": script, "query": sizes},
                rows,
                build_response_schema(rows.schema),
            )
            self._store.account(child)
            child.ended = now_ms()


SEEN: contextvars.ContextVar[JobView | None] = contextvars.ContextVar("seen", default=None)


def _row(job: Job) -> dict[str, Any]:
    query = job.outcome.statistics.get("query", {}) if job.outcome else {}
    known = {
        "creation_time": _at(job.created),
        "project_id": job.project,
        "user_email": job.user,
        "job_id": job.job_id,
        "job_type": job.kind.upper(),
        "statement_type": query.get("statementType"),
        "start_time": _at(job.started),
        "end_time": _at(job.ended),
        "query": job.configuration[job.kind].get("query"),
        "state": job.state,
        "error_result": job.error.result() if job.error else None,
        "labels": [{"key": key, "value": value} for key, value in job.labels.items()],
        "parent_job_id": job.parent_id,
    }
    sizes = {
        "total_bytes_processed": query.get("totalBytesProcessed"),
        "total_bytes_billed": query.get("totalBytesBilled"),
    }
    return {**known, **{name: int(size) if size else None for name, size in sizes.items()}}


def _at(ms: int | None) -> dt.datetime | None:
    return None if ms is None else dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
