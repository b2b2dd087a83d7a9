"""What the definitions of workflows/ take as arguments, refused by name before anything happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from laptop.workflows.calls import Surroundings, load
from laptop.workflows.language.errors import WorkflowError
from laptop.workflows.language.interpreter import Interpreter
from phase4.cloud.settings import Settings
from phase4.tables.arguments import ARGUMENTS, Argument
from sample.endpoints import workflow_environment

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.stem: path for path in (ROOT / "workflows").glob("*.yaml")}
RANGE = {"start_date": "2024-10-01", "end_date": "2026-01-02"}
SOUND: dict[str, dict[str, Any]] = {"phase4-backfill": RANGE, "weekly-health": {}}


@cache
def definition(workflow: str) -> dict[str, Any]:
    """A definition, read once: reading takes longer than a hundred checks."""
    return load(WORKFLOWS[workflow].read_text())


def checked(workflow: str, arguments: Any, **variables: str) -> dict[str, Any]:
    """The request that a definition makes of its arguments."""
    known = definition(workflow)
    alone = {**known, "main": known["check_arguments"]}
    environment = {**workflow_environment(Settings(project="demo")), **variables}
    host = Surroundings(environment=environment)
    request: dict[str, Any] = Interpreter(alone, host).run(arguments)
    return request


def refusal(workflow: str, arguments: Any) -> dict[str, Any]:
    """The error that names the argument at fault."""
    with pytest.raises(WorkflowError) as refused:
        checked(workflow, arguments)
    error: dict[str, Any] = refused.value.value
    assert error["reason"] == "INVALID_ARGUMENT"
    return error


LISTED = [(workflow, name) for workflow in SOUND for name in ARGUMENTS[workflow]]
OWN = {"parallelism", "dates_per_task", "stages", "states"}


@pytest.mark.parametrize(("workflow", "name"), LISTED)
def test_null_is_no_value_of_any_argument(workflow: str, name: str) -> None:
    error = refusal(workflow, {**SOUND[workflow], name: None})
    assert error["argument"] == name
    assert error["message"].startswith(f"{name}=null: expected ")


@pytest.mark.parametrize("workflow", SOUND)
def test_a_definition_takes_exactly_the_listed_arguments(workflow: str) -> None:
    assert set(checked(workflow, SOUND[workflow])) - OWN == set(ARGUMENTS[workflow])


@pytest.mark.parametrize(("workflow", "name"), LISTED)
def test_without_an_argument_its_listed_default_holds(workflow: str, name: str) -> None:
    argument = ARGUMENTS[workflow][name]
    nothing = {"date": "", "table": workflow_environment(Settings(project="demo"))["TARGET_TABLE"]}
    taken = checked(workflow, {"dates": ["2025-01-10"]} if workflow == "phase4-backfill" else {})
    if name not in ("dates", "start_date", "end_date"):
        assert taken[name] == nothing.get(argument.type, argument.default)


@pytest.mark.parametrize(("workflow", "name"), LISTED)
def test_a_definition_takes_what_the_list_allows_and_refuses_what_it_does_not(
    workflow: str, name: str
) -> None:
    allowed, refused = edges(ARGUMENTS[workflow][name])
    range_ = SHORT if workflow == "phase4-backfill" else {}
    alone = {} if name in ("dates", *SHORT) else range_
    for value in allowed:
        given = {**alone, name: value, **OTHER_END.get(name, {})}
        if name != "target_table":  # the environment has one
            assert checked(workflow, given)[name] == value
    for value in refused:
        assert refusal(workflow, {**alone, name: value})["argument"] == name


SHORT = {"start_date": "2025-01-10", "end_date": "2025-01-12"}
OTHER_END = {"start_date": {"end_date": "2025-01-10"}, "end_date": {"start_date": "2025-01-10"}}


def edges(argument: Argument) -> tuple[list[Any], list[Any]]:
    """Values that an argument takes, at its bounds, and values next to them that it refuses."""
    wrong: list[Any] = [None, {"a": 1}]
    low, high, words = argument.minimum or 0, argument.maximum or 0, list(argument.choices)
    match argument.type:
        case "tables":
            known = [name for name in words if name != "all"]
            return [["all"], [known[0]], known], [*wrong, [], known[0], ["nothing"], [known[0]] * 2]
        case "integer":
            return [low, high], [*wrong, low - 1, high + 1, low + 0.5, str(high)]
        case "number":
            return [low, high, (low + high) / 2], [*wrong, low - 0.1, high + 0.1, str(high)]
        case "date":
            return ["2025-01-10"], [*wrong, 20250110, "2025-1-10", "10.01.2025"]
        case "dates":
            return [["2025-01-10"], ["2025-01-10", "2025-01-12"]], [*wrong, "2025-01-10"]
        case "choice":
            return words, [*wrong, "other", words]
        case "choices":
            return [[each] for each in words], [*wrong, [*words, "other"], words[0]]
        case "flag":
            return [True, False], [*wrong, "true", 1]
        case "text":
            return ["", "a" * high], [*wrong, "a" * (high + 1), 'a "quote"']
        case "table":
            return ["a.b"], [*wrong, "a", "a.b.c", "a.b;"]


TOO_MUCH: dict[str, tuple[dict[str, Any], str, str]] = {
    "26 years": (
        {"start_date": "2000-01-01", "end_date": "2026-01-02"},
        "start_date",
        "9499 dates to end_date, at most 3660",
    ),
    "since 1970": (
        {"start_date": "1970-01-01", "end_date": "2026-01-02"},
        "start_date",
        "at most 3660",
    ),
    "501 dates by name": (
        {"dates": [str(date(2024, 1, 1) + timedelta(days)) for days in range(501)]},
        "dates",
        "dates names 501 dates, at most 500",
    ),
}


@pytest.mark.parametrize(("given", "name", "words"), TOO_MUCH.values(), ids=list(TOO_MUCH))
def test_more_than_a_run_can_carry_is_refused_by_name(
    given: dict[str, Any], name: str, words: str
) -> None:
    error = refusal("phase4-backfill", given)
    assert error["argument"] == name
    assert words in error["message"]


def days(count: int, **more: Any) -> dict[str, Any]:
    """A run over so many days."""
    last = date(2016, 1, 1) + timedelta(count - 1)
    return {"start_date": "2016-01-01", "end_date": str(last), **more}


LIMITS: dict[str, tuple[Callable[[int], dict[str, Any]], int, str]] = {
    "dates": (days, 3660, "start_date"),
    "dates by name": (
        lambda count: {"dates": [str(date(2016, 1, 1) + timedelta(day)) for day in range(count)]},
        500,
        "dates",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asking", "most", "name"), LIMITS.values(), ids=list(LIMITS))
def test_a_limit_itself_is_taken_and_one_more_is_refused(
    asking: Callable[[int], dict[str, Any]], most: int, name: str
) -> None:
    seasons = str([*range(2015, 2027)])
    checked("phase4-backfill", asking(most), SEASONS=seasons)
    with pytest.raises(WorkflowError) as refused:
        checked("phase4-backfill", asking(most + 1), SEASONS=seasons)
    error = refused.value.value
    assert (error["reason"], error["argument"]) == ("INVALID_ARGUMENT", name)


def test_ten_years_and_five_hundred_named_dates_are_taken() -> None:
    days = [str(date(2024, 1, 1) + timedelta(days)) for days in range(500)]
    assert checked("phase4-backfill", {"dates": days})["end_date"] == days[-1]
    ten_years = {"start_date": "2016-01-01", "end_date": "2026-01-07"}
    checked("phase4-backfill", ten_years, SEASONS=str([*range(2015, 2027)]))


UNKNOWN_SEASONS: dict[str, tuple[dict[str, Any], str, int]] = {
    "the day before the first season": (
        {"start_date": "2021-09-30", "end_date": "2021-11-05"}, "start_date", 2020),
    "the first day after the last season": (
        {"start_date": "2027-09-30", "end_date": "2027-10-01"}, "end_date", 2027),
    "a named date": ({"dates": ["2025-11-11", "2031-01-05"]}, "end_date", 2030),
}  # fmt: skip


@pytest.mark.parametrize(("given", "name", "season"), UNKNOWN_SEASONS.values(),
                         ids=list(UNKNOWN_SEASONS))  # fmt: skip
def test_u18_a_season_that_the_calendar_does_not_know_is_refused(
    given: dict[str, Any], name: str, season: int
) -> None:
    error = refusal("phase4-backfill", given)
    assert error["argument"] == name
    assert (
        f"the calendar has no season {season}; add its opener to phase4/tables/calendar.json"
        in (error["message"])
    )


def test_every_day_of_the_calendar_is_taken() -> None:
    whole = {"start_date": "2021-10-01", "end_date": "2027-09-30"}
    assert checked("phase4-backfill", whole)["states"] == ["MISSING", "PARTIAL", "OVERCOUNT"]
