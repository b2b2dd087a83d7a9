"""Which alerts an observation speaks of: the same shortfall is one alert, whoever sees it. No I/O.

What the schedule looks at is a subject by its name, whatever the dates: the season, the history,
the environment. Ranges that people and runs look at are one subject as long as they overlap. Dates
that a run was given by name are a subject of their own, which no range joins: that they are well
again says nothing of the dates between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from phase4.validation.alerts import AlertState, Observation
from phase4.validation.scope import Scope

# Whether the weekly health run beats is no matter of any range.
ENVIRONMENT = "environment"
OF_THE_ENVIRONMENT = ("heartbeat",)
Subject = tuple[str, AlertState | None]


def subjects(states: Sequence[AlertState], scope: Scope, seen: Observation) -> Iterator[Subject]:
    """The scope of every alert that is concerned, with its state: None when it never opened."""
    of_metric = [state for state in states if state.metric == seen.metric]
    if seen.metric in OF_THE_ENVIRONMENT:
        yield ENVIRONMENT, _named(of_metric, ENVIRONMENT)
        return
    own = _named(of_metric, scope.label)
    others = [state for state in of_metric if state.is_open and state is not own]
    if seen.level == "ok":
        yield scope.label, own
        # A range shows that the condition is gone only where it covers all of it.
        if seen.holds_everywhere:
            yield from ((state.scope, state) for state in others if _contains(scope, state))
        return
    if (own is None or not own.is_open) and not scope.is_scheduled:
        known = [state for state in others if _is_of_a_range(state) and _overlaps(scope, state)]
        if known:
            oldest = min(known, key=lambda state: state.opened_at)
            if not _is_milder_elsewhere(scope, seen, oldest):
                yield oldest.scope, oldest
            return
    yield scope.label, own


def seen_in(scope: Scope, state: AlertState | None) -> tuple[date, date]:
    """The dates that an open alert is about once it was seen in this scope, too."""
    if state is None or not state.is_open or state.start_date is None or state.end_date is None:
        return scope.start_date, scope.end_date
    return min(scope.start_date, state.start_date), max(scope.end_date, state.end_date)


def dates_of(name: str, scope: Scope, state: AlertState | None) -> tuple[date, ...]:
    """The dates that the alert `name` is about alone; none where it is about a range."""
    if state is not None and state.is_open:
        return state.dates
    return scope.dates_apart if name == scope.label else ()


def _named(states: Sequence[AlertState], scope: str) -> AlertState | None:
    return next((state for state in states if state.scope == scope), None)


def _is_of_a_range(state: AlertState) -> bool:
    return ".." in state.scope


def _is_milder_elsewhere(scope: Scope, seen: Observation, state: AlertState) -> bool:
    """Whether a part of an alert's dates, or an average around them, looks better than the alert.

    The alert is no better for that: as with its end, only what holds for all of it is news of it.
    """
    if seen.level == state.severity or seen.level == "critical":
        return False
    return not (seen.holds_everywhere and _contains(scope, state))


def _contains(scope: Scope, state: AlertState) -> bool:
    if state.start_date is None or state.end_date is None:
        return False
    if state.dates:
        return all(scope.covers(day, day) for day in state.dates)
    return scope.covers(state.start_date, state.end_date)


def _overlaps(scope: Scope, state: AlertState) -> bool:
    if state.start_date is None or state.end_date is None:
        return False
    return scope.meets(state.start_date, state.end_date)
