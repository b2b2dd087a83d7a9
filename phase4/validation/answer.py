"""The answer to one message: a snapshot, the site, a recorded refusal, or an error to retry."""

from __future__ import annotations

from dataclasses import replace

from phase4.cloud.logging import log
from phase4.cloud.retries import one_line
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.errors import WrongInput
from phase4.tables.events import SiteRequested
from phase4.validation import checkpoints
from phase4.validation.alert_log import raise_alerts
from phase4.validation.channels import channels
from phase4.validation.intake import Message, Rejected, record_rejection
from phase4.validation.run_facts import RunFacts
from phase4.validation.scope import Scope, scope_of
from phase4.validation.site import write_site
from phase4.validation.snapshot import Snapshot
from phase4.validation.validator import facts_of, record, validate

COMPONENT = "validator"


class Foreign(WrongInput):
    """An event in the name of a run that cannot be of it."""


def answer(settings: Settings, message: Message) -> Snapshot | None:
    """Answers a message once; None when it is refused for good, answered or not due.

    Any other failure is raised: the message is not acknowledged and comes again.
    """
    try:
        event = message.event()
    except Rejected as rejection:
        _refuse(settings, message, rejection)
        return None
    if isinstance(event, SiteRequested):
        write_site(settings, event)
        return None
    scope = scope_of(event)
    labels = {"component": COMPONENT, "run_id": scope.run_id, "event_id": scope.event_id}
    try:
        return _answer(settings, scope, labels)
    except Foreign as foreign:
        _refuse(settings, message, Rejected(message.message_id, str(foreign)))
        return None
    except Exception as error:
        reason = one_line(error)[:500]
        log("ERROR", f"event {scope.event_id} was not answered, it comes again: {reason}",
            labels=labels, event="event_failed")  # fmt: skip
        raise


def _answer(settings: Settings, scope: Scope, labels: dict[str, str]) -> Snapshot | None:
    warehouse = Warehouse(settings, Caller(COMPONENT, scope.run_id))
    if scope.kind != "checkpoint":
        return _take(warehouse, scope, labels)
    checkpoint = checkpoints.due(warehouse, scope)
    if checkpoint is None:
        return None
    with checkpoints.at_work(checkpoint):
        snapshot = _take(warehouse, checkpoint, labels)
    # What became due meanwhile was left to this one.
    return _answer(settings, scope, labels) or snapshot


def _take(warehouse: Warehouse, scope: Scope, labels: dict[str, str]) -> Snapshot | None:
    facts = facts_of(warehouse, scope)
    # Pub/Sub delivers at least once.
    if facts.answered:
        log("INFO", f"event {scope.event_id} was answered before", labels=labels)
        return None
    scope = replace(scope, run_range=facts.run_range, run_dates=facts.named_dates)
    _check_is_of_its_run(scope, facts)
    snapshot = validate(warehouse, scope, facts)
    checkpoints.say(scope.run_id, warehouse.usage)
    # The snapshot comes last: with it the event counts as answered.
    raise_alerts(warehouse, snapshot, channels(warehouse.settings))
    record(warehouse, snapshot)
    _report(scope, snapshot, labels)
    return snapshot


def _check_is_of_its_run(scope: Scope, facts: RunFacts) -> None:
    """Foreign for a claim of a run that nobody knows, or of dates that it was not asked for."""
    if scope.kind == "range":
        return
    asked = facts.run_range
    if asked is None and not facts.planned_dates:
        raise Foreign(f"run_id {scope.run_id}: neither nba_ops.runs nor nba_ops.plan has it")
    if asked and not asked[0] <= scope.start_date <= scope.end_date <= asked[1]:
        raise Foreign(
            f"dates {scope.start_date}..{scope.end_date} are not those of run {scope.run_id}:"
            f" {asked[0]}..{asked[1]}"
        )


def _refuse(settings: Settings, message: Message, rejection: Rejected) -> None:
    record_rejection(Warehouse(settings, Caller(COMPONENT)), message, rejection.reason)
    labels = {"component": COMPONENT, "message_id": message.message_id}
    log("ERROR", str(rejection), labels=labels, event="event_rejected")


def _report(scope: Scope, snapshot: Snapshot, labels: dict[str, str]) -> None:
    log(
        "INFO" if snapshot.verdict == "passed" else "WARNING",
        f"{scope.trigger} {scope.label}: {snapshot.verdict}",
        labels=labels,
        event="coverage_snapshot",
        trigger=scope.trigger,
        kind=scope.kind,
        scope=scope.label,
        verdict=snapshot.verdict,
        coverage_pct=snapshot.coverage.covered.pct,
        wanted_pct=snapshot.coverage.wanted.pct,
        ceiling_pct=snapshot.coverage.attainable.pct,
        l4_games=snapshot.count("l4_games"),
        failed_dates=snapshot.facts.failed_dates,
        failed_criteria=snapshot.failed_criteria,
        seconds=round(snapshot.duration_seconds, 3),
    )
