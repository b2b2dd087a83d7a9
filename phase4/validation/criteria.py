"""Success criteria of a run and readiness for machine learning (domain.md section 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phase4.formats import percent
from phase4.tables.factors import ACTIVE_FACTORS
from phase4.tables.filled import DEFAULT, FILLED
from phase4.tables.headline import Share
from phase4.tables.rows.snapshots import Comparison, Criterion, Level, Outcome
from phase4.tables.thresholds import THRESHOLDS
from phase4.validation.checks import CheckResult
from phase4.validation.coverage import Coverage
from phase4.validation.run_facts import RunFacts
from phase4.validation.scope import Scope

Figure = Share | float | None
RUN = THRESHOLDS["run"]
L3 = THRESHOLDS["metrics"]["l3_coverage_pct"]
ML = THRESHOLDS["ml_readiness"]
# The musts that no run meets where upstream lacks too much.
COVERAGE_CRITERIA = ("game_coverage_80", "date_coverage_80")


def criteria_of(
    scope: Scope, coverage: Coverage, facts: RunFacts, checks: Sequence[CheckResult]
) -> tuple[Criterion, ...]:
    """Every criterion, judged. Coverage is not due while waves are still to come.

    Neither is that of a table that the run does not fill: one over tables of L3 alone is judged by
    the coverage of L3.
    """
    fills_l4 = not facts.run_tables or DEFAULT.name in facts.run_tables
    covered = coverage.covered if scope.ends_the_run and fills_l4 else None
    dates = coverage.dates if scope.ends_the_run and fills_l4 else None
    l3 = coverage.l3 if scope.ends_the_run else None
    hours = None if facts.elapsed_seconds is None else facts.elapsed_seconds / 3600
    rise = _rise(coverage.covered.pct, facts.previous_coverage_pct)
    errors = float(sum(check.failed and check.severity == "error" for check in checks))
    crossed = float(sum(check.failed and check.cross_layer for check in checks))
    # Before its end a run is not asked about its sources.
    crossings = crossed if scope.ends_the_run else None
    failed = float(facts.failed_dates) if facts.planned_dates else None
    # Before its end a run lacks dates that are still to come.
    done = facts.succeeded if scope.kind == "run" else None
    return (
        _at_least("game_coverage_80", "must", covered, RUN["must_game_coverage_pct"]),
        _at_least("date_coverage_80", "must", dates, RUN["must_date_coverage_pct"]),
        _at_most("validation_passes", "must", errors, 0, ""),
        _at_least("dates_succeeded_95", "must", facts.succeeded, RUN["must_dates_succeeded_pct"]),
        _below("dates_failed_below_5", "must", facts.failed, RUN["must_dates_failed_below_pct"]),
        _at_least("game_coverage_85", "should", covered, RUN["should_game_coverage_pct"]),
        _below("under_4_hours", "should", hours, RUN["should_hours_below"], "h"),
        _at_least("coverage_never_falls", "should", rise, 0, "points"),
        _at_most("no_cross_layer_violation", "should", crossings, 0, ""),
        _at_least("game_coverage_90", "nice", covered, RUN["nice_game_coverage_pct"]),
        _at_most("no_failed_date", "nice", failed, 0, ""),
        _at_least("every_planned_date_done", "nice", done, 100),
        *(() if fills_l4 or not _fills_players(facts) else _l3_criteria(l3)),
    )


def _fills_players(facts: RunFacts) -> bool:
    """Whether the run fills the table that the coverage of L3 counts."""
    return any(FILLED[name].side == "player" for name in facts.run_tables & FILLED.keys())


def _l3_criteria(l3: Share | None) -> tuple[Criterion, ...]:
    tiers: tuple[tuple[Level, str], ...] = (
        ("must", "minimum"), ("should", "target"), ("nice", "optimal"),
    )  # fmt: skip
    return tuple(
        _at_least(f"l3_game_coverage_{L3[tier]}", level, l3, L3[tier]) for level, tier in tiers
    )


def failed_musts(criteria: Iterable[Criterion]) -> tuple[str, ...]:
    """Names of the failed criteria that decide the verdict."""
    return tuple(c.name for c in criteria if c.level == "must" and c.outcome == "failed")


def ml_obstacles(coverage: Coverage, checks: Sequence[CheckResult]) -> tuple[str, ...]:
    """Why the rows are not ready for machine learning; empty when they are."""
    figures = (
        _at_least("l3_coverage", "must", coverage.l3, ML["l3_coverage_pct"]),
        _below("l3_null_rate", "must", coverage.l3_nulls, ML["l3_null_rate_below_pct"]),
        _at_least("l4_coverage", "must", coverage.covered, ML["l4_coverage_pct"]),
        _at_least("dates_with_inputs", "must", coverage.inputs, ML["dates_with_inputs_pct"]),
    )
    short = [
        f"{c.name} {'unknown' if c.figure is None else percent(c.figure, c.whole, c.part)}, "
        f"needs {'at least' if c.comparison == 'at_least' else 'below'} {c.threshold:g} %"
        for c in figures
        if c.outcome != "passed"
    ]
    return (*short, *_degenerate(checks))


def _degenerate(checks: Sequence[CheckResult]) -> list[str]:
    healthy = {
        check.subject
        for check in checks
        if check.name == "degenerate_factors" and check.outcome == "passed"
    }
    return [
        f"{factor.column} is absent or degenerate"
        for factor in ACTIVE_FACTORS
        if factor.column not in healthy
    ]


def _rise(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


def _at_least(
    name: str, level: Level, figure: Figure, threshold: float, unit: str = "%"
) -> Criterion:
    return _judged(name, level, figure, unit, threshold, "at_least")


def _at_most(name: str, level: Level, figure: Figure, threshold: float, unit: str) -> Criterion:
    return _judged(name, level, figure, unit, threshold, "at_most")


def _below(name: str, level: Level, figure: Figure, threshold: float, unit: str = "%") -> Criterion:
    return _judged(name, level, figure, unit, threshold, "below")


def _judged(
    name: str,
    level: Level,
    figure: Figure,
    unit: str,
    threshold: float,
    comparison: Comparison,
) -> Criterion:
    counted = figure if isinstance(figure, Share) else None
    value = figure.pct if isinstance(figure, Share) else figure
    outcome: Outcome = "not_due"
    if value is not None:
        good = {
            "at_least": value >= threshold,
            "below": value < threshold,
            "at_most": value <= threshold,
        }
        outcome = "passed" if good[comparison] else "failed"
    return Criterion(
        name=name,
        level=level,
        figure=value,
        threshold=float(threshold),
        unit=unit,
        comparison=comparison,
        outcome=outcome,
        part=counted.part if counted else None,
        whole=counted.whole if counted else None,
    )
