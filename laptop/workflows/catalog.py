"""The Workflows API: deployed definitions and their revisions."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from google.cloud import workflows_v1 as api
from google.longrunning import operations_pb2
from google.protobuf import field_mask_pb2

from laptop.workflows.calls import load
from laptop.workflows.language.definition import Definition, DefinitionError
from laptop.workflows.status import RPC_CODES, ApiError, check_labels, chosen, page, parts

PARENT = "projects/{project}/locations/{location}"
NAME = PARENT + "/workflows/{workflow}"
MAX_ENVIRONMENT, MAX_VARIABLE = 20, 4 * 1024  # variables, and bytes of a name or a value
MAX_DESCRIPTION = 1000
# The same text is deployed again and again: in every project, by every start.
built = lru_cache(maxsize=8)(load)
UPDATABLE = {
    "description",
    "labels",
    "service_account",
    "source_contents",
    "call_log_level",
    "user_env_vars",
    "execution_history_level",
    "crypto_key_name",
    "tags",
}


class Catalog:
    """Definitions by resource name; every change is an operation that is done at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workflows: dict[str, tuple[api.Workflow, Definition]] = {}
        self._operations: dict[str, operations_pb2.Operation] = {}
        self.deleted: Callable[[str], None] = lambda _: None

    def deployed(self, name: str) -> tuple[api.Workflow, Definition]:
        """A workflow with its definition; NOT_FOUND if there is none."""
        with self._lock:
            if name not in self._workflows:
                raise ApiError("NOT_FOUND", f"workflow {name} does not exist")
            return self._workflows[name]

    def get(self, request: api.GetWorkflowRequest) -> api.Workflow:
        """GetWorkflow: the latest revision."""
        return self.deployed(request.name)[0]

    def list(self, request: api.ListWorkflowsRequest) -> api.ListWorkflowsResponse:
        """ListWorkflows of a location, newest first."""
        parts(PARENT, request.parent)
        prefix = f"{request.parent}/workflows/"
        with self._lock:
            found = [w for name, (w, _) in self._workflows.items() if name.startswith(prefix)]
        found.sort(key=lambda workflow: str(workflow.create_time), reverse=True)
        found = chosen(found, request.filter, _fields)
        shown, token = page(found, request.page_size, request.page_token, 1000)
        return api.ListWorkflowsResponse(workflows=shown, next_page_token=token)

    def create(self, request: api.CreateWorkflowRequest) -> operations_pb2.Operation:
        """CreateWorkflow; a definition that does not build gives a failed operation."""
        parts(PARENT, request.parent)
        if not re.fullmatch(r"[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?", request.workflow_id):
            raise ApiError("INVALID_ARGUMENT", f"workflowId {request.workflow_id!r} is not valid")
        name = f"{request.parent}/workflows/{request.workflow_id}"
        if name in self._workflows:
            raise ApiError("ALREADY_EXISTS", f"workflow {name} already exists")
        workflow = api.Workflow(request.workflow, name=name, create_time=datetime.now(UTC))
        return self._deploy(workflow, 1, "create")

    def update(self, request: api.UpdateWorkflowRequest) -> operations_pb2.Operation:
        """UpdateWorkflow; without a mask every updatable field is replaced."""
        current = self.deployed(request.workflow.name)[0]
        mask: field_mask_pb2.FieldMask = request.update_mask
        paths = {_snake(path) for path in mask.paths} or UPDATABLE
        if unknown := paths - UPDATABLE:
            raise ApiError("INVALID_ARGUMENT", f"updateMask: cannot update {sorted(unknown)}")
        workflow = api.Workflow(current)
        for path in paths:
            setattr(workflow, path, getattr(request.workflow, path))
        return self._deploy(workflow, int(current.revision_id[:6]) + 1, "update")

    def delete(self, request: api.DeleteWorkflowRequest) -> operations_pb2.Operation:
        """DeleteWorkflow; its executions are cancelled and forgotten."""
        self.deployed(request.name)
        with self._lock:
            del self._workflows[request.name]
        self.deleted(request.name)
        return self._finished(request.name, "delete")

    def operation(self, request: operations_pb2.GetOperationRequest) -> operations_pb2.Operation:
        """GetOperation."""
        if request.name not in self._operations:
            raise ApiError("NOT_FOUND", f"operation {request.name} does not exist")
        return self._operations[request.name]

    def _deploy(self, workflow: api.Workflow, ordinal: int, verb: str) -> operations_pb2.Operation:
        _check_environment(dict(workflow.user_env_vars))
        check_labels(dict(workflow.labels))
        if len(workflow.description) > MAX_DESCRIPTION:
            raise ApiError(
                "INVALID_ARGUMENT",
                f"description of {len(workflow.description)} characters, at most {MAX_DESCRIPTION}",
            )
        try:
            definition = built(workflow.source_contents)
        except DefinitionError as error:
            first = error.findings[0]
            where = f"error in step {first.step}: " if first.step else ""
            refused = ApiError(
                "INVALID_ARGUMENT", f"failed to build: {where}{first.message} (line {first.line})"
            )
            return self._finished(workflow.name, verb, error=refused)
        now = datetime.now(UTC)
        workflow = api.Workflow(
            workflow,
            revision_id=f"{ordinal:06d}-{secrets.token_hex(2)[:3]}",
            state=api.Workflow.State.ACTIVE,
            update_time=now,
            revision_create_time=now,
        )
        with self._lock:
            self._workflows[workflow.name] = (workflow, definition)
        return self._finished(workflow.name, verb, workflow)

    def _finished(
        self,
        target: str,
        verb: str,
        response: api.Workflow | None = None,
        error: ApiError | None = None,
    ) -> operations_pb2.Operation:
        now = datetime.now(UTC)
        location = target.rpartition("/workflows/")[0]
        operation = operations_pb2.Operation(
            name=f"{location}/operations/operation-{secrets.token_hex(8)}", done=True
        )
        metadata = api.OperationMetadata(
            create_time=now, end_time=now, target=target, verb=verb, api_version="v1"
        )
        operation.metadata.Pack(api.OperationMetadata.pb(metadata))
        if error:
            operation.error.code = RPC_CODES[error.status]
            operation.error.message = error.message
        elif response:
            operation.response.Pack(api.Workflow.pb(response))
        else:
            operation.response.type_url = "type.googleapis.com/google.protobuf.Empty"
        self._operations[operation.name] = operation
        return operation


def _fields(workflow: api.Workflow) -> dict[str, Any]:
    labels = {f"labels.{key}": value for key, value in workflow.labels.items()}
    return {"name": workflow.name, "state": workflow.state.name, **labels}


def _snake(path: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", path)


def _check_environment(variables: dict[str, str]) -> None:
    if len(variables) > MAX_ENVIRONMENT:
        raise ApiError("INVALID_ARGUMENT", f"userEnvVars: {len(variables)}, at most 20 are allowed")
    for name, value in variables.items():
        if max(len(name.encode()), len(value.encode())) > MAX_VARIABLE:
            raise ApiError(
                "INVALID_ARGUMENT", f"userEnvVars: {name[:40]} has more than {MAX_VARIABLE} bytes"
            )
        if name.startswith(("GOOGLE", "WORKFLOWS")) or not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ApiError("INVALID_ARGUMENT", f"userEnvVars: the name {name} is not allowed")
