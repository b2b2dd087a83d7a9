"""The gRPC face: google.pubsub.v1.Publisher and Subscriber, streaming pull included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1.types import pubsub, schema

from laptop.pubsub.definitions import check_stream_deadline
from laptop.pubsub.feed import Feed
from laptop.pubsub.service import Service
from laptop.pubsub.status import Refused
from laptop.pubsub.wire import received

Method = Callable[[Any], Awaitable[Any]]
Rpcs = dict[str, tuple[Any, Any]]  # name → types of request and response
MESSAGE_LIMIT = 24 * 1024 * 1024  # above the service's 10 MB, so that its own refusal is heard
STREAM_BATCH = 100

PUBLISHER: Rpcs = {
    "CreateTopic": (pubsub.Topic, pubsub.Topic),
    "GetTopic": (pubsub.GetTopicRequest, pubsub.Topic),
    "ListTopics": (pubsub.ListTopicsRequest, pubsub.ListTopicsResponse),
    "ListTopicSubscriptions": (
        pubsub.ListTopicSubscriptionsRequest,
        pubsub.ListTopicSubscriptionsResponse,
    ),
    "DeleteTopic": (pubsub.DeleteTopicRequest, Empty),
    "Publish": (pubsub.PublishRequest, pubsub.PublishResponse),
}
SUBSCRIBER: Rpcs = {
    "CreateSubscription": (pubsub.Subscription, pubsub.Subscription),
    "GetSubscription": (pubsub.GetSubscriptionRequest, pubsub.Subscription),
    "UpdateSubscription": (pubsub.UpdateSubscriptionRequest, pubsub.Subscription),
    "ListSubscriptions": (pubsub.ListSubscriptionsRequest, pubsub.ListSubscriptionsResponse),
    "DeleteSubscription": (pubsub.DeleteSubscriptionRequest, Empty),
    "Pull": (pubsub.PullRequest, pubsub.PullResponse),
    "Acknowledge": (pubsub.AcknowledgeRequest, Empty),
    "ModifyAckDeadline": (pubsub.ModifyAckDeadlineRequest, Empty),
}
SCHEMAS: Rpcs = {
    "CreateSchema": (schema.CreateSchemaRequest, schema.Schema),
    "GetSchema": (schema.GetSchemaRequest, schema.Schema),
    "CommitSchema": (schema.CommitSchemaRequest, schema.Schema),
    "DeleteSchema": (schema.DeleteSchemaRequest, Empty),
}
RPCS: Rpcs = PUBLISHER | SUBSCRIBER | SCHEMAS


def method_of(service: Service, rpc: str) -> Method:
    """The service's method for an RPC name: ListTopics is `list_topics`."""
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in rpc)
    owner = service.schemas if rpc in SCHEMAS else service
    method: Method = getattr(owner, name.removeprefix("_"))
    return method


def grpc_server(service: Service) -> grpc.aio.Server:
    """A server of both APIs, without a port yet."""
    limits = [
        ("grpc.max_receive_message_length", MESSAGE_LIMIT),
        ("grpc.max_send_message_length", MESSAGE_LIMIT),
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.aio.server(options=limits)
    publisher = {rpc: _unary(service, rpc, *types) for rpc, types in PUBLISHER.items()}
    subscriber = {rpc: _unary(service, rpc, *types) for rpc, types in SUBSCRIBER.items()}
    subscriber["StreamingPull"] = _streaming(service)
    schemas = {rpc: _unary(service, rpc, *types) for rpc, types in SCHEMAS.items()}
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler("google.pubsub.v1.Publisher", publisher),
            grpc.method_handlers_generic_handler("google.pubsub.v1.Subscriber", subscriber),
            grpc.method_handlers_generic_handler("google.pubsub.v1.SchemaService", schemas),
        )
    )
    return server


def _unary(service: Service, rpc: str, request_type: Any, response_type: Any) -> Any:
    method = method_of(service, rpc)

    async def handle(request: Any, context: grpc.aio.ServicerContext) -> Any:
        try:
            return await method(request)
        except Refused as refused:
            return await context.abort(refused.code, refused.message)

    return grpc.unary_unary_rpc_method_handler(
        handle, request_type.deserialize, _serializer(response_type)
    )


def _serializer(response_type: Any) -> Callable[[Any], bytes]:
    if response_type is Empty:
        return Empty.SerializeToString
    serialize: Callable[[Any], bytes] = response_type.serialize
    return serialize


def _streaming(service: Service) -> Any:
    async def handle(
        requests: AsyncIterator[pubsub.StreamingPullRequest], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[pubsub.StreamingPullResponse]:
        try:
            first = await anext(requests)
            feed = service.pullable(first.subscription)
            check_stream_deadline(first.stream_ack_deadline_seconds)
            stream = _Stream(feed, first)
        except Refused as refused:
            await context.abort(refused.code, refused.message)
        listening = asyncio.create_task(stream.listen(requests))
        try:
            async for response in stream.responses():
                yield response
        finally:
            listening.cancel()

    return grpc.stream_stream_rpc_method_handler(
        handle,
        pubsub.StreamingPullRequest.deserialize,
        pubsub.StreamingPullResponse.serialize,
    )


class _Stream:
    """One streaming pull: what it may hold at once, and what it holds."""

    def __init__(self, feed: Feed, first: pubsub.StreamingPullRequest) -> None:
        self._feed = feed
        self._deadline = first.stream_ack_deadline_seconds or feed.backlog.rules.ack_deadline
        self._limit = first.max_outstanding_messages or STREAM_BATCH
        self._held: set[str] = set()
        self._ended = False
        self._obey(first)

    async def listen(self, requests: AsyncIterator[pubsub.StreamingPullRequest]) -> None:
        """Carry out the client's acknowledgements until it has no more to say."""
        async for request in requests:
            self._obey(request)
        self._ended = True
        self._feed.extend([], 0)

    def _obey(self, request: pubsub.StreamingPullRequest) -> None:
        self._deadline = request.stream_ack_deadline_seconds or self._deadline
        self._feed.acknowledge(request.ack_ids)
        deadlines = zip(
            request.modify_deadline_ack_ids, request.modify_deadline_seconds, strict=False
        )
        for ack_id, seconds in deadlines:
            self._feed.extend([ack_id], seconds)

    async def responses(self) -> AsyncIterator[pubsub.StreamingPullResponse]:
        """Batches of deliveries until the client ends the stream or the subscription goes."""
        while not self._ended and not self._feed.closed:
            room = min(self._room(), STREAM_BATCH)
            if room <= 0:
                await self._feed.change(1.0)
                continue
            leases = await self._feed.take(room, self._deadline, patience=1.0)
            if leases:
                self._held.update(lease.ack_id for lease in leases)
                messages = [received(self._feed, lease) for lease in leases]
                yield pubsub.StreamingPullResponse(received_messages=messages)

    def _room(self) -> int:
        self._held = {ack_id for ack_id in self._held if self._feed.backlog.is_leased(ack_id)}
        return self._limit - len(self._held)
