"""Alerts as a state machine: open, escalate at set ages, recover; each of them once. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from phase4.tables.thresholds import THRESHOLDS

Level = Literal["ok", "warning", "critical"]
Kind = Literal["OPENED", "ESCALATED", "RECOVERED", "RETRIED"]
ESCALATION_AGES = tuple(timedelta(days=n) for n in THRESHOLDS["alerts"]["escalate_after_days"])
# So long a writer may take to tell what it has claimed; after that it counts as dead.
DELIVERY_LEASE = timedelta(seconds=THRESHOLDS["alerts"]["delivery_lease_seconds"])


@dataclass(frozen=True)
class Observation:
    """What a snapshot says of one metric; `fix` is the command that mends it."""

    metric: str
    level: Level
    value: float | None
    threshold: float | None
    message: str
    fix: str


@dataclass(frozen=True)
class AlertState:
    """The last transition of one metric: when it was written and whether it was delivered."""

    metric: str
    is_open: bool
    severity: Level
    stage: int
    opened_at: datetime
    noted_at: datetime
    delivered: bool


@dataclass(frozen=True)
class Transition:
    """A step that has to be told: kind, severity and how many ages of escalation are behind it."""

    kind: Kind
    severity: Level
    stage: int
    opened_at: datetime
    observation: Observation


def step(state: AlertState | None, seen: Observation, now: datetime) -> Transition | None:
    """The transition that an observation causes; None when there is nothing new to tell."""
    if state is None or not state.is_open:
        if seen.level != "ok":
            return Transition("OPENED", seen.level, 0, now, seen)
        return _retry(state, seen, now)
    if seen.level == "ok":
        return Transition("RECOVERED", "ok", state.stage, state.opened_at, seen)
    stage = max(state.stage, _stage(now - state.opened_at))
    worse = seen.level == "critical" and state.severity == "warning"
    if worse or stage > state.stage:
        severity = "critical" if worse else state.severity
        return Transition("ESCALATED", severity, stage, state.opened_at, seen)
    return _retry(state, seen, now)


def transitions(
    states: Mapping[str, AlertState], seen: Iterable[Observation], now: datetime
) -> Sequence[Transition]:
    """The transitions of all metrics of one scope, in the order of the observations."""
    steps = (step(states.get(observation.metric), observation, now) for observation in seen)
    return [transition for transition in steps if transition is not None]


def _retry(state: AlertState | None, seen: Observation, now: datetime) -> Transition | None:
    """Tells again what its writer claimed and, by all appearances, died before telling."""
    if state is None or state.delivered or now - state.noted_at <= DELIVERY_LEASE:
        return None
    return Transition("RETRIED", state.severity, state.stage, state.opened_at, seen)


def _stage(age: timedelta) -> int:
    return sum(age >= limit for limit in ESCALATION_AGES)
