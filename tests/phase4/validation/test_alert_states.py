"""The alert state machine: what is told when, and that nothing is told twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.validation.alerts import (
    DELIVERY_LEASE,
    ESCALATION_AGES,
    AlertState,
    Level,
    Observation,
    Transition,
    step,
)

NOW = datetime(2026, 1, 20, tzinfo=UTC)
LEVELS: tuple[Level, ...] = ("ok", "warning", "critical")


def seen(level: Level) -> Observation:
    return Observation("metric", level, 1.0, 2.0, "it is so", "phase4 run")


def after(transition: Transition, now: datetime, *, delivered: bool = True) -> AlertState:
    """The state that a written transition leaves."""
    return AlertState(
        metric="metric",
        is_open=transition.severity != "ok",
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
    edges = [kind for kind in kinds if kind != "ESCALATED"]
    assert edges[::2] == ["OPENED"] * len(edges[::2])
    assert edges[1::2] == ["RECOVERED"] * len(edges[1::2])


@given(histories)
def test_an_episode_escalates_at_most_once_per_age_and_once_for_severity(
    history: list[tuple[Level, timedelta]],
) -> None:
    episodes: list[list[Transition]] = []
    for transition in told(history):
        if transition.kind == "OPENED":
            episodes.append([])
        elif transition.kind == "ESCALATED":
            episodes[-1].append(transition)
    for escalations in episodes:
        assert len(escalations) <= len(ESCALATION_AGES) + 1
        steps = [
            (transition.severity == "critical", transition.stage) for transition in escalations
        ]
        assert len(steps) == len(set(steps))


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


def test_an_improvement_short_of_recovery_is_not_told() -> None:
    steps = told([("critical", timedelta(0)), ("warning", timedelta(minutes=1))])
    assert [t.kind for t in steps] == ["OPENED"]


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
