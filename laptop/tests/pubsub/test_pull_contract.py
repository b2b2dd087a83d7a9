"""Pulling, acknowledging and redelivery: what both servers promise."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.cloud.pubsub_v1.types import FlowControl
from google.pubsub_v1 import StreamingPullRequest

from laptop.tests.pubsub.servers import PATIENCE, PROJECT, Broker, eventually

UNKNOWN = f"{PROJECT}/subscriptions/unknown-subscription"


def test_a_message_arrives_as_it_was_published(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    before = datetime.datetime.now(datetime.UTC)
    sent = broker.publish(topic, b"\x00hello", event="date.completed")
    (delivery,) = broker.next_messages(subscription)
    message = delivery.message
    assert (message.message_id, message.data) == (sent, b"\x00hello")
    assert dict(message.attributes) == {"event": "date.completed"}
    assert abs(message.publish_time - before) < datetime.timedelta(seconds=PATIENCE)


def test_every_subscription_gets_its_own_copy(broker: Broker) -> None:
    topic = broker.topic()
    first, second = broker.subscription(topic), broker.subscription(topic)
    sent = broker.publish(topic, b"hello")
    for subscription in (first, second):
        (delivery,) = broker.next_messages(subscription)
        assert delivery.message.message_id == sent


def test_a_subscription_gets_only_what_came_after_it(broker: Broker) -> None:
    topic = broker.topic()
    broker.publish(topic, b"early")
    subscription = broker.subscription(topic)
    broker.publish(topic, b"late")
    assert [one.message.data for one in broker.next_messages(subscription)] == [b"late"]


def test_an_acknowledged_message_does_not_come_back(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    broker.publish(topic, b"first")
    (first,) = broker.next_messages(subscription)
    broker.subscriber.acknowledge(subscription=subscription, ack_ids=[first.ack_id])
    broker.publish(topic, b"second")
    (second,) = broker.next_messages(subscription)
    broker.nack(subscription, second.ack_id)
    assert [one.message.data for one in broker.next_messages(subscription)] == [b"second"]


def test_a_leased_message_is_not_delivered_to_another(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic, ack_deadline_seconds=600)
    broker.publish(topic, b"hello")
    broker.next_messages(subscription)
    assert broker.pull(subscription) == []


def test_a_nacked_message_is_delivered_again(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    broker.publish(topic, b"hello")
    (first,) = broker.next_messages(subscription)
    broker.nack(subscription, first.ack_id)
    (second,) = broker.next_messages(subscription)
    assert second.message.message_id == first.message.message_id
    assert second.ack_id != first.ack_id


def test_an_unacknowledged_message_is_delivered_again_after_its_deadline(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    sent = broker.publish(topic, b"hello")
    (first,) = broker.next_messages(subscription)
    broker.subscriber.modify_ack_deadline(
        subscription=subscription, ack_ids=[first.ack_id], ack_deadline_seconds=1
    )
    (second,) = broker.next_messages(subscription)
    assert second.message.message_id == sent


def test_a_message_nacked_twice_waits_for_the_backoff_of_the_retry_policy(broker: Broker) -> None:
    topic = broker.topic()
    two_seconds = datetime.timedelta(seconds=2)
    policy = {"minimum_backoff": two_seconds, "maximum_backoff": two_seconds}
    subscription = broker.subscription(topic, retry_policy=policy)
    broker.publish(topic, b"hello")
    for _ in range(2):
        (delivery,) = broker.next_messages(subscription)
        broker.nack(subscription, delivery.ack_id)
    assert broker.pull(subscription) == []
    assert broker.next_messages(subscription)


def test_a_backoff_under_a_second_is_accepted(broker: Broker) -> None:
    policy = {
        "minimum_backoff": datetime.timedelta(milliseconds=100),
        "maximum_backoff": datetime.timedelta(milliseconds=500),
    }
    subscription = broker.subscription(broker.topic(), retry_policy=policy)
    kept = broker.subscriber.get_subscription(subscription=subscription).retry_policy
    assert kept.minimum_backoff == policy["minimum_backoff"]
    assert kept.maximum_backoff == policy["maximum_backoff"]


@pytest.mark.parametrize(("low", "high"), [(601, 601), (60, 5)])
def test_a_backoff_out_of_range_is_refused(broker: Broker, low: int, high: int) -> None:
    policy = {
        "minimum_backoff": datetime.timedelta(seconds=low),
        "maximum_backoff": datetime.timedelta(seconds=high),
    }
    with pytest.raises(exceptions.InvalidArgument, match=r"(max|min)imum_backoff"):
        broker.subscription(broker.topic(), retry_policy=policy)


def test_a_foreign_ack_id_is_refused(broker: Broker) -> None:
    subscription = broker.subscription(broker.topic())
    with pytest.raises(exceptions.InvalidArgument, match="bogus"):
        broker.subscriber.acknowledge(subscription=subscription, ack_ids=["bogus"])


def test_an_unknown_subscription_is_not_found(broker: Broker) -> None:
    with pytest.raises(exceptions.NotFound):
        broker.pull(UNKNOWN)
    with pytest.raises(exceptions.NotFound):
        broker.subscriber.get_subscription(subscription=UNKNOWN)
    with pytest.raises(exceptions.NotFound):
        broker.subscriber.delete_subscription(subscription=UNKNOWN)


def test_a_pull_must_ask_for_messages(broker: Broker) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="max_messages"):
        broker.pull(broker.subscription(broker.topic()), limit=0)


def test_a_subscription_is_found_listed_and_deleted(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    found = broker.subscriber.get_subscription(subscription=subscription)
    assert (found.topic, found.ack_deadline_seconds) == (topic, 10)
    listed = [one.name for one in broker.subscriber.list_subscriptions(project=PROJECT)]
    assert subscription in listed
    broker.subscriber.delete_subscription(subscription=subscription)
    with pytest.raises(exceptions.NotFound):
        broker.pull(subscription)


def test_a_subscription_cannot_be_created_twice(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    with pytest.raises(exceptions.AlreadyExists):
        broker.subscriber.create_subscription(name=subscription, topic=topic)


def update(broker: Broker, subscription: str, *paths: str, **settings: Any) -> Any:
    """Change the named fields of a subscription."""
    request = {
        "subscription": {"name": subscription, **settings},
        "update_mask": {"paths": list(paths)},
    }
    return broker.subscriber.update_subscription(request=request)


def test_an_update_changes_only_what_its_mask_names(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic, labels={"kept": "yes"})
    changed = update(broker, subscription, "ack_deadline_seconds", ack_deadline_seconds=33)
    assert changed.ack_deadline_seconds == 33
    assert dict(changed.labels) == {"kept": "yes"}
    assert broker.subscriber.get_subscription(subscription=subscription) == changed


@pytest.mark.parametrize("paths", [["topic"], []])
def test_an_update_of_nothing_or_of_the_topic_is_refused(broker: Broker, paths: list[str]) -> None:
    subscription = broker.subscription(broker.topic())
    with pytest.raises(exceptions.InvalidArgument, match="update_mask"):
        update(broker, subscription, *paths, ack_deadline_seconds=33)


@pytest.mark.parametrize("name", ["ab", "goog-x", "1abc", "a b c", "a" * 256])
def test_a_wrong_name_of_a_subscription_is_refused(broker: Broker, name: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        broker.subscriber.create_subscription(
            name=f"{PROJECT}/subscriptions/{name}", topic=broker.topic()
        )


@pytest.mark.parametrize("deadline", [1, 9])
def test_a_deadline_is_ten_seconds_at_least(embedded: Broker, deadline: int) -> None:
    topic = embedded.topic()
    with pytest.raises(exceptions.InvalidArgument, match="expected 10 to 600"):
        embedded.subscription(topic, ack_deadline_seconds=deadline)
    subscription = embedded.subscription(topic)
    with pytest.raises(exceptions.InvalidArgument, match="expected 10 to 600"):
        update(embedded, subscription, "ack_deadline_seconds", ack_deadline_seconds=deadline)


def test_a_subscription_lives_a_day_at_least(embedded: Broker) -> None:
    topic = embedded.topic()
    with pytest.raises(exceptions.InvalidArgument, match="ttl = 86399 s: expected at least 1 day"):
        embedded.subscription(topic, expiration_policy={"ttl": {"seconds": 86_399}})
    for life in ({}, {"ttl": {"seconds": 86_400}}):
        assert embedded.subscription(topic, expiration_policy=life)


def test_a_subscription_that_wants_order_is_refused(embedded: Broker) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="order is not kept here"):
        embedded.subscription(embedded.topic(), enable_message_ordering=True)


def test_columns_are_those_of_the_topic_or_of_the_table(embedded: Broker) -> None:
    both = {"table": "demo.d.t", "use_topic_schema": True, "use_table_schema": True}
    with pytest.raises(exceptions.InvalidArgument, match="exclude each other"):
        embedded.subscription(embedded.topic(), bigquery_config=both)


@pytest.mark.parametrize("deadline", [-1, 601])
def test_a_deadline_is_ten_minutes_at_most(embedded: Broker, deadline: int) -> None:
    topic = embedded.topic()
    with pytest.raises(exceptions.InvalidArgument, match="ack_deadline_seconds"):
        embedded.subscription(topic, ack_deadline_seconds=deadline)
    subscription = embedded.subscription(topic, ack_deadline_seconds=600)
    embedded.publish(topic, b"hello")
    (delivery,) = embedded.next_messages(subscription)
    with pytest.raises(exceptions.InvalidArgument, match="expected 0 to 600"):
        embedded.subscriber.modify_ack_deadline(
            subscription=subscription, ack_ids=[delivery.ack_id], ack_deadline_seconds=deadline
        )


@pytest.mark.parametrize("deadline", [0, 9, 601])
def test_a_stream_says_its_deadline_of_ten_to_600_seconds(embedded: Broker, deadline: int) -> None:
    subscription = embedded.subscription(embedded.topic())
    first = StreamingPullRequest(subscription=subscription, stream_ack_deadline_seconds=deadline)
    words = f"stream_ack_deadline_seconds = {deadline}: expected 10 to 600"
    with pytest.raises(exceptions.InvalidArgument, match=words):
        list(embedded.subscriber.streaming_pull(requests=iter([first]), retry=None))


@pytest.mark.parametrize("seconds", [599, 31 * 86_400 + 1])
def test_messages_are_kept_ten_minutes_to_31_days(embedded: Broker, seconds: int) -> None:
    topic = embedded.topic()
    kept = {"message_retention_duration": {"seconds": seconds}}
    with pytest.raises(exceptions.InvalidArgument, match="expected 10 minutes to 31 days"):
        embedded.subscription(topic, **kept)
    subscription = embedded.subscription(topic, message_retention_duration={"seconds": 600})
    found: Any = embedded.subscriber.get_subscription(subscription=subscription)
    assert found.message_retention_duration.total_seconds() == 600
    with pytest.raises(exceptions.InvalidArgument, match="expected 10 minutes to 31 days"):
        update(embedded, subscription, "message_retention_duration", **kept)


def test_a_subscription_has_the_service_s_defaults(embedded: Broker) -> None:
    subscription = embedded.subscription(embedded.topic(), retry_policy={})
    found: Any = embedded.subscriber.get_subscription(subscription=subscription)
    assert found.ack_deadline_seconds == 10
    assert found.message_retention_duration.days == 7
    assert found.retry_policy.minimum_backoff.total_seconds() == 10
    assert found.retry_policy.maximum_backoff.total_seconds() == 600


@pytest.mark.parametrize("path", ["name", "filter", "enable_message_ordering", "colour"])
def test_an_update_of_what_cannot_change_is_refused(embedded: Broker, path: str) -> None:
    subscription = embedded.subscription(embedded.topic())
    with pytest.raises(exceptions.InvalidArgument, match=f"the {path} field is not mutable"):
        update(embedded, subscription, path)


def test_an_update_that_is_refused_leaves_all_as_it_was(embedded: Broker) -> None:
    subscription = embedded.subscription(embedded.topic(), ack_deadline_seconds=33)
    before = embedded.subscriber.get_subscription(subscription=subscription)
    with pytest.raises(exceptions.InvalidArgument):
        update(embedded, subscription, "ack_deadline_seconds", ack_deadline_seconds=601)
    assert embedded.subscriber.get_subscription(subscription=subscription) == before


def test_acknowledging_nothing_is_refused(broker: Broker) -> None:
    subscription = broker.subscription(broker.topic())
    with pytest.raises(exceptions.InvalidArgument):
        broker.subscriber.acknowledge(subscription=subscription, ack_ids=[])


def test_an_ack_id_of_another_subscription_is_refused(embedded: Broker) -> None:
    topic = embedded.topic()
    mine, other = embedded.subscription(topic), embedded.subscription(topic)
    embedded.publish(topic, b"hello")
    (delivery,) = embedded.next_messages(mine)
    with pytest.raises(exceptions.InvalidArgument, match="Invalid ack id"):
        embedded.subscriber.acknowledge(subscription=other, ack_ids=[delivery.ack_id])
    assert len(embedded.next_messages(other)) == 1


def test_a_pull_gives_no_more_than_it_asks_for(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    for number in range(5):
        broker.publish(topic, str(number).encode())
    first = broker.pull(subscription, limit=2)
    assert 1 <= len(first) <= 2
    rest = broker.pull(subscription, limit=10)
    datas = [one.message.data for one in (*first, *rest)]
    assert len(set(datas)) == len(datas)


def test_an_acknowledgement_twice_is_no_error(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    broker.publish(topic, b"hello")
    (delivery,) = broker.next_messages(subscription)
    for _ in range(2):
        broker.subscriber.acknowledge(subscription=subscription, ack_ids=[delivery.ack_id])
    assert broker.pull(subscription) == []


def test_a_subscription_made_anew_begins_empty(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    broker.publish(topic, b"early")
    broker.subscriber.delete_subscription(subscription=subscription)
    broker.subscriber.create_subscription(name=subscription, topic=topic)
    assert broker.pull(subscription) == []


def test_the_figures_tell_what_is_leased_and_what_waits(embedded: Broker) -> None:
    topic = embedded.topic()
    subscription = embedded.subscription(topic)
    for number in range(3):
        embedded.publish(topic, str(number).encode())
    (leased,) = embedded.pull(subscription, limit=1)
    state = embedded.state(subscription)
    assert (state["kind"], state["topic"]) == ("pull", topic)
    assert (state["backlog"], state["outstanding"]) == (3, 1)
    embedded.subscriber.acknowledge(subscription=subscription, ack_ids=[leased.ack_id])
    state = embedded.state(subscription)
    assert (state["backlog"], state["outstanding"]) == (2, 0)


def test_the_streaming_client_receives_and_acknowledges(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", broker.address)
    topic = broker.topic()
    subscription = broker.subscription(topic)
    received: list[bytes] = []
    lock = threading.Lock()

    def receive(message: Any) -> None:
        with lock:
            received.append(message.data)
        message.ack()

    with SubscriberClient() as subscriber, PublisherClient() as publisher:
        pulling = subscriber.subscribe(subscription, receive)
        for number in range(20):
            publisher.publish(topic, str(number).encode()).result(PATIENCE)
        eventually(lambda: len(set(received)) == 20, "20 messages by streaming pull")
        pulling.cancel()
        pulling.result(PATIENCE)
    assert set(received) == {str(number).encode() for number in range(20)}


def test_streaming_from_an_unknown_subscription_is_not_found(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", broker.address)
    with SubscriberClient() as subscriber:
        pulling = subscriber.subscribe(UNKNOWN, lambda message: message.ack())
        with pytest.raises(exceptions.NotFound):
            pulling.result(PATIENCE)


def test_a_stream_holds_no_more_than_its_flow_control_allows(
    embedded: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", embedded.address)
    topic = embedded.topic()
    subscription = embedded.subscription(topic)
    for number in range(10):
        embedded.publish(topic, str(number).encode())
    outstanding: list[int] = []

    def receive(message: Any) -> None:
        outstanding.append(embedded.state(subscription)["outstanding"])
        message.ack()

    with SubscriberClient() as subscriber:
        pulling = subscriber.subscribe(
            subscription, receive, flow_control=FlowControl(max_messages=2)
        )
        eventually(lambda: len(outstanding) == 10, "ten messages, two at a time")
        pulling.cancel()
        pulling.result(PATIENCE)
    assert max(outstanding) <= 2


def test_a_nack_on_a_stream_brings_the_message_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", broker.address)
    topic = broker.topic()
    subscription = broker.subscription(topic)
    seen: list[str] = []

    def receive(message: Any) -> None:
        seen.append(message.message_id)
        if len(seen) == 1:
            message.nack()
        else:
            message.ack()

    with SubscriberClient() as subscriber:
        pulling = subscriber.subscribe(subscription, receive)
        sent = broker.publish(topic, b"hello")
        eventually(lambda: len(seen) >= 2, "a redelivery by streaming pull")
        pulling.cancel()
        pulling.result(PATIENCE)
    assert set(seen) == {sent}
