"""Which alerts an observation speaks of: one shortfall is one alert, whoever sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from phase4.validation.alert_subjects import dates_of, seen_in, subjects
from phase4.validation.alerts import AlertState, Figure, Level, Observation
from phase4.validation.scope import Scope

AT = datetime(2026, 1, 20, tzinfo=UTC)
METRIC = "check:lost_dates"


def over(start: int, end: int, trigger: str = "run.completed") -> Scope:
    return Scope("run", trigger, "e", date(2025, 1, start), date(2025, 1, end))


def alert(start: int, end: int, scope: str = "", level: Level = "critical") -> AlertState:
    """An alert of the metric, seen from `start` to `end` of January 2025."""
    span = over(start, end)
    return AlertState(scope or span.label, METRIC, level, 0, AT, AT, True,
                      span.start_date, span.end_date)  # fmt: skip


def observed(level: Level, metric: str = METRIC, *, everywhere: bool = True) -> Observation:
    return Observation(metric, level, Figure(1), 0, "", "", everywhere)


def spoken_of(states: list[AlertState], scope: Scope, seen: Observation) -> list[str]:
    return [name for name, _ in subjects(states, scope, seen)]


# The last two are days of October before the next opener.
@pytest.mark.parametrize(
    "as_of", [date(2025, 1, 20), date(2025, 4, 20), date(2025, 10, 1), date(2025, 10, 20)]
)
def test_the_season_of_the_schedule_is_one_subject_whatever_the_day(as_of: date) -> None:
    season = Scope("range", "weekly-health", "e", date(2024, 10, 22), as_of)
    assert season.label == "season 2024-25"


@pytest.mark.parametrize("first", [date(2021, 10, 19), date(2023, 10, 24)])
@pytest.mark.parametrize("as_of", [date(2025, 4, 20), date(2025, 10, 20)])
def test_the_history_of_the_schedule_is_one_subject_wherever_it_starts(
    first: date, as_of: date
) -> None:
    assert Scope("range", "weekly-health", "e", first, as_of).label == "history"


def test_a_shortfall_that_an_overlapping_range_sees_again_is_the_alert_that_is_open() -> None:
    known = alert(1, 10)
    assert spoken_of([known], over(5, 20), observed("critical")) == [known.scope]
    assert seen_in(over(5, 20), known) == (date(2025, 1, 1), date(2025, 1, 20))


def test_a_shortfall_of_other_dates_is_an_alert_of_its_own() -> None:
    assert spoken_of([alert(1, 10)], over(11, 20), observed("critical")) == [over(11, 20).label]


def test_a_range_that_covers_an_alert_shows_that_it_is_over() -> None:
    known = [alert(1, 10), alert(5, 9, "season 2024-25"), alert(9, 25)]
    concerned = spoken_of(known, over(1, 20), observed("ok"))
    assert concerned == [over(1, 20).label, known[0].scope, "season 2024-25"]


def test_an_average_of_a_wider_range_says_nothing_of_a_part() -> None:
    concerned = spoken_of([alert(5, 6)], over(1, 20), observed("ok", everywhere=False))
    assert concerned == [over(1, 20).label]


def test_a_part_that_lacks_less_eases_no_alert_of_the_whole() -> None:
    known = alert(1, 20)
    assert spoken_of([known], over(5, 6), observed("warning")) == []
    assert spoken_of([known], over(5, 6), observed("critical")) == [known.scope]
    # Nor does an average around it; what holds of all of it does, and so does its own range.
    mean = observed("warning", everywhere=False)
    assert spoken_of([alert(5, 6)], over(1, 20), mean) == []
    assert spoken_of([alert(5, 6)], over(1, 20), observed("warning")) == [alert(5, 6).scope]
    assert spoken_of([known], over(1, 20), mean) == [known.scope]
    # A milder alert hears of every part: it may be told that it is worse.
    assert spoken_of([alert(1, 20, level="warning")], over(5, 6), mean) == [known.scope]


def test_what_is_over_is_not_spoken_of_by_another_range() -> None:
    gone = replace(alert(5, 6), severity="ok")
    assert spoken_of([gone], over(1, 20), observed("ok")) == [over(1, 20).label]


def named(*days: int) -> Scope:
    """A run over dates that it was given by name."""
    dates = tuple(date(2025, 1, day) for day in days)
    return replace(over(days[0], days[-1]), run_range=(dates[0], dates[-1]), run_dates=dates)


def test_dates_that_a_run_was_given_by_name_say_nothing_of_those_between() -> None:
    known = [alert(1, 20), alert(5, 6), alert(9, 9)]
    run = named(1, 5, 9, 20)
    assert run.label == "2025-01-01, 2025-01-05, 2025-01-09, 2025-01-20"
    assert spoken_of(known, run, observed("ok")) == [run.label, known[2].scope]
    # What it sees lacking, an open alert around it knows; the other way round it would hide there.
    assert spoken_of([alert(2, 6)], run, observed("critical")) == [alert(2, 6).scope]
    assert spoken_of([alert(10, 12)], run, observed("critical")) == [run.label]
    own = alert(1, 20, run.label)
    assert spoken_of([own], over(6, 8), observed("critical")) == [over(6, 8).label]
    assert spoken_of([own], over(1, 20), observed("ok")) == [over(1, 20).label, run.label]


def test_other_dates_by_name_show_that_an_alert_of_dates_is_over_where_they_are_all_of_them() -> (
    None
):
    few = named(5, 9)
    dates = dates_of(few.label, few, None)
    assert dates == (date(2025, 1, 5), date(2025, 1, 9))
    known = replace(alert(5, 9, few.label), dates=dates)
    assert few.label in spoken_of([known], named(1, 5, 9, 20), observed("ok"))
    assert few.label not in spoken_of([known], named(1, 5, 20), observed("ok"))


def test_an_alert_keeps_its_dates_and_one_of_a_range_has_none() -> None:
    own = replace(alert(5, 9, named(5, 9).label), dates=named(5, 9).run_dates)
    assert dates_of(own.scope, over(1, 20), own) == own.dates
    assert dates_of(alert(2, 6).scope, named(1, 5, 9), alert(2, 6)) == ()
    assert dates_of(over(4, 6).label, named(4, 5, 6), None) == ()


def test_dates_without_others_between_them_are_a_range() -> None:
    assert named(4, 5, 6).label == over(4, 6).label


def test_of_many_dates_the_name_is_short_and_no_other_dates_have_it() -> None:
    many, others = named(*range(1, 20, 2)), named(*range(1, 18, 2), 18)
    assert many.label.startswith("2025-01-01, 2025-01-03, 2025-01-05, 2025-01-07, 2025-01-09 and 5")
    assert many.label != others.label


def test_the_heartbeat_is_of_the_environment_whoever_looks() -> None:
    for scope in (over(1, 5), over(7, 9), over(1, 9, "weekly-health")):
        assert spoken_of([], scope, observed("warning", "heartbeat")) == ["environment"]
