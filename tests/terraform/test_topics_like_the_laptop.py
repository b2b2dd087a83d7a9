"""Terraform and the laptop cloud make the same topics and subscriptions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.pubsub_v1.types import Subscription

from laptop.ports import Ports
from laptop.tests.pubsub.servers import Broker, embedded_server
from laptop.tests.pubsub.test_schemas import made as made_schema
from phase4.cloud.settings import Settings
from sample.environment import create_topics
from tests.terraform.configuration import TERRAFORM, local_values, nested, of_type, text_of

SETTINGS = Settings(project="demo-project")
PROJECT = f"projects/{SETTINGS.project}"
BY_NAME = {one.name: one.body for one in of_type("google_pubsub_subscription")}


@pytest.fixture(scope="module")
def laptop_topics() -> Iterator[Broker]:
    with embedded_server() as broker, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", broker.address)
        create_topics(SETTINGS, Ports())
        yield broker


@pytest.fixture(scope="module")
def subscriptions(laptop_topics: Broker) -> dict[str, Subscription]:
    listed = laptop_topics.subscriber.list_subscriptions(project=PROJECT)
    return {one.name.rpartition("/")[2]: one for one in listed}


def made() -> dict[str, str]:
    """Terraform's subscriptions: name -> key of the topic."""
    readers = {"alerts", "dead-letters"}
    topics = local_values()["topics"]
    return {
        text_of(BY_NAME["validator"]["name"]): "events",
        text_of(BY_NAME["audit"]["name"]): "events",
        **{topics[key]: key for key in readers},
    }


def test_the_topics_are_the_same(laptop_topics: Broker) -> None:
    listed = {one.name for one in laptop_topics.publisher.list_topics(project=PROJECT)}
    assert listed == {f"{PROJECT}/topics/{name}" for name in local_values()["topics"].values()}


def test_the_subscriptions_are_the_same(subscriptions: dict[str, Subscription]) -> None:
    topics = local_values()["topics"]
    assert {name: one.topic.rpartition("/")[2] for name, one in subscriptions.items()} == {
        name: topics[key] for name, key in made().items()
    }


def test_the_readers_are_made_for_alerts_and_dead_letters() -> None:
    assert '"alerts", "dead-letters"' in BY_NAME["reader"]["for_each"]


def test_the_validator_is_told_the_same_events(subscriptions: dict[str, Subscription]) -> None:
    name = text_of(BY_NAME["validator"]["name"])
    assert "filter" not in BY_NAME["validator"]
    assert subscriptions[name].filter == ""


def test_the_same_number_of_attempts_ends_in_the_same_topic(
    subscriptions: dict[str, Subscription],
) -> None:
    policy = subscriptions[text_of(BY_NAME["validator"]["name"])].dead_letter_policy
    (written,) = nested(BY_NAME["validator"], "dead_letter_policy")
    assert written["max_delivery_attempts"] == policy.max_delivery_attempts
    assert 'this["dead-letters"]' in written["dead_letter_topic"]
    assert policy.dead_letter_topic.endswith(local_values()["topics"]["dead-letters"])


def test_pushes_come_to_the_same_path(subscriptions: dict[str, Subscription]) -> None:
    endpoint = subscriptions[text_of(BY_NAME["validator"]["name"])].push_config.push_endpoint
    (push,) = nested(BY_NAME["validator"], "push_config")
    assert endpoint.endswith(f"/{PROJECT}/topics/{SETTINGS.events_topic}")
    assert push["push_endpoint"].endswith('/${google_pubsub_topic.this["events"].id}')


def test_pushes_are_signed_for_the_address_they_go_to() -> None:
    (push,) = nested(BY_NAME["validator"], "push_config")
    (token,) = nested(push, "oidc_token")
    assert push["push_endpoint"].startswith(token["audience"] + "/")


def test_the_audit_trail_goes_to_the_same_table(subscriptions: dict[str, Subscription]) -> None:
    config = subscriptions[text_of(BY_NAME["audit"]["name"])].bigquery_config
    (written,) = nested(BY_NAME["audit"], "bigquery_config")
    assert config.table == SETTINGS.ops("events")
    assert 'google_bigquery_table.ops["events"]' in written["table"]
    assert written["write_metadata"] is config.write_metadata is True


def test_a_subscription_lives_for_ever() -> None:
    for body in BY_NAME.values():
        (expiration,) = nested(body, "expiration_policy")
        assert expiration["ttl"] == ""


def test_the_schema_of_the_events_is_accepted(laptop_topics: Broker) -> None:
    assert made_schema(laptop_topics, (TERRAFORM / "event.proto").read_text()).revision_id
