"""Faults on demand in the embedded server (Google's emulator has none)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from google.api_core import exceptions

from tests.local.pubsub.servers import Broker, Receiver, embedded_server, eventually


def push_to(broker: Broker, receiver: Receiver) -> tuple[str, str]:
    """A topic and its push subscription."""
    topic = broker.topic()
    config = {"push_endpoint": receiver.url}
    return topic, broker.subscription(topic, push_config=config)


def quiet(broker: Broker, subscription: str) -> None:
    """Wait until nothing of the subscription is outstanding."""
    eventually(lambda: broker.state(subscription)["backlog"] == 0, "an empty backlog")


def test_a_failed_publish_stores_nothing(embedded: Broker) -> None:
    topic = embedded.topic()
    subscription = embedded.subscription(topic)
    embedded.arm(on="publish", contains=topic, action="error", status=503, reason="outage")
    with pytest.raises(exceptions.ServiceUnavailable, match="outage"):
        embedded.publish(topic, b"hello")
    assert embedded.pull(subscription) == []
    assert embedded.publish(topic, b"hello")


def test_a_publish_that_fails_after_it_was_stored_is_delivered_all_the_same(
    embedded: Broker,
) -> None:
    topic = embedded.topic()
    subscription = embedded.subscription(topic)
    embedded.arm(on="publish", contains=topic, action="error", when="after", status=429)
    with pytest.raises(exceptions.TooManyRequests):
        embedded.publish(topic, b"hello")
    assert len(embedded.next_messages(subscription)) == 1


def test_a_fault_is_seen_over_rest_too(embedded: Broker) -> None:
    topic = embedded.topic()
    embedded.arm(on="publish", contains="wave.completed", action="error", status=403)
    body = {"messages": [{"attributes": {"event": "wave.completed"}}]}
    refused = httpx.post(f"{embedded.rest}/v1/{topic}:publish", json=body)
    assert (refused.status_code, refused.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_a_failed_push_is_tried_again(embedded: Broker, receiver: Receiver) -> None:
    topic, subscription = push_to(embedded, receiver)
    embedded.arm(on="push", contains=subscription, action="error", count=2)
    embedded.publish(topic, b"hello")
    quiet(embedded, subscription)
    assert embedded.state(subscription)["delivered"] == 3
    assert len(receiver.bodies) == 1


def test_a_push_that_fails_after_its_arrival_arrives_twice(
    embedded: Broker, receiver: Receiver
) -> None:
    topic, subscription = push_to(embedded, receiver)
    embedded.arm(on="push", contains=subscription, action="error", when="after")
    sent = embedded.publish(topic, b"hello")
    quiet(embedded, subscription)
    assert [body["message"]["messageId"] for body in receiver.bodies] == [sent, sent]


def test_a_duplicate_comes_as_often_as_asked_and_behind_later_messages(
    embedded: Broker, receiver: Receiver
) -> None:
    topic, subscription = push_to(embedded, receiver)
    embedded.arm(on="push", contains="first", action="duplicate", copies=2, seconds=0.5)
    first = embedded.publish(topic, b"x", name="first")
    second = embedded.publish(topic, b"x", name="second")
    quiet(embedded, subscription)
    order = [body["message"]["messageId"] for body in receiver.bodies]
    assert set(order[:2]) == {first, second}
    assert order[2:] == [first, first]


def test_a_delayed_push_is_overtaken(embedded: Broker, receiver: Receiver) -> None:
    topic, subscription = push_to(embedded, receiver)
    embedded.arm(on="push", contains="first", action="delay", seconds=0.5)
    first = embedded.publish(topic, b"x", name="first")
    second = embedded.publish(topic, b"x", name="second")
    quiet(embedded, subscription)
    assert [body["message"]["messageId"] for body in receiver.bodies] == [second, first]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delayed_publish_still_arrives(embedded: Broker, when: str) -> None:
    topic = embedded.topic()
    subscription = embedded.subscription(topic)
    embedded.arm(on="publish", contains=topic, action="delay", when=when, seconds=0.2)
    sent = embedded.publish(topic, b"hello")
    assert embedded.next_messages(subscription)[0].message.message_id == sent


def test_a_fault_that_cannot_strike_is_refused_by_name(embedded: Broker) -> None:
    wrong = {"on": "publish", "action": "duplicate"}
    refused = httpx.post(f"{embedded.rest}/_local/faults", json=wrong)
    assert refused.status_code == 400
    assert "action = 'duplicate'" in refused.json()["error"]


@pytest.fixture
def runner() -> Iterator[tuple[str, list[Any]]]:
    """An endpoint in the place of the Cloud Run server, and what it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


ASKED = [("/_local/kill", {"execution": "run-1-w0", "task": "3"})]


def test_a_task_killed_before_its_message_is_stored_leaves_none(
    runner: tuple[str, list[Any]],
) -> None:
    url, asked = runner
    with embedded_server("--run-endpoint", url) as broker:
        topic = broker.topic()
        subscription = broker.subscription(topic)
        broker.arm(on="publish", contains="date.completed", action="kill_caller")
        with pytest.raises(exceptions.ServiceUnavailable):
            broker.publish(topic, b"x", event="date.completed", execution="run-1-w0", task="3")
        assert asked == ASKED
        assert broker.pull(subscription) == []


def test_a_task_killed_after_its_message_is_stored_leaves_it(
    runner: tuple[str, list[Any]],
) -> None:
    url, asked = runner
    with embedded_server("--run-endpoint", url) as broker:
        topic = broker.topic()
        subscription = broker.subscription(topic)
        broker.arm(on="publish", contains="date.completed", action="kill_caller", when="after")
        broker.publish(topic, b"x", event="date.completed", execution="run-1-w0", task="3")
        assert asked == ASKED
        assert len(broker.next_messages(subscription)) == 1


def test_a_kill_that_nobody_hears_does_not_stop_the_publish(embedded: Broker) -> None:
    topic = embedded.topic()
    embedded.arm(on="publish", contains=topic, action="kill_caller", when="after")
    assert embedded.publish(topic, b"x", execution="none", task="0")
