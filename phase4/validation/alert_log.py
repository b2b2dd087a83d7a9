"""The alert log: transitions are claimed in nba_ops.alerts by one writer, then told, then ticked.

A scope's alerts carry a version. The load job that appends version n + 1 has an id made of scope
and version, and BigQuery accepts a job id once: of several validations that see one state one wins.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, groupby

from phase4.cloud.queries import ask
from phase4.cloud.site_pages import INDEX
from phase4.cloud.warehouse import Warehouse
from phase4.errors import NotThere
from phase4.tables.arrow import table_of
from phase4.tables.rows.snapshots import AlertClaim, AlertTransition
from phase4.validation.alert_rows import Row, note_of, notice_of, row_of, state_of, tick_of
from phase4.validation.alert_subjects import subjects
from phase4.validation.alerts import AlertState, Note, Observation, Transition, step
from phase4.validation.channels import Channel, Notice, deliver
from phase4.validation.observations import observations
from phase4.validation.snapshot import Snapshot
from phase4.validation.validator import job_id

ALERTS = "alerts"
ALERTS_PAGE = f"{INDEX}#alerts"
TRIES = 3
CONCURRENT_NOTICES = 8


class AlertUnknown(NotThere):
    """No alert of this key is open; the message says how to list those that are."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no alert {key!r} is open: `phase4 alerts` lists those that are")


@dataclass(frozen=True)
class Due:
    """A transition with the alert that it is of."""

    scope: str
    state: AlertState | None
    transition: Transition


class AlertLog:
    """The alerts as one writer sees and changes them at one moment."""

    def __init__(self, warehouse: Warehouse, now: datetime) -> None:
        self._warehouse = warehouse
        self._now = now

    def tell(self, snapshot: Snapshot, through: Sequence[Channel]) -> list[Notice]:
        """Claims the transitions that are due and delivers them; what another claimed is left."""
        seen = observations(snapshot)
        told: list[Notice] = []
        # Who loses a claim looks anew: what the winner tells is not told twice.
        for _ in range(TRIES if seen else 0):
            known = self.states()
            due = list(self._due(known, snapshot, seen))
            if not due:
                break
            for scope, of_scope in groupby(due, key=lambda one: one.scope):
                told += self._tell_of(scope, list(of_scope), known, snapshot, through)
        return told

    def states(self) -> list[AlertTransition]:
        """The last transition of every alert."""
        return ask(self._warehouse, AlertTransition)

    def note(self, key: str, note: Note, by: str, until: datetime | None = None) -> None:
        """Acknowledges an alert or snoozes it; AlertUnknown unless it is open."""
        for _ in range(TRIES):
            known = self.states()
            found = next((row for row in known if row.alert_key == key and row.is_open), None)
            if found is None:
                raise AlertUnknown(key)
            claim = uuid.uuid4().hex
            row = note_of(found, note, by, until, self._now, claim)
            if self._claimed([row], claim):
                return

    def _due(
        self, known: Sequence[AlertTransition], snapshot: Snapshot, seen: Sequence[Observation]
    ) -> Iterator[Due]:
        states = [state_of(row) for row in known]
        found = [
            Due(scope, state, transition)
            for observation in seen
            for scope, state in subjects(states, snapshot.scope, observation)
            if (transition := step(state, observation, self._now)) is not None
        ]
        yield from sorted(found, key=lambda one: one.scope)

    def _tell_of(
        self, scope: str, due: Sequence[Due], known: Sequence[AlertTransition],
        snapshot: Snapshot, through: Sequence[Channel],
    ) -> list[Notice]:  # fmt: skip
        version = max((row.scope_version for row in known if row.scope == scope), default=0)
        claim = uuid.uuid4().hex
        rows = [
            row_of(scope, one.state, one.transition, snapshot, self._now, version + 1, claim)
            for one in due
        ]
        if not self._claimed(rows, claim):
            return []
        page = self._warehouse.settings.page(ALERTS_PAGE)
        notices = [notice_of(one.transition, row, page) for one, row in zip(due, rows, strict=True)]
        with ThreadPoolExecutor(max_workers=CONCURRENT_NOTICES) as pool:
            told = list(pool.map(lambda notice: deliver(notice, through), notices))
        # Ticked after it was told: dying in between tells it twice, never not at all.
        ticks = [tick_of(row, outcome) for row, outcome in zip(rows, told, strict=True)]
        self._append(ticks, job_id("alert_delivery", claim))
        return notices

    def _claimed(self, rows: Sequence[Row], claim: str) -> bool:
        scope, version = rows[0]["scope"], rows[0]["version"]
        for emptied in count():
            self._append(rows, job_id("alerts", scope, str(version), str(emptied)))
            # Nobody's: the id was taken by rows that went with the table's others.
            if writers := ask(self._warehouse, AlertClaim, scope=scope, version=version):
                break
        return [writer.claim for writer in writers] == [claim]

    def _append(self, rows: Sequence[Row], job: str) -> None:
        table = f"{self._warehouse.settings.ops_dataset}.{ALERTS}"
        self._warehouse.append(table, table_of(ALERTS, rows), job)


def raise_alerts(
    warehouse: Warehouse, snapshot: Snapshot, through: Sequence[Channel]
) -> list[Notice]:
    """Tells what is new about a snapshot's metrics; one statement when nothing is."""
    return AlertLog(warehouse, snapshot.snapshot_at).tell(snapshot, through)


def note_alert(
    warehouse: Warehouse, key: str, note: Note, by: str, until: datetime | None = None
) -> None:
    """Keeps that somebody knows of an alert, or wants to hear nothing of it before `until`."""
    AlertLog(warehouse, datetime.now(UTC)).note(key, note, by, until)
