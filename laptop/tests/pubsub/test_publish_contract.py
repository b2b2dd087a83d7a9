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


def test_labels_of_wrong_characters_are_refused(embedded: Broker) -> None:
    refused = pytest.raises(exceptions.InvalidArgument, match='Label key "Team" has invalid')
    name, wrong = f"{PROJECT}/topics/{fresh('topic')}", {"Team": "x"}
    with refused:
        embedded.publisher.create_topic(request={"name": name, "labels": wrong})
    topic = embedded.topic()
    with refused:
        embedded.subscription(topic, labels=wrong)


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


def test_the_limits_themselves_are_taken_by_the_embedded_server(embedded: Broker) -> None:
    topic = embedded.topic()
    subscription = embedded.subscription(topic)
    widest = {"k" * 256: "v" * 1024}
    embedded.publish(topic, b"", **widest)
    (delivery,) = embedded.next_messages(subscription)
    assert dict(delivery.message.attributes) == widest
    many = {f"key{number}": "v" for number in range(100)}
    assert embedded.publish(topic, b"", **many)
    with pytest.raises(exceptions.InvalidArgument, match="101 attributes: at most 100"):
        embedded.publish(topic, b"", **many, one_more="v")


def test_an_attribute_has_a_key_on_the_embedded_server(embedded: Broker) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="a key of 1 to 256 bytes"):
        embedded.publish(embedded.topic(), b"x", **{"": "v"})


@pytest.mark.parametrize("key", ["goog", "google_run", "googclient"])
def test_keys_of_google_are_reserved_on_the_embedded_server(embedded: Broker, key: str) -> None:
    topic = embedded.topic()
    with pytest.raises(exceptions.InvalidArgument, match=f"'{key}': keys that begin with goog are"):
        embedded.publish(topic, b"x", **{key: "v"})
    assert embedded.publish(topic, b"x", Goog="v", my_goog="v", googclient_traceparent="00")


def test_a_request_has_one_ordering_key_which_is_delivered(embedded: Broker) -> None:
    topic = embedded.topic()
    subscription = embedded.subscription(topic)
    messages = [PubsubMessage(data=b"x", ordering_key=key) for key in ("a", "b")]
    with pytest.raises(exceptions.InvalidArgument, match="the same ordering_key"):
        embedded.publisher.publish(topic=topic, messages=messages)
    embedded.publisher.publish(topic=topic, messages=messages[:1])
    (delivery,) = embedded.next_messages(subscription)
    assert delivery.message.ordering_key == "a"


@pytest.mark.parametrize("seconds", [599, 31 * 86_400 + 1])
def test_a_topic_keeps_messages_ten_minutes_to_31_days(embedded: Broker, seconds: int) -> None:
    name = f"{PROJECT}/topics/{fresh('topic')}"
    request = {"name": name, "message_retention_duration": {"seconds": seconds}}
    with pytest.raises(exceptions.InvalidArgument, match="expected 10 minutes to 31 days"):
        embedded.publisher.create_topic(request=request)


def test_an_overlong_ordering_key_is_refused_by_the_embedded_server(embedded: Broker) -> None:
    messages = [PubsubMessage(data=b"x", ordering_key="é" * 513)]
    with pytest.raises(exceptions.InvalidArgument, match="ordering_key"):
        embedded.publisher.publish(topic=embedded.topic(), messages=messages)


def test_of_a_request_with_one_wrong_message_nothing_is_stored(embedded: Broker) -> None:
    topic = embedded.topic()
    subscription = embedded.subscription(topic)
    with pytest.raises(exceptions.InvalidArgument):
        embedded.publisher.publish(
            topic=topic, messages=[PubsubMessage(data=b"x"), PubsubMessage()]
        )
    assert embedded.pull(subscription) == []


def test_a_deleted_topic_can_be_made_anew_without_its_old_subscriptions(broker: Broker) -> None:
    topic = broker.topic()
    old = broker.subscription(topic)
    broker.publisher.delete_topic(topic=topic)
    broker.publisher.create_topic(name=topic)
    new = broker.subscription(topic)
    broker.publish(topic, b"hello")
    assert [one.message.data for one in broker.next_messages(new)] == [b"hello"]
    assert broker.pull(old) == []


@pytest.mark.parametrize("kind", ["topics", "subscriptions"])
def test_a_page_has_no_negative_size_on_the_embedded_server(embedded: Broker, kind: str) -> None:
    answer = embedded.http.get(f"/v1/{PROJECT}/{kind}", params={"pageSize": -1})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_pages_are_of_the_size_asked_for_and_end_on_the_embedded_server(embedded: Broker) -> None:
    project = f"projects/{fresh('paged')}"
    names = [f"{project}/topics/topic-{number}" for number in range(5)]
    for name in reversed(names):
        embedded.publisher.create_topic(name=name)
    pages: list[list[str]] = []
    token = ""
    while True:
        query = {"pageSize": "2", "pageToken": token}
        page = embedded.http.get(f"/v1/{project}/topics", params=query).json()
        pages.append([topic["name"] for topic in page["topics"]])
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert pages == [names[:2], names[2:4], names[4:]]
