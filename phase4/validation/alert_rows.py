"""The rows of nba_ops.alerts: transitions, notes and ticks; and the notice of a transition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from phase4.formats import percent
from phase4.tables.rows.snapshots import AlertTransition
from phase4.validation.alert_subjects import dates_of, seen_in
from phase4.validation.alerts import AlertState, Figure, Level, Note, Transition
from phase4.validation.channels import Delivery, Notice
from phase4.validation.snapshot import Snapshot

Row = dict[str, Any]


def row_of(
    scope: str, state: AlertState | None, transition: Transition, snapshot: Snapshot,
    now: datetime, version: int, claim: str,
) -> Row:  # fmt: skip
    """The row of a transition of the alert `scope` `metric`."""
    seen, asked = transition.observation, snapshot.scope
    going_on = state if state is not None and state.is_open else None
    opened = going_on.opened if going_on else seen.figure
    start, end = seen_in(asked, state)
    return {
        "alert_key": f"{scope} {seen.metric}",
        "scope": scope,
        "metric": seen.metric,
        "version": version,
        "claim": claim,
        "transition": transition.kind,
        "severity": transition.severity,
        "stage": transition.stage,
        "opened_at": transition.opened_at,
        "noted_at": now,
        "value": seen.figure.value,
        "part": seen.figure.part,
        "whole": seen.figure.whole,
        "threshold": seen.threshold,
        "message": seen.message,
        "fix": seen.fix,
        "opened_value": opened.value,
        "opened_part": opened.part,
        "opened_whole": opened.whole,
        "start_date": start,
        "end_date": end,
        "dates": list(dates_of(scope, asked, state)),
        "acknowledged": bool(going_on and going_on.acknowledged),
        # A reminder ends the silence.
        "snoozed_until": None,
        "event_id": asked.event_id,
        "run_id": asked.run_id or None,
        "deliveries": [],
    }


def note_of(
    found: AlertTransition, note: Note, by: str, until: datetime | None, now: datetime, claim: str
) -> Row:
    """The row of a note about an open alert."""
    kept = asdict(found)
    version = kept.pop("scope_version") + 1
    for name in ("delivered", "measured_at"):
        kept.pop(name)
    return {
        **kept,
        "version": version,
        "claim": claim,
        "transition": note,
        "noted_at": now,
        "acknowledged": found.acknowledged or note == "ACKNOWLEDGED",
        "snoozed_until": until,
        "noted_by": by,
        "deliveries": [],
    }


def notice_of(transition: Transition, row: Row, page: str) -> Notice:
    """What is told of a transition; `page` shows the whole."""
    seen = transition.observation
    return Notice(
        alert_key=row["alert_key"],
        scope=row["scope"],
        metric=seen.metric,
        transition=transition.kind,
        severity=transition.severity,
        opened_at=transition.opened_at,
        value=seen.figure.value,
        threshold=seen.threshold,
        message=f"{seen.message}{_then(row)}",
        fix=seen.fix,
        run_id=row["run_id"] or "",
        page=page,
    )


def _then(row: Row) -> str:
    """What was counted when the alert opened, where that is another figure than now."""
    now = row["value"], row["part"], row["whole"]
    then = row["opened_value"], row["opened_part"], row["opened_whole"]
    if then == now or row["opened_whole"] is None:
        return ""
    value, part, whole = then
    return f"; when it opened {percent(value, whole, part)}"


def state_of(row: AlertTransition) -> AlertState:
    """The alert as the state machine knows it."""
    return AlertState(
        scope=row.scope,
        metric=row.metric,
        severity=cast(Level, row.severity),
        stage=row.stage,
        opened_at=row.opened_at,
        noted_at=row.noted_at,
        delivered=row.delivered,
        start_date=row.start_date,
        end_date=row.end_date,
        dates=row.dates,
        opened=Figure(row.opened_value, row.opened_part, row.opened_whole),
        acknowledged=row.acknowledged,
        snoozed_until=row.snoozed_until,
    )


def tick_of(row: Row, outcome: Sequence[Delivery]) -> Row:
    """The row that says what became of a notice on each channel."""
    deliveries = [asdict(delivery) for delivery in outcome]
    return {**row, "transition": "DELIVERED", "deliveries": deliveries}
