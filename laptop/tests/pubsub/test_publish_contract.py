"""Topics and publishing: what both servers promise."""

from __future__ import annotations

import pytest
from google.api_core import exceptions
from google.pubsub_v1 import PubsubMessage

from laptop.tests.pubsub.servers import PROJECT, Broker, fresh

UNKNOWN = f"{PROJECT}/topics/unknown-topic"


def test_a_created_topic_is_found_and_listed(broker: Broker) -> None:
    topic = broker.topic()
    assert broker.publisher.get_topic(topic=topic).name == topic
    assert topic in [one.name for one in broker.publisher.list_topics(project=PROJECT)]


def test_a_listing_comes_in_pages(broker: Broker) -> None:
    topics = {broker.topic() for _ in range(3)}
    request = {"project": PROJECT, "page_size": 1}
    assert topics <= {one.name for one in broker.publisher.list_topics(request=request)}


def test_a_topic_cannot_be_created_twice(broker: Broker) -> None:
    topic = broker.topic()
    with pytest.raises(exceptions.AlreadyExists):
        broker.publisher.create_topic(name=topic)


@pytest.mark.parametrize(
    "name",
    [
        f"{PROJECT}/topics/ab",
        f"{PROJECT}/topics/1abc",
        f"{PROJECT}/topics/googabc",
        f"{PROJECT}/topics/a b c",
        f"{PROJECT}/subscriptions/abc",
        "abc",
    ],
)
def test_a_wrong_name_is_refused(broker: Broker, name: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        broker.publisher.create_topic(name=name)


def test_an_unknown_topic_is_not_found(broker: Broker) -> None:
    with pytest.raises(exceptions.NotFound):
        broker.publisher.get_topic(topic=UNKNOWN)
    with pytest.raises(exceptions.NotFound):
        broker.publish(UNKNOWN, b"hello")
    with pytest.raises(exceptions.NotFound):
        broker.subscription(UNKNOWN)


def test_a_deleted_topic_is_gone_and_its_subscription_says_so(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    broker.publisher.delete_topic(topic=topic)
    with pytest.raises(exceptions.NotFound):
        broker.publish(topic, b"hello")
    left = broker.subscriber.get_subscription(subscription=subscription)
    assert left.topic == "_deleted-topic_"


def test_an_empty_message_is_refused(broker: Broker) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="empty"):
        broker.publish(broker.topic())


def test_attributes_alone_make_a_message(broker: Broker) -> None:
    assert broker.publish(broker.topic(), event="run.completed")


@pytest.mark.parametrize("number", [0, 1001])
def test_a_request_holds_one_to_a_thousand_messages(broker: Broker, number: int) -> None:
    messages = [PubsubMessage(data=b"x")] * number
    with pytest.raises(exceptions.InvalidArgument):
        broker.publisher.publish(topic=broker.topic(), messages=messages)


def test_every_message_gets_an_id_of_its_own(broker: Broker) -> None:
    topic = broker.topic()
    response = broker.publisher.publish(topic=topic, messages=[PubsubMessage(data=b"x")] * 5)
    ids = [*response.message_ids, broker.publish(topic, b"x")]
    assert len(set(ids)) == 6


def test_a_request_above_ten_megabytes_is_refused_by_the_embedded_server(embedded: Broker) -> None:
    topic = embedded.topic()
    embedded.publish(topic, b"x" * (10 * 1024 * 1024 - 1000))
    with pytest.raises(exceptions.InvalidArgument, match="at most 10485760"):
        embedded.publish(topic, b"x" * (10 * 1024 * 1024 + 1))


def test_an_overlong_attribute_is_refused_by_the_embedded_server(embedded: Broker) -> None:
    topic = embedded.topic()
    with pytest.raises(exceptions.InvalidArgument, match="kkk"):
        embedded.publish(topic, b"x", **{"k" * 257: "v"})
    with pytest.raises(exceptions.InvalidArgument, match="at most 1024"):
        embedded.publish(topic, b"x", key="v" * 1025)


def test_topics_of_another_project_are_not_listed(broker: Broker) -> None:
    other = f"projects/other-project/topics/{fresh('topic')}"
    broker.publisher.create_topic(name=other)
    assert other not in [one.name for one in broker.publisher.list_topics(project=PROJECT)]
