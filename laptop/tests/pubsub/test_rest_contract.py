"""The REST face, as the workflow connector and curl use it: what both servers promise."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from laptop.tests.pubsub.servers import PROJECT, Broker, fresh

DATA = base64.b64encode(b"hello").decode()


def call(broker: Broker, verb: str, path: str, body: Any = None) -> httpx.Response:
    """One REST call."""
    return broker.http.request(verb, f"/v1/{path}", json=body)


def publish(broker: Broker, topic: str, *messages: Any) -> httpx.Response:
    """Publish as the workflow connector does."""
    return call(broker, "POST", f"{topic}:publish", {"messages": list(messages)})


def test_a_message_goes_its_whole_way_over_rest(broker: Broker) -> None:
    topic = f"{PROJECT}/topics/{fresh('topic')}"
    subscription = f"{PROJECT}/subscriptions/{fresh('sub')}"
    assert call(broker, "PUT", topic, {}).json() == {"name": topic}
    assert call(broker, "PUT", subscription, {"topic": topic}).status_code == 200
    sent = publish(broker, topic, {"data": DATA, "attributes": {"event": "run.completed"}}).json()
    pulled = call(broker, "POST", f"{subscription}:pull", {"maxMessages": 1}).json()
    (delivery,) = pulled["receivedMessages"]
    assert [delivery["message"]["messageId"]] == sent["messageIds"]
    assert delivery["message"]["data"] == DATA
    assert delivery["message"]["attributes"] == {"event": "run.completed"}
    ids = {"ackIds": [delivery["ackId"]]}
    assert call(broker, "POST", f"{subscription}:acknowledge", ids).json() == {}


def test_what_grpc_made_is_read_over_rest(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic, ack_deadline_seconds=20)
    read = call(broker, "GET", subscription).json()
    assert (read["name"], read["topic"], read["ackDeadlineSeconds"]) == (subscription, topic, 20)
    assert {"name": topic} in call(broker, "GET", f"{PROJECT}/topics").json()["topics"]
    names = [
        one["name"]
        for one in call(broker, "GET", f"{PROJECT}/subscriptions").json()["subscriptions"]
    ]
    assert subscription in names


def test_a_patch_changes_what_its_mask_names(broker: Broker) -> None:
    subscription = broker.subscription(broker.topic())
    body = {
        "subscription": {"name": subscription, "retryPolicy": {"minimumBackoff": "0.2s"}},
        "updateMask": "retryPolicy",
    }
    patched = call(broker, "PATCH", subscription, body).json()
    assert patched["retryPolicy"] == {"minimumBackoff": "0.200s", "maximumBackoff": "600s"}


def test_what_is_deleted_is_not_found(broker: Broker) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    for name in (subscription, topic):
        assert call(broker, "DELETE", name).json() == {}
        gone = call(broker, "GET", name)
        assert gone.status_code == 404
        assert gone.json()["error"]["status"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{}]},
        {"messages": []},
        {"messages": [{"data": "not base64!"}]},
        {"messages": "hello"},
        {"mesages": [{"data": DATA}]},
    ],
)
def test_a_wrong_publish_is_an_invalid_argument(broker: Broker, body: Any) -> None:
    refused = call(broker, "POST", f"{broker.topic()}:publish", body)
    assert refused.status_code == 400
    assert refused.json()["error"]["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("body", [{"subscription": "x", "updateMask": "labels"}, [], {}])
def test_a_wrong_patch_is_an_invalid_argument(broker: Broker, body: Any) -> None:
    refused = call(broker, "PATCH", broker.subscription(broker.topic()), body)
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_body_that_is_not_json_is_an_invalid_argument(broker: Broker) -> None:
    refused = broker.http.post(f"/v1/{broker.topic()}:publish", content="{")
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == 400


def test_an_existing_topic_is_a_conflict(broker: Broker) -> None:
    conflict = call(broker, "PUT", broker.topic(), {})
    assert (conflict.status_code, conflict.json()["error"]["status"]) == (409, "ALREADY_EXISTS")


def test_the_subscriptions_of_a_topic_are_listed_page_by_page(broker: Broker) -> None:
    topic = broker.topic()
    names = sorted(broker.subscription(topic) for _ in range(3))
    broker.subscription(broker.topic())
    first = call(broker, "GET", f"{topic}/subscriptions?pageSize=2").json()
    token = first["nextPageToken"]
    second = call(broker, "GET", f"{topic}/subscriptions?pageSize=2&pageToken={token}").json()
    assert sorted(first["subscriptions"] + second["subscriptions"]) == names
    assert list(broker.publisher.list_topic_subscriptions(topic=topic)) == names
