"""Google's own REST clients against both servers: the discovery client and gcloud."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google.api_core.client_options import ClientOptions
from googleapiclient.discovery import build

from laptop.tests.pubsub.servers import PROJECT, Broker, Receiver, fresh


def test_the_discovery_client_goes_the_whole_way(broker: Broker) -> None:
    options = ClientOptions(api_endpoint=broker.rest)
    api = build("pubsub", "v1", client_options=options, developerKey="any").projects()
    topic, name = broker.topic(), f"{PROJECT}/subscriptions/{fresh('sub')}"
    api.subscriptions().create(name=name, body={"topic": topic}).execute()
    message = {"data": base64.b64encode(b"hello").decode()}
    sent = api.topics().publish(topic=topic, body={"messages": [message]}).execute()
    pulled = api.subscriptions().pull(subscription=name, body={"maxMessages": 1}).execute()
    (delivery,) = pulled["receivedMessages"]
    ids = {"ackIds": [delivery["ackId"]]}
    api.subscriptions().acknowledge(subscription=name, body=ids).execute()
    assert [delivery["message"]["messageId"]] == sent["messageIds"]
    listed = api.subscriptions().list(project=PROJECT).execute()["subscriptions"]
    assert name in [one["name"] for one in listed]
    assert api.subscriptions().delete(subscription=name).execute() == {}


def gcloud(broker: Broker, folder: Path, *words: str) -> Any:
    """The answer of `gcloud pubsub …` as JSON; fails on a non-zero exit."""
    if shutil.which("gcloud") is None:
        pytest.skip("gcloud is not installed here")
    settings = {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB": f"{broker.rest}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_PROJECT": "demo",
        "CLOUDSDK_CONFIG": str(folder),
    }
    done = subprocess.run(
        ["gcloud", "pubsub", *words, "--format=json"],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def test_gcloud_publishes_and_pulls(broker: Broker, tmp_path: Path) -> None:
    topic = broker.topic()
    subscription = broker.subscription(topic)
    sent = gcloud(
        broker, tmp_path, "topics", "publish", topic, "--message=hello", "--attribute=event=test"
    )
    (pulled,) = gcloud(broker, tmp_path, "subscriptions", "pull", subscription, "--auto-ack")
    assert [pulled["message"]["messageId"]] == sent["messageIds"]
    assert pulled["message"]["attributes"] == {"event": "test"}


def test_gcloud_manages_a_subscription(broker: Broker, receiver: Receiver, tmp_path: Path) -> None:
    topic, dead = broker.topic(), broker.topic()
    name = f"{PROJECT}/subscriptions/{fresh('sub')}"
    policies = [f"--dead-letter-topic={dead}", "--max-delivery-attempts=7", "--min-retry-delay=1s"]
    push = [f"--push-endpoint={receiver.url}", "--expiration-period=never"]
    gcloud(broker, tmp_path, "subscriptions", "create", name, f"--topic={topic}", *policies, *push)
    gcloud(broker, tmp_path, "subscriptions", "update", name, "--ack-deadline=30")
    described = gcloud(broker, tmp_path, "subscriptions", "describe", name)
    assert described["topic"] == topic
    assert described["ackDeadlineSeconds"] == 30
    assert described["deadLetterPolicy"] == {"deadLetterTopic": dead, "maxDeliveryAttempts": 7}
    assert described["pushConfig"] == {"pushEndpoint": receiver.url}
    gcloud(broker, tmp_path, "subscriptions", "delete", name)
    left = broker.subscriber.list_subscriptions(project=PROJECT)
    assert name not in [one.name for one in left]
