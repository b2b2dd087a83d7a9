"""Coverage figures: three percentages, the ceiling and where the rest of the games is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from phase4.tables.thresholds import METRICS, Tier

REASONS = {
    "EXEMPT_PRESEASON": "preseason",
    "EXEMPT_BOOTSTRAP": "bootstrap",
    "EXEMPT_ALL_STAR": "all_star",
    "BLOCKED_UPSTREAM": "blocked_upstream",
    "BLOCKED_SHRUNK": "blocked_shrunk",
    "BLOCKED_QUALITY": "blocked_quality",
}
L3_INCOMPLETE = "l3_incomplete"
NOT_FILLED = "not_filled"
UNATTAINABLE = (*REASONS.values(), L3_INCOMPLETE)


@dataclass(frozen=True)
class Group:
    """Counts of all dates of one season and one state; games are distinct games per date.

    covered = L4 games that L1 confirms; attainable = covered, or what L3 can feed if that is more;
    unconfirmed = games that L1 does not have, on dates on which it has none or which have shrunk.
    """

    season_year: int
    state: str
    eligible: bool
    fillable: bool
    dates: int
    l1_dates: int
    l3_dates: int
    l4_dates: int
    covered_dates: int
    l1_games: int
    l3_games: int
    l4_games: int
    covered_games: int
    l3_covered_games: int
    attainable_games: int
    unattainable_dates: int
    unfilled_dates: int
    reachable_games: int
    reachable_covered_games: int
    unconfirmed_dates: int
    unconfirmed_games: int
    active_rows: int
    timed_rows: int
    expected_players: int
    present_players: int
    ok_dates: int
    warning_dates: int
    failed_dates: int
    oldest_gap_days: int | None = None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Group:
        """The group in a row of sql/routines/coverage_by_state.sql."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})


@dataclass(frozen=True)
class Loss:
    """L1 games, and dates with such games, that L4 lacks for one reason; l3_games: had by L3."""

    reason: str
    games: int
    dates: int
    l3_games: int


@dataclass(frozen=True)
class Coverage:
    """Figures in per cent, None when nothing is due; games lost per reason add up to what lacks.

    inputs_pct = eligible dates with games in L3 of which the other inputs are not blocked.
    """

    coverage_pct: float | None
    eligible_pct: float | None
    reachable_pct: float | None
    ceiling_pct: float | None
    date_coverage_pct: float | None
    l3_coverage_pct: float | None
    l3_null_rate_pct: float | None
    l4_historical_pct: float | None
    due_games: int
    eligible_games: int
    eligible_covered_games: int
    inputs_pct: float | None
    losses: tuple[Loss, ...]

    @property
    def tiers(self) -> tuple[tuple[str, float | None, Tier | None], ...]:
        """Metric, value and tier of the four judged metrics; no tier without a value."""
        values = {
            "l3_coverage_pct": self.l3_coverage_pct,
            "l3_null_rate_pct": self.l3_null_rate_pct,
            "l4_coverage_pct": self.coverage_pct,
            "l4_historical_pct": self.l4_historical_pct,
        }
        return tuple(
            (name, value, None if value is None else METRICS[name].tier(value))
            for name, value in values.items()
        )


def total(groups: Iterable[Group], figure: str) -> int:
    """The sum of one count over groups."""
    return sum(getattr(group, figure) for group in groups)


def coverage_of(groups: Sequence[Group]) -> Coverage:
    """All coverage figures of a range.

    Games that only L3 knows count as due and not as covered: an outage of the raw feed lowers the
    coverage instead of raising it.
    """
    due = total(groups, "l1_games") + total(groups, "unconfirmed_games")
    eligible = [group for group in groups if group.eligible]
    eligible_games = total(eligible, "l1_games") + total(eligible, "unconfirmed_games")
    return Coverage(
        coverage_pct=share(total(groups, "covered_games"), due),
        eligible_pct=share(total(eligible, "covered_games"), eligible_games),
        reachable_pct=share(
            total(groups, "reachable_covered_games"), total(groups, "reachable_games")
        ),
        ceiling_pct=share(total(groups, "attainable_games"), due),
        date_coverage_pct=share(
            total(groups, "covered_dates"),
            total(groups, "l1_dates") + total(groups, "unconfirmed_dates"),
        ),
        l3_coverage_pct=share(total(groups, "l3_covered_games"), due),
        l3_null_rate_pct=share(
            total(groups, "active_rows") - total(groups, "timed_rows"),
            total(groups, "active_rows"),
        ),
        l4_historical_pct=_historical(groups),
        due_games=due,
        eligible_games=eligible_games,
        eligible_covered_games=total(eligible, "covered_games"),
        inputs_pct=_with_inputs(eligible),
        losses=losses_of(groups),
    )


def losses_of(groups: Sequence[Group]) -> tuple[Loss, ...]:
    """Games lost per reason, every reason named; with the covered games they add up to L1."""
    by_reason: dict[str, list[Group]] = {reason: [] for reason in UNATTAINABLE}
    for group in groups:
        by_reason[REASONS.get(group.state, L3_INCOMPLETE)].append(group)
    unattainable = (_unattainable(reason, members) for reason, members in by_reason.items())
    return (*unattainable, _unfilled(groups))


def share(part: int, whole: int) -> float | None:
    """`part` of `whole` in per cent, not rounded (79.96 is below 80); None without a whole."""
    return 100 * part / whole if whole else None


def _unattainable(reason: str, groups: Sequence[Group]) -> Loss:
    attainable = total(groups, "attainable_games")
    return Loss(
        reason=reason,
        games=total(groups, "l1_games") - attainable,
        dates=total(groups, "unattainable_dates"),
        l3_games=max(total(groups, "l3_covered_games") - attainable, 0),
    )


def _unfilled(groups: Sequence[Group]) -> Loss:
    games = total(groups, "attainable_games") - total(groups, "covered_games")
    dates = total(groups, "unfilled_dates")
    return Loss(reason=NOT_FILLED, games=games, dates=dates, l3_games=games)


def _with_inputs(eligible: Sequence[Group]) -> float | None:
    """A date that has games in L3 and is blocked upstream lacks offence or defence behind it."""
    blocked = [group for group in eligible if group.state == "BLOCKED_UPSTREAM"]
    dates = total(eligible, "l3_dates")
    return share(dates - total(blocked, "l3_dates"), dates)


def _historical(groups: Sequence[Group]) -> float | None:
    """Coverage of the seasons before the newest one that has games in the range."""
    with_games = {group.season_year for group in groups if group.l1_games or group.l3_games}
    earlier = [group for group in groups if group.season_year < max(with_games, default=0)]
    due = total(earlier, "l1_games") + total(earlier, "unconfirmed_games")
    return share(total(earlier, "covered_games"), due)
