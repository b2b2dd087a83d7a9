"""Views and routines as REST defines them: analysed when they are made, whole or not at all."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from bqemulator.api.routes import routines, tables
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import BigQueryError, as_bigquery_error
from .jobs import Job
from .labelled import check_labels
from .partitions import TableRef

RunQuery = Callable[[Job], Any]
_argument = routines._arg_to_rest


def install() -> None:
    """Make the emulator leave out an argument's mode when it is the usual one, as the service."""
    vars(routines).update(_arg_to_rest=_argument_said)


def _argument_said(argument: Any) -> dict[str, Any]:
    said: dict[str, Any] = _argument(argument)
    return {key: value for key, value in said.items() if (key, value) != ("mode", "IN")}


class Definitions:
    """The routes of views and routines; plain tables go on to the emulator."""

    def __init__(
        self, context: Any, emulator: ASGIApp, tables: ASGIApp, location: str, run: RunQuery
    ) -> None:
        """`tables` answers what concerns one table that is no view."""
        self._context = context
        self._emulator = emulator
        self._tables = tables
        self._location = location
        self._run = run

    def routes(self, dataset: str) -> list[Route]:
        """The routes below the path of a dataset."""
        return [
            Route(f"{dataset}/tables", Forwarding(self.insert_view, self._emulator, "POST")),
            Route(
                f"{dataset}/tables/{{table}}",
                Forwarding(self.replace_view, self._tables, "PUT", "PATCH"),
            ),
            Route(f"{dataset}/routines", self.insert_routine, methods=["POST"]),
            Route(f"{dataset}/routines", self.list_routines, methods=["GET"]),
            Route(f"{dataset}/routines/{{routine}}", self.update_routine, methods=["PUT"]),
            Route(f"{dataset}/routines/{{routine}}", self.patch_routine, methods=["PATCH"]),
        ]

    async def insert_view(self, names: dict[str, str], body: dict[str, Any]) -> Response | None:
        """tables.insert of a view; None when it is a plain table."""
        if not (body.get("view") or {}).get("query"):
            return None
        ref = TableRef.parse(body["tableReference"], names["project"])
        if self._context.catalog.get_table(ref.project, ref.dataset, ref.table) is not None:
            raise BigQueryError("duplicate", f"Already Exists: Table {ref.name}")
        return await self.define_view(ref, body, "CREATE VIEW")

    async def replace_view(self, names: dict[str, str], body: dict[str, Any]) -> Response | None:
        """tables.update or patch of a view's query; None for everything else."""
        if not (body.get("view") or {}).get("query"):
            return None
        reference = {"datasetId": names["dataset"], "tableId": names["table"]}
        ref = TableRef.parse(reference, names["project"])
        return await self.define_view(ref, body, "CREATE OR REPLACE VIEW")

    async def define_view(self, ref: TableRef, body: dict[str, Any], verb: str) -> Response:
        """Creates the view, and keeps its query to the letter as the service does."""
        check_labels(body)
        query = body["view"]["query"]
        name = f"{ref.project}.{ref.dataset}.{ref.table}"
        await run_in_threadpool(self._execute, ref.project, f"{verb} `{name}` AS\n{query}")
        made = self._context.catalog.get_table(ref.project, ref.dataset, ref.table)
        said = {
            "view_query": query,
            "description": body.get("description"),
            "labels": body.get("labels") or {},
        }
        self._context.catalog.update_table(made.model_copy(update=said))
        known = (ref.project, ref.dataset, ref.table)
        return JSONResponse(tables.get_table(*known, self._context))

    async def insert_routine(self, request: Request) -> Response:
        """routines.insert; a body that is not valid leaves nothing behind."""
        names = request.path_params
        body = await request.json()
        _check_whole(body)
        known = (names["project"], names["dataset"], body["routineReference"]["routineId"])
        before = self._context.catalog.get_routine(*known)
        try:
            made = await routines.insert_routine(*known[:2], request, self._context)
        except Exception as error:
            if before is None and self._context.catalog.get_routine(*known) is not None:
                self._context.catalog.delete_routine(*known)
            raise as_bigquery_error(error, self._location) from error
        return JSONResponse(made)

    async def update_routine(self, request: Request) -> Response:
        """routines.update: the whole routine anew; what is not valid leaves it as it was."""
        names = request.path_params
        _check_whole(await request.json())
        known = (names["project"], names["dataset"], names["routine"])
        before = self._context.catalog.get_routine(*known)
        try:
            made = await routines.update_routine(*known, request, self._context)
        except Exception as error:
            if before is not None:
                self._context.catalog.update_routine(before)
            raise as_bigquery_error(error, self._location) from error
        return JSONResponse(made)

    async def list_routines(self, request: Request) -> Response:
        """routines.list: what each is, without its body."""
        names = request.path_params
        if self._context.catalog.get_dataset(names["project"], names["dataset"]) is None:
            raise BigQueryError(
                "notFound", f"Not found: Dataset {names['project']}:{names['dataset']}"
            )
        listed = routines.list_routines(names["project"], names["dataset"], self._context)
        brief = [{key: one[key] for key in _LISTED if key in one} for one in listed["routines"]]
        return JSONResponse({"routines": brief} if brief else {})

    async def patch_routine(self, _request: Request) -> Response:
        """No method of the API, though the emulator has it."""
        raise BigQueryError("notFound", "routines.patch is no method: routines.update is", 404)

    def _execute(self, project: str, sql: str) -> None:
        config = {"query": {"query": sql, "useLegacySql": False}}
        job = Job(project, f"definition_{uuid.uuid4().hex}", self._location, "query", config)
        with self._context.engine.session():
            try:
                self._run(job)
            except Exception as error:
                raise as_bigquery_error(error, self._location) from error


# What routines.list says of each.
_LISTED = (
    *("creationTime", "etag", "language", "lastModifiedTime", "routineReference", "routineType"),
)


def _check_whole(body: dict[str, Any]) -> None:
    """BigQueryError for a routine in part: an update takes nothing over from what is there."""
    for name in ("routineReference", "routineType", "definitionBody"):
        if not body.get(name):
            raise BigQueryError("invalid", f"Required parameter is missing: {name}")


class Forwarding:
    """A handler that may decline: then the emulator answers the same request."""

    def __init__(self, handle: Any, emulator: ASGIApp, *methods: str) -> None:
        self._handle = handle
        self._emulator = emulator
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in self._methods:
            await self._emulator(scope, receive, send)
            return
        content = await Request(scope, receive).body()
        answer = await self._handle(scope["path_params"], json.loads(content or b"{}"))
        if answer is not None:
            await answer(scope, receive, send)
            return

        async def again() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        await self._emulator(scope, again, send)
