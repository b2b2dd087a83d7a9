"""Every statement this project sends is held against Google's own analyzer and its own schemas."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from phase4.cloud import routines
from phase4.site import states
from phase4.tables.filled import FILLED, STAGES, FilledTable, planner
from phase4.tables.routines import SQL, Routine
from phase4.training import statements
from tests.sql.googlesql import SETTINGS, GoogleSql, Refused

ROUTINES = {routine.name: routine for routine in routines.routines(SETTINGS)}
QUERIES = sorted(path.stem for path in (SQL / "queries").glob("*.sql"))
WORKFLOWS = sorted((Path(__file__).parents[2] / "workflows").glob("*.yaml"))
INVOCATION = re.compile(r"\.(\w+)`\(([^)]*)\)")


def test_every_routine_is_accepted(google: GoogleSql) -> None:
    assert {name.rpartition(".")[2] for name in google.functions} == {
        name for name, routine in ROUTINES.items() if routine.kind == "TABLE_VALUED_FUNCTION"
    }


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_accepted(google: GoogleSql, name: str) -> None:
    google.analyse(routines.query(name, SETTINGS), {})


def test_an_unknown_column_is_refused(google: GoogleSql) -> None:
    with pytest.raises(Refused, match="game_day"):
        google.analyse(f"SELECT game_day FROM `{SETTINGS.ops('plan')}`", {})


def test_a_parameter_of_the_wrong_type_is_refused(google: GoogleSql) -> None:
    sql = f"SELECT * FROM `{SETTINGS.ops('date_status')}`(first, last)"
    with pytest.raises(Refused, match="date_status"):
        google.analyse(sql, {"first": "INT64", "last": "DATE"})


def _calls(step: Any) -> list[dict[str, Any]]:
    if isinstance(step, list):
        return [call for item in step for call in _calls(item)]
    if not isinstance(step, dict):
        return []
    found = [step["args"]] if step.get("call") == "query_row" else []
    return found + [call for value in step.values() for call in _calls(value)]


def _of_each_planner(call: dict[str, Any]) -> list[dict[str, Any]]:
    """The call itself, or one for each stage of tables when the stage names its planner."""
    names = [f"plan_backfill{planner(stage)}" for stage in STAGES]
    texts = {call["sql"].replace('" + stage.planner + "', name) for name in names}
    return [{**call, "sql": text} for text in sorted(texts)]


def _sent() -> list[Any]:
    return [
        pytest.param(call, id=f"{path.stem}-{INVOCATION.search(call['sql'])[1]}")  # type: ignore[index]
        for path in WORKFLOWS
        for sent in _calls(yaml.load(path.read_text(), yaml.CSafeLoader))
        for call in _of_each_planner(sent)
    ]


@pytest.mark.parametrize("call", _sent())
def test_a_workflow_calls_a_routine_with_its_arguments(call: dict[str, Any]) -> None:
    invocation = INVOCATION.search(call["sql"])
    assert invocation is not None
    routine: Routine = ROUTINES[invocation[1]]
    given = [name.strip().removeprefix("@") for name in invocation[2].split(",")]
    types = [call["parameters"][name][0] for name in given]
    assert types == [type_ for _, type_ in routine.arguments]


@pytest.mark.parametrize("at", [None, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)], ids=str)
def test_the_training_set_is_accepted_now_and_at_a_moment(
    google: GoogleSql, at: datetime | None
) -> None:
    dates = {"start_date": "DATE", "end_date": "DATE"}
    for sql in (statements.training_set(SETTINGS, at), statements.shares(SETTINGS, at)):
        assert google.analyse(sql, dates)


@pytest.mark.parametrize("table", FILLED.values(), ids=lambda table: table.name)
def test_the_states_of_every_filled_table_are_accepted(
    google: GoogleSql, table: FilledTable
) -> None:
    sql = states.statement(SETTINGS, table)
    assert google.analyse(sql.replace("@start_date", "DATE '2024-12-02'"), {"end_date": "DATE"})
