"""The alert log: transitions are claimed in nba_ops.alerts by one writer, then told, then ticked.

A scope's alerts carry a version. The load job that appends version n + 1 has an id made of scope
and version, and BigQuery accepts a job id once: of several validations that see one state one wins.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, cast

from phase4.cloud.queries import ask
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.tables.arrow import table_of
from phase4.tables.rows.snapshots import AlertClaim, AlertTransition
from phase4.validation.alerts import AlertState, Level, Observation, Transition, transitions
from phase4.validation.channels import Channel, Delivery, Notice, deliver
from phase4.validation.observations import observations
from phase4.validation.snapshot import Snapshot
from phase4.validation.validator import job_id

ALERTS = "alerts"
TRIES = 3
CONCURRENT_NOTICES = 8
Row = dict[str, Any]


class AlertLog:
    """The alerts of one scope, at the moment of one snapshot."""

    def __init__(self, warehouse: Warehouse, settings: Settings, snapshot: Snapshot) -> None:
        self._warehouse = warehouse
        self._settings = settings
        self._scope = snapshot.scope
        self._now = snapshot.snapshot_at

    def tell(self, seen: Sequence[Observation], through: Sequence[Channel]) -> list[Notice]:
        """Claims the transitions that are due and delivers them; what another claimed is left."""
        # Who loses a claim looks anew: what the winner tells is not told twice.
        for _ in range(TRIES):
            states, version = self._states()
            due = transitions(states, seen, self._now)
            if not due:
                return []
            claim = uuid.uuid4().hex
            rows = [self._row(transition, version + 1, claim) for transition in due]
            if self._claimed(rows, version + 1, claim):
                return self._deliver(due, rows, through)
        return []

    def _states(self) -> tuple[dict[str, AlertState], int]:
        rows = ask(self._warehouse, AlertTransition, scope=self._scope.label)
        states = {row.metric: _state(row) for row in rows}
        return states, max((row.scope_version for row in rows), default=0)

    def _claimed(self, rows: Sequence[Row], version: int, claim: str) -> bool:
        # The day is part of the id, so that an emptied table is not silent for ever.
        day = self._now.date().isoformat()
        self._append(rows, job_id("alerts", self._scope.label, str(version), day))
        writers = ask(self._warehouse, AlertClaim, scope=self._scope.label, version=version)
        return [writer.claim for writer in writers] == [claim]

    def _deliver(
        self, due: Sequence[Transition], rows: Sequence[Row], through: Sequence[Channel]
    ) -> list[Notice]:
        notices = [self._notice(transition) for transition in due]
        with ThreadPoolExecutor(max_workers=CONCURRENT_NOTICES) as pool:
            told = list(pool.map(lambda notice: deliver(notice, through), notices))
        # Ticked after it was told: dying in between tells it twice, never not at all.
        ticks = [_tick(row, outcome) for row, outcome in zip(rows, told, strict=True)]
        self._append(ticks, job_id("alert_delivery", rows[0]["claim"]))
        return notices

    def _row(self, transition: Transition, version: int, claim: str) -> Row:
        seen = transition.observation
        return {
            "alert_key": self._key(seen.metric),
            "scope": self._scope.label,
            "metric": seen.metric,
            "version": version,
            "claim": claim,
            "transition": transition.kind,
            "severity": transition.severity,
            "stage": transition.stage,
            "opened_at": transition.opened_at,
            "noted_at": self._now,
            "value": seen.value,
            "threshold": seen.threshold,
            "message": seen.message,
            "fix": seen.fix,
            "event_id": self._scope.event_id,
            "run_id": self._scope.run_id or None,
            "deliveries": [],
        }

    def _notice(self, transition: Transition) -> Notice:
        seen = transition.observation
        return Notice(
            alert_key=self._key(seen.metric),
            scope=self._scope.label,
            metric=seen.metric,
            transition=transition.kind,
            severity=transition.severity,
            opened_at=transition.opened_at,
            value=seen.value,
            threshold=seen.threshold,
            message=seen.message,
            fix=seen.fix,
            run_id=self._scope.run_id,
        )

    def _key(self, metric: str) -> str:
        return f"{self._scope.label} {metric}"

    def _append(self, rows: Sequence[Row], job: str) -> None:
        table = f"{self._settings.ops_dataset}.{ALERTS}"
        self._warehouse.append(table, table_of(ALERTS, rows), job)


def raise_alerts(
    warehouse: Warehouse, settings: Settings, snapshot: Snapshot, through: Sequence[Channel]
) -> list[Notice]:
    """Tells what is new about a snapshot's metrics; one statement when nothing is."""
    seen = observations(snapshot)
    return AlertLog(warehouse, settings, snapshot).tell(seen, through) if seen else []


def _state(row: AlertTransition) -> AlertState:
    return AlertState(
        metric=row.metric,
        is_open=row.severity != "ok",
        severity=cast(Level, row.severity),
        stage=row.stage,
        opened_at=row.opened_at,
        noted_at=row.noted_at,
        delivered=row.delivered,
    )


def _tick(row: Row, outcome: Sequence[Delivery]) -> Row:
    deliveries = [asdict(delivery) for delivery in outcome]
    return {**row, "transition": "DELIVERED", "deliveries": deliveries}
