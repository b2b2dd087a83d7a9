"""E1 to E3: messages that come twice, out of order, broken, or at a bad moment."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from phase4.cloud.logging import LABELS
from phase4.cloud.publisher import Publisher
from tests.phase4.validation.league import FACTORS, League
from tests.phase4.validation.world import FIRST_DAY, Span, World, eventually, requested

COUNTS = {"event_type": "run.completed", "planned": 1, "succeeded": 1, "failed": 0}
# Fails at once: the function does not wait for hours, Pub/Sub brings the event again.
NO_QUOTA = {
    "on": "query", "contains": "date_figures", "action": "error", "status": 403,
    "reason": "quotaExceeded", "count": 0,
}  # fmt: skip
SHARD = {
    "event_type": "shard.completed", "wave": 0, "task": 0, "attempt": 0, "execution": "job-x",
    "start_date": "2024-12-01", "end_date": "2024-12-31",
}  # fmt: skip


def claim(day: str) -> dict[str, Any]:
    """What a shard says of one date."""
    return {"game_date": day, "status": "PUBLISHED", "games": 1, "players": 20}


def test_e1_three_racing_deliveries_of_two_events_give_one_snapshot_each(
    world: World, span: Span
) -> None:
    world.hold(League().season(span.start, l4=False))
    first, second = requested(span), requested(span)
    disorder = [second, first, second, first, first, second]
    with ThreadPoolExecutor(max_workers=6) as pool:
        assert set(pool.map(world.push, disorder)) == {200}
    assert len(world.snapshots(first["event_id"])) == 1
    assert len(world.snapshots(second["event_id"])) == 1


def test_e1_racing_deliveries_open_each_alert_once(world: World, span: Span) -> None:
    world.hold(League().season(span.start, l4=False))
    events = [requested(span)] * 3 + [requested(span)] * 3
    with ThreadPoolExecutor(max_workers=6) as pool:
        assert set(pool.map(world.push, events)) == {200}
    opened = [row["metric"] for row in world.alerts(span, "OPENED")]
    assert "l4_coverage_pct" in opened
    assert len(opened) == len(set(opened))
    told = [line["alert"]["alert_key"] for line in world.log_lines("alert")]
    assert told.count(f"{span.label} l4_coverage_pct") == 1


def test_e1_a_late_redelivery_changes_nothing(world: World, span: Span) -> None:
    world.hold(League().season(span.start))
    event = requested(span)
    before = world.validated(event)
    world.replace(FACTORS, [])
    assert world.push(event) == 200
    assert world.snapshots(event["event_id"]) == [before]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"not json", "Invalid JSON"),
        (b"", "Invalid JSON"),
        ({"event_type": "coffee.ready"}, "event_type is 'coffee.ready'"),
        ({"schema_version": 2}, "schema_version is 2, known is 1"),
        ({"start_date": "soon"}, "start_date"),
        ({"end_date": "2020-01-01"}, "end_date 2020-01-01 is before start_date"),
        ({"run_id": "x; DROP TABLE"}, "run_id"),
        ({"start_date": "0001-01-01", "end_date": "0001-01-05"}, "has no season 0 (asked for"),
        ({"start_date": "2031-11-11", "end_date": "2031-11-12"}, "has no season 2031 (asked for"),
        ({"start_date": "0001-01-01", "end_date": "9999-12-31"}, "range of 3652059 days"),
        ({**COUNTS, "succeeded": 2**63}, "succeeded: Input should be less than or equal"),
        ({**COUNTS, "event_id": "caf\u00e9"}, "event_id: String should match pattern"),
        ({**SHARD, "dates": [claim("0001-01-01"), claim("9999-12-31")]}, "0001-01-01 is outside"),
        ({**SHARD, "dates": [claim("2024-12-01"), claim("2024-12-01")]}, "more than once"),
        ({**SHARD, "dates": [{**claim("2024-12-01"), "games": 2**70}]}, "games"),
    ],
)
def test_e2_a_message_that_can_never_succeed_is_acknowledged_and_recorded(
    world: World, span: Span, broken: bytes | dict[str, Any], reason: str
) -> None:
    world.disarm()
    message_id = uuid.uuid4().hex
    event = requested(span)
    message = broken if isinstance(broken, bytes) else {**event, **broken}
    # Twice: a redelivery is not recorded again.
    assert [world.push(message, message_id), world.push(message, message_id)] == [200, 200]
    (row,) = world.sql(
        "SELECT * FROM nba_ops.rejected_events WHERE message_id = @message", message=message_id
    )
    assert reason in row["reason"]
    assert world.snapshots(event["event_id"]) == []
    assert any(message_id in line["message"] for line in world.log_lines("event_rejected"))


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ({"data": "\u00e9"}, {"data": "\u00e9", "attributes": "{}"}),
        ({"data": "\ud800"}, {"data": "?"}),
        ({"data": 7}, {"data": "7"}),
        ({"data": "e30=", "attributes": "text"}, {"data": "{}", "attributes": "text"}),
        ({"data": "e30=", "attributes": [1, None]}, {"attributes": "[1, null]"}),
        ({}, {"data": ""}),
    ],
    ids=str,
)
def test_e2_a_message_of_another_shape_is_acknowledged_and_kept(
    world: World, message: dict[str, Any], kept: dict[str, str]
) -> None:
    world.disarm()
    message_id = uuid.uuid4().hex
    assert world.push_message(messageId=message_id, **message) == 200
    (row,) = world.sql(
        "SELECT * FROM nba_ops.rejected_events WHERE message_id = @message", message=message_id
    )
    assert row.items() >= kept.items()


def test_e2_a_request_that_is_no_push_is_acknowledged_and_kept_once(world: World) -> None:
    world.hold(League())
    assert [world.deliver(b"not json"), world.deliver(b"not json")] == [200, 200]
    assert len(world.sql("SELECT message_id FROM nba_ops.rejected_events")) == 1


def test_e2_pubsub_delivers_a_poison_message_once(world: World) -> None:
    world.hold(League())
    message_id = Publisher(world.settings).send(
        world.settings.events_topic, b"poison", {"event_type": "validation.requested"}
    )

    def told() -> int:
        lines = world.log_lines("event_rejected")
        return [line[LABELS]["message_id"] for line in lines].count(message_id)

    eventually(told, "the refusal in the log, which comes behind its row")
    assert told() == 1
    refused = "SELECT * FROM nba_ops.rejected_events WHERE message_id = @m"
    assert len(world.sql(refused, m=message_id)) == 1


def test_e3_a_transient_failure_is_not_acknowledged_and_leaves_no_snapshot(
    world: World, span: Span
) -> None:
    world.hold(League().season(span.start))
    event = requested(span)
    world.arm(on="query", contains="date_figures", action="error", status=503, count=0)
    assert world.push(event) == 500
    assert world.snapshots(event["event_id"]) == []
    world.disarm()
    assert world.push(event) == 200
    assert len(world.snapshots(event["event_id"])) == 1


def test_e3_pubsub_brings_an_event_again_until_it_is_answered(world: World, span: Span) -> None:
    world.hold(League().season(span.start))
    event = requested(span)
    world.arm(**NO_QUOTA)
    _publish(world, event)
    eventually(lambda: _failures(world, event), "the first failed attempt")
    world.disarm()
    eventually(lambda: world.snapshots(event["event_id"]), "the snapshot")
    assert len(world.snapshots(event["event_id"])) == 1


def test_e3_what_never_succeeds_ends_among_the_dead_letters(world: World, span: Span) -> None:
    world.hold(League().season(span.start))
    event = requested(span)
    world.arm(**NO_QUOTA)
    _publish(world, event)
    letters = f"{world.settings.events_topic}-dead-letters"
    (letter,) = eventually(lambda: world.pulled(letters), "the dead letter")
    assert json.loads(letter.data)["event_id"] == event["event_id"]
    assert world.snapshots(event["event_id"]) == []


def _publish(world: World, event: dict[str, Any]) -> None:
    attributes = {"event_type": event["event_type"], "event_id": event["event_id"]}
    body = json.dumps(event).encode()
    Publisher(world.settings).send(world.settings.events_topic, body, attributes)


def _failures(world: World, event: dict[str, Any]) -> list[dict[str, Any]]:
    lines = world.log_lines("event_failed")
    return [line for line in lines if event["event_id"] in line["message"]]


def _held(process: int) -> int:
    """Threads and open files of a process and of those that it started."""
    own = Path(f"/proc/{process}")
    children = (own / f"task/{process}/children").read_text().split()
    counted = len(list((own / "task").iterdir())) + len(list((own / "fd").iterdir()))
    return counted + sum(_held(int(child)) for child in children)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts threads and files in /proc")
def test_a_warm_function_makes_no_clients_per_message(world: World) -> None:
    world.hold(League().season(FIRST_DAY, l4=False))
    spans = [world.span() for _ in range(6)]
    held = []
    for span in spans:
        assert world.push(requested(span)) == 200
        held.append(_held(world.function))
    assert {row["transition"] for span in spans for row in world.alerts(span)} == {"OPENED"}
    assert held[-1] <= held[2] + 1
