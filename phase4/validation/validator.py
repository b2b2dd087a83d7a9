"""One validation: at most five statements, whatever the number of dates, and one row."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from phase4.cloud.warehouse import JOB_PREFIX, Warehouse
from phase4.tables.arrow import table_of
from phase4.validation import checks, statements
from phase4.validation.coverage import Group
from phase4.validation.run_facts import RunFacts
from phase4.validation.scope import Scope
from phase4.validation.snapshot import Snapshot, judged
from phase4.validation.training import Training

SNAPSHOTS = "coverage_snapshots"


@dataclass(frozen=True)
class DateFigures:
    """What sql/routines/date_figures.sql gives: one look at dates."""

    counts: tuple[Group, ...]
    findings: tuple[checks.Finding, ...]
    held: tuple[checks.Held, ...]


@dataclass(frozen=True)
class Figures:
    """What a snapshot is made of."""

    counts: tuple[Group, ...]
    findings: tuple[checks.Finding, ...]
    training: tuple[Training, ...]


def facts_of(warehouse: Warehouse, scope: Scope) -> RunFacts:
    """How the run stands, and whether this event was answered before. One statement."""
    (facts,) = statements.ask(warehouse, scope, statements.VALIDATION_CONTEXT, RunFacts)
    return facts


def figures_of(warehouse: Warehouse, scope: Scope) -> Figures:
    """Dates and stored rows; at the end of a run sources and training set, too; two at a time.

    Raises when one of them fails. What a run does not write is not asked in the middle of it.
    """
    # What is looked at is held in memory by the local server: two at a time suffice for two cores.
    with ThreadPoolExecutor(max_workers=2) as beside:

        def asked(sql: str, kind: type[Any]) -> Future[list[Any]]:
            return beside.submit(statements.ask, warehouse, scope, sql, kind)

        looks = [asked(statements.ROW_FINDINGS, checks.Finding)]
        dates = asked(statements.DATE_FIGURES, DateFigures)
        training: list[Training] = []
        if scope.ends_the_run:
            looks.append(asked(statements.SOURCE_FINDINGS, checks.Finding))
            training = asked(statements.TRAINING_FIGURES, Training).result()
        (of_dates,) = dates.result()
        found = (*of_dates.findings, *(one for look in looks for one in look.result()))
        findings = tuple(checks.by_state(one, of_dates.held) for one in found)
        return Figures(of_dates.counts, findings, tuple(training))


def validate(warehouse: Warehouse, scope: Scope, facts: RunFacts | None = None) -> Snapshot:
    """Counts the tables and judges them; raises when a statement fails: no partial snapshot.

    Its moment is the one before it looks. Of two made at once the one that looked last is the
    newest, whichever took longer.
    """
    began = time.monotonic()
    facts = facts or facts_of(warehouse, scope)
    snapshot_at = warehouse.now()
    figures = figures_of(warehouse, scope)
    return judged(
        scope,
        figures.counts,
        facts,
        checks.judge(figures.findings, in_full=scope.ends_the_run),
        figures.training,
        snapshot_at=snapshot_at,
        code_version=warehouse.settings.code_version,
        duration_seconds=time.monotonic() - began,
    )


def record(warehouse: Warehouse, snapshot: Snapshot) -> None:
    """Writes the snapshot's row, once per event, however many deliveries race.

    The row says what `warehouse` was used for so far, with the load job of the row itself.

    The load job's id is made of the event's id and BigQuery accepts a job id once in a project and
    region, so of several deliveries exactly one loads. A MERGE would not hold: two MERGE statements
    that only insert do not conflict with each other.
    """
    table = f"{warehouse.settings.ops_dataset}.{SNAPSHOTS}"
    used = {
        "queries": warehouse.usage.queries,
        "load_jobs": warehouse.usage.load_jobs + 1,
        "bytes_processed": warehouse.usage.bytes_processed,
    }
    row = {**snapshot.row(), **used}
    warehouse.append(table, table_of(SNAPSHOTS, [row]), job_id("snapshot", snapshot.scope.event_id))


def job_id(purpose: str, *parts: str) -> str:
    """A job id that is the same for the same parts on every machine."""
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
    return f"{JOB_PREFIX}{purpose}_{digest}"
