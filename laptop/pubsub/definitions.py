"""What the service accepts: names, messages and subscription settings, with its own defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.pubsub_v1.types import pubsub
from grpc import StatusCode

from laptop import labels
from laptop.pubsub.filters import FilterRefused, compile_filter
from laptop.pubsub.status import Refused

MAX_REQUEST = 10 * 1024 * 1024  # bytes of one publish request
MAX_MESSAGES = 1000
MAX_ATTRIBUTES, MAX_KEY, MAX_VALUE = 100, 256, 1024
MAX_ORDERING_KEY = 1024  # bytes
SHORTEST_DEADLINE, LONGEST_DEADLINE = 10, 600  # seconds, of a subscription
SHORTEST_LIFE = 24 * 60 * 60  # seconds without use until a subscription expires
SHORTEST_RETENTION, LONGEST_RETENTION = 10 * 60, 31 * 24 * 60 * 60  # seconds
SHORTEST_BACKOFF, LONGEST_BACKOFF = 10, 600  # seconds; the service's defaults
# What Google's own clients add to a message.
_OF_CLIENTS = "googclient_"
_NAME = r"projects/[^/]+/{kind}/(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{{2,254}}"
_ENDPOINT = r"https?://[\w.-]+(:\d{1,5})?([/?#]\S*)?"
_IMMUTABLE = ("name", "topic", "filter", "enable_message_ordering")


def invalid(message: str) -> Refused:
    """A refusal of an argument."""
    return Refused(StatusCode.INVALID_ARGUMENT, message)


def check_name(kind: str, name: str) -> None:
    """Refuse a resource name that is not `projects/P/<kind>/ID` with an id of 3 to 255."""
    if not re.fullmatch(_NAME.format(kind=kind), name):
        raise invalid(
            f"Invalid [{kind}] name: (name={name}): expected projects/PROJECT/{kind}/ID, "
            "ID a letter and 2 to 254 of letters, digits and -_.~+%, not starting with goog"
        )


def _check_labels(given: Mapping[str, str]) -> None:
    """Refuse a topic or a subscription for a label that the service does not take."""
    if refused := labels.problem(given):
        raise invalid(refused)


def check_publish(request: pubsub.PublishRequest) -> None:
    """Refuse a publish request that is empty, too large or has an empty message."""
    if not request.messages:
        raise invalid("No messages to publish")
    if len(request.messages) > MAX_MESSAGES:
        raise invalid(f"{len(request.messages)} messages to publish: at most {MAX_MESSAGES}")
    size = pubsub.PublishRequest.pb(request).ByteSize()
    if size > MAX_REQUEST:
        raise invalid(f"The request is {size} bytes: at most {MAX_REQUEST} are allowed")
    if len({message.ordering_key for message in request.messages}) > 1:
        raise invalid("All messages of a publish request must specify the same ordering_key")
    for message in request.messages:
        _check_message(message)


def _check_message(message: pubsub.PubsubMessage) -> None:
    attributes = dict(message.attributes)
    if not message.data and not attributes:
        raise invalid("Some messages are empty")
    if len(attributes) > MAX_ATTRIBUTES:
        raise invalid(f"{len(attributes)} attributes: at most {MAX_ATTRIBUTES}")
    for key, value in attributes.items():
        if not 0 < len(key.encode()) <= MAX_KEY or len(value.encode()) > MAX_VALUE:
            raise invalid(
                f"attribute {key[:40]!r}: expected a key of 1 to {MAX_KEY} bytes "
                f"and a value of at most {MAX_VALUE}"
            )
        if key.startswith("goog") and not key.startswith(_OF_CLIENTS):
            raise invalid(f"attribute {key[:40]!r}: keys that begin with goog are reserved")
    if len(message.ordering_key.encode()) > MAX_ORDERING_KEY:
        raise invalid(f"ordering_key: at most {MAX_ORDERING_KEY} bytes")


def completed(definition: pubsub.Subscription) -> pubsub.Subscription:
    """A checked copy of the definition with the service's defaults filled in."""
    whole = pubsub.Subscription(definition)
    check_name("subscriptions", whole.name)
    _check_labels(dict(whole.labels))
    whole.ack_deadline_seconds = whole.ack_deadline_seconds or SHORTEST_DEADLINE
    whole.message_retention_duration = whole.message_retention_duration or timedelta(days=7)
    if not SHORTEST_DEADLINE <= whole.ack_deadline_seconds <= LONGEST_DEADLINE:
        raise invalid(f"ack_deadline_seconds = {whole.ack_deadline_seconds}: expected 10 to 600")
    if whole.enable_message_ordering:
        raise invalid("enable_message_ordering: order is not kept here; the service would keep it")
    _check_retention(pubsub.Subscription.pb(whole).message_retention_duration)
    policy = pubsub.ExpirationPolicy.pb(whole.expiration_policy)
    if policy.HasField("ttl") and seconds(policy.ttl) < SHORTEST_LIFE:
        raise invalid(f"expiration_policy.ttl = {seconds(policy.ttl):g} s: expected at least 1 day")
    try:
        compile_filter(whole.filter)
    except FilterRefused as refused:
        raise invalid(str(refused)) from None
    _check_target(whole)
    _complete_dead_letters(whole)
    _complete_retry(whole)
    return whole


