"""Coverage figures: three percentages, the ceiling and where the rest of the games is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from phase4.tables.headline import Headline, Share
from phase4.tables.rows.snapshots import JudgedMetric, Loss
from phase4.tables.states import STATES
from phase4.tables.thresholds import METRICS

L3_INCOMPLETE = "l3_incomplete"
UNCONFIRMED = "unconfirmed"
NOT_FILLED = "not_filled"
UNATTAINABLE = (*(state.loss for state in STATES.values() if state.loss), L3_INCOMPLETE)
EXEMPT = tuple(state.loss for state in STATES.values() if state.kind == "exempt")


@dataclass(frozen=True)
class Group:
    """Counts of all dates of one season and one state; games are distinct games per date.

    unconfirmed = games that L1 does not have, on dates on which it has none or which have shrunk;
    silent = those of them that no layer has lost; upstream_dates = what no run can complete, as
    text with blanks between.
    """

    season_year: int
    state: str
    dates: int
    l1_dates: int
    l3_dates: int
    l4_dates: int
    covered_dates: int
    l1_games: int
    l3_games: int
    l4_games: int
    due_games: int
    covered_games: int
    attainable_games: int
    l3_covered_games: int
    due_dates: int
    silent_games: int
    silent_dates: int
    unattainable_dates: int
    unfilled_dates: int
    reachable_games: int
    reachable_covered_games: int
    unconfirmed_games: int
    active_rows: int
    timed_rows: int
    expected_players: int
    present_players: int
    ok_dates: int
    warning_dates: int
    failed_dates: int
    oldest_gap_days: int | None = None
    upstream_dates: str = ""

    @property
    def headline(self) -> Headline:
        """The headline figures of the group."""
        return Headline(self.due_games, self.covered_games, self.attainable_games)


@dataclass(frozen=True)
class Coverage:
    """Shares of what is due; games lost per reason add up to what lacks.

    inputs = eligible dates with games in L3, and those whose other inputs are not blocked.
    historical_wanted = historical, without the games that exempt dates lack.
    """

    covered: Share
    eligible: Share
    reachable: Share
    attainable: Share
    dates: Share
    l3: Share
    l3_nulls: Share
    historical: Share
    inputs: Share
    losses: tuple[Loss, ...]
    upstream_dates: tuple[str, ...]
    historical_wanted: Share

    @property
    def wanted(self) -> Share:
        """What is covered of all but the games that exempt dates lack: of those none is expected.

        Where a run filled such dates, on request, their games count.
        """
        return _without_exempt(self.covered, self.losses)

    @property
    def is_at_ceiling(self) -> bool:
        """Whether everything is filled that can be: what lacks, only upstream can mend."""
        return self.covered.part == self.attainable.part

    @property
    def metrics(self) -> tuple[JudgedMetric, ...]:
        """The four judged metrics with their tiers."""
        return tuple(_metric(name, share) for name, share in self.shares.items())

    @property
    def shares(self) -> dict[str, Share]:
        """What the four metrics divide."""
        return {
            "l3_coverage_pct": self.l3,
            "l3_null_rate_pct": self.l3_nulls,
            "l4_coverage_pct": self.covered,
            "l4_historical_pct": self.historical,
        }


def total(groups: Iterable[Group], figure: str) -> int:
    """The sum of one count over groups."""
    return sum(getattr(group, figure) for group in groups)


def coverage_of(groups: Sequence[Group]) -> Coverage:
    """All coverage figures of a range.

    Games that only L3 knows count as due and not as covered: an outage of the raw feed lowers the
    coverage instead of raising it.
    """
    whole = headline_of(groups)
    eligible = [group for group in groups if STATES[group.state].is_eligible]
    expected = headline_of(eligible)
    earlier = _earlier(groups)
    active, timed = total(groups, "active_rows"), total(groups, "timed_rows")
    return Coverage(
        covered=whole.covered,
        eligible=expected.covered,
        reachable=Share(total(groups, "reachable_covered_games"), total(groups, "reachable_games")),
        attainable=whole.attainable,
        dates=Share(total(groups, "covered_dates"), total(groups, "due_dates")),
        l3=Share(total(groups, "l3_covered_games"), whole.due_games),
        l3_nulls=Share(active - timed, active),
        historical=headline_of(earlier).covered,
        inputs=_with_inputs(eligible),
        losses=losses_of(groups),
        upstream_dates=tuple(
            sorted(day for group in eligible for day in group.upstream_dates.split())
        ),
        historical_wanted=_without_exempt(headline_of(earlier).covered, losses_of(earlier)),
    )


def headline_of(groups: Iterable[Group]) -> Headline:
    """The headline figures of some groups together."""
    return Headline.total(group.headline for group in groups)


def losses_of(groups: Sequence[Group]) -> tuple[Loss, ...]:
    """Games lost per reason, every reason named; with the covered games they are those due."""
    by_reason: dict[str, list[Group]] = {reason: [] for reason in UNATTAINABLE}
    for group in groups:
        by_reason[STATES[group.state].loss or L3_INCOMPLETE].append(group)
    unattainable = (_unattainable(reason, members) for reason, members in by_reason.items())
    return (*unattainable, _unconfirmed(groups), _unfilled(groups))


def _unattainable(reason: str, groups: Sequence[Group]) -> Loss:
    known = headline_of(groups)
    return Loss(
        reason=reason,
        games=known.due_games - total(groups, "silent_games") - known.attainable_games,
        dates=total(groups, "unattainable_dates"),
        l3_games=max(total(groups, "l3_covered_games") - known.attainable_games, 0),
    )


def _unconfirmed(groups: Sequence[Group]) -> Loss:
    games = total(groups, "silent_games")
    return Loss(
        reason=UNCONFIRMED, games=games, dates=total(groups, "silent_dates"), l3_games=games
    )


def _unfilled(groups: Sequence[Group]) -> Loss:
    known = headline_of(groups)
    games = known.attainable_games - known.covered_games
    dates = total(groups, "unfilled_dates")
    return Loss(reason=NOT_FILLED, games=games, dates=dates, l3_games=games)


def _with_inputs(eligible: Sequence[Group]) -> Share:
    """A date that has games in L3 and is blocked upstream lacks offence or defence behind it."""
    blocked = [group for group in eligible if group.state == "BLOCKED_UPSTREAM"]
    dates = total(eligible, "l3_dates")
    return Share(dates - total(blocked, "l3_dates"), dates)


def _earlier(groups: Sequence[Group]) -> list[Group]:
    """The seasons before the newest one that has games in the range."""
    with_games = {group.season_year for group in groups if group.l1_games or group.l3_games}
    return [group for group in groups if group.season_year < max(with_games, default=0)]


def _without_exempt(covered: Share, losses: Iterable[Loss]) -> Share:
    exempt = sum(loss.games for loss in losses if loss.reason in EXEMPT)
    return Share(covered.part, covered.whole - exempt)


def _metric(name: str, share: Share) -> JudgedMetric:
    tier = None if share.pct is None else METRICS[name].tier(share.pct)
    return JudgedMetric(name, share.pct, tier, share.part, share.whole)
