"""Observations: which metrics of a snapshot are fine, which are not, and what mends them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from phase4.formats import figure, listed, percent
from phase4.tables.checks import registry
from phase4.tables.cures import TOLD, exactly
from phase4.tables.headline import Share
from phase4.tables.states import STATES
from phase4.tables.thresholds import METRICS, Tier
from phase4.validation.alerts import Figure, Level, Observation
from phase4.validation.checks import CheckResult
from phase4.validation.coverage import Coverage
from phase4.validation.snapshot import Snapshot

LEVELS: dict[Tier, Level] = {
    "below_minimum": "critical",
    "minimum": "warning",
    "target": "ok",
    "optimal": "ok",
}
# A claim is of its event: a later event that claims nothing does not redeem it.
OF_AN_EVENT = ("claims",)
SHOWN_DATES = 10
EXEMPT = STATES["EXEMPT_BOOTSTRAP"]
L4_METRICS = ("l4_coverage_pct", "l4_historical_pct")


def observations(snapshot: Snapshot) -> tuple[Observation, ...]:
    """Every metric that the snapshot can judge.

    While a run is on its way only failures count: coverage is still rising, and a fault of an
    earlier shard is not mended because a later one is fine. Dates that a run was given by name are
    mended without those between.
    """
    days = snapshot.scope.run_dates
    return tuple(replace(seen, fix=exactly(seen.fix, days)) for seen in _seen(snapshot))


def _seen(snapshot: Snapshot) -> Iterator[Observation]:
    checks = [_checked(snapshot, check) for check in snapshot.checks if _is_judged(check)]
    if not snapshot.scope.ends_the_run:
        yield from (seen for seen in checks if seen.level != "ok")
        return
    yield from (*_tiers(snapshot), *checks, _heartbeat(snapshot))


def _is_judged(check: CheckResult) -> bool:
    return check.severity != "info" and check.outcome != "no_reference"


def _tiers(snapshot: Snapshot) -> Iterator[Observation]:
    for seen in snapshot.coverage.metrics:
        if seen.tier is None:
            continue
        name, rule = seen.metric, METRICS[seen.metric]
        judged, aside = _judged(snapshot.coverage, name)
        # Where nothing is wanted nothing lacks.
        tier = "optimal" if judged.pct is None else rule.tier(judged.pct)
        threshold = rule.minimum if tier == "below_minimum" else rule.target
        reached = percent(judged.pct, judged.whole, judged.part)
        yield Observation(
            metric=name,
            level=LEVELS[tier],
            figure=Figure(judged.pct, judged.part, judged.whole),
            threshold=threshold,
            message=f"{name}{aside} is {reached}, wanted {threshold:g} %; {_balance(snapshot)}",
            fix=_fill(snapshot) if name in L4_METRICS else _command(snapshot, "gaps"),
            # An average says nothing of a part, unless it is the best there is.
            holds_everywhere=judged.part == (judged.whole if rule.better == "higher" else 0),
        )


def _judged(coverage: Coverage, metric: str) -> tuple[Share, str]:
    """What an alert is about, and what it leaves aside: exempt dates are no shortfall."""
    whole = coverage.shares[metric]
    wanted = {
        "l4_coverage_pct": coverage.wanted,
        "l4_historical_pct": coverage.historical_wanted,
    }.get(metric, whole)
    return wanted, "" if wanted == whole else " without exempt dates"


def _checked(snapshot: Snapshot, check: CheckResult) -> Observation:
    rule = registry()[check.name]
    shown = figure(check.figure, rule.unit)
    return Observation(
        metric=f"check:{check.label}",
        level="warning" if check.failed else "ok",
        figure=Figure(check.figure),
        threshold=check.threshold,
        message=f"{check.label}: {shown} ({rule.title}): {check.detail}".removesuffix(": "),
        fix=rule.fix_for(snapshot.scope.start_date, snapshot.scope.end_date, check.to_mend),
        holds_everywhere=check.name not in OF_AN_EVENT
        and check.figure == (100 if rule.fails == "below" else 0),
    )


def _heartbeat(snapshot: Snapshot) -> Observation:
    last = snapshot.facts.last_heartbeat_at
    return Observation(
        metric="heartbeat",
        level="warning" if snapshot.facts.heartbeat_overdue else "ok",
        figure=Figure(),
        threshold=None,
        message=f"weekly-health last ran at {last:%Y-%m-%d %H:%M}"
        if last
        else "weekly-health never ran",
        fix="phase4 health",
    )


def _balance(snapshot: Snapshot) -> str:
    coverage = snapshot.coverage
    lost = ", ".join(f"{loss.reason} {loss.games:,}" for loss in coverage.losses if loss.games)
    games = f"{coverage.covered.part:,} of {coverage.covered.whole:,} games in L4"
    best = coverage.attainable
    return f"{games}, attainable {percent(best.pct, best.whole, best.part)}; lost: {lost or 'none'}"


def _fill(snapshot: Snapshot) -> str:
    """Filling helps as long as something reachable is not filled; after that only upstream can.

    The first days of a season are left out by a setting, and come by asking for them.
    """
    coverage = snapshot.coverage
    if not coverage.is_at_ceiling:
        return _command(snapshot, "run")
    advice = []
    if days := coverage.upstream_dates:
        advice.append(
            f"only upstream can, on {listed(days, SHOWN_DATES)}; what lacks there:"
            f" {_command(snapshot, 'gaps')}"
        )
    if any(loss.reason == EXEMPT.loss and loss.games for loss in coverage.losses):
        advice.append(f"first days of a season: {_command(snapshot, 'run')}{TOLD[EXEMPT.name]}")
    return "; ".join(advice) or _command(snapshot, "gaps")


def _command(snapshot: Snapshot, verb: str) -> str:
    scope = snapshot.scope
    return f"phase4 {verb} --start-date {scope.start_date} --end-date {scope.end_date}"
