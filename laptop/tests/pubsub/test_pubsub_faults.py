"""Faults on demand in the embedded server (Google's emulator has none)."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.api_core import exceptions

from laptop.tests.pubsub.servers import Broker, Receiver, embedded_server, eventually
from laptop.tests.run.conftest import LocalRun, serving


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
    refused = embedded.http.post(f"/v1/{topic}:publish", json=body)
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


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"on": "publish", "action": "duplicate"}', "action = 'duplicate'"),
        (b'{"on": "query", "action": "error"}', "on = 'query'"),
        (b'{"on": "push", "action": "error", "colour": "red"}', "unknown key 'colour'"),
        (b"{", "not JSON"),
    ],
)
def test_a_fault_that_cannot_strike_is_refused_by_name(
    embedded: Broker, body: bytes, reason: str
) -> None:
    refused = embedded.http.post("/_local/faults", content=body)
    assert refused.status_code == 400
    assert reason in refused.json()["error"]


def test_faults_are_armed_listed_and_cleared_over_http() -> None:
    with embedded_server() as broker:
        faults = "/_local/faults"
        armed = broker.http.post(faults, json={"on": "push", "action": "error"})
        assert armed.status_code == 201
        assert broker.http.get(faults).json() == {"faults": [{**armed.json(), "struck": 0}]}
        assert broker.http.delete(faults).json() == {"cleared": 1}
        assert broker.http.get(faults).json() == {"faults": []}


PUBLISHING_TASK = """
import json, os, sys, urllib.request
attributes = {
    "event": "date.completed",
    "execution": os.environ["CLOUD_RUN_EXECUTION"],
    "task": os.environ["CLOUD_RUN_TASK_INDEX"],
    "attempt": os.environ["CLOUD_RUN_TASK_ATTEMPT"],
}
body = json.dumps({"messages": [{"attributes": attributes}]}).encode()
urllib.request.urlopen(urllib.request.Request(sys.argv[1], data=body, method="POST"))
"""


@pytest.mark.parametrize(
    ("when", "attempts"),
    [
        pytest.param("before", ["1"], id="before its event is stored"),
        pytest.param("after", ["0", "1"], id="after its event is stored"),
    ],
)
def test_the_task_that_publishes_is_killed_and_tried_again(
    tmp_path: Path, when: str, attempts: list[str]
) -> None:
    with serving(tmp_path) as run, embedded_server("--run-endpoint", run_url(run)) as broker:
        topic = broker.topic()
        subscription = broker.subscription(topic)
        broker.arm(on="publish", contains="date.completed", action="kill_caller", when=when)
        job = run.job(PUBLISHING_TASK, [f"{broker.rest}/v1/{topic}:publish"], retries=1)
        execution = run.ended(run.start(job))
        published = [dict(one.message.attributes) for one in broker.pull(subscription)]
    assert execution.succeeded_count == 1
    assert [one["attempt"] for one in published] == attempts


def run_url(run: LocalRun) -> str:
    """Where a local Cloud Run server kills tasks."""
    return f"http://127.0.0.1:{run.port}"


def test_a_kill_that_nobody_hears_does_not_stop_the_publish(embedded: Broker) -> None:
    topic = embedded.topic()
    embedded.arm(on="publish", contains=topic, action="kill_caller", when="after")
    assert embedded.publish(topic, b"x", execution="none", task="0")
