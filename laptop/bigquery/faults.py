"""Faults at the points of this server: query, load, get and list (of jobs), insert, read."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import grpc
import httpx
from bqemulator.grpc_api import read_servicer
from google.cloud.bigquery_storage_v1 import types
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from laptop.faults import Fault, FaultRegistry, kill_request

from .errors import BigQueryError

_MESSAGES = {
    "accessDenied": "Access Denied: User does not have permission for this operation.",
    "backendError": "Error encountered during execution. Retrying may solve the problem.",
    "notFound": "Not found: Job",
    "internalError": "An internal error occurred and the request could not be completed.",
    "quotaExceeded": "Quota exceeded: Your project exceeded quota for this operation.",
    "rateLimitExceeded": "Exceeded rate limits: too many table update operations for this table.",
}
_VIEWS = ("VIEW", "MATERIALIZED_VIEW")
_NO_TABLE = (
    "request failed: non-table entities cannot be read with the storage API: {name} is a {kind}"
)
_CONFLICT = "due to concurrent update"
_GRPC_CODES = {
    403: grpc.StatusCode.RESOURCE_EXHAUSTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


def registry(run_endpoint: str | None) -> FaultRegistry:
    """The faults this server can do; killing the caller needs the local Cloud Run server."""
    simple = ("error", "delay")
    jobs = (*simple, "job_error", *(("kill_caller",) if run_endpoint else ()))
    return FaultRegistry(
        {
            "query": jobs,
            "load": jobs,
            "get": simple,
            "list": simple,
            "insert": simple,
            "read": simple,
            "any": simple,
        }
    )


def error_of(fault: Fault) -> BigQueryError:
    """The error that a fault makes the API answer with."""
    if fault.reason == _CONFLICT:
        message = f"Could not serialize access to table demo:ops.runs {_CONFLICT}"
        return BigQueryError("invalidQuery", message, fault.status)
    message = _MESSAGES.get(fault.reason, f"{fault.reason} (asked for by a fault)")
    return BigQueryError(fault.reason, message, fault.status)


class FaultGate:
    """Lets a call through, late, never, or with an error."""

    def __init__(self, faults: FaultRegistry, run_endpoint: str | None) -> None:
        self.faults = faults
        self._run_endpoint = run_endpoint

    def take(self, on: str, text: str) -> Fault | None:
        """The fault for a call with this text at this point, or at any point."""
        return self.faults.take(on, text) or self.faults.take("any", text)

    async def strike(self, fault: Fault, request: Request, labels: dict[str, str]) -> None:
        """Carry out a fault; returns when the call shall go on."""
        if fault.action == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.action == "kill_caller":
            await self._kill(labels)
            await _until_gone(request)
        if fault.action != "delay":
            # Nobody hears it of a dead caller, but its call must not be carried out any more.
            raise error_of(fault)

    async def _kill(self, labels: dict[str, str]) -> None:
        execution, task = labels.get("execution", ""), labels.get("task", "")
        async with httpx.AsyncClient() as client:
            answer = await client.send(kill_request(str(self._run_endpoint), execution, task))
        if answer.is_error:
            raise BigQueryError("backendError", f"kill_caller: {answer.text}", 503)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class GuardedStreaming:
    """insertAll of the emulator behind the gate."""

    def __init__(self, gate: FaultGate, emulator: ASGIApp) -> None:
        self._gate = gate
        self._emulator = emulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward one request, a fault before or after the rows are in."""
        names = scope["path_params"]
        fault = self._gate.take("insert", f"{names['dataset']}.{names['table']}")
        if fault is None:
            await self._emulator(scope, receive, send)
            return
        if fault.when == "before" or fault.action == "delay":
            await self._gate.strike(fault, Request(scope, receive), {})
            await self._emulator(scope, receive, send)
            return
        await self._emulator(scope, receive, _discard)
        raise error_of(fault)


def _grpc_code(fault: Fault) -> grpc.StatusCode:
    """Over gRPC a quota that is used up and a right that lacks are two codes, not one status."""
    if fault.reason == "accessDenied":
        return grpc.StatusCode.PERMISSION_DENIED
    return _GRPC_CODES.get(fault.status, grpc.StatusCode.UNKNOWN)


async def _discard(_message: Any) -> None:
    """Drop an answer that the caller shall not see."""


def guard_reads(faults: FaultRegistry) -> type[read_servicer.BigQueryReadHandler]:
    """The emulator's Storage Read API with faults in CreateReadSession."""

    class GuardedReads(read_servicer.BigQueryReadHandler):
        def _handle_create_read_session(self, request_bytes: bytes, context: Any) -> bytes:
            session = types.CreateReadSessionRequest.deserialize(request_bytes).read_session
            text = f"{session.table} {session.read_options.row_restriction}"
            fault = faults.take("read", text) or faults.take("any", text)
            if fault is not None and fault.action == "delay":
                time.sleep(fault.seconds)
            elif fault is not None:
                context.set_code(_grpc_code(fault))
                context.set_details(error_of(fault).message)
                return b""
            if kind := self._not_a_table(session.table):
                context.set_code(grpc.StatusCode.INVALID_ARGUMENT)
                context.set_details(_NO_TABLE.format(name=session.table, kind=kind))
                return b""
            return super()._handle_create_read_session(request_bytes, context)

        def _not_a_table(self, path: str) -> str | None:
            """The type of what is no table."""
            _, project, _, dataset, _, name = path.split("/") if path.count("/") == 5 else [""] * 6
            found = self._ctx.catalog.get_table(project, dataset, name)
            return found.table_type if found and found.table_type in _VIEWS else None

    return GuardedReads