def check_stream_deadline(deadline: int) -> None:
    """Refuse a streaming pull whose messages have less or more time than those of a subscription.

    The first request of a stream has to say one.
    """
    if not SHORTEST_DEADLINE <= deadline <= LONGEST_DEADLINE:
        raise invalid(f"stream_ack_deadline_seconds = {deadline}: expected 10 to 600")


def check_topic(topic: pubsub.Topic) -> None:
    """Refuse a topic's name, labels or retention that the service does not take."""
    check_name("topics", topic.name)
    _check_labels(dict(topic.labels))
    if "message_retention_duration" in topic:
        _check_retention(pubsub.Topic.pb(topic).message_retention_duration)


def _check_retention(duration: Duration) -> None:
    retention = seconds(duration)
    if not SHORTEST_RETENTION <= retention <= LONGEST_RETENTION:
        raise invalid(
            f"message_retention_duration = {retention:g} s: expected 10 minutes to 31 days"
        )


def _check_target(whole: pubsub.Subscription) -> None:
    endpoint, table = whole.push_config.push_endpoint, whole.bigquery_config.table
    if endpoint and not re.fullmatch(_ENDPOINT, endpoint):
        raise invalid(f"Unsupported push_endpoint {endpoint!r}: expected http(s)://HOST[:PORT]/…")
    if endpoint and table:
        raise invalid("push_config and bigquery_config: at most one may be set")
    if whole.bigquery_config.use_topic_schema and whole.bigquery_config.use_table_schema:
        raise invalid("bigquery_config: use_topic_schema and use_table_schema exclude each other")
    if table and len(re.split(r"[.:]", table)) != 3:
        raise invalid(f"bigquery_config.table = {table!r}: expected project.dataset.table")


def _complete_dead_letters(whole: pubsub.Subscription) -> None:
    if "dead_letter_policy" not in whole:
        return
    policy = whole.dead_letter_policy
    policy.max_delivery_attempts = policy.max_delivery_attempts or 5
    if not 5 <= policy.max_delivery_attempts <= 100:
        raise Refused(
            StatusCode.OUT_OF_RANGE,
            f"max_delivery_attempts = {policy.max_delivery_attempts}: expected 5 to 100",
        )


def _complete_retry(whole: pubsub.Subscription) -> None:
    if "retry_policy" not in whole:
        return
    policy = pubsub.RetryPolicy.pb(whole.retry_policy)
    if not policy.HasField("minimum_backoff"):
        policy.minimum_backoff.seconds = SHORTEST_BACKOFF
    if not policy.HasField("maximum_backoff"):
        policy.maximum_backoff.seconds = LONGEST_BACKOFF
    low, high = seconds(policy.minimum_backoff), seconds(policy.maximum_backoff)
    if not 0 <= low <= high <= LONGEST_BACKOFF:
        raise invalid(
            f"retry_policy: minimum_backoff {low:g} s and maximum_backoff {high:g} s: "
            f"expected 0 <= minimum <= maximum <= {LONGEST_BACKOFF}"
        )


def seconds(duration: Duration) -> float:
    """A protobuf duration in seconds."""
    return duration.seconds + duration.nanos / 1e9


def merged(
    old: pubsub.Subscription, request: pubsub.UpdateSubscriptionRequest
) -> pubsub.Subscription:
    """The definition after an update; refuses an empty mask and fields that cannot change."""
    paths = list(request.update_mask.paths)
    if not paths:
        raise invalid("The update_mask must be set and contain a non-empty paths list")
    known = pubsub.Subscription.pb(old).DESCRIPTOR.fields_by_name
    for path in paths:
        if path in _IMMUTABLE or path.split(".")[0] not in known:
            raise invalid(f"Invalid update_mask: the {path} field is not mutable")
    new = pubsub.Subscription(old)
    source, target = pubsub.Subscription.pb(request.subscription), pubsub.Subscription.pb(new)
    FieldMask(paths=paths).MergeMessage(source, target, True, True)
    return new
