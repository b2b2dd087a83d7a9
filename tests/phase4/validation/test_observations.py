"""What an alert says of a metric: the figure, and what was divided to get it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from phase4.tables.checks import registry
from phase4.tables.headline import Share
from phase4.tables.rows.snapshots import Loss
from phase4.validation.alerts import Figure
from phase4.validation.checks import result_of
from phase4.validation.coverage import Group, coverage_of
from phase4.validation.observations import observations
from phase4.validation.scope import Scope
from phase4.validation.snapshot import Snapshot, judged
from tests.phase4.validation.test_criteria import FACTS
from tests.rows import row_of

SCOPE = Scope("run", "test", "e", date(2024, 11, 5), date(2024, 11, 12), run_id="r")


def snapshot_over(scope: Scope) -> Snapshot:
    """A snapshot of nothing."""
    return judged(scope, [], FACTS, [], [], snapshot_at=datetime.now(UTC), code_version="",
                  duration_seconds=0.0)  # fmt: skip


def test_an_alert_of_a_metric_says_what_it_counts_and_of_how_much() -> None:
    empty = snapshot_over(SCOPE)
    covered = Share(1500, 2027)
    shares = replace(coverage_of([]), covered=covered, attainable=Share(1650, 2027))
    seen = {each.metric: each for each in observations(replace(empty, coverage=shares))}
    assert seen["l4_coverage_pct"].message == (
        "l4_coverage_pct is 74.0 % (1,500 of 2,027), wanted 80 %; 1,500 of 2,027 games in L4,"
        " attainable 81.4 % (1,650 of 2,027); lost: none"
    )
    assert (seen["l4_coverage_pct"].level, seen["l4_coverage_pct"].figure) == (
        "critical", Figure(covered.pct, 1500, 2027),
    )  # fmt: skip


def test_what_a_season_s_first_days_leave_out_is_asked_for_and_not_expected_of_upstream() -> None:
    left_out = replace(
        coverage_of([]),
        covered=Share(188, 224),
        attainable=Share(188, 224),
        losses=(Loss("bootstrap", 36, 5, 36),),
    )
    seen = observations(replace(snapshot_over(SCOPE), coverage=left_out))
    (fix,) = [each.fix for each in seen if each.metric == "l4_coverage_pct"]
    assert fix == (
        "first days of a season: phase4 run --start-date 2024-11-05 --end-date 2024-11-12"
        " --bootstrap-days 0"
    )


def test_what_is_written_again_names_the_dates_that_are_left_alone() -> None:
    edited = result_of(registry()["hash_mismatch"], "", 3.0, "2024-11-06 has 3 rows")
    sound = replace(snapshot_over(SCOPE), checks=(edited,))
    span = "--start-date 2024-11-05 --end-date 2024-11-12"
    force = f"phase4 run {span} --force"

    def fix(*held: str) -> str:
        groups = tuple(row_of(Group, state=state, l4_dates=1) for state in held)
        seen = observations(replace(sound, groups=groups))
        return next(each.fix for each in seen if each.metric == "check:hash_mismatch")

    assert fix("COMPLETE", "STALE") == force
    assert fix("COMPLETE", "BLOCKED_UPSTREAM") == (
        f"{force}; not those that are BLOCKED_UPSTREAM: phase4 gaps {span} --state BLOCKED_UPSTREAM"
    )
    assert fix("EXEMPT_BOOTSTRAP") == f"{force}; first days of a season: {force} --bootstrap-days 0"


def test_dates_that_a_run_was_given_by_name_are_mended_without_those_between() -> None:
    named = (SCOPE.start_date, date(2024, 11, 7), SCOPE.end_date)
    behind = replace(coverage_of([]), covered=Share(1, 3), attainable=Share(3, 3))
    seen = observations(replace(snapshot_over(replace(SCOPE, run_dates=named)), coverage=behind))
    (fix,) = [each.fix for each in seen if each.metric == "l4_coverage_pct"]
    assert fix == "phase4 run --date 2024-11-05 --date 2024-11-07 --date 2024-11-12"
