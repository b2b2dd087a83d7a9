"""REST of the Workflows and Executions APIs over the same services as gRPC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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

from laptop.workflows.catalog import Catalog
from laptop.workflows.executions import Executions
from laptop.workflows.status import CODES, ApiError

LOCATION = "/v1/projects/{project}/locations/{location}"
WORKFLOWS = LOCATION + "/workflows"
WORKFLOW = WORKFLOWS + "/{workflow}"
EXECUTIONS = WORKFLOW + "/executions"
EXECUTION = EXECUTIONS + "/{execution}"
OPERATION = LOCATION + "/operations/{operation}"
# Fields of the REST resources that the published protos do not have yet.
NEWER = {"createTime", "executionHistoryLevel", "disableConcurrencyQuotaOverflowBuffering"}


@dataclass(frozen=True)
class Call:
    """One REST call: resource name, query parameters, JSON body."""

    name: str
    query: dict[str, str]
    body: dict[str, Any]

    @property
    def parent(self) -> str:
        """The name without its collection."""
        return self.name.rpartition("/")[0]


Handler = Callable[[Call], Any]


def application(
    catalog: Catalog, executions: Executions, others: Sequence[Route] = (), **options: Any
) -> Starlette:
    """The ASGI application with routes beside those of the APIs; `options` go to Starlette."""
    table: list[tuple[str, str, Handler]] = [
        ("POST", WORKFLOWS, lambda call: catalog.create(_create_workflow(call))),
        ("GET", WORKFLOWS, lambda call: catalog.list(_list_workflows(call))),
        ("GET", WORKFLOW, lambda call: catalog.get(_get_workflow(call))),
        ("PATCH", WORKFLOW, lambda call: catalog.update(_update_workflow(call))),
        ("DELETE", WORKFLOW, lambda call: catalog.delete(_delete_workflow(call))),
        ("POST", EXECUTIONS, lambda call: executions.create(_create_execution(call))),
        ("GET", EXECUTIONS, lambda call: executions.list(_list_executions(call))),
        ("POST", EXECUTION + ":cancel", lambda call: executions.cancel(_cancel_execution(call))),
        ("GET", EXECUTION, lambda call: executions.get(_get_execution(call))),
        ("GET", OPERATION, lambda call: catalog.operation(_get_operation(call))),
    ]
    own = [Route(path, _endpoint(handler), methods=[verb]) for verb, path, handler in table]
    routes = [*own, *others]
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
        return JSONResponse(_json(handler(Call(name, dict(request.query_params), body))))

    return endpoint


def _json(message: Any) -> dict[str, Any]:
    wire = type(message).pb(message) if hasattr(type(message), "pb") else message
    content: dict[str, Any] = json_format.MessageToDict(wire)
    for item in (content, *content.get("executions", [])):
        if "startTime" in item:
            item["createTime"] = item["startTime"]
    return content


def _parse(kind: Any, content: dict[str, Any]) -> Any:
    fields = kind.pb(kind()).DESCRIPTOR.fields_by_camelcase_name
    known = {key: value for key, value in content.items() if key in fields or key not in NEWER}
    try:
        return kind(json_format.ParseDict(known, kind.pb(kind())))
    except json_format.ParseError as error:
        raise ApiError("INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from None


def _get_operation(call: Call) -> operations_pb2.GetOperationRequest:
    return operations_pb2.GetOperationRequest(name=call.name)


def _get_workflow(call: Call) -> workflows_v1.GetWorkflowRequest:
    return workflows_v1.GetWorkflowRequest(name=call.name)


def _delete_workflow(call: Call) -> workflows_v1.DeleteWorkflowRequest:
    return workflows_v1.DeleteWorkflowRequest(name=call.name)


def _create_workflow(call: Call) -> workflows_v1.CreateWorkflowRequest:
    workflow = _parse(workflows_v1.Workflow, call.body)
    identity = call.query.get("workflowId", "")
    return workflows_v1.CreateWorkflowRequest(
        parent=call.parent, workflow_id=identity, workflow=workflow
    )


def _update_workflow(call: Call) -> workflows_v1.UpdateWorkflowRequest:
    paths = [path for path in call.query.get("updateMask", "").split(",") if path]
    workflow = _parse(workflows_v1.Workflow, {**call.body, "name": call.name})
    return workflows_v1.UpdateWorkflowRequest(workflow=workflow, update_mask={"paths": paths})


def _page(call: Call) -> dict[str, Any]:
    size = call.query.get("pageSize", "0")
    if not size.isdecimal():
        raise ApiError("INVALID_ARGUMENT", f"pageSize {size!r} is not a number")
    names = {"page_token": "pageToken", "filter": "filter", "order_by": "orderBy"}
    given = {field: call.query.get(name, "") for field, name in names.items()}
    return {"parent": call.parent, "page_size": int(size), **given}


def _list_workflows(call: Call) -> workflows_v1.ListWorkflowsRequest:
    return workflows_v1.ListWorkflowsRequest(**_page(call))


def _create_execution(call: Call) -> executions_v1.CreateExecutionRequest:
    execution = _parse(executions_v1.Execution, call.body)
    return executions_v1.CreateExecutionRequest(parent=call.parent, execution=execution)


def _list_executions(call: Call) -> executions_v1.ListExecutionsRequest:
    return executions_v1.ListExecutionsRequest(view=_view(call), **_page(call))


def _get_execution(call: Call) -> executions_v1.GetExecutionRequest:
    return executions_v1.GetExecutionRequest(name=call.name, view=_view(call))


def _cancel_execution(call: Call) -> executions_v1.CancelExecutionRequest:
    return executions_v1.CancelExecutionRequest(name=call.name)


def _view(call: Call) -> Any:
    views: Any = executions_v1.ExecutionView
    name = call.query.get("view", "EXECUTION_VIEW_UNSPECIFIED")
    if name not in views.__members__:
        raise ApiError("INVALID_ARGUMENT", f"view {name} is not known")
    return views[name]


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
