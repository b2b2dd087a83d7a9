"""Rows about snapshots, alerts and signs of life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from phase4.tables.thresholds import Tier

Level = Literal["must", "should", "nice"]
Outcome = Literal["passed", "failed", "not_due"]
Comparison = Literal["at_least", "below", "at_most"]
# A check of a snapshot as people read it: check_label says the same.
CHECK_LABEL_SQL = "CONCAT(checked.name, IF(checked.subject = '', '', ': '), checked.subject)"


def check_label(name: str, subject: str) -> str:
    """`contradictions: a player on two teams`; the name alone of a check without subjects."""
    return f"{name}: {subject}" if subject else name


@dataclass(frozen=True)
class Loss:
    """Due games, and dates with such games, that L4 lacks for one reason; l3_games: had by L3."""

    reason: str
    games: int
    dates: int
    l3_games: int


@dataclass(frozen=True)
class JudgedMetric:
    """A judged metric: `value` per cent, `part` of `whole`; no tier without a value."""

    metric: str
    value: float | None
    tier: Tier | None
    part: int | None
    whole: int | None


@dataclass(frozen=True)
class CheckFigure:
    """The result of a check for one subject."""

    name: str
    subject: str
    severity: str
    cross_layer: bool
    figure: float | None
    threshold: float
    outcome: str
    detail: str
    to_mend: str | None
    """What a run would mend, as TABLE:STATE with blanks between."""

    @property
    def label(self) -> str:
        """How people read it."""
        return check_label(self.name, self.subject)


@dataclass(frozen=True)
class Criterion:
    """A criterion with its figure, `part` of `whole` when that is in per cent.

    `not_due` when there is nothing to judge yet.
    """

    name: str
    level: Level
    figure: float | None
    threshold: float
    unit: str | None
    comparison: Comparison
    outcome: Outcome
    part: int | None
    whole: int | None


@dataclass(frozen=True)
class RunSnapshot:
    """A snapshot of a run that was taken before its end, as far as its report shows it."""

    query: ClassVar[str] = "run_snapshots"

    event_id: str
    snapshot_at: datetime
    kind: str
    wave: int | None
    start_date: date
    end_date: date
    verdict: str
    failed_criteria: tuple[str, ...]
    l1_games: int
    l3_games: int
    l4_games: int
    due_games: int
    covered_games: int
    attainable_games: int
    coverage_pct: float | None
    eligible_pct: float | None
    reachable_pct: float | None
    ceiling_pct: float | None
    date_coverage_pct: float | None
    l3_coverage_pct: float | None
    ml_ready: bool
    ml_obstacles: tuple[str, ...]
    losses: tuple[Loss, ...]
    tiers: tuple[JudgedMetric, ...]
    checks: tuple[CheckFigure, ...]
    criteria: tuple[Criterion, ...]
    queries: int | None
    load_jobs: int | None
    bytes_processed: int | None
    duration_seconds: float | None


@dataclass(frozen=True)
class JudgedSnapshot:
    """One of the last snapshots of runs and ranges, with its checks."""

    query: ClassVar[str] = "judged_snapshots"

    snapshot_at: datetime
    kind: str
    trigger: str
    scope: str
    run_id: str | None
    verdict: str
    coverage_pct: float | None
    ceiling_pct: float | None
    covered_games: int
    due_games: int
    checks: tuple[CheckFigure, ...]


@dataclass(frozen=True)
class RecentSnapshot:
    """One of the last snapshots of waves, runs and ranges."""

    query: ClassVar[str] = "recent_snapshots"

    snapshot_at: datetime
    kind: str
    trigger: str
    scope: str
    run_id: str | None
    wave: int | None
    start_date: date
    end_date: date
    verdict: str
    coverage_pct: float | None
    ceiling_pct: float | None
    covered_games: int
    attainable_games: int
    due_games: int


@dataclass(frozen=True)
class CoverageMoment:
    """Coverage of a range or a run at one moment, and what it gained since the one before."""

    query: ClassVar[str] = "coverage_history"

    snapshot_at: datetime
    kind: str
    trigger: str
    run_id: str | None
    wave: int | None
    scope: str
    coverage_pct: float | None
    gained_pct: float | None
    eligible_pct: float | None
    reachable_pct: float | None
    ceiling_pct: float | None
    l4_games: int
    l4_dates: int
    verdict: str


@dataclass(frozen=True)
class AlertTransition:
    """The last transition of an alert, and the version of its scope's alerts."""

    query: ClassVar[str] = "alert_states"

    alert_key: str
    scope: str
    metric: str
    severity: str
    stage: int
    opened_at: datetime
    noted_at: datetime
    value: float | None
    part: int | None
    whole: int | None
    threshold: float | None
    message: str
    fix: str
    run_id: str | None
    opened_value: float | None
    opened_part: int | None
    opened_whole: int | None
    start_date: date | None
    end_date: date | None
    dates: tuple[date, ...]
    acknowledged: bool
    snoozed_until: datetime | None
    scope_version: int
    measured_at: datetime
    """When the figures of its message were taken."""
    delivered: bool

    @property
    def is_open(self) -> bool:
        """Whether what it tells of goes on."""
        return self.severity != "ok"


@dataclass(frozen=True)
class AlertClaim:
    """Who wrote a version of a scope's alerts."""

    query: ClassVar[str] = "alert_claim"

    claim: str


@dataclass(frozen=True)
class SignsOfLife:
    """The last weekly health run, and messages refused in the last week."""

    query: ClassVar[str] = "signs_of_life"

    beat_at: datetime | None
    verdict: str | None
    detail: str | None
    overdue: bool
    rejected_events: int
