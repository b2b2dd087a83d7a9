"""The REST face: the same calls as JSON over HTTP, and the server's own `/_local` routes."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1.types import pubsub
from grpc import StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from laptop.faults import FaultRegistry, fault_routes
from laptop.pubsub.definitions import invalid
from laptop.pubsub.feed import Feed
from laptop.pubsub.grpc_server import RPCS, method_of
from laptop.pubsub.service import Service
from laptop.pubsub.status import Refused

TOPICS, SUBSCRIPTIONS = "/v1/projects/{project}/topics", "/v1/projects/{project}/subscriptions"
TOPIC, SUBSCRIPTION = TOPICS + "/{id}", SUBSCRIPTIONS + "/{id}"
SCHEMAS = "/v1/projects/{project}/schemas"
SCHEMA = SCHEMAS + "/{id}"


PAGING = ("pageSize", "pageToken")  # all other query parameters are for Google's front end
_STANDARD_ALPHABET = str.maketrans("-_", "+/")


@dataclass(frozen=True)
class Binding:
    """One RPC over HTTP; `field` is the request's field that the path's resource fills."""

    verb: str
    path: str
    rpc: str
    field: str


BINDINGS = (
    Binding("POST", TOPIC + ":publish", "Publish", "topic"),
    Binding("PUT", TOPIC, "CreateTopic", "name"),
    Binding("GET", TOPIC + "/subscriptions", "ListTopicSubscriptions", "topic"),
    Binding("GET", TOPIC, "GetTopic", "topic"),
    Binding("DELETE", TOPIC, "DeleteTopic", "topic"),
    Binding("GET", TOPICS, "ListTopics", "project"),
    Binding("POST", SUBSCRIPTION + ":pull", "Pull", "subscription"),
    Binding("POST", SUBSCRIPTION + ":acknowledge", "Acknowledge", "subscription"),
    Binding("POST", SUBSCRIPTION + ":modifyAckDeadline", "ModifyAckDeadline", "subscription"),
    Binding("PUT", SUBSCRIPTION, "CreateSubscription", "name"),
    Binding("GET", SUBSCRIPTION, "GetSubscription", "subscription"),
    Binding("PATCH", SUBSCRIPTION, "UpdateSubscription", "subscription.name"),
    Binding("DELETE", SUBSCRIPTION, "DeleteSubscription", "subscription"),
    Binding("GET", SUBSCRIPTIONS, "ListSubscriptions", "project"),
    Binding("POST", SCHEMA + ":commit", "CommitSchema", "name"),
    Binding("POST", SCHEMAS, "CreateSchema", "parent"),
    Binding("GET", SCHEMA, "GetSchema", "name"),
    Binding("DELETE", SCHEMA, "DeleteSchema", "name"),
)


def rest_app(service: Service, faults: FaultRegistry) -> Starlette:
    """The HTTP application of one server."""

    async def state(_request: Request) -> Response:
        return JSONResponse(state_of(service))

    routes = [_route(service, binding) for binding in BINDINGS]
    routes += [Route("/_local/state", state, methods=["GET"]), *fault_routes(faults)]
    return Starlette(routes=routes, exception_handlers={404: _unanswered, 405: _unanswered})


async def _unanswered(request: Request, _error: Exception) -> Response:
    """A call that the local server does not know is said to be none, by name."""
    refused = _not_here(request)
    return JSONResponse(refused.document(), status_code=refused.http_status)


def _not_here(request: Request) -> Refused:
    call = f"{request.method} {request.url.path}"
    return Refused(StatusCode.UNIMPLEMENTED, f"{call} is not answered by the local Pub/Sub")


def _route(service: Service, binding: Binding) -> Route:
    method = method_of(service, binding.rpc)
    request_type, response_type = RPCS[binding.rpc]

    async def handle(request: Request) -> Response:
        try:
            # The name of a resource has no colon: behind one stands another call.
            if ":" in request.path_params.get("id", ""):
                raise _not_here(request)
            document = await _document(request, binding)
            response = await method(_parsed(request_type, document))
        except Refused as refused:
            return JSONResponse(refused.document(), status_code=refused.http_status)
        raw = response if response_type is Empty else response_type.pb(response)
        return JSONResponse(json_format.MessageToDict(raw))

    return Route(binding.path, handle, methods=[binding.verb])


async def _document(request: Request, binding: Binding) -> dict[str, Any]:
    """The request's JSON: the query or the body, with the resource that the path names."""
    query = request.query_params
    document: Any = {key: query[key] for key in PAGING if key in query}
    if body := await request.body():
        try:
            document = json.loads(body)
        except ValueError as error:
            raise invalid(f"The body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise invalid(f"The body is {type(document).__name__}: expected a JSON object")
    if binding.rpc == "CreateSchema":
        document = {"schema": document, "schemaId": query.get("schemaId", "")}
    resource = binding.path.format(**request.path_params).removeprefix("/v1/").split(":")[0]
    if binding.rpc.startswith("List") or binding.rpc == "CreateSchema":
        resource = resource.rpartition("/")[0]
    target, _, inner = binding.field.partition(".")
    if not inner:
        return {**document, target: resource}
    given = document.get(target, {})
    return {**document, target: {**given, inner: resource}} if isinstance(given, dict) else document


def _parsed(request_type: Any, document: dict[str, Any]) -> Any:
    request = request_type()
    try:
        json_format.ParseDict(document, request_type.pb(request))
    except json_format.ParseError as error:
        raise invalid(f"The request is not understood: {error}") from None
    if request_type is pubsub.PublishRequest:
        _check_base64(document.get("messages") or [])
    return request


def _check_base64(messages: list[dict[str, str]]) -> None:
    """The JSON parser skips what is not base64; the service refuses it."""
    for message in messages:
        data = (message.get("data") or "").translate(_STANDARD_ALPHABET)
        try:
            base64.b64decode(data, validate=True)
        except ValueError as error:
            raise invalid(f"data {data[:40]!r} of a message is not base64: {error}") from None


def state_of(service: Service) -> dict[str, object]:
    """Topics, subscriptions and their figures; `quiet` when no push or write is outstanding."""
    feeds = sorted(service.feeds.values(), key=lambda feed: feed.backlog.name)
    for feed in feeds:
        feed.backlog.lapse(time.monotonic())
    return {
        "topics": sorted(service.topics),
        "subscriptions": [_figures(feed) for feed in feeds],
        "quiet": not any(feed.pending for feed in feeds if feed.kind != "pull"),
    }


def _figures(feed: Feed) -> dict[str, object]:
    definition = feed.definition
    return {
        "name": feed.backlog.name,
        "topic": definition.topic,
        "kind": feed.kind,
        "target": definition.push_config.push_endpoint or definition.bigquery_config.table,
        "backlog": feed.pending,
        "outstanding": feed.backlog.outstanding,
        **asdict(feed.backlog.counts),
        "filtered": feed.filtered,
        "last_error": feed.last_error,
    }
