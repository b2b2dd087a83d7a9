"""Publishing events to Pub/Sub, acknowledged one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from google.api_core.exceptions import NotFound

from laptop.ports import HOST, free_port
from laptop.tests.pubsub.servers import Broker, embedded_server
from phase4.cloud.publisher import MayNotPublish, NotTaken, Publisher
from phase4.cloud.settings import Settings
from phase4.tables.events import ShardCompleted

SETTINGS = Settings(project="demo-project")
TOPIC = f"projects/{SETTINGS.project}/topics/{SETTINGS.events_topic}"
SUBSCRIPTION = f"projects/{SETTINGS.project}/subscriptions/readers"
EVENT = ShardCompleted(
    event_id="run-1-wave-1-task-0", run_id="run-1", occurred_at=datetime(2026, 1, 3, tzinfo=UTC),
    start_date=date(2026, 1, 1), end_date=date(2026, 1, 2), wave=1, task=0, attempt=0,
    execution="job-x", dates=(),
)  # fmt: skip


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """A broker with the events topic and one subscription."""
    with embedded_server() as server:
        server.publisher.create_topic(name=TOPIC, retry=None)
        server.subscriber.create_subscription(name=SUBSCRIPTION, topic=TOPIC, retry=None)
        yield server


@pytest.fixture
def publisher(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Publisher:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", broker.address)
    return Publisher(SETTINGS)


def test_an_event_arrives_as_its_model_says(broker: Broker, publisher: Publisher) -> None:
    sent = publisher.publish(EVENT)
    (message,) = broker.next_messages(SUBSCRIPTION)
    assert message.message.message_id == sent
    assert json.loads(message.message.data) == json.loads(EVENT.data())
    assert dict(message.message.attributes) == EVENT.attributes()


def test_a_topic_that_is_not_there_is_an_error(publisher: Publisher) -> None:
    with pytest.raises(NotFound, match="no-such-topic"):
        publisher.send("no-such-topic", b"x", {})


def test_who_may_not_publish_is_told_where(broker: Broker, publisher: Publisher) -> None:
    # Of a right that lacks the service says no more than this.
    said = "User not authorized to perform this action."
    broker.arm(on="publish", action="error", status=403, reason=said)
    whole = f"may not publish to topic {SETTINGS.events_topic} of {SETTINGS.project}: 403 {said}"
    with pytest.raises(MayNotPublish, match=re.escape(whole)):
        publisher.publish(EVENT)


def test_a_message_that_nobody_takes_is_told_with_its_topic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"{HOST}:{free_port()}")
    with pytest.raises(NotTaken, match=f"took no message for topic {SETTINGS.events_topic} in 1 s"):
        Publisher(SETTINGS).publish(EVENT, 1)
