"""Google API connectors: one table of methods, and waiting for what runs long."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from laptop.workflows.language.errors import WorkflowError, encode, failure
from laptop.workflows.language.operators import number
from laptop.workflows.language.retries import POLICIES, PREDICATES

Answer = dict[str, Any]
DEFAULT_TIMEOUT = 1800
MAX_TIMEOUT = 31_536_000


class Host(Protocol):
    """What a connector needs of an execution."""

    @property
    def environment(self) -> Mapping[str, str]:
        """GOOGLE_CLOUD_PROJECT_ID and the others."""

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Base URL of each Google service."""

    @property
    def whole_operations(self) -> bool:
        """Whether a long-running call answers with its operation, not with the response in it."""

    def sleep(self, seconds: float) -> None:
        """Wait; raises Cancelled."""

    def request(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """One HTTP request; raises a tagged error."""


@dataclass(frozen=True)
class Waiting:
    """How a connector follows what it started."""

    path: Callable[[Answer], str]
    done: Callable[[Answer], bool]
    error: Callable[[Answer], str | None]
    result: Callable[[Answer], Any]


def _job_path(job: Answer) -> str:
    reference = job["jobReference"]
    path = f"/bigquery/v2/projects/{reference['projectId']}/jobs/{reference['jobId']}"
    return f"{path}?location={reference['location']}" if reference.get("location") else path


def _job_error(job: Answer) -> str | None:
    result = job["status"].get("errorResult")
    return f"BigQuery job failed: {result.get('message')}" if result else None


def _operation_error(operation: Answer) -> str | None:
    error = operation.get("error")
    return f"Long-running operation failed: {error.get('message', '')}" if error else None


def _execution_error(execution: Answer) -> str | None:
    return None if execution["state"] == "SUCCEEDED" else "Execution failed or cancelled."


JOB = Waiting(
    path=_job_path,
    done=lambda job: bool(job.get("status", {}).get("state") == "DONE"),
    error=_job_error,
    result=lambda job: job,
)
OPERATION = Waiting(
    path=lambda operation: f"/v2/{operation['name']}",
    done=lambda operation: bool(operation.get("done")),
    error=_operation_error,
    result=lambda operation: operation.get("response", operation),
)
EXECUTION = Waiting(
    path=lambda execution: f"/v1/{execution['name']}",
    done=lambda execution: execution["state"] not in ("ACTIVE", "QUEUED"),
    error=_execution_error,
    result=lambda execution: json.loads(execution.get("result", "null")),
)


@dataclass(frozen=True)
class Method:
    """One API method; `{name}` parts of the path are required arguments."""

    verb: str
    path: str
    query: tuple[str, ...] = ()
    waiting: Waiting | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the path's parts."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def optional(self) -> tuple[str, ...]:
        """Names that may be given besides the path's parts."""
        return (*self.query, "connector_params", *(("body",) if self.verb != "GET" else ()))


_BIGQUERY = "/bigquery/v2/projects/{projectId}"
_TABLE = _BIGQUERY + "/datasets/{datasetId}/tables/{tableId}"
_PAGES = ("pageSize", "pageToken")
_RESULTS = ("location", "maxResults", "pageToken", "startIndex", "timeoutMs")
_LISTED = (
    "allUsers", "maxCreationTime", "maxResults", "minCreationTime", "pageToken", "parentJobId",
    "projection", "stateFilter",
)  # fmt: skip
_EXECUTIONS = "workflowexecutions.v1.projects.locations.workflows.executions"
_RUN = "run.v2.projects.locations"
RUN_EXECUTION = f"googleapis.{_EXECUTIONS}.run"
METHODS = {
    f"googleapis.{name}": method
    for name, method in {
        "bigquery.v2.jobs.cancel": Method(
            "POST", _BIGQUERY + "/jobs/{jobId}/cancel", ("location",)
        ),
        "bigquery.v2.jobs.get": Method("GET", _BIGQUERY + "/jobs/{jobId}", ("location",)),
        "bigquery.v2.jobs.getQueryResults": Method("GET", _BIGQUERY + "/queries/{jobId}", _RESULTS),
        "bigquery.v2.jobs.insert": Method("POST", _BIGQUERY + "/jobs", (), JOB),
        "bigquery.v2.jobs.list": Method("GET", _BIGQUERY + "/jobs", _LISTED),
        "bigquery.v2.tables.get": Method("GET", _TABLE, ("selectedFields", "view")),
        "pubsub.v1.projects.topics.publish": Method("POST", "/v1/{topic}:publish"),
        f"{_RUN}.jobs.get": Method("GET", "/v2/{name}"),
        f"{_RUN}.jobs.run": Method("POST", "/v2/{name}:run", (), OPERATION),
        f"{_RUN}.jobs.executions.cancel": Method("POST", "/v2/{name}:cancel", (), OPERATION),
        f"{_RUN}.jobs.executions.get": Method("GET", "/v2/{name}"),
        f"{_RUN}.jobs.executions.list": Method("GET", "/v2/{parent}/executions", _PAGES),
        f"{_EXECUTIONS}.cancel": Method("POST", "/v1/{name}:cancel"),
        f"{_EXECUTIONS}.create": Method("POST", "/v1/{parent}/executions"),
        f"{_EXECUTIONS}.get": Method("GET", "/v1/{name}", ("view",)),
    }.items()
}
# `run` is the connector's own method: the API creates, the connector waits.
RUN_ARGUMENTS = ("location", "project_id", "argument", "callLogLevel", "connector_params")


def problem(name: str, given: Collection[str]) -> str | None:
    """What is wrong with a connector call; None if it can be made."""
    if name not in METHODS and name != RUN_EXECUTION:
        return f"connector {name} is not supported; supported: {', '.join(sorted(METHODS))}"
    required: tuple[str, ...] = ("workflow_id",)
    optional: tuple[str, ...] = RUN_ARGUMENTS
    if name in METHODS:
        required, optional = METHODS[name].parameters, METHODS[name].optional
    unknown = sorted(set(given) - {*required, *optional})
    missing = [argument for argument in required if argument not in given]
    return f"{name}: unknown {unknown}, missing {missing}" if unknown or missing else None


def call(name: str, arguments: dict[str, Any], host: Host) -> Any:
    """Send the request; block until a long-running one is over unless told otherwise."""
    options = arguments.get("connector_params") or {}
    if name == RUN_EXECUTION:
        method, arguments = _execution(arguments, host)
    else:
        method = METHODS[name]
    service = _Service(name.split(".")[1], host)
    answer = service.send(method, arguments)
    if method.waiting is None or options.get("skip_polling", False):
        return answer
    return service.wait(method.waiting, answer, options)


def _execution(arguments: dict[str, Any], host: Host) -> tuple[Method, dict[str, Any]]:
    project = arguments.get("project_id") or host.environment["GOOGLE_CLOUD_PROJECT_ID"]
    location = arguments.get("location") or host.environment["GOOGLE_CLOUD_LOCATION"]
    body = {"argument": encode(arguments.get("argument"))}
    if "callLogLevel" in arguments:
        body["callLogLevel"] = arguments["callLogLevel"]
    parent = f"projects/{project}/locations/{location}/workflows/{arguments['workflow_id']}"
    method = Method("POST", "/v1/{parent}/executions", (), EXECUTION)
    return method, {"parent": parent, "body": body}


class _Service:
    """One Google service at its local endpoint."""

    def __init__(self, name: str, host: Host) -> None:
        self._host = host
        if name not in host.endpoints:
            raise failure(
                "ConnectionFailedError",
                f"no endpoint for {name}; start with --connector {name}=URL",
            )
        self._base = host.endpoints[name].rstrip("/")

    def send(self, method: Method, arguments: dict[str, Any]) -> Any:
        parts = {name: quote(str(arguments[name]), safe="/$:@") for name in method.parameters}
        query = {name: arguments[name] for name in method.query if name in arguments}
        request = {"method": method.verb, "url": self._base + method.path.format(**parts)}
        return self._retried({**request, "query": query or None, "body": arguments.get("body")})

    def _retried(self, request: dict[str, Any]) -> Any:
        policy = POLICIES["http.default_retry" + "_non_idempotent" * (request["method"] != "GET")]
        for delay in policy.delays():
            try:
                return self._host.request(request)["body"]
            except WorkflowError as error:
                if not PREDICATES[policy.predicate](error.value):
                    raise
                self._host.sleep(delay)
        return self._host.request(request)["body"]

    def wait(self, waiting: Waiting, answer: Answer, options: dict[str, Any]) -> Any:
        timeout = options.get("timeout", DEFAULT_TIMEOUT)
        if not (number(timeout) and 0 < timeout <= MAX_TIMEOUT):
            raise failure("ValueError", f"connector_params.timeout: {timeout} seconds")
        polling = options.get("polling_policy") or {}
        delay = polling.get("initial_delay", 1.0)
        deadline = time.monotonic() + timeout
        while not waiting.done(answer):
            if time.monotonic() + delay > deadline:
                # The caller waits as long as it said, for the error too.
                self._host.sleep(max(0.0, deadline - time.monotonic()))
                raise failure(
                    "TimeoutError", f"not finished after {timeout} seconds", operation=answer
                )
            self._host.sleep(delay)
            answer = self._retried({"method": "GET", "url": self._base + waiting.path(answer)})
            delay = min(delay * polling.get("multiplier", 1.25), polling.get("max_delay", 60.0))
        if message := waiting.error(answer):
            raise failure("OperationError", message, operation=answer)
        if waiting is OPERATION and self._host.whole_operations:
            return answer
        return waiting.result(answer)
