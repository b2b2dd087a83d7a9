"""What an alert says of a metric: the figure, and what was divided to get it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from phase4.tables.headline import Share
from phase4.validation.alerts import Figure
from phase4.validation.coverage import coverage_of
from phase4.validation.observations import observations
from phase4.validation.scope import Scope
from phase4.validation.snapshot import judged
from tests.phase4.validation.test_criteria import FACTS


def test_an_alert_of_a_metric_says_what_it_counts_and_of_how_much() -> None:
    scope = Scope("run", "test", "e", date(2024, 11, 5), date(2024, 11, 12), run_id="r")
    empty = judged(scope, [], FACTS, [], [], snapshot_at=datetime.now(UTC), code_version="",
                   duration_seconds=0.0)  # fmt: skip
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
