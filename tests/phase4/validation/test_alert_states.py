"""The alert state machine: what is told when, and that nothing is told twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.validation.alerts import (
    DELIVERY_LEASE,
    ESCALATION_AGES,
    AlertState,
    Figure,
    Level,
    Observation,
    Transition,
    step,
)

NOW = datetime(2026, 1, 20, tzinfo=UTC)
LEVELS: tuple[Level, ...] = ("ok", "warning", "critical")


def seen(level: Level) -> Observation:
    return Observation("metric", level, Figure(1.0), 2.0, "it is so", "phase4 run")


def after(transition: Transition, now: datetime, *, delivered: bool = True) -> AlertState:
    """The state that a written transition leaves."""
    return AlertState(
        scope="season 2025-26",
        metric="metric",
        severity=transition.severity,
        stage=transition.stage,
        opened_at=transition.opened_at,
        noted_at=now,
        delivered=delivered,
    )


def told(history: list[tuple[Level, timedelta]]) -> list[Transition]:
    """The transitions of a history of observations: level and time since the last one."""
    state, now, steps = None, NOW, []
    for level, pause in history:
        now += pause
        transition = step(state, seen(level), now)
        if transition is not None:
            steps.append(transition)
            state = after(transition, now)
    return steps


histories = st.lists(
    st.tuples(st.sampled_from(LEVELS), st.timedeltas(timedelta(0), timedelta(days=5))),
    max_size=40,
)


@given(histories)
def test_every_episode_opens_once_and_recovers_at_most_once(
    history: list[tuple[Level, timedelta]],
) -> None:
    kinds = [transition.kind for transition in told(history)]
    edges = [kind for kind in kinds if kind not in ("ESCALATED", "EASED")]
    assert edges[::2] == ["OPENED"] * len(edges[::2])
    assert edges[1::2] == ["RECOVERED"] * len(edges[1::2])


@given(histories)
def test_a_step_of_an_episode_tells_another_severity_or_a_greater_age(
    history: list[tuple[Level, timedelta]],
) -> None:
    before = None
    for transition in told(history):
        if transition.kind in ("ESCALATED", "EASED"):
            assert before is not None
            assert transition.stage >= before.stage
            assert (transition.severity, transition.stage) != (before.severity, before.stage)
        before = transition


@given(histories)
def test_an_episode_of_one_severity_is_told_at_most_once_per_age(
    history: list[tuple[Level, timedelta]],
) -> None:
    only_warnings = [("ok" if level == "ok" else "warning", pause) for level, pause in history]
    stages: list[int] = []
    for transition in told(only_warnings):  # type: ignore[arg-type]
        stages = [] if transition.kind == "OPENED" else [*stages, transition.stage]
        assert len(stages) == len(set(stages)) or transition.kind == "RECOVERED"
        assert len(stages) <= len(ESCALATION_AGES) + 1


@given(histories)
def test_the_same_observation_again_tells_nothing(history: list[tuple[Level, timedelta]]) -> None:
    doubled = [
        entry for level, pause in history for entry in ((level, pause), (level, timedelta(0)))
    ]
    assert told(doubled) == told(history)


def test_a_shortfall_of_ten_days_is_told_when_it_opens_and_at_the_set_ages() -> None:
    history: list[tuple[Level, timedelta]] = [("warning", timedelta(days=n > 0)) for n in range(10)]
    assert [(t.kind, t.stage) for t in told(history)] == [
        ("OPENED", 0),
        ("ESCALATED", 1),
        ("ESCALATED", 2),
    ]


def test_ages_that_passed_unseen_are_one_escalation() -> None:
    steps = told([("warning", timedelta(0)), ("warning", timedelta(days=30))])
    assert [(t.kind, t.stage) for t in steps] == [("OPENED", 0), ("ESCALATED", 3)]


def test_a_warning_that_becomes_critical_escalates_at_once() -> None:
    steps = told([("warning", timedelta(0)), ("critical", timedelta(minutes=1))])
    assert [(t.kind, t.severity) for t in steps] == [
        ("OPENED", "warning"),
        ("ESCALATED", "critical"),
    ]


def test_an_improvement_short_of_recovery_eases_it() -> None:
    steps = told([("critical", timedelta(0)), ("warning", timedelta(minutes=1))])
    assert [(t.kind, t.severity) for t in steps] == [("OPENED", "critical"), ("EASED", "warning")]


def known(level: Level = "warning", **note: Any) -> AlertState:
    """An alert that opened at NOW and that somebody has noted something about."""
    opened = step(None, seen(level), NOW)
    assert opened is not None
    return replace(after(opened, NOW), **note)


def test_the_age_of_an_acknowledged_alert_is_not_told() -> None:
    assert step(known(acknowledged=True), seen("warning"), NOW + timedelta(days=30)) is None


def test_an_acknowledged_alert_that_gets_worse_is_told() -> None:
    worse = step(known(acknowledged=True), seen("critical"), NOW + timedelta(days=1))
    assert worse is not None
    assert (worse.kind, worse.severity) == ("ESCALATED", "critical")


def test_of_a_snoozed_alert_nothing_is_told_but_its_end() -> None:
    snoozed = known(snoozed_until=NOW + timedelta(days=7))
    assert step(snoozed, seen("critical"), NOW + timedelta(days=6)) is None
    over = step(snoozed, seen("ok"), NOW + timedelta(days=6))
    assert over is not None
    assert over.kind == "RECOVERED"


def test_what_outlasts_its_snooze_is_told_once() -> None:
    snoozed = known(snoozed_until=NOW + timedelta(days=7))
    reminded = step(snoozed, seen("warning"), NOW + timedelta(days=7))
    assert reminded is not None
    assert reminded.kind == "REMINDED"
    awake = after(reminded, NOW + timedelta(days=7))
    assert step(awake, seen("warning"), NOW + timedelta(days=8)) is None


@pytest.mark.parametrize("level", ["ok", "critical"])
def test_what_was_claimed_and_never_delivered_is_told_again_after_the_lease(level: Level) -> None:
    opened = step(None, seen("critical"), NOW)
    assert opened is not None
    claimed = after(opened, NOW, delivered=False)
    if level == "ok":
        recovered = step(claimed, seen("ok"), NOW)
        assert recovered is not None
        claimed = after(recovered, NOW, delivered=False)
    assert step(claimed, seen(level), NOW + DELIVERY_LEASE) is None
    late = step(claimed, seen(level), NOW + DELIVERY_LEASE + timedelta(seconds=1))
    assert late is not None
    assert (late.kind, late.severity) == ("RETRIED", level)
