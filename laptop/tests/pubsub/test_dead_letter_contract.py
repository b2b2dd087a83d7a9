"""Dead letters: what can never succeed leaves the backlog, with its story attached."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from google.api_core import exceptions

from laptop.tests.pubsub.servers import PROJECT, Broker, Receiver, eventually

SOURCE = "CloudPubSubDeadLetterSource"
SOON = {
    "minimum_backoff": datetime.timedelta(milliseconds=50),
    "maximum_backoff": datetime.timedelta(milliseconds=200),
}


def policy(topic: str, attempts: int = 5) -> dict[str, Any]:
    """A dead-letter policy."""
    return {"dead_letter_topic": topic, "max_delivery_attempts": attempts}


def test_a_message_nacked_five_times_goes_to_the_dead_letter_topic(broker: Broker) -> None:
    topic, dead_topic = broker.topic(), broker.topic()
    dead = broker.subscription(dead_topic)
    subscription = broker.subscription(topic, dead_letter_policy=policy(dead_topic))
    broker.publish(topic, b"poison", event="date.completed")
    attempts = []
    for _ in range(5):
        (delivery,) = broker.next_messages(subscription)
        attempts.append(delivery.delivery_attempt)
        broker.nack(subscription, delivery.ack_id)
    assert attempts == [1, 2, 3, 4, 5]
    assert broker.pull(subscription) == []
    (letter,) = broker.next_messages(dead)
    assert letter.message.data == b"poison"
    attributes = dict(letter.message.attributes)
    assert attributes.pop(f"{SOURCE}TopicPublishTime").endswith("Z")
    assert attributes == {
        "event": "date.completed",
        f"{SOURCE}DeliveryCount": "5",
        f"{SOURCE}Subscription": subscription.split("/")[-1],
        f"{SOURCE}SubscriptionProject": "demo",
    }


def test_a_push_that_always_fails_goes_to_the_dead_letter_topic(
    broker: Broker, receiver: Receiver
) -> None:
    topic, dead_topic = broker.topic(), broker.topic()
    dead = broker.subscription(dead_topic)
    receiver.answers = [500] * 50
    broker.subscription(
        topic,
        push_config={"push_endpoint": receiver.url},
        dead_letter_policy=policy(dead_topic),
        retry_policy=SOON,
    )
    sent = broker.publish(topic, b"poison")
    (letter,) = broker.next_messages(dead)
    assert letter.message.data == b"poison"
    assert {body["message"]["messageId"] for body in receiver.bodies} == {sent}
    assert len(receiver.bodies) == 5


def test_a_message_that_succeeds_in_time_is_not_dead_lettered(broker: Broker) -> None:
    topic, dead_topic = broker.topic(), broker.topic()
    dead = broker.subscription(dead_topic)
    subscription = broker.subscription(topic, dead_letter_policy=policy(dead_topic))
    broker.publish(topic, b"hello")
    for _ in range(4):
        (delivery,) = broker.next_messages(subscription)
        broker.nack(subscription, delivery.ack_id)
    (delivery,) = broker.next_messages(subscription)
    broker.subscriber.acknowledge(subscription=subscription, ack_ids=[delivery.ack_id])
    assert broker.pull(dead) == []


@pytest.mark.parametrize("attempts", [4, 101])
def test_attempts_are_five_to_a_hundred(broker: Broker, attempts: int) -> None:
    dead_topic = broker.topic()
    with pytest.raises(exceptions.OutOfRange, match=f"{attempts}"):
        broker.subscription(broker.topic(), dead_letter_policy=policy(dead_topic, attempts))


def test_five_attempts_are_the_default(broker: Broker) -> None:
    subscription = broker.subscription(
        broker.topic(), dead_letter_policy=policy(broker.topic(), attempts=0)
    )
    kept = broker.subscriber.get_subscription(subscription=subscription)
    assert kept.dead_letter_policy.max_delivery_attempts == 5


def test_the_dead_letter_topic_must_exist(broker: Broker) -> None:
    with pytest.raises(exceptions.NotFound):
        broker.subscription(
            broker.topic(), dead_letter_policy=policy(f"{PROJECT}/topics/unknown-topic")
        )


def test_a_push_tells_its_attempt_on_the_embedded_server(
    embedded: Broker, receiver: Receiver
) -> None:
    topic = embedded.topic()
    receiver.answers = [500, 500]
    embedded.subscription(
        topic,
        push_config={"push_endpoint": receiver.url},
        dead_letter_policy=policy(embedded.topic()),
        retry_policy=SOON,
    )
    embedded.publish(topic, b"hello")
    bodies = receiver.wait_for(3)
    assert [body["deliveryAttempt"] for body in bodies] == [1, 2, 3]


def test_without_its_dead_letter_topic_the_embedded_server_goes_on_delivering(
    embedded: Broker,
) -> None:
    topic, dead_topic = embedded.topic(), embedded.topic()
    subscription = embedded.subscription(topic, dead_letter_policy=policy(dead_topic))
    embedded.publisher.delete_topic(topic=dead_topic)
    embedded.publish(topic, b"poison")
    for _ in range(7):
        (delivery,) = embedded.next_messages(subscription)
        embedded.nack(subscription, delivery.ack_id)
    assert embedded.state(subscription)["dead_lettered"] == 0


def test_the_embedded_server_shows_the_dead_letter_backlog(embedded: Broker) -> None:
    topic, dead_topic = embedded.topic(), embedded.topic()
    dead = embedded.subscription(dead_topic)
    subscription = embedded.subscription(topic, dead_letter_policy=policy(dead_topic))
    embedded.publish(topic, b"poison")
    for _ in range(5):
        (delivery,) = embedded.next_messages(subscription)
        embedded.nack(subscription, delivery.ack_id)
    eventually(lambda: embedded.state(dead)["backlog"] == 1, "the dead letter in the backlog")
    assert embedded.state(subscription)["dead_lettered"] == 1
    assert embedded.state(subscription)["backlog"] == 0
