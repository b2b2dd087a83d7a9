"""The schema of the events topic takes every event that the code publishes, and little else.

That it takes what a run has published is seen where one has ended, in tests/phase4/cli.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from google.protobuf import json_format

from phase4.tables import events
from phase4.tables.events import (
    DateClaim,
    Event,
    RunCompleted,
    ShardCompleted,
    ShardFailed,
    SiteRequested,
    ValidationRequested,
    WaveCompleted,
)

EVERY: dict[str, Any] = {
    "event_id": "run-1-x",
    "run_id": "run-1",
    "occurred_at": datetime(2026, 1, 5, 12, tzinfo=UTC),
    "start_date": date(2024, 10, 22),
    "end_date": date(2024, 10, 30),
    "code_version": "abc1234",
}
CLAIM = DateClaim(game_date=date(2024, 10, 22), status="PUBLISHED", games=2, players=41)
SHARD: dict[str, Any] = {
    **EVERY, "wave": 0, "task": 3, "attempt": 1, "execution": "job-x", "dates": (CLAIM,)
}  # fmt: skip
COUNTS: dict[str, Any] = {**EVERY, "planned": 5, "succeeded": 4, "failed": 1}
PUBLISHED: list[Event] = [
    ShardCompleted(**SHARD),
    ShardFailed(**SHARD),
    WaveCompleted(**COUNTS, wave=1),
    RunCompleted(**COUNTS),
    ValidationRequested(**EVERY, trigger="weekly-health"),
    SiteRequested(**EVERY),
]


def fields_of(*models: type) -> set[str]:
    """The fields of event models."""
    return {name for model in models for name in model.model_fields}  # type: ignore[attr-defined]


def test_the_examples_are_all_the_events_there_are() -> None:
    (union, _) = get_args(events.AnyEvent)
    assert {type(event) for event in PUBLISHED} == set(get_args(union))


@pytest.mark.parametrize("event", PUBLISHED, ids=lambda event: event.event_type)
def test_every_event_is_accepted(event: Event, message: Any) -> None:
    read = json_format.Parse(event.data(), message())
    assert read.event_type == event.event_type
    assert read.run_id == event.run_id


def test_the_schema_has_the_fields_of_the_events_and_no_other(message: Any) -> None:
    described = message.DESCRIPTOR
    assert {field.name for field in described.fields} == fields_of(*map(type, PUBLISHED))
    nested = described.nested_types_by_name["DateClaim"]
    assert {field.name for field in nested.fields} == fields_of(DateClaim)


@pytest.mark.parametrize(
    "body", ["not json", '{"surprise": 1}', '{"wave": "first"}', '{"wave": 1.5}']
)
def test_what_is_no_event_is_refused(body: str, message: Any) -> None:
    with pytest.raises(json_format.ParseError):
        json_format.Parse(body, message())


def test_figures_as_text_are_accepted_because_workflows_write_them_so(message: Any) -> None:
    assert json_format.Parse('{"planned": "12"}', message()).planned == 12
