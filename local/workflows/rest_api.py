"""REST of the Workflows and Executions APIs over the same services as gRPC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.cloud import workflows_v1
from google.cloud.workflows import executions_v1
from google.longrunning import operations_pb2
from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.workflows.catalog import Catalog
from local.workflows.executions import Executions
from local.workflows.status import CODES, ApiError

LOCATION = "/v1/projects/{project}/locations/{location}"
WORKFLOW = LOCATION + "/workflows/{workflow}"
EXECUTION = WORKFLOW + "/executions/{execution}"
# Fields of the REST resources that the published protos do not have yet.
NEWER = {"createTime", "executionHistoryLevel", "disableConcurrencyQuotaOverflowBuffering"}
Handler = Callable[[str, dict[str, str], Any], Any]


def application(catalog: Catalog, executions: Executions, **options: Any) -> Starlette:
    """The ASGI application; `options` go to Starlette."""
    workflows_parent, executions_parent = LOCATION + "/workflows", WORKFLOW + "/executions"
    table: list[tuple[str, str, Handler]] = [
        ("POST", workflows_parent, lambda n, q, b: catalog.create(_creation(n, q, b))),
        ("GET", workflows_parent, lambda n, q, _: catalog.list(_listing(n, q))),
        ("GET", WORKFLOW, lambda n, q, _: catalog.get(_named("GetWorkflowRequest", n))),
        ("PATCH", WORKFLOW, lambda n, q, b: catalog.update(_update(n, q, b))),
        ("DELETE", WORKFLOW, lambda n, q, _: catalog.delete(_named("DeleteWorkflowRequest", n))),
        ("POST", executions_parent, lambda n, q, b: executions.create(_start(n, b))),
        ("GET", executions_parent, lambda n, q, _: executions.list(_executions(n, q))),
        ("POST", EXECUTION + ":cancel", lambda n, q, _: executions.cancel(_cancel(n))),
        ("GET", EXECUTION, lambda n, q, _: executions.get(_execution(n, q))),
        ("GET", LOCATION + "/operations/{operation}", lambda n, q, _: catalog.operation(_wait(n))),
    ]
    routes = [Route(path, _endpoint(handler), methods=[verb]) for verb, path, handler in table]
    handlers: Any = {ApiError: _refused, HTTPException: _unknown, Exception: _broken}
    return Starlette(routes=routes, exception_handlers=handlers, **options)


def _endpoint(handler: Handler) -> Any:
    async def endpoint(request: Request) -> JSONResponse:
        body: Any = {}
        if text := await request.body():
            try:
                body = await request.json()
            except ValueError as error:
                raise ApiError("INVALID_ARGUMENT", f"body is not JSON: {error}") from None
        if text and not isinstance(body, dict):
            raise ApiError("INVALID_ARGUMENT", "body is not a JSON object")
        name = request.url.path.removeprefix("/v1/").removesuffix(":cancel")
        return JSONResponse(_json(handler(name, dict(request.query_params), body)))

    return endpoint


def _json(message: Any) -> dict[str, Any]:
    wire = type(message).pb(message) if hasattr(type(message), "pb") else message
    content: dict[str, Any] = json_format.MessageToDict(wire)
    for item in (content, *content.get("executions", [])):
        if "startTime" in item:
            item["createTime"] = item["startTime"]
    return content


def _parse(kind: Any, content: dict[str, Any]) -> Any:
    known = {key: value for key, value in content.items() if key not in NEWER}
    try:
        return kind(json_format.ParseDict(known, kind.pb(kind())))
    except json_format.ParseError as error:
        raise ApiError("INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from None


def _named(kind: str, name: str) -> Any:
    return getattr(workflows_v1, kind)(name=name)


def _wait(name: str) -> operations_pb2.GetOperationRequest:
    return operations_pb2.GetOperationRequest(name=name)


def _cancel(name: str) -> executions_v1.CancelExecutionRequest:
    return executions_v1.CancelExecutionRequest(name=name)


def _creation(name: str, query: dict[str, str], body: Any) -> workflows_v1.CreateWorkflowRequest:
    return workflows_v1.CreateWorkflowRequest(
        parent=name.removesuffix("/workflows"),
        workflow_id=query.get("workflowId", ""),
        workflow=_parse(workflows_v1.Workflow, body),
    )


def _update(name: str, query: dict[str, str], body: Any) -> workflows_v1.UpdateWorkflowRequest:
    paths = [path for path in query.get("updateMask", "").split(",") if path]
    workflow = _parse(workflows_v1.Workflow, {**body, "name": name})
    return workflows_v1.UpdateWorkflowRequest(workflow=workflow, update_mask={"paths": paths})


def _page(query: dict[str, str]) -> dict[str, Any]:
    size = query.get("pageSize", "0")
    if not size.isdecimal():
        raise ApiError("INVALID_ARGUMENT", f"pageSize {size!r} is not a number")
    names = {"page_token": "pageToken", "filter": "filter", "order_by": "orderBy"}
    return {"page_size": int(size), **{k: query[v] for k, v in names.items() if v in query}}


def _listing(name: str, query: dict[str, str]) -> workflows_v1.ListWorkflowsRequest:
    return workflows_v1.ListWorkflowsRequest(parent=name.removesuffix("/workflows"), **_page(query))


def _start(name: str, body: Any) -> executions_v1.CreateExecutionRequest:
    return executions_v1.CreateExecutionRequest(
        parent=name.removesuffix("/executions"), execution=_parse(executions_v1.Execution, body)
    )


def _view(query: dict[str, str]) -> executions_v1.ExecutionView:
    try:
        return executions_v1.ExecutionView[query.get("view", "EXECUTION_VIEW_UNSPECIFIED")]
    except KeyError:
        raise ApiError("INVALID_ARGUMENT", f"view {query['view']} is not known") from None


def _execution(name: str, query: dict[str, str]) -> executions_v1.GetExecutionRequest:
    return executions_v1.GetExecutionRequest(name=name, view=_view(query))


def _executions(name: str, query: dict[str, str]) -> executions_v1.ListExecutionsRequest:
    parent = name.removesuffix("/executions")
    return executions_v1.ListExecutionsRequest(parent=parent, view=_view(query), **_page(query))


def _failed(code: int, status: str, message: str) -> JSONResponse:
    error = {"code": code, "message": message, "status": status}
    return JSONResponse({"error": error}, status_code=code)


def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ApiError):
        raise error
    return _failed(CODES[error.status], error.status, error.message)


def _unknown(request: Request, error: Exception) -> JSONResponse:
    code = error.status_code if isinstance(error, HTTPException) else 404
    return _failed(code, "NOT_FOUND", f"no method {request.method} {request.url.path}")


def _broken(_: Request, error: Exception) -> JSONResponse:
    return _failed(500, "INTERNAL", f"{type(error).__name__}: {error}")
