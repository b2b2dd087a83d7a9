"""The events, version 1: what is written can be read, and nothing else is taken."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from phase4.tables.events import (
    AnyEvent,
    DateClaim,
    RunCompleted,
    ShardCompleted,
    ShardFailed,
    SiteRequested,
    ValidationRequested,
    WaveCompleted,
    parse_event,
)

SHARED: dict[str, Any] = {
    "event_id": "run-1-wave-0",
    "run_id": "run-1",
    "occurred_at": datetime(2025, 1, 2, tzinfo=UTC),
    "start_date": date(2024, 11, 1),
    "end_date": date(2024, 11, 30),
}
COUNTS: dict[str, Any] = {"planned": 5, "succeeded": 4, "failed": 1}
CLAIM = DateClaim(game_date=date(2024, 11, 2), status="PUBLISHED", games=3, players=60)
SHARD: dict[str, Any] = {
    **SHARED, "wave": 0, "task": 1, "attempt": 0, "execution": "job-abc", "dates": (CLAIM,)
}  # fmt: skip
EVENTS: list[AnyEvent] = [
    ShardCompleted(**SHARD),
    ShardFailed(**SHARD),
    WaveCompleted(**SHARED, **COUNTS, wave=2),
    RunCompleted(**SHARED, **COUNTS),
    ValidationRequested(**SHARED, trigger="weekly-health"),
    SiteRequested(**SHARED),
]
WAVE = json.loads(EVENTS[2].data())


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_type)
def test_an_event_arrives_as_it_was_sent(event: AnyEvent) -> None:
    assert parse_event(event.data()) == event


@given(
    run=st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,40}\Z"),
    when=st.datetimes(timezones=st.just(UTC)),
    counts=st.tuples(*[st.integers(0, 10_000)] * 3),
)
def test_any_wave_arrives_as_it_was_sent(
    run: str, when: datetime, counts: tuple[int, int, int]
) -> None:
    figures: dict[str, Any] = dict(zip(("planned", "succeeded", "failed"), counts, strict=True))
    event = WaveCompleted(**{**SHARED, "run_id": run, "occurred_at": when}, **figures, wave=1)
    assert parse_event(event.data()) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_type)
def test_the_attributes_say_what_filters_need(event: AnyEvent) -> None:
    attributes = event.attributes()
    assert {"event_type", "schema_version", "event_id", "run_id", "status"} <= set(attributes)
    assert attributes["event_type"] == event.event_type
    assert all(isinstance(value, str) for value in attributes.values())


@pytest.mark.parametrize(
    ("event", "status"),
    list(zip(EVENTS, ["ok", "failed", "failed", "failed", "ok", "ok"], strict=True)),
    ids=lambda value: getattr(value, "event_type", value),
)
def test_the_status_is_failed_as_soon_as_a_date_failed(event: AnyEvent, status: str) -> None:
    assert event.status == status


def test_a_wave_without_a_failed_date_is_ok() -> None:
    assert WaveCompleted(**SHARED, planned=5, succeeded=5, failed=0, wave=1).status == "ok"


@pytest.mark.parametrize(
    "change",
    [
        {"event_type": "wave.started"},
        {"schema_version": 2},
        {"run_id": ""},
        {"run_id": "a'; DROP TABLE runs"},
        {"event_id": ""},
        {"planned": -1},
        {"wave": "first"},
        {"start_date": "2024-13-01"},
        {"start_date": "2024-12-01"},
        {"occurred_at": "yesterday"},
        {"surprise": 1},
    ],
    ids=str,
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        parse_event(json.dumps({**WAVE, **change}))


@pytest.mark.parametrize("name", sorted(set(WAVE) - {"schema_version", "code_version"}))
def test_a_missing_field_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        parse_event(json.dumps({key: value for key, value in WAVE.items() if key != name}))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff", b'"wave.completed"'])
def test_a_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError):
        parse_event(body)


def test_the_refusal_of_a_range_says_which_date_is_wrong() -> None:
    with pytest.raises(
        ValidationError, match="end_date 2024-11-30 is before start_date 2024-12-01"
    ):
        RunCompleted(**{**SHARED, "start_date": date(2024, 12, 1)}, **COUNTS)
