"""Push delivery: what both servers promise to an endpoint."""

from __future__ import annotations

import base64
import datetime
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.pubsub_v1 import PushConfig

from laptop.ports import free_port
from laptop.tests.pubsub.servers import Broker, Receiver, eventually, process

SOON = {
    "minimum_backoff": datetime.timedelta(milliseconds=50),
    "maximum_backoff": datetime.timedelta(milliseconds=200),
}


def encoded(data: bytes) -> str:
    """Data as a push carries it."""
    return base64.b64encode(data).decode()


def push_to(broker: Broker, topic: str, url: str, **settings: Any) -> str:
    """A push subscription that retries soon."""
    config = {"push_endpoint": url}
    return broker.subscription(topic, **{"push_config": config, "retry_policy": SOON} | settings)


def test_a_push_wraps_the_message_and_names_the_subscription(
    broker: Broker, receiver: Receiver
) -> None:
    topic = broker.topic()
    subscription = push_to(broker, topic, f"{receiver.url}projects/p/topics/t?token=1")
    sent = broker.publish(topic, b"hello", event="date.completed")
    (body,) = receiver.wait_for(1)
    message = body["message"]
    assert body["subscription"] == subscription
    assert body["path"] == "/projects/p/topics/t?token=1"
    assert message["data"] == encoded(b"hello")
    assert message["attributes"] == {"event": "date.completed"}
    assert message["messageId"] == message["message_id"] == sent
    assert message["publishTime"] == message["publish_time"]
    assert message["publishTime"].endswith("Z")


@pytest.mark.parametrize("failure", [400, 503])
def test_an_endpoint_that_fails_gets_the_message_again(
    broker: Broker, receiver: Receiver, failure: int
) -> None:
    topic = broker.topic()
    receiver.answers = [failure]
    push_to(broker, topic, receiver.url)
    sent = broker.publish(topic, b"hello")
    bodies = receiver.wait_for(2)
    assert [body["message"]["messageId"] for body in bodies] == [sent, sent]


@pytest.mark.parametrize("success", [200, 204])
def test_a_success_acknowledges(broker: Broker, receiver: Receiver, success: int) -> None:
    topic = broker.topic()
    receiver.answers = [success, 500, 204]
    push_to(broker, topic, receiver.url)
    broker.publish(topic, b"first")
    receiver.wait_for(1)
    broker.publish(topic, b"second")
    receiver.wait_for(3)
    assert receiver.data() == [encoded(b"first"), encoded(b"second"), encoded(b"second")]


def test_accepted_acknowledges_on_the_embedded_server_as_on_the_service(
    embedded: Broker, receiver: Receiver
) -> None:
    topic = embedded.topic()
    receiver.answers = [202]
    subscription = push_to(embedded, topic, receiver.url)
    embedded.publish(topic, b"hello")
    eventually(lambda: embedded.state(subscription)["acknowledged"] == 1, "the acknowledgement")
    assert len(receiver.bodies) == 1


def test_a_silent_endpoint_gets_the_message_again_after_the_ack_deadline_of_the_embedded_server(
    embedded: Broker, receiver: Receiver
) -> None:
    topic = embedded.topic()
    receiver.hold.clear()
    subscription = push_to(embedded, topic, receiver.url, ack_deadline_seconds=10)
    sent = embedded.publish(topic, b"hello")
    bodies = receiver.wait_for(2)
    receiver.hold.set()
    assert {body["message"]["messageId"] for body in bodies} == {sent}
    assert "no answer within 10 s" in embedded.state(subscription)["last_error"]


def test_a_failing_message_does_not_hold_up_the_others(broker: Broker, receiver: Receiver) -> None:
    topic = broker.topic()
    receiver.answers = [500]
    push_to(broker, topic, receiver.url)
    for number in range(10):
        broker.publish(topic, str(number).encode())
    wanted = {encoded(str(number).encode()) for number in range(10)}
    eventually(lambda: len(receiver.bodies) >= 11, "ten messages and one redelivery")
    assert set(receiver.data()) == wanted


