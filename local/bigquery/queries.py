"""Query jobs: run by the emulator, checked and finished as the service does."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pyarrow as pa
from bqemulator.jobs.executor import JOB_RESULTS, JOB_SCHEMAS, execute_query_job

from . import dialect, locations, script_parameters
from .errors import BigQueryError
from .history import dml_target
from .jobs import Job, Outcome
from .loads import create_table
from .partition_view import PartitionViews
from .partitions import TableRef
from .writes import Writer

_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|TRUNCATE|CALL|EXECUTE|TRANSACTION|EXPORT)\b",
    re.IGNORECASE,
)


class Querier:
    """Runs query jobs."""

    def __init__(self, context: Any, writer: Writer) -> None:
        self._context = context
        self._writer = writer
        self._views = PartitionViews(context)

    def run(self, job: Job) -> Outcome:
        """The rows of the statement, or of a script's last SELECT."""
        config = job.configuration["query"]
        outcome = self._execute(job, config)
        if "destinationTable" in config and outcome.rows is not None:
            self._store(job, config, outcome.rows)
        return outcome

    def _execute(self, job: Job, config: dict[str, Any]) -> Outcome:
        sql, parameters = config["query"], config.get("queryParameters")
        if not sql.strip():
            raise BigQueryError("invalidQuery", "Syntax error: Unexpected end of statement")
        sql, parameters = script_parameters.inlined(sql, parameters)
        locations.check_sql(self._context, job.project, job.location, sql)
        sql = self._views.prepare(sql, job.project)
        sql = dialect.before_translation(sql, self._context, job.project)
        try:
            done = self._emulate(job, sql, parameters)
        finally:
            self._context.snapshots.release()
        locations.apply_schema_options(self._context, job.project, sql)
        rows = JOB_RESULTS.pop(job.job_id)
        return Outcome(done.statistics, rows, JOB_SCHEMAS.pop(job.job_id))

    def _emulate(self, job: Job, sql: str, parameters: Any) -> Any:
        run = execute_query_job(job.project, job.job_id, sql, parameters, self._context)
        if not _WRITES.search(sql):
            return asyncio.run(run)
        target = dml_target(sql, job.project)
        with self._context.engine.mutation(), self._context.snapshots.recording(target):
            return asyncio.run(run)

    def _store(self, job: Job, config: dict[str, Any], rows: pa.Table) -> None:
        ref = TableRef.parse(config["destinationTable"], job.project)
        disposition = config.get("writeDisposition", "WRITE_EMPTY")
        known = self._context.catalog.get_table(ref.project, ref.dataset, ref.table)
        if (
            known is None
            and not ref.partition
            and config.get("createDisposition") != "CREATE_NEVER"
        ):
            from bqemulator.jobs.executor import build_response_schema

            create_table(self._context, ref, build_response_schema(rows.schema))
        self._writer.write(ref, rows, disposition)
