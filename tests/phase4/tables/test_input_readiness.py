"""A date is ready when offence and defence have what its windows need (layers.md 2, U10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from phase4.cloud.warehouse import Row, Warehouse
from tests.phase4.small_league import hold, serving_league
from tests.phase4.team_league import DAYS, OPENER, tables
from tests.table_server import TableServer

PLAYERS = "nba_analytics.player_game_summary"
OFFENSE = "nba_analytics.team_offense_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
DAY = DAYS[-1]


@pytest.fixture(scope="module")
def whole(table_server: TableServer) -> Iterator[Warehouse]:
    """A BigQuery with the league of six teams, nothing of it in L4."""
    with serving_league(table_server, tables()) as here:
        yield here


@pytest.fixture
def warehouse(whole: Warehouse) -> Iterator[Warehouse]:
    """The league is whole again after each test."""
    yield whole
    hold(whole, tables())


def state(warehouse: Warehouse, day: date = DAY) -> Row:
    """The state of one date."""
    return warehouse.row("SELECT * FROM nba_ops.date_status(@day, @day)", {"day": day})


def lose(warehouse: Warehouse, table: str, condition: str) -> None:
    """Deletes rows of a table of L3."""
    warehouse.query(f"DELETE FROM {table} WHERE {condition}")


def test_a_whole_history_lacks_nothing(warehouse: Warehouse) -> None:
    row = state(warehouse)
    assert (row["state"], row["input_pct"], row["input_shortfall"]) == ("MISSING", 100, "")


@pytest.mark.parametrize(
    ("table", "games", "expected"),
    [(OFFENSE, 2, "MISSING"), (OFFENSE, 3, "BLOCKED_UPSTREAM"),
     (DEFENSE, 3, "MISSING"), (DEFENSE, 4, "BLOCKED_UPSTREAM")],
)  # fmt: skip
def test_under_80_per_cent_of_the_team_games_a_date_is_blocked(
    warehouse: Warehouse, table: str, games: int, expected: str
) -> None:
    lose(warehouse, table, f"game_date >= '{DAYS[-1 - games]}'")
    row = state(warehouse)
    assert row["state"] == expected
    assert row["input_pct"] < 100


def test_the_reason_names_table_counts_and_dates(warehouse: Warehouse) -> None:
    lose(warehouse, OFFENSE, f"game_date >= '{DAYS[-5]}' AND team_abbr NOT IN ('BOS', 'LAL')")
    assert state(warehouse)["reason"] == (
        "team_offense_game_summary has 44 of 60 team-games that the windows need:"
        f" 2 of 6 teams on {DAYS[-5]}, 2 of 6 teams on {DAYS[-4]}, 2 of 6 teams on {DAYS[-3]}"
        " … (4 dates)"
    )


def test_both_tables_are_named(warehouse: Warehouse) -> None:
    lose(warehouse, OFFENSE, "game_date > '2000-01-01'")
    lose(warehouse, DEFENSE, "game_date > '2000-01-01'")
    first, second = state(warehouse)["reason"].split("; ")
    assert first.startswith("team_offense_game_summary has 0 of 60 team-games")
    assert second.startswith("team_defense_game_summary has 0 of 90 team-games")


def test_rows_of_the_date_itself_are_no_history(warehouse: Warehouse) -> None:
    lose(warehouse, OFFENSE, f"game_date = '{DAY}'")
    assert state(warehouse)["input_shortfall"] == ""


def test_games_that_player_game_summary_does_not_know_are_not_needed(warehouse: Warehouse) -> None:
    for table in (PLAYERS, OFFENSE, DEFENSE):
        lose(warehouse, table, f"game_date BETWEEN '{DAYS[-9]}' AND '{DAYS[-2]}'")
    row = state(warehouse)
    assert (row["state"], row["input_shortfall"]) == ("MISSING", "")


def test_the_first_game_of_a_season_needs_nothing(warehouse: Warehouse) -> None:
    assert state(warehouse, OPENER)["input_pct"] == 100


def test_preseason_games_are_not_needed(warehouse: Warehouse) -> None:
    warehouse.query(
        f"INSERT INTO {PLAYERS} SELECT * REPLACE (DATE '2024-10-10' AS game_date)"
        f" FROM {PLAYERS} WHERE game_date = '{OPENER}'"
    )
    assert state(warehouse, DAYS[9])["input_shortfall"] == ""


def test_another_code_of_a_team_is_the_same_team(warehouse: Warehouse) -> None:
    warehouse.query(
        f"UPDATE {OFFENSE} SET team_abbr = 'BRK'"
        " WHERE team_abbr = 'BKN' AND game_date > '2000-01-01'"
    )
    assert state(warehouse)["input_shortfall"] == ""


def test_a_blank_is_no_team(warehouse: Warehouse) -> None:
    warehouse.query(
        f"UPDATE {PLAYERS} SET opponent_team_abbr = ' '"
        f" WHERE game_date = '{DAYS[8]}' AND player_lookup LIKE '%0'"
    )
    assert state(warehouse)["input_shortfall"] == ""


def test_an_exempt_date_stays_exempt(warehouse: Warehouse) -> None:
    lose(warehouse, OFFENSE, "game_date > '2000-01-01'")
    assert state(warehouse, DAYS[4])["state"] == "EXEMPT_BOOTSTRAP"


def test_a_range_says_of_a_date_what_the_date_alone_says(warehouse: Warehouse) -> None:
    lose(warehouse, DEFENSE, f"game_date = '{DAYS[-4]}' AND defending_team_abbr = 'LAL'")
    rows = warehouse.query(
        "SELECT * FROM nba_ops.date_status(@first, @last)", {"first": OPENER, "last": DAY}
    )
    assert state(warehouse) in rows
