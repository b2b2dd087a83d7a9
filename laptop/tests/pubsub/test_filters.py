"""Subscription filters: the documented language, and what it does to deliveries."""

from __future__ import annotations

import contextlib
import json

import pytest
from google.api_core import exceptions
from hypothesis import given
from hypothesis import strategies as st

from laptop.pubsub.filters import FilterRefused, compile_filter
from laptop.tests.pubsub.servers import Broker, eventually

KEYS = st.sampled_from(["x", "y", "event_type", "ce-type"])
VALUES = st.text(max_size=8)
ATTRIBUTES = st.dictionaries(KEYS, VALUES)

FINISHED = {"event": "run.completed", "status": "ok"}
FAILED = {"event": "run.failed", "status": "error", "retry": ""}
OTHER = {"event": "date.completed"}


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("", [FINISHED, FAILED, OTHER]),
        ('attributes.event = "run.completed"', [FINISHED]),
        ('attributes.event != "run.completed"', [FAILED, OTHER]),
        ('attributes.status != "ok"', [FAILED, OTHER]),
        ("attributes:status", [FINISHED, FAILED]),
        ("attributes:retry", [FAILED]),
        ("NOT attributes:status", [OTHER]),
        ("-attributes:status", [OTHER]),
        ('hasPrefix(attributes.event, "run.")', [FINISHED, FAILED]),
        ('hasPrefix(attributes.event, "run.") AND NOT attributes:retry', [FINISHED]),
        ('attributes.event = "date.completed" OR attributes.status = "ok"', [FINISHED, OTHER]),
        (
            'attributes:status AND (attributes:retry OR attributes.status = "ok")',
            [FINISHED, FAILED],
        ),
        ('NOT (attributes:retry OR attributes.status = "ok")', [OTHER]),
        ('attributes."event"="run.failed"', [FAILED]),
        ('attributes.event="\\u0072un.failed"', [FAILED]),
        ('attributes.Event = "run.failed"', []),
    ],
)
def test_a_filter_passes_exactly_what_it_says(text: str, passing: list[dict[str, str]]) -> None:
    passes = compile_filter(text)
    assert [one for one in (FINISHED, FAILED, OTHER) if passes(one)] == passing


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("attributes.x =", "its end"),
        ("attributes.x = 1", "1"),
        ("attributes.x = 'a'", "'a'"),
        ('attributes.x = "a" and attributes:y', "and attributes:y"),
        ('attributes.x = "a" AND attributes:y OR attributes:z', "OR attributes:z"),
        ("attributes:x attributes:y", "attributes:y"),
        ("NOT NOT attributes:x", "NOT attributes:x"),
        ('data = "a"', "data"),
        ("(attributes:x", "its end"),
        ('attributes.x = "\\q"', "not a valid string"),
        ("attributes:" + "x" * 250, "261 bytes"),
    ],
)
def test_a_filter_outside_the_language_is_refused_with_the_place(text: str, rest: str) -> None:
    with pytest.raises(FilterRefused) as refused:
        compile_filter(text)
    assert rest in str(refused.value)


@given(key=KEYS, value=VALUES, attributes=ATTRIBUTES)
def test_unequal_is_the_negation_of_equal(key: str, value: str, attributes: dict[str, str]) -> None:
    literal = json.dumps(value)
    equal = compile_filter(f"attributes.{key} = {literal}")
    unequal = compile_filter(f"attributes.{key} != {literal}")
    assert unequal(attributes) is not equal(attributes)
    assert equal(attributes) is (attributes.get(key) == value)


@given(left=KEYS, right=KEYS, attributes=ATTRIBUTES)
def test_negation_obeys_de_morgan(left: str, right: str, attributes: dict[str, str]) -> None:
    one = compile_filter(f"NOT (attributes:{left} AND attributes:{right})")
    other = compile_filter(f"NOT attributes:{left} OR NOT attributes:{right}")
    assert one(attributes) is other(attributes)


@given(st.text(max_size=60))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    with contextlib.suppress(FilterRefused):
        assert compile_filter(text)({}) in (True, False)


@pytest.fixture(
    params=[
        "embedded",
        pytest.param(
            "official",
            marks=pytest.mark.xfail(
                strict=True, reason="the official emulator keeps filters and does not apply them"
            ),
        ),
    ]
)
def filtering(request: pytest.FixtureRequest) -> Broker:
    server: Broker = request.getfixturevalue(request.param)
    return server


def test_a_subscription_gets_only_what_its_filter_passes(filtering: Broker) -> None:
    topic = filtering.topic()
    wanted = 'hasPrefix(attributes.event, "run.") AND NOT attributes:retry'
    subscription = filtering.subscription(topic, filter=wanted)
    for attributes in (FAILED, OTHER, FINISHED):
        filtering.publish(topic, b"x", **attributes)
    (delivery,) = filtering.next_messages(subscription)
    assert dict(delivery.message.attributes) == FINISHED


def test_a_filter_is_kept_and_cannot_be_changed(broker: Broker) -> None:
    subscription = broker.subscription(broker.topic(), filter="attributes:x")
    kept = broker.subscriber.get_subscription(subscription=subscription)
    assert kept.filter == "attributes:x"
    request = {
        "subscription": {"name": subscription, "filter": "attributes:y"},
        "update_mask": {"paths": ["filter"]},
    }
    with pytest.raises(exceptions.InvalidArgument):
        broker.subscriber.update_subscription(request=request)


def test_a_wrong_filter_is_refused_by_the_embedded_server(embedded: Broker) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="not understood at"):
        embedded.subscription(embedded.topic(), filter="attributes.x =")


def test_the_embedded_server_counts_what_a_filter_drops(embedded: Broker) -> None:
    topic = embedded.topic()
    subscription = embedded.subscription(topic, filter="attributes:x")
    embedded.publish(topic, b"dropped")
    eventually(lambda: embedded.state(subscription)["filtered"] == 1, "the dropped message")
    assert embedded.state(subscription)["backlog"] == 0
