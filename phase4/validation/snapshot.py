"""Snapshots: what one validation found, judged, as one row of nba_ops.coverage_snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from phase4.tables.rows.snapshots import Criterion
from phase4.validation.checks import CheckResult
from phase4.validation.coverage import Coverage, Group, coverage_of, total
from phase4.validation.criteria import (
    COVERAGE_CRITERIA,
    criteria_of,
    failed_musts,
    ml_obstacles,
)
from phase4.validation.run_facts import RunFacts
from phase4.validation.scope import Scope
from phase4.validation.training import Training, training_obstacles

Verdict = Literal["passed", "at_ceiling", "failed"]
COUNTS = (
    "l1_games", "l3_games", "l4_games", "l1_dates", "l3_dates", "l4_dates", "covered_games",
    "covered_dates", "reachable_games", "reachable_covered_games", "attainable_games",
    "unconfirmed_games", "expected_players", "present_players", "ok_dates", "warning_dates",
    "failed_dates",
)  # fmt: skip
STATE_COUNTS = (
    "dates", "l1_games", "l3_games", "l4_games", "expected_players", "present_players",
)  # fmt: skip


@dataclass(frozen=True)
class Snapshot:
    """What the tables held at one moment, with checks, criteria and the verdict."""

    scope: Scope
    snapshot_at: datetime
    groups: tuple[Group, ...]
    coverage: Coverage
    facts: RunFacts
    checks: tuple[CheckResult, ...]
    criteria: tuple[Criterion, ...]
    ml_obstacles: tuple[str, ...]
    code_version: str
    duration_seconds: float

    @property
    def failed_criteria(self) -> tuple[str, ...]:
        """Names of the must criteria that failed."""
        return failed_musts(self.criteria)

    @property
    def verdict(self) -> Verdict:
        """`passed` when no must criterion failed.

        What the schedule finds below a criterion and cannot be filled is `at_ceiling`: it would
        fail week after week for what only upstream can mend. A run and a person get `failed`.
        """
        if not self.failed_criteria:
            return "passed"
        only_coverage = set(self.failed_criteria) <= set(COVERAGE_CRITERIA)
        at_ceiling = self.coverage.is_at_ceiling and self.scope.is_scheduled
        return "at_ceiling" if only_coverage and at_ceiling else "failed"

    @property
    def ml_ready(self) -> bool:
        """Whether the rows may feed a model."""
        return not self.ml_obstacles

    def count(self, figure: str) -> int:
        """The sum of one count of sql/routines/date_figures.sql over the range."""
        return total(self.groups, figure)

    def row(self) -> dict[str, Any]:
        """The row of nba_ops.coverage_snapshots."""
        facts = asdict(self.facts)
        for name in ("answered", "run_start_date", "run_end_date", "run_dates", "run_stages"):
            facts.pop(name)
        # The snapshot's own failed_dates are those with too few players.
        facts["run_failed_dates"] = facts.pop("failed_dates")
        return {
            **self._origin(),
            **facts,
            **{name: self.count(name) for name in COUNTS},
            **self._shares(),
            "oldest_gap_days": max((g.oldest_gap_days or 0 for g in self.groups), default=0),
            "losses": [asdict(loss) for loss in self.coverage.losses],
            "states": self.states(),
            "tiers": [asdict(metric) for metric in self.coverage.metrics],
            "checks": [asdict(check) for check in self.checks],
            "criteria": [asdict(criterion) for criterion in self.criteria],
            "verdict": self.verdict,
            "failed_criteria": list(self.failed_criteria),
            "ml_ready": self.ml_ready,
            "ml_obstacles": list(self.ml_obstacles),
        }

    def states(self) -> list[dict[str, Any]]:
        """Counts per state, all seasons together."""
        return [
            {"state": state, **{name: total(members, name) for name in STATE_COUNTS}}
            for state, members in _by_state(self.groups).items()
        ]

    def _shares(self) -> dict[str, float | None]:
        coverage = self.coverage
        return {
            "coverage_pct": coverage.covered.pct,
            "eligible_pct": coverage.eligible.pct,
            "reachable_pct": coverage.reachable.pct,
            "ceiling_pct": coverage.attainable.pct,
            "date_coverage_pct": coverage.dates.pct,
            "l3_coverage_pct": coverage.l3.pct,
            "l3_null_rate_pct": coverage.l3_nulls.pct,
            "l4_historical_pct": coverage.historical.pct,
            "due_games": coverage.covered.whole,
            "eligible_games": coverage.eligible.whole,
            "eligible_covered_games": coverage.eligible.part,
        }

    def _origin(self) -> dict[str, Any]:
        return {
            "event_id": self.scope.event_id,
            "snapshot_date": self.snapshot_at.date(),
            "snapshot_at": self.snapshot_at,
            "kind": self.scope.kind,
            "trigger": self.scope.trigger,
            "scope": self.scope.label,
            "run_id": self.scope.run_id or None,
            "wave": self.scope.wave if self.scope.kind in ("wave", "checkpoint") else None,
            "start_date": self.scope.start_date,
            "end_date": self.scope.end_date,
            "code_version": self.code_version,
            "duration_seconds": self.duration_seconds,
        }


def judged(
    scope: Scope,
    groups: Sequence[Group],
    facts: RunFacts,
    checks: Sequence[CheckResult],
    training: Sequence[Training],
    **measured: Any,
) -> Snapshot:
    """The snapshot of what was counted; `measured` is when, how long and by which code."""
    coverage = coverage_of(groups)
    return Snapshot(
        scope=scope,
        groups=tuple(groups),
        coverage=coverage,
        facts=facts,
        checks=tuple(checks),
        criteria=criteria_of(scope, coverage, facts, checks),
        ml_obstacles=(*ml_obstacles(coverage, checks), *training_obstacles(training, checks)),
        **measured,
    )


def _by_state(groups: Sequence[Group]) -> dict[str, list[Group]]:
    states: dict[str, list[Group]] = {}
    for group in sorted(groups, key=lambda group: group.state):
        states.setdefault(group.state, []).append(group)
    return states
