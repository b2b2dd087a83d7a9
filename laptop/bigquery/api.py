"""The REST API's job routes; every other request goes on to the emulator."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import duckdb
import pyarrow as pa
from bqemulator.domain.errors import DomainError
from bqemulator.scripting.exceptions import ScriptRaise
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from laptop.faults import Fault, fault_routes
from laptop.service_times import ServiceTimes

from . import configurations, query_results, rows
from .definitions import Definitions
from .discovery import discovery
from .errors import BigQueryError, as_bigquery_error
from .etags import Preconditions
from .faults import FaultGate, GuardedStreaming, error_of
from .jobs import Job, JobRunner, JobStore, Outcome, now_ms
from .labelled import check_labels
from .limits import TableLimits
from .loads import Loader
from .queries import Querier
from .streaming import StreamedRows
from .table_policies import TablePolicies
from .tables import DecoratedTables, TableResources, TableRows
from .uploads import UploadSessions, parse_multipart
from .writes import Writer

# Long enough to spare the client of a short job a second request, shorter than any client waits.
INSERT_WAIT_SECONDS = 0.5
CANCEL_ATTEMPTS, CANCEL_PAUSE_SECONDS = 100, 0.05
JOBS_OF_A_PAGE = 1_000
KEPT_REQUESTS = 1_000
_OTHER_JOBS = (
    "Copy and extract jobs are not supported here, only query and load: "
    "CREATE TABLE … AS SELECT copies, also FOR SYSTEM_TIME AS OF a moment"
)


class JobApi:
    """jobs.* and the upload host of one server."""

    def __init__(
        self,
        context: Any,
        location: str,
        gate: FaultGate,
        limits: TableLimits,
        times: ServiceTimes,
    ) -> None:
        self._location = location
        self._times = times
        self._gate = gate
        self._engine = context.engine
        self.store = JobStore()
        self._runner = JobRunner(self.store, context.engine)
        self.writer = Writer(context, limits)
        self._loader = Loader(context, self.writer)
        self.querier = Querier(context, self.writer, self.store)
        query_results.keep(context.engine, self.store)
        self._uploads = UploadSessions()
        self._requests: dict[str, Job] = {}

    async def insert(self, request: Request) -> Response:
        """jobs.insert."""
        job = await self._submit(request, await request.json(), None)
        return JSONResponse(job.resource())

    async def query(self, request: Request) -> Response:
        """jobs.query: waits up to `timeoutMs`, then answers with the first page."""
        body = await request.json()
        job = self._requests.get(body.get("requestId", ""))
        if job is None:
            job = await self._submit(request, _query_job(body), None)
        micros = bool((body.get("formatOptions") or {}).get("useInt64Timestamp"))
        page = int(body.get("maxResults") or rows.DEFAULT_PAGE)
        return self._page(job, 0, page, "queryResponse", micros)

    async def upload(self, request: Request) -> Response:
        """jobs.insert with a file, in one request or opening a resumable session."""
        project = request.path_params["project"]
        if request.query_params.get("uploadType") == "multipart":
            content_type = request.headers.get("content-type", "")
            body, data = parse_multipart(content_type, await request.body())
            return JSONResponse((await self._submit(request, body, data)).resource())
        body = await request.json()
        self.store.refuse_known(self._make(project, body))
        upload_id = self._uploads.open(body)
        target = request.url.include_query_params(uploadType="resumable", upload_id=upload_id)
        return Response(headers={"Location": str(target), "X-GUploader-UploadID": upload_id})

    async def upload_chunk(self, request: Request) -> Response:
        """One PUT of a resumable session; the last one runs the job."""
        upload_id = request.query_params.get("upload_id", "")
        session = self._uploads.get(upload_id)
        if not session.append(request.headers.get("content-range"), await request.body()):
            received = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
            return Response(status_code=308, headers=received)
        job = await self._submit(request, session.job, bytes(session.data))
        self._uploads.close(upload_id)
        return JSONResponse(job.resource())

    async def get(self, request: Request) -> Response:
        """jobs.get."""
        return JSONResponse((await self._found(request)).resource())

    async def listing(self, request: Request) -> Response:
        """jobs.list, newest first, in pages.

        Filters: stateFilter, minCreationTime, maxCreationTime; parentJobId asks for the statements
        of a script, which are not listed otherwise. Without projection=full a job is listed without
        its configuration.
        """
        fault = self._gate.faults.take("list", str(request.query_params))
        if fault is not None:
            await self._gate.strike(fault, request, {})
        asked = request.query_params
        jobs = self.store.listing(request.path_params["project"])
        if parent := asked.get("parentJobId"):
            jobs = [child for job in jobs if job.job_id == parent for child in job.children[::-1]]
        # A job that the token names may meanwhile be in another state: only its place counts.
        left = [job for job in _behind(asked.get("pageToken"), jobs) if _wanted(job, asked)]
        size = min(int(asked.get("maxResults", JOBS_OF_A_PAGE)), JOBS_OF_A_PAGE)
        items = [{**job.resource(), "state": job.state} for job in left[:size]]
        if asked.get("projection", "minimal").lower() != "full":
            items = [{k: v for k, v in item.items() if k != "configuration"} for item in items]
        following = {"nextPageToken": left[size - 1].job_id} if len(left) > size else {}
        return JSONResponse({"kind": "bigquery#jobList", "jobs": items, **following})

    async def cancel(self, request: Request) -> Response:
        """jobs.cancel: a running query is interrupted, a finished job stays as it is."""
        job = self._job(request)
        for _ in range(CANCEL_ATTEMPTS):
            if job.state == "DONE":
                break
            self._runner.cancel(job)
            await _wait(job, CANCEL_PAUSE_SECONDS)
        return JSONResponse({"kind": "bigquery#jobCancelResponse", "job": job.resource()})

    async def results(self, request: Request) -> Response:
        """jobs.getQueryResults: waits up to `timeoutMs` (10 s)."""
        job, query = await self._found(request), request.query_params
        await _wait(job, float(query.get("timeoutMs", 10_000)) / 1000)
        start = int(query.get("pageToken") or query.get("startIndex") or 0)
        page = int(query.get("maxResults", rows.DEFAULT_PAGE))
        micros = query.get("formatOptions.useInt64Timestamp", "").lower() == "true"
        return self._page(job, start, page, "getQueryResultsResponse", micros)

    def _job(self, request: Request) -> Job:
        location = request.query_params.get("location")
        return self.store.get(request.path_params["project"], request.path_params["job"], location)

    async def _found(self, request: Request) -> Job:
        job = self._job(request)
        fault = self._gate.faults.take("get", job.text)
        if fault is not None:
            await self._gate.strike(fault, request, job.labels)
        return job

    async def _submit(self, request: Request, body: dict[str, Any], data: bytes | None) -> Job:
        job = self._make(request.path_params["project"], body)
        if job.configuration.get("dryRun"):
            # Who may not run a statement may not have it planned either.
            if (fault := self._gate.take(job.kind, job.text)) is not None:
                await self._gate.strike(fault, request, job.labels)
            return await asyncio.to_thread(self._plan, job)
        self.store.refuse_known(job)
        fault = self._gate.take(job.kind, job.text)
        # A slow load is a job that the service knows and lists, whatever becomes of its client.
        slow = fault.seconds if fault and fault.action == "delay" and job.kind == "load" else 0
        if (
            fault is not None
            and fault.action != "job_error"
            and fault.when == "before"
            and not slow
        ):
            await self._gate.strike(fault, request, job.labels)
        self.store.add(job)
        self._remember(body.get("requestId"), job)
        usual = self._times.of("load") if job.kind == "load" else 0
        self._runner.start(job, lambda: self._work(job, data, fault), slow or usual)
        await _wait(job, INSERT_WAIT_SECONDS)
        if fault is not None and fault.action != "job_error" and fault.when == "after":
            await self._gate.strike(fault, request, job.labels)
        return job

    def _remember(self, request_id: str | None, job: Job) -> None:
        """A repeated jobs.query with the same `requestId` is the same job."""
        if request_id:
            self._requests[request_id] = job
            if len(self._requests) > KEPT_REQUESTS:
                del self._requests[next(iter(self._requests))]

    def _plan(self, job: Job) -> Job:
        with self._engine.session():
            job.outcome = self.querier.plan(job)
        job.started = job.ended = now_ms()
        return job

    def _make(self, project: str, body: dict[str, Any]) -> Job:
        reference, config = body.get("jobReference") or {}, body.get("configuration") or {}
        kind = next((kind for kind in ("query", "load") if kind in config), None)
        if kind is None:
            raise BigQueryError("invalid", _OTHER_JOBS)
        check_labels(config)
        configurations.check(kind, config[kind])
        job_id = reference.get("jobId") or f"job_{uuid.uuid4().hex}"
        configurations.check_job_id(job_id)
        return Job(project, job_id, reference.get("location") or self._location, kind, config)

    def _work(self, job: Job, data: bytes | None, fault: Fault | None) -> Outcome:
        if fault is not None and fault.action == "job_error":
            raise error_of(fault)
        if job.kind == "query":
            return self.querier.run(job)
        if data is None:
            raise BigQueryError(
                "invalid", "Load jobs from URIs are not supported here: upload the file"
            )
        return self._loader.load(job, data)

    def _page(self, job: Job, start: int, size: int, kind: str, micros: bool) -> Response:
        if job.error is not None:
            raise job.error
        answer: dict[str, Any] = {
            "kind": f"bigquery#{kind}",
            "jobReference": job.reference,
            "jobComplete": job.state == "DONE",
        }
        if job.outcome is not None:
            answer |= _rows_page(job, job.outcome, start, size, micros)
        return JSONResponse(answer)


def _rows_page(job: Job, outcome: Outcome, start: int, size: int, micros: bool) -> dict[str, Any]:
    if outcome.rows is None and not job.configuration.get("dryRun"):
        raise BigQueryError("notFound", f"Not found: the rows of job {job.job_id} are gone")
    table = pa.table({}) if outcome.rows is None else outcome.rows
    more = {"pageToken": str(start + size)} if start + size < table.num_rows else {}
    cells = rows.page(table, start, size, micros)
    # What is empty is left out: after DML or DDL, also as a script's last statement, all of it.
    known = {
        "schema": {"fields": outcome.fields} if outcome.fields else None,
        "totalRows": str(table.num_rows) if table.num_columns else None,
        "rows": cells or None,
    }
    page = {name: value for name, value in known.items() if value is not None}
    return {**page, **more, **_query_facts(outcome)}


def _query_facts(outcome: Outcome) -> dict[str, Any]:
    facts = outcome.statistics.get("query", {})
    names = (
        "totalBytesProcessed",
        "totalBytesBilled",
        "cacheHit",
        "numDmlAffectedRows",
        "statementType",
    )
    return {name: facts[name] for name in names if name in facts}


def _query_job(body: dict[str, Any]) -> dict[str, Any]:
    shared = {"labels", "dryRun", "jobTimeoutMs"}
    own = {"kind", "location", "requestId", "timeoutMs", "maxResults", "formatOptions"}
    query = {key: value for key, value in body.items() if key not in shared | own}
    config = {"query": query, **{key: body[key] for key in shared & body.keys()}}
    own_id = {"requestId": body.get("requestId")}
    return {**own_id, "configuration": config, "jobReference": {"location": body.get("location")}}


async def _wait(job: Job, seconds: float) -> None:
    if job.future is not None and job.state != "DONE":
        await asyncio.wait({asyncio.wrap_future(job.future)}, timeout=seconds)


def build_app(
    context: Any,
    emulator: Any,
    location: str,
    gate: FaultGate,
    limits: TableLimits,
    times: ServiceTimes,
) -> Starlette:
    """The server's ASGI application."""
    context.snapshots.open()
    api = JobApi(context, location, gate, limits, times)
    TableResources(context).install()
    streaming = GuardedStreaming(gate, emulator)
    streamed = StreamedRows(context, streaming)
    table_rows = TableRows(context, api.writer)
    decorated = DecoratedTables(context, emulator, api.writer)
    definitions = Definitions(context, emulator, decorated, location, api.querier.run)
    base, upload = "/bigquery/v2/projects/{project}", "/upload/bigquery/v2/projects/{project}/jobs"
    table = f"{base}/datasets/{{dataset}}/tables/{{table}}"
    routes = [
        Route(f"{base}/jobs", api.insert, methods=["POST"]),
        Route(f"{base}/jobs", api.listing, methods=["GET"]),
        Route(f"{base}/jobs/{{job}}", api.get, methods=["GET"]),
        Route(f"{base}/jobs/{{job}}/cancel", api.cancel, methods=["POST"]),
        Route(f"{base}/queries", api.query, methods=["POST"]),
        Route(f"{base}/queries/{{job}}", api.results, methods=["GET"]),
        Route(upload, api.upload, methods=["POST"]),
        Route(upload, api.upload_chunk, methods=["PUT"]),
        Route(f"{table}/insertAll", streamed, methods=["POST"]),
        Route(f"{table}/data", table_rows.listing, methods=["GET"]),
        *TablePolicies().routes(table),
        *definitions.routes(f"{base}/datasets/{{dataset}}"),
        *fault_routes(gate.faults),
        *limits.routes(),
        Route("/$discovery/rest", discovery),
        Route("/discovery/v1/apis/bigquery/v2/rest", discovery),
        Mount("/", emulator),
    ]
    # A handler for Exception itself would close the client's connection after its answer.
    kinds = (BigQueryError, DomainError, ScriptRaise, duckdb.Error, LookupError, ValueError)
    return Starlette(
        routes=routes,
        exception_handlers=dict.fromkeys(kinds, _answer_error),
        middleware=[Middleware(Preconditions, catalog=context.catalog)],
    )


async def _answer_error(_request: Request, error: Exception) -> Response:
    known = as_bigquery_error(error)
    return JSONResponse(known.body(), status_code=known.status)


async def answer_unknown(request: Request, _error: Exception) -> Response:
    """What no route answers is said by name: clients take another form of error for their bug."""
    call = f"{request.method} {request.url.path}"
    refused = BigQueryError("notImplemented", f"{call} is not answered by the local BigQuery")
    return JSONResponse(refused.body(), status_code=refused.status)


def _wanted(job: Job, asked: QueryParams) -> bool:
    states = {state.upper() for state in asked.getlist("stateFilter")}
    earliest = int(asked.get("minCreationTime", job.created))
    latest = int(asked.get("maxCreationTime", job.created))
    return (not states or job.state in states) and earliest <= job.created <= latest


def _behind(token: str | None, jobs: list[Job]) -> list[Job]:
    """The jobs behind the one that a page ended with; all of them behind none."""
    if not token:
        return jobs
    for place, job in enumerate(jobs, 1):
        if job.job_id == token:
            return jobs[place:]
    raise BigQueryError("invalid", f"Invalid page token: {token}")
