"""What an alert says of a metric: the figure, and what was divided to get it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from phase4.tables.checks import registry
from phase4.tables.cures import NO_RUN, table_options
from phase4.tables.filled import DEFAULT
from phase4.tables.headline import Share
from phase4.tables.rows.snapshots import Loss
from phase4.validation.alerts import Figure
from phase4.validation.checks import Finding, Held, by_state, result_of
from phase4.validation.coverage import coverage_of
from phase4.validation.observations import observations
from phase4.validation.scope import Scope
from phase4.validation.snapshot import Snapshot, judged
from tests.phase4.validation.test_criteria import FACTS

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


EDITED = [date(2024, 11, 6), date(2024, 11, 7)]
TO_LOSE = "BLOCKED_SHRUNK: restore L3 for these dates, or let the rows go"


@pytest.mark.parametrize(
    ("states", "fix"),
    [
        # What nothing holds is whole, stale, or lacks something: it is written again all the same.
        (("", ""), "{run} --force"),
        (("BLOCKED_SHRUNK", "BLOCKED_SHRUNK"), f"{TO_LOSE}: {{run}} --accept-loss"),
        (("BLOCKED_SHRUNK", ""), f"{{run}} --force; {TO_LOSE}: {{run}} --accept-loss"),
        (("EXEMPT_BOOTSTRAP", ""), "{run} --force --bootstrap-days 0"),
        (("EXEMPT_ALL_STAR", "EXEMPT_ALL_STAR"), f"EXEMPT_ALL_STAR: {NO_RUN}"),
        (("EXEMPT_PRESEASON", ""), f"{{run}} --force; EXEMPT_PRESEASON: {NO_RUN}"),
    ],
)
@pytest.mark.parametrize("table", [DEFAULT.name, "team_defense_zone_analysis"])
def test_dates_that_were_edited_are_mended_as_their_states_ask(
    table: str, states: tuple[str, str], fix: str
) -> None:
    named = zip(EDITED, states, strict=True)
    held = [Held(table, day, state) for day, state in named if state]
    # What holds the same date of another table is no matter of this one.
    held += [Held("player_shot_zone_analysis", day, "BLOCKED_QUALITY") for day in EDITED]
    words = " ".join(f"{table}:{day}" for day in EDITED)
    found = by_state(Finding("ledger_mismatch", "", 2.0, "", words), held)
    edited = result_of(registry()["ledger_mismatch"], "", 2.0, "", found.to_mend)
    seen = observations(replace(snapshot_over(SCOPE), checks=(edited,)))
    (told,) = [each.fix for each in seen if each.metric == "check:ledger_mismatch"]
    tables = table_options([table])
    run = f"phase4 run --start-date {SCOPE.start_date} --end-date {SCOPE.end_date}"
    assert told.replace(tables, "") == fix.format(run=run)
    assert not tables or told.count(tables) == told.count("phase4 run")


def test_states_that_a_check_names_itself_stay_as_they_are() -> None:
    words = f"{DEFAULT.name}:MISSING team_defense_zone_analysis:"
    assert by_state(Finding("lost_dates", "", 2.0, "", words), []).to_mend == words


def test_dates_that_a_run_was_given_by_name_are_mended_without_those_between() -> None:
    named = (SCOPE.start_date, date(2024, 11, 7), SCOPE.end_date)
    behind = replace(coverage_of([]), covered=Share(1, 3), attainable=Share(3, 3))
    seen = observations(replace(snapshot_over(replace(SCOPE, run_dates=named)), coverage=behind))
    (fix,) = [each.fix for each in seen if each.metric == "l4_coverage_pct"]
    assert fix == "phase4 run --date 2024-11-05 --date 2024-11-07 --date 2024-11-12"
