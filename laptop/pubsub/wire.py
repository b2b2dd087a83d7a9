"""A message as it leaves the server: pulled, pushed, dead-lettered or looked at by a fault."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from google.pubsub_v1.types import pubsub

from laptop.pubsub.backlog import Lease, Message
from laptop.pubsub.feed import Feed

SOURCE = "CloudPubSubDeadLetterSource"


def timestamp(seconds: float) -> str:
    """Seconds of the epoch as Google's JSON writes them."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def received(feed: Feed, lease: Lease) -> pubsub.ReceivedMessage:
    """A delivery as pull and streaming pull hand it out."""
    message = pubsub.PubsubMessage(
        data=lease.message.data,
        attributes=lease.message.attributes,
        message_id=lease.message.id,
        ordering_key=lease.message.ordering_key,
        publish_time=datetime.fromtimestamp(lease.message.published, UTC),
    )
    attempt = lease.attempt if feed.backlog.rules.max_attempts else 0
    return pubsub.ReceivedMessage(ack_id=lease.ack_id, message=message, delivery_attempt=attempt)


def push_document(feed: Feed, lease: Lease) -> dict[str, object]:
    """The body of a push, wrapped as the service wraps it."""
    message = lease.message
    published = timestamp(message.published)
    body: dict[str, object] = {
        "message": {
            "data": base64.b64encode(message.data).decode(),
            "attributes": message.attributes,
            "messageId": message.id,
            "message_id": message.id,
            "publishTime": published,
            "publish_time": published,
            **({"orderingKey": message.ordering_key} if message.ordering_key else {}),
        },
        "subscription": feed.backlog.name,
    }
    if feed.backlog.rules.max_attempts:
        body["deliveryAttempt"] = lease.attempt
    return body


def dead_letter_attributes(name: str, message: Message, attempts: int) -> dict[str, str]:
    """What the service adds to a message that a subscription gave up."""
    _, project, _, subscription = name.split("/")
    return {
        f"{SOURCE}DeliveryCount": str(attempts),
        f"{SOURCE}Subscription": subscription,
        f"{SOURCE}SubscriptionProject": project,
        f"{SOURCE}TopicPublishTime": timestamp(message.published),
    }


def event_text(name: str, attributes: Mapping[str, str], data: bytes) -> str:
    """What a fault's `contains` is looked for in."""
    return f"{name} {json.dumps(dict(attributes))} {data.decode(errors='replace')}"
