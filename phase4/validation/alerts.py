"""Alerts as a state machine: what has to be told of an observation, each of it once. No I/O.

    opens ──> grows older or worse (ESCALATED), better (EASED) ──> recovers

Somebody may acknowledge an alert, then its age is told no more, or snooze it, then nothing is told
before a moment but that it is over; what goes on after that moment is told once (REMINDED).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from phase4.tables.thresholds import THRESHOLDS

Level = Literal["ok", "warning", "critical"]
Kind = Literal["OPENED", "ESCALATED", "EASED", "REMINDED", "RECOVERED", "RETRIED"]
Note = Literal["ACKNOWLEDGED", "SNOOZED"]
ESCALATION_AGES = tuple(timedelta(days=n) for n in THRESHOLDS["alerts"]["escalate_after_days"])
# So long a writer may take to tell what it has claimed; after that it counts as dead.
DELIVERY_LEASE = timedelta(seconds=THRESHOLDS["alerts"]["delivery_lease_seconds"])


@dataclass(frozen=True)
class Figure:
    """What was measured: `value`, which is `part` of `whole` where something was counted."""

    value: float | None = None
    part: int | None = None
    whole: int | None = None


@dataclass(frozen=True)
class Observation:
    """What a snapshot says of one metric; `fix` is the command that mends it.

    `holds_everywhere`: what is true of the range is true of each of its parts.
    """

    metric: str
    level: Level
    figure: Figure
    threshold: float | None
    message: str
    fix: str
    holds_everywhere: bool = False


@dataclass(frozen=True)
class AlertState:
    """The last transition of one alert: when it was written and whether it was delivered.

    `start_date` to `end_date` is where it has been seen, on `dates` alone where there are any;
    `opened` is what was measured at first.
    """

    scope: str
    metric: str
    severity: Level
    stage: int
    opened_at: datetime
    noted_at: datetime
    delivered: bool
    start_date: date | None = None
    end_date: date | None = None
    dates: tuple[date, ...] = ()
    opened: Figure = Figure()
    acknowledged: bool = False
    snoozed_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether what it tells of goes on."""
        return self.severity != "ok"


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
    if state.snoozed_until is not None:
        if now < state.snoozed_until:
            return None
        return Transition("REMINDED", seen.level, stage, state.opened_at, seen)
    if seen.level != state.severity:
        kind: Kind = "ESCALATED" if seen.level == "critical" else "EASED"
        return Transition(kind, seen.level, stage, state.opened_at, seen)
    if stage > state.stage and not state.acknowledged:
        return Transition("ESCALATED", state.severity, stage, state.opened_at, seen)
    return _retry(state, seen, now)


def _retry(state: AlertState | None, seen: Observation, now: datetime) -> Transition | None:
    """Tells again what its writer claimed and, by all appearances, died before telling."""
    if state is None or state.delivered or now - state.noted_at <= DELIVERY_LEASE:
        return None
    return Transition("RETRIED", state.severity, state.stage, state.opened_at, seen)


def _stage(age: timedelta) -> int:
    return sum(age >= limit for limit in ESCALATION_AGES)
