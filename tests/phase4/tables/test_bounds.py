"""Every line of bounds.json: a row that breaks it, the nearest one that does not, in both SQLs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb
import pytest

from phase4.tables import bounds
from phase4.tables.bounds import ALIASES, Rule, rules
from phase4.tables.catalog import TABLES
from tests.table_server import TableServer, reachable

PLAYED = {"is_active": True, "is_dnp": False, "minutes_played": 30, "points": 12, "fg_attempts": 9,
          "paint_attempts": 4, "mid_range_attempts": 2, "three_pt_attempts": 3,
          "usage_rate": 20}  # fmt: skip
OFFENSE = {"pace": 99, "possessions": 100}
DEFENSE = {
    f"opp_{zone}_{what}": count
    for zone in ("paint", "mid_range", "three_pt")
    for what, count in (("attempts", 30), ("makes", 15))
}
LARGEST = 2**63 - 1
BOX_SCORE = {
    "points": 20, "assists": 5, "rebounds": 7, "offensive_rebounds": 2, "turnovers": 3,
    "field_goals_made": 8, "field_goals_attempted": 15, "three_pointers_made": 2,
    "three_pointers_attempted": 5, "free_throws_made": 2, "free_throws_attempted": 2,
}  # fmt: skip
NO_BOX_SCORE = dict.fromkeys(BOX_SCORE)
# What is not told is none: of that nothing was made, and no threes were taken.
OF = {
    "field_goals_made": ("field_goals_attempted",),
    "free_throws_made": ("free_throws_attempted",),
    "three_pointers_attempted": ("field_goals_attempted",),
    "three_pointers_made": (
        "three_pointers_attempted", "field_goals_made", "field_goals_attempted"
    ),
}  # fmt: skip
SOUND: dict[str, dict[str, Any]] = {
    "players": PLAYED,
    "offense": OFFENSE,
    "defense": DEFENSE,
    "lines": BOX_SCORE,
    # The date on which the player is listed is no column of the roster.
    "births": {"birth_date": date(1998, 3, 1), "game_date": date(2024, 11, 5)},
}
NOTHING = dict.fromkeys(
    ("points", "fg_attempts", "paint_attempts", "mid_range_attempts", "three_pt_attempts"), 0
)
Change = dict[str, Any]
# Rule, by its text where its name is not enough, what breaks it, and the nearest row that breaks
# nothing.
LINES: list[tuple[str, str, Change, Change]] = [
    ("players", "played without minutes", {"minutes_played": 0},
     {**NOTHING, "minutes_played": 0}),
    ("players", "negative minutes", {**NOTHING, "minutes_played": -1},
     {**NOTHING, "minutes_played": 0}),
    ("players", "inactive, yet with minutes", {"is_active": None}, {}),
    ("players", "inactive, yet with minutes", {"is_dnp": True}, {"is_dnp": None}),
    ("players", "inactive, yet with points or attempts",
     {"is_active": False, "minutes_played": None},
     {**NOTHING, "is_active": False, "minutes_played": None}),
    ("players", "minutes are missing", {"minutes_played": None},
     {**NOTHING, "minutes_played": None}),
    ("players", "more than 70 minutes", {"minutes_played": 71}, {"minutes_played": 70}),
    ("players", "outside 0-100", {"usage_rate": 101}, {"usage_rate": 100}),
    ("players", "outside 0-100", {"usage_rate": -1}, {"usage_rate": None}),
    ("players", "no usage, yet with attempts", {"usage_rate": 0},
     {**NOTHING, "points": 2, "usage_rate": 0}),
    ("players", "outside 0-120", {"points": 121}, {"points": 120}),
    ("players", "attempts outside 0-100",
     {"fg_attempts": 200, "paint_attempts": 101}, {"fg_attempts": 200, "paint_attempts": 100}),
    ("players", "more attempts in the zones than from the field",
     {"fg_attempts": 8}, {"fg_attempts": None}),
    ("players", "one zone without the other", {"mid_range_attempts": None},
     {"three_pt_attempts": None}),
    ("players", "no three-point attempts", {"three_pt_attempts": None},
     {"paint_attempts": None, "mid_range_attempts": None, "three_pt_attempts": None}),
    ("players", "no usage rate", {"usage_rate": None}, {"minutes_played": 0.5}),
    ("players", "no points", {"points": None}, {}),
    ("offense", "no pace", {"pace": None}, {}),
    ("defense", "no figures of a zone",
     {"opp_paint_attempts": None, "opp_paint_makes": None}, {}),
    ("offense", "outside 70-130", {"pace": 0, "possessions": None},
     {"pace": 70, "possessions": None}),
    ("offense", "no possessions", {"pace": None, "possessions": 0}, {"possessions": None}),
    ("offense", "pace that the possessions contradict", {"possessions": 60}, {"possessions": 90}),
    ("defense", "impossible paint figures", {"opp_paint_attempts": None}, {}),
    ("defense", "impossible mid-range figures",
     {"opp_mid_range_attempts": 0, "opp_mid_range_makes": 0},
     {"opp_mid_range_attempts": None, "opp_mid_range_makes": None}),
    ("defense", "impossible three-point figures", {"opp_three_pt_makes": 31},
     {"opp_three_pt_makes": 30}),
    ("births", "not the birth date of a player", {"birth_date": date(2009, 1, 1)},
     {"birth_date": date(2008, 12, 31)}),
    ("births", "not the birth date of a player", {"birth_date": date(1973, 12, 31)},
     {"birth_date": date(1974, 1, 1)}),
    ("births", "not the birth date of a player", {"birth_date": date(2030, 1, 1)},
     {"birth_date": None}),
    ("lines", "points: outside 0-120", {"points": 121}, {**NO_BOX_SCORE, "points": 120}),
    *(("lines", f"{name}: outside 0-100", {name: value},
       {**NO_BOX_SCORE, **dict.fromkeys((name, *OF.get(name, ())), 100)})
      for name in BOX_SCORE if name != "points" for value in (-1, 101)),
    ("lines", "field_goals_made, field_goals_attempted: more field goals than attempts",
     {"field_goals_attempted": 7}, {"field_goals_attempted": 8}),
    ("lines", "field_goals_made, field_goals_attempted: more field goals than attempts",
     {"field_goals_attempted": None}, {"field_goals_made": None, "three_pointers_made": None}),
    ("lines", "three_pointers_made, three_pointers_attempted: more threes than attempts",
     {"three_pointers_attempted": 1}, {"three_pointers_attempted": 2}),
    ("lines", "three_pointers_made, three_pointers_attempted: more threes than attempts",
     {"three_pointers_attempted": None},
     {"three_pointers_attempted": None, "three_pointers_made": None}),
    ("lines", "free_throws_made, free_throws_attempted: more free throws than attempts",
     {"free_throws_attempted": 1}, {"free_throws_attempted": 2}),
    ("lines", "free_throws_made, free_throws_attempted: more free throws than attempts",
     {"free_throws_attempted": None},
     {"free_throws_attempted": None, "free_throws_made": None}),
    ("lines", "three_pointers_made, field_goals_made: more threes than field goals",
     {"field_goals_made": 1}, {"field_goals_made": 9, "points": 22}),
    ("lines", "three_pointers_made, field_goals_made: more threes than field goals",
     {"field_goals_made": None}, {"field_goals_made": None, "three_pointers_made": None}),
    ("lines", "three_pointers_attempted, field_goals_attempted: more threes than field goals",
     {"three_pointers_attempted": 16}, {"three_pointers_attempted": 15}),
    ("lines", "three_pointers_attempted, field_goals_attempted: more threes than field goals",
     {"field_goals_attempted": None},
     {"field_goals_attempted": None, "field_goals_made": None, "three_pointers_attempted": None,
      "three_pointers_made": None}),
    ("lines", "points, field_goals_made, three_pointers_made, free_throws_made:"
     " not the points that they make", {"points": 21}, {"points": 21, "free_throws_made": None}),
]  # fmt: skip


def literal(table: str, row: dict[str, Any]) -> str:
    """A SELECT of one row with the types of its table."""
    kinds = {column["name"]: column["type"] for column in TABLES[table].columns}
    names = {"INTEGER": "INT64", "BOOLEAN": "BOOL"}
    parts = []
    for name, value in row.items():
        text = "NULL" if value is None else f"'{value}'"
        kind = kinds.get(name, "DATE")
        parts.append(f"CAST({text} AS {names.get(kind, kind)}) AS {name}")
    return "SELECT " + ", ".join(parts)


def broken(table: str, rows: Sequence[Change], server: TableServer) -> list[set[Rule]]:
    """The rules that each row of a table breaks; DuckDB and BigQuery must say the same."""
    every = list(rules(table))
    source = " UNION ALL ".join(
        f"{literal(table, row)}, {number} AS number" for number, row in enumerate(rows)
    )
    here, there = (
        f"SELECT {', '.join(f'{text} AS rule_{n}' for n, text in enumerate(texts))}"
        f" FROM ({source}) ORDER BY number"
        for texts in (
            [f"coalesce({rule.sql(lambda name: name)}, FALSE)" for rule in every],
            [f"IFNULL({rule.sql(bounds.in_bigquery(table))}, FALSE)" for rule in every],
        )
    )
    answers = duckdb.sql(here).fetchall()
    assert answers == [tuple(row.values()) for row in server.sql(there)]
    return [{rule for rule, is_so in zip(every, row, strict=True) if is_so} for row in answers]


def named(alias: str, name: str) -> Rule:
    return next(rule for rule in rules(ALIASES[alias]) if name in (rule.name, rule.text))


@pytest.fixture(scope="module")
def broken_by(table_server: TableServer) -> dict[str, set[Rule]]:
    """What each row of LINES breaks, asked once for all rows of a table."""
    found: dict[str, set[Rule]] = {}
    with reachable(table_server):
        for alias, table in ALIASES.items():
            changes = [each for line in LINES if line[0] == alias for each in line[2:]]
            rows = [{**SOUND[alias], **change} for change in changes]
            verdicts = broken(table, rows, table_server)
            found |= {key(alias, row): each for row, each in zip(rows, verdicts, strict=True)}
    return found


def key(alias: str, row: Change) -> str:
    return f"{alias} {row}"


@pytest.mark.parametrize(("alias", "name", "change", "near"), LINES)
def test_a_line_is_broken_by_what_cannot_be_and_by_nothing_else(
    broken_by: dict[str, set[Rule]], alias: str, name: str, change: Change, near: Change
) -> None:
    assert named(alias, name) in broken_by[key(alias, {**SOUND[alias], **change})]
    of_the_nearest = broken_by[key(alias, {**SOUND[alias], **near})]
    assert {rule for rule in of_the_nearest if rule.then != "noted"} == set()


def test_every_line_has_its_case() -> None:
    lines = {(alias, rule) for alias, table in ALIASES.items() for rule in rules(table)}
    assert {(alias, named(alias, name)) for alias, name, _, _ in LINES} == lines


@pytest.mark.parametrize("value", [LARGEST, -LARGEST - 1])
def test_the_largest_numbers_that_a_column_holds_are_judged_and_no_error(
    tables: TableServer, value: int
) -> None:
    kinds = {column["name"]: column["type"] for column in TABLES["player_game_summary"].columns}
    for alias, row in SOUND.items():
        whole = {name for name in row if alias != "players" or kinds[name] == "INTEGER"}
        if alias in ("players", "lines", "defense"):
            absurd = {**row, **dict.fromkeys(whole, value)}
            assert all(broken(ALIASES[alias], [absurd], tables))


def test_a_sound_row_breaks_no_line(tables: TableServer) -> None:
    for alias, row in SOUND.items():
        assert broken(ALIASES[alias], [row], tables) == [set()]


def test_a_value_that_cannot_be_is_absent_in_bigquery(tables: TableServer) -> None:
    values = bounds.placeholders()
    given = ((99.5, 98), (0, 98), (99.5, 0), ("NULL", 98))
    source = " UNION ALL ".join(
        f"SELECT {number} AS number, {pace} AS pace, {possessions} AS possessions"
        for number, (pace, possessions) in enumerate(given)
    )
    rows = tables.sql(
        f"SELECT {values['valid_offense_pace']} AS pace FROM ({source}) ORDER BY number"
    )
    assert [row["pace"] and float(row["pace"]) for row in rows] == [99.5, None, None, None]


def test_text_in_a_number_is_absent_and_no_error(tables: TableServer) -> None:
    values = bounds.placeholders()
    sql = (
        f"SELECT {values['valid_players_usage_rate']} AS usage FROM (SELECT 'eleven' AS usage_rate"
    )
    zeros = ", ".join(f"0 AS {name}" for name in NOTHING)
    assert tables.sql(f"{sql}, {zeros})") == [{"usage": None}]
