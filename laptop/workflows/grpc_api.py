"""gRPC of the Workflows and Executions APIs over the same services as REST."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.cloud import workflows_v1
from google.cloud.workflows import executions_v1
from google.longrunning import operations_pb2

from laptop.workflows.catalog import Catalog
from laptop.workflows.executions import Executions
from laptop.workflows.status import ApiError

Method = Callable[[Any], Any]


def server(catalog: Catalog, executions: Executions, port: int) -> tuple[grpc.Server, int]:
    """An unstarted server and its port; OSError if the port is taken."""
    rpc = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    methods = {
        "google.cloud.workflows.v1.Workflows": {
            "ListWorkflows": (catalog.list, workflows_v1.ListWorkflowsRequest),
            "GetWorkflow": (catalog.get, workflows_v1.GetWorkflowRequest),
            "CreateWorkflow": (catalog.create, workflows_v1.CreateWorkflowRequest),
            "UpdateWorkflow": (catalog.update, workflows_v1.UpdateWorkflowRequest),
            "DeleteWorkflow": (catalog.delete, workflows_v1.DeleteWorkflowRequest),
        },
        "google.cloud.workflows.executions.v1.Executions": {
            "ListExecutions": (executions.list, executions_v1.ListExecutionsRequest),
            "CreateExecution": (executions.create, executions_v1.CreateExecutionRequest),
            "GetExecution": (executions.get, executions_v1.GetExecutionRequest),
            "CancelExecution": (executions.cancel, executions_v1.CancelExecutionRequest),
        },
        "google.longrunning.Operations": {
            "GetOperation": (catalog.operation, operations_pb2.GetOperationRequest),
        },
    }
    for service, calls in methods.items():
        handlers = {name: _handler(run, kind) for name, (run, kind) in calls.items()}
        rpc.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    try:
        bound = rpc.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(str(error)) from None
    return rpc, bound


def _handler(run: Method, kind: Any) -> Any:
    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return run(request)
        except ApiError as error:
            return context.abort(grpc.StatusCode[error.status], error.message)

    deserialize = getattr(kind, "deserialize", None) or kind.FromString
    return grpc.unary_unary_rpc_method_handler(answer, deserialize, _serialize)


def _serialize(message: Any) -> bytes:
    plain = hasattr(message, "SerializeToString")
    data: bytes = message.SerializeToString() if plain else type(message).serialize(message)
    return data
