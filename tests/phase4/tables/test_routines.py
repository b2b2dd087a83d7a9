"""The SQL routines: every placeholder filled, every file used, each made after what it calls."""

from __future__ import annotations

import re

import pytest

from phase4.cloud.routines import query, routines
from phase4.cloud.settings import Settings
from phase4.tables.filled import FILLED, FOLDER, STAGES, planner
from phase4.tables.placeholders import render
from phase4.tables.routines import SQL

SETTINGS = Settings(project="nba-data", target_table="other.factors", ops_dataset="ops")
ROUTINES = {routine.name: routine for routine in routines(SETTINGS)}


def test_every_file_is_a_routine_and_every_routine_has_a_file() -> None:
    files = {file.stem for file in (SQL / "routines").glob("*.sql")}
    # Of each filled table, or of each stage of them, there is one.
    others = [table for table in FILLED.values() if not table.is_default]
    made = {f"{table.name}_status" for table in others}
    made |= {f"{table.name}_changes" for table in others if not table.is_added_to}
    made |= {f"plan_backfill{planner(stage)}" for stage in STAGES}
    assert files | made == set(ROUTINES)


@pytest.mark.parametrize("name", ROUTINES)
def test_no_placeholder_is_left(name: str) -> None:
    assert "${" not in ROUTINES[name].body


@pytest.mark.parametrize("name", sorted(file.stem for file in (SQL / "queries").glob("*.sql")))
def test_no_placeholder_is_left_in_a_query(name: str) -> None:
    assert "${" not in query(name, SETTINGS)


@pytest.mark.parametrize("name", ROUTINES)
def test_a_routine_is_made_after_those_it_calls(name: str) -> None:
    called = set(re.findall(r"`nba-data\.ops\.(\w+)`", ROUTINES[name].body)) & set(ROUTINES)
    earlier = list(ROUTINES)[: list(ROUTINES).index(name)]
    assert called <= set(earlier)


@pytest.mark.parametrize("name", ROUTINES)
def test_every_argument_is_used(name: str) -> None:
    routine = ROUTINES[name]
    unused = [word for word, _ in routine.arguments if not re.search(rf"\b{word}\b", routine.body)]
    assert unused == []


def test_the_configured_tables_are_read() -> None:
    body = ROUTINES["date_status_within"].body
    assert "`nba-data.other.factors`" in body
    assert "nba_precompute" not in body


def test_what_game_an_id_means_is_settled_in_one_text() -> None:
    files = (*SQL.rglob("*.sql"), *FOLDER.rglob("*.sql"))
    assert [file.stem for file in files if "${told_rows}" in file.read_text()] == ["settled"]


def test_states_are_derived_once_for_each_way_of_writing() -> None:
    deriving = [file.stem for file in SQL.rglob("*.sql") if "THEN 'BLOCKED_" in file.read_text()]
    assert sorted(deriving) == [
        "added_status", "date_status_within", "league_readiness", "replaced_status",
    ]  # fmt: skip


def test_a_placeholder_that_nothing_fills_is_named() -> None:
    with pytest.raises(KeyError, match="unknown_name"):
        render("SELECT ${unknown_name}", {})


def test_text_without_placeholders_stays_as_it_is() -> None:
    assert render("SELECT '$.dates', @run", {"dates": "x"}) == "SELECT '$.dates', @run"