def push_elsewhere(broker: Broker, subscription: str, target: PushConfig) -> None:
    """Another endpoint for a subscription; none makes it a pull subscription."""
    changed = {"name": subscription, "push_config": target}
    request = {"subscription": changed, "update_mask": {"paths": ["push_config"]}}
    broker.subscriber.update_subscription(request=request)


def test_an_endpoint_that_is_not_there_yet_gets_the_message_later(
    broker: Broker, receiver: Receiver
) -> None:
    topic = broker.topic()
    subscription = push_to(broker, topic, f"http://127.0.0.1:{free_port()}/")
    sent = broker.publish(topic, b"hello")
    push_elsewhere(broker, subscription, PushConfig(push_endpoint=receiver.url))
    bodies = receiver.wait_for(1)
    assert bodies[0]["message"]["messageId"] == sent


def test_a_push_subscription_can_become_a_pull_subscription(
    broker: Broker, receiver: Receiver
) -> None:
    topic = broker.topic()
    receiver.answers = [500] * 50
    subscription = push_to(broker, topic, receiver.url)
    sent = broker.publish(topic, b"hello")
    receiver.wait_for(1)
    push_elsewhere(broker, subscription, PushConfig())
    (delivery,) = broker.next_messages(subscription)
    assert delivery.message.message_id == sent


def test_an_oidc_token_is_accepted_and_kept(broker: Broker, receiver: Receiver) -> None:
    topic = broker.topic()
    token = {"service_account_email": "push@demo.iam.gserviceaccount.com", "audience": "validator"}
    config = {"push_endpoint": receiver.url, "oidc_token": token}
    subscription = broker.subscription(topic, push_config=config)
    broker.publish(topic, b"hello")
    receiver.wait_for(1)
    kept = broker.subscriber.get_subscription(subscription=subscription).push_config.oidc_token
    assert kept.service_account_email == token["service_account_email"]
    assert kept.audience == "validator"


@pytest.mark.parametrize("url", ["validator", "ftp://127.0.0.1/x"])
def test_an_endpoint_must_be_http(broker: Broker, url: str) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="push_endpoint"):
        push_to(broker, broker.topic(), url)


FUNCTION = """
import base64, json, pathlib
import functions_framework

@functions_framework.cloud_event
def record(event):
    message = event.data["message"]
    with pathlib.Path(__file__).with_name("events.jsonl").open("a") as events:
        line = {
            "id": event["id"],
            "source": event["source"],
            "type": event["type"],
            "data": base64.b64decode(message["data"]).decode(),
            "attributes": message["attributes"],
        }
        events.write(json.dumps(line) + "\\n")
"""


def test_a_cloud_event_function_receives_what_is_pushed(broker: Broker, tmp_path: Path) -> None:
    source = tmp_path / "main.py"
    source.write_text(textwrap.dedent(FUNCTION))
    port = free_port()
    command = [sys.executable, "-m", "functions_framework", "--target", "record"]
    options = ["--source", str(source), "--host", "127.0.0.1", "--port", str(port)]
    topic = broker.topic()
    with process([*command, *options]):
        eventually(lambda: _answers(port), "the functions framework")
        push_to(broker, topic, f"http://127.0.0.1:{port}/{topic}")
        sent = broker.publish(topic, b'{"date": "2024-10-22"}', event="date.completed")
        events = tmp_path / "events.jsonl"
        # The file is there before its line is.
        eventually(lambda: events.exists() and events.read_text() != "", "an event in the function")
        (event,) = [json.loads(line) for line in events.read_text().splitlines()]
    assert event == {
        "id": sent,
        "source": f"//pubsub.googleapis.com/{topic}",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "data": '{"date": "2024-10-22"}',
        "attributes": {"event": "date.completed"},
    }


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/").status_code > 0
    except httpx.TransportError:
        return False
