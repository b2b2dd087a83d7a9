"""Query jobs: run by the emulator, checked and finished as the service does."""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache
from typing import Any

import pyarrow as pa
from bqemulator.jobs.executor import (
    JOB_RESULTS,
    JOB_SCHEMAS,
    build_response_schema,
    classify_statement_type,
    execute_query_job,
)
from bqemulator.scripting.ast import SqlStmt
from bqemulator.scripting.parser import parse_script

from . import dialect, locations, moments, options, query_parameters, script_parameters
from .analysis import METER, Analyst, Meter
from .errors import BigQueryError
from .history import dml_target
from .job_views import SEEN, JobView
from .jobs import Job, JobStore, Outcome
from .loads import create_table
from .partition_view import PartitionViews
from .partitions import TableRef
from .project_names import working_for
from .result_shape import shaped
from .statements import REMEMBERED, parsed
from .value_types import PARAMETERS
from .writes import Writer

_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|TRUNCATE|CALL|EXECUTE|TRANSACTION|EXPORT)\b",
    re.IGNORECASE,
)
_TEMPORARY = re.compile(r"\bCREATE\s+(?:OR\s+REPLACE\s+)?TEMP(?:ORARY)?\s+TABLE\b", re.IGNORECASE)
_CALL = re.compile(r"\s*CALL\s+`?([\w.-]+)`?\s*\(.*\)\s*;?\s*", re.IGNORECASE | re.DOTALL)
_LONGEST = 1024 * 1024  # characters
_TOO_LONG = (
    "The query is too large. The maximum standard SQL query length is 1024.00K characters,"
    " including comments and white space characters."
)
_LEGACY = (
    "Legacy SQL, the API's default, is not supported here: "
    "set useLegacySql to false (bq: --nouse_legacy_sql)"
)


class Querier:
    """Runs query jobs."""

    def __init__(self, context: Any, writer: Writer, store: JobStore) -> None:
        self._context = context
        self._jobs = store
        self._writer = writer
        self._views = PartitionViews(context)

    def run(self, job: Job) -> Outcome:
        """The rows of the statement, or of a script's last SELECT."""
        config = job.configuration["query"]
        with working_for(job.project):
            outcome = self._execute(job, config)
        if "destinationTable" in config and outcome.rows is not None:
            self._store(job, config, outcome.rows)
        return outcome

    def _execute(self, job: Job, config: dict[str, Any]) -> Outcome:
        limit = config.get("maximumBytesBilled")
        meter = Meter(int(limit) if limit else None)
        METER.set(meter)
        sql, parameters = self._prepare(job, config)
        Analyst(self._context, job.project).admit(sql)
        done = self._emulate(job, sql, parameters)
        options.apply(self._context, job.project, sql)
        rows, fields = JOB_RESULTS.pop(job.job_id), JOB_SCHEMAS.pop(job.job_id)
        statistics = _with_bytes(done.statistics, meter)
        return shaped(sql, Outcome(statistics, rows, fields))

    def _prepare(self, job: Job, config: dict[str, Any]) -> tuple[str, Any]:
        sql = config["query"]
        if not sql.strip():
            raise BigQueryError("invalidQuery", "Syntax error: Unexpected end of statement")
        if len(sql) > _LONGEST:
            raise BigQueryError("invalid", _TOO_LONG)
        if config.get("useLegacySql", True):
            raise BigQueryError("invalidQuery", _LEGACY)
        given = config.get("queryParameters")
        known = query_parameters.checked(sql, given, config.get("parameterMode"))
        sql, parameters = script_parameters.inlined(sql, known)
        # What a statement makes may keep its text: a view, a routine.
        numbered = moments.numbered(sql)
        if numbered != sql and _is_query(numbered):
            sql = numbered
        locations.check_sql(self._context, job.project, job.location, sql)
        sql = self._views.prepare(sql, job.project, job.location)
        seen = JobView(self._context, self._jobs, job)
        SEEN.set(seen)
        # A script's statements are looked at one by one, and those of a routine when it is called.
        if _is_query(sql):
            sql = seen.lead(sql)
        return dialect.before_translation(sql, self._context, job.project), parameters

    def plan(self, job: Job) -> Outcome:
        """A dry run: bytes, statement type and schema; nothing is executed or changed."""
        meter = Meter()
        METER.set(meter)
        sql, parameters = self._prepare(job, job.configuration["query"])
        Analyst(self._context, job.project).admit(sql)
        kind = classify_statement_type(sql)
        fields: list[dict[str, Any]] = []
        if _is_query(sql):
            empty = f"SELECT * FROM ({sql.rstrip().rstrip(';')}) LIMIT 0" if parsed(sql) else sql
            self._emulate(job, empty, parameters)
            JOB_RESULTS.pop(job.job_id)
            fields = JOB_SCHEMAS.pop(job.job_id)
        planned = shaped(sql, Outcome({}, None, fields))
        query = {"statementType": kind, "schema": {"fields": planned.fields}}
        return Outcome(_with_bytes({"query": query}, meter), None, planned.fields)

    def _emulate(self, job: Job, sql: str, parameters: Any) -> Any:
        PARAMETERS.set(_types(parameters))
        run = execute_query_job(job.project, job.job_id, sql, parameters, self._context)
        try:
            if not self._writes(job.project, sql):
                return asyncio.run(run)
            target = dml_target(sql, job.project)
            with self._context.engine.mutation(), self._context.snapshots.recording(target):
                return asyncio.run(run)
        finally:
            self._context.snapshots.release()

    def _writes(self, project: str, sql: str) -> bool:
        """Whether a job may change more than temporary tables, which are its own."""
        called = _CALL.fullmatch(sql)
        if called:
            owner, dataset, name = f"{project}.{called[1]}".split(".")[-3:]
            routine = self._context.catalog.get_routine(owner, dataset, name)
            sql = routine.definition_body if routine else sql
        return _changes_more(sql)

    def _store(self, job: Job, config: dict[str, Any], rows: pa.Table) -> None:
        ref = TableRef.parse(config["destinationTable"], job.project)
        disposition = config.get("writeDisposition", "WRITE_EMPTY")
        known = self._context.catalog.get_table(ref.project, ref.dataset, ref.table)
        if (
            known is None
            and not ref.partition
            and config.get("createDisposition") != "CREATE_NEVER"
        ):
            create_table(self._context, ref, build_response_schema(rows.schema))
        self._writer.write(ref, rows, disposition)


@lru_cache(maxsize=REMEMBERED)
def _changes_more(sql: str) -> bool:
    return bool(_WRITES.search(_TEMPORARY.sub("", sql)))


def _types(parameters: list[dict[str, Any]] | None) -> tuple[tuple[str, str], ...]:
    """Names and types of named parameters."""
    named = (entry for entry in parameters or () if entry.get("name"))
    return tuple((entry["name"].lower(), entry["parameterType"]["type"]) for entry in named)


def _with_bytes(statistics: dict[str, Any], meter: Meter) -> dict[str, Any]:
    sizes = {
        "totalBytesProcessed": str(meter.processed),
        "totalBytesBilled": str(meter.billed),
    }
    total = {"totalBytesProcessed": sizes["totalBytesProcessed"]}
    return {**statistics, **total, "query": {**statistics.get("query", {}), **sizes}}


def _is_query(sql: str) -> bool:
    statements = parse_script(sql).statements
    return len(statements) == 1 and isinstance(statements[0], SqlStmt) and not _WRITES.search(sql)
