"""The Publisher and Subscriber calls over Google's own request and response messages."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1.types import pubsub
from grpc import StatusCode

from laptop.faults import Fault, FaultRegistry
from laptop.pubsub.backlog import Bury, Message
from laptop.pubsub.definitions import check_publish, check_topic, completed, invalid, merged
from laptop.pubsub.feed import Feed
from laptop.pubsub.schemas import Schemas
from laptop.pubsub.status import Refused, code_of
from laptop.pubsub.wire import dead_letter_attributes, event_text, received

DELETED_TOPIC = "_deleted-topic_"
PULL_PATIENCE = 1.0  # seconds that an unanswered pull is held open

Killer = Callable[[Mapping[str, str]], Awaitable[None]]
Struck = tuple[Fault | None, pubsub.PubsubMessage]


class Paged(Protocol):
    """A list request: at most `page_size` names (0 = all) after the name `page_token`."""

    page_size: int
    page_token: str


class Service:
    """The state of one server: one method per RPC, which raises Refused, in its event loop."""

    def __init__(self, faults: FaultRegistry, kill_caller: Killer) -> None:
        """`kill_caller(attributes)` kills the task that published a message."""
        self.topics: dict[str, pubsub.Topic] = {}
        self.feeds: dict[str, Feed] = {}
        self.schemas = Schemas()
        self.on_change: Callable[[], None] = lambda: None
        self._faults = faults
        self._kill_caller = kill_caller
        self._ids = itertools.count(1)

    async def create_topic(self, request: pubsub.Topic) -> pubsub.Topic:
        check_topic(request)
        if request.name in self.topics:
            raise Refused(StatusCode.ALREADY_EXISTS, f"Topic already exists: {request.name}")
        self.schemas.check_topic(request)
        self.topics[request.name] = request
        return request

    async def get_topic(self, request: pubsub.GetTopicRequest) -> pubsub.Topic:
        return self._topic(request.topic)

    async def list_topics(self, request: pubsub.ListTopicsRequest) -> pubsub.ListTopicsResponse:
        names, token = _page(_within(self.topics, request.project), request)
        topics = [self.topics[name] for name in names]
        return pubsub.ListTopicsResponse(topics=topics, next_page_token=token)

    async def list_topic_subscriptions(
        self, request: pubsub.ListTopicSubscriptionsRequest
    ) -> pubsub.ListTopicSubscriptionsResponse:
        of_topic = self._feeds_of(self._topic(request.topic).name)
        names, token = _page([feed.backlog.name for feed in of_topic], request)
        return pubsub.ListTopicSubscriptionsResponse(subscriptions=names, next_page_token=token)

    async def delete_topic(self, request: pubsub.DeleteTopicRequest) -> Empty:
        del self.topics[self._topic(request.topic).name]
        for feed in self._feeds_of(request.topic):
            feed.definition.topic = DELETED_TOPIC
        return Empty()

    async def publish(self, request: pubsub.PublishRequest) -> pubsub.PublishResponse:
        topic = self._topic(request.topic).name
        check_publish(request)
        for message in request.messages:
            self.schemas.check_message(self.topics[topic], message.data)
        texts = [event_text(topic, m.attributes, m.data) for m in request.messages]
        faults = [self._faults.take("publish", text) for text in texts]
        struck = list(zip(faults, request.messages, strict=True))
        await self._strike("before", struck)
        ids = [
            self._store(topic, m.data, dict(m.attributes), m.ordering_key) for m in request.messages
        ]
        await self._strike("after", struck)
        return pubsub.PublishResponse(message_ids=ids)

    async def create_subscription(self, request: pubsub.Subscription) -> pubsub.Subscription:
        definition = self._checked(request)
        self._topic(definition.topic)
        if definition.name in self.feeds:
            name = definition.name
            raise Refused(StatusCode.ALREADY_EXISTS, f"Subscription already exists: {name}")
        self.feeds[definition.name] = Feed(definition, self._burial(definition.name))
        self.on_change()
        return definition

    async def get_subscription(self, request: pubsub.GetSubscriptionRequest) -> pubsub.Subscription:
        return self.feed(request.subscription).definition

    async def update_subscription(
        self, request: pubsub.UpdateSubscriptionRequest
    ) -> pubsub.Subscription:
        feed = self.feed(request.subscription.name)
        return self._redefine(feed, merged(feed.definition, request))

    async def list_subscriptions(
        self, request: pubsub.ListSubscriptionsRequest
    ) -> pubsub.ListSubscriptionsResponse:
        names, token = _page(_within(self.feeds, request.project), request)
        definitions = [self.feeds[name].definition for name in names]
        return pubsub.ListSubscriptionsResponse(subscriptions=definitions, next_page_token=token)

    async def delete_subscription(self, request: pubsub.DeleteSubscriptionRequest) -> Empty:
        self.feeds.pop(self.feed(request.subscription).backlog.name).close()
        self.on_change()
        return Empty()

    async def pull(self, request: pubsub.PullRequest) -> pubsub.PullResponse:
        feed = self.pullable(request.subscription)
        if request.max_messages <= 0:
            raise invalid(f"max_messages = {request.max_messages}: expected at least 1")
        patience = 0.0 if request.return_immediately else PULL_PATIENCE
        leases = await feed.take(request.max_messages, feed.backlog.rules.ack_deadline, patience)
        return pubsub.PullResponse(received_messages=[received(feed, one) for one in leases])

    async def acknowledge(self, request: pubsub.AcknowledgeRequest) -> Empty:
        self._leaser(request.subscription, request.ack_ids).acknowledge(request.ack_ids)
        return Empty()

    async def modify_ack_deadline(self, request: pubsub.ModifyAckDeadlineRequest) -> Empty:
        feed = self._leaser(request.subscription, request.ack_ids)
        if not 0 <= request.ack_deadline_seconds <= 600:
            raise invalid(
                f"ack_deadline_seconds = {request.ack_deadline_seconds}: expected 0 to 600"
            )
        feed.extend(request.ack_ids, request.ack_deadline_seconds)
        return Empty()

    def feed(self, name: str) -> Feed:
        """The subscription of that name; NOT_FOUND without it."""
        if name not in self.feeds:
            raise Refused(StatusCode.NOT_FOUND, f"Subscription does not exist: {name}")
        return self.feeds[name]

    def pullable(self, name: str) -> Feed:
        """The pull subscription of that name."""
        feed = self.feed(name)
        if feed.kind != "pull":
            message = f"{name} is a {feed.kind} subscription: it cannot be pulled"
            raise Refused(StatusCode.FAILED_PRECONDITION, message)
        return feed

    def _leaser(self, name: str, ack_ids: Sequence[str]) -> Feed:
        feed = self.feed(name)
        if not ack_ids:
            raise invalid("No ack ids specified.")
        for ack_id in ack_ids:
            if not ack_id.startswith(f"{name}:"):
                raise invalid(f"Invalid ack id (ack_id={ack_id})")
        return feed

    def _topic(self, name: str) -> pubsub.Topic:
        if name not in self.topics:
            raise Refused(StatusCode.NOT_FOUND, f"Topic not found: {name}")
        return self.topics[name]

    def _feeds_of(self, topic: str) -> list[Feed]:
        return [feed for feed in self.feeds.values() if feed.definition.topic == topic]

    def _checked(self, definition: pubsub.Subscription) -> pubsub.Subscription:
        whole = completed(definition)
        dead = whole.dead_letter_policy.dead_letter_topic
        if dead and dead not in self.topics:
            raise Refused(StatusCode.NOT_FOUND, f"Dead letter topic not found: {dead}")
        return whole

    def _redefine(self, feed: Feed, definition: pubsub.Subscription) -> pubsub.Subscription:
        feed.redefine(self._checked(definition))
        self.on_change()
        return feed.definition

    async def _strike(self, when: str, struck: Iterable[Struck]) -> None:
        for fault, message in struck:
            if fault is None or fault.when != when:
                continue
            if fault.action == "delay":
                await asyncio.sleep(fault.seconds)
                continue
            if fault.action == "kill_caller":
                await self._kill_caller(message.attributes)
            if fault.action == "error" or when == "before":
                raise Refused(code_of(fault.status), f"{fault.reason}: injected fault on publish")

    def _store(self, topic: str, data: bytes, attributes: dict[str, str], key: str) -> str:
        message = Message(str(next(self._ids)), data, attributes, time.time(), key)
        for feed in self._feeds_of(topic):
            feed.offer(message)
        return message.id

    def _burial(self, name: str) -> Bury:
        def bury(message: Message, attempts: int) -> bool:
            topic = self.feeds[name].definition.dead_letter_policy.dead_letter_topic
            if topic not in self.topics:
                return False
            attributes = message.attributes | dead_letter_attributes(name, message, attempts)
            self._store(topic, message.data, attributes, message.ordering_key)
            return True

        return bury


def _within(names: Iterable[str], project: str) -> list[str]:
    return [name for name in names if name.startswith(f"{project}/")]


def _page(names: list[str], request: Paged) -> tuple[list[str], str]:
    if request.page_size < 0:
        raise invalid(f"page_size = {request.page_size}: expected 0 or more")
    rest = sorted(name for name in names if name > request.page_token)
    size = request.page_size if request.page_size > 0 else len(rest)
    return rest[:size], rest[size - 1] if size < len(rest) else ""
