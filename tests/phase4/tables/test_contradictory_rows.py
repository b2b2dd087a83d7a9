"""What single rows of L3 say against themselves or their game, and what becomes of the date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Row, Warehouse
from phase4.tables.rows.dates import DateGame
from sample.environment import create_tables
from tests.phase4.small_league import ALL, Day, load, tables

FEW, MANY, SAT, INACTIVE = (date(2023, 12, day) for day in (5, 6, 7, 8))
ELSEWHERE, ALONE, BLANK, ALL_BLANK, NOBODY, NO_ID, UNNAMED = (
    date(2023, 12, day) for day in range(9, 16)
)
DENIED, SECONDS, NAMELESS = (date(2023, 12, day) for day in (16, 17, 18))
NAMES = ("game_id", "team_abbr", "opponent_team_abbr")
CHANGES: dict[date, tuple[int, dict[str, Any]]] = {
    FEW: (1, {"minutes_played": Decimal(0), "points": 20}),
    MANY: (2, {"minutes_played": Decimal(0), "points": 20}),
    SAT: (2, {"minutes_played": Decimal(0), "points": 0}),
    INACTIVE: (2, {"is_active": None}),
    ELSEWHERE: (1, {"opponent_team_abbr": "0Z"}),
    ALONE: (1, {"opponent_team_abbr": None}),
    BLANK: (1, {"opponent_team_abbr": "A0 "}),
    ALL_BLANK: (20, {"opponent_team_abbr": "A0 "}),
    NOBODY: (1, {"player_lookup": " "}),
    NO_ID: (1, {"game_id": None}),
    UNNAMED: (20, {"game_id": "of L3 alone"}),
    DENIED: (1, {"is_dnp": True}),
    SECONDS: (2, {"minutes_played": Decimal(1440)}),
    NAMELESS: (20, dict.fromkeys(NAMES)),
}
OF_THE_GAME = {ELSEWHERE, ALONE, BLANK, ALL_BLANK, UNNAMED}


@pytest.fixture(scope="module")
def states(warehouse: Warehouse) -> dict[date, Row]:
    rows = tables(
        {
            day: Day(l4=ALL if day in OF_THE_GAME else ALL[count:])
            for day, (count, _) in CHANGES.items()
        }
    )
    for day, (count, change) in CHANGES.items():
        on_day = [row for row in rows["player_game_summary"] if row["game_date"] == day]
        for row in on_day[:count]:
            row.update(change)
    # L4 has the id of L1, of which most lines name no teams.
    lines = [row for row in rows["bdl_player_boxscores"] if row["game_date"] == UNNAMED]
    for number, row in enumerate(lines):
        row.update(game_id="game", home_team_abbr="A0" if number > 25 else None)
    for row in rows["bdl_player_boxscores"]:
        if row["game_date"] == NAMELESS:
            row.update(dict.fromkeys(("home_team_abbr", "away_team_abbr", "game_id", "team_abbr")))
    load(warehouse, rows)
    create_tables(warehouse.client, warehouse.settings)
    found = warehouse.query("SELECT * FROM nba_ops.date_status('2023-12-05', '2023-12-18')")
    return {row["game_date"]: row for row in found}


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (FEW, "COMPLETE"),
        (MANY, "BLOCKED_QUALITY"),
        (SAT, "COMPLETE"),
        (INACTIVE, "BLOCKED_QUALITY"),
        (SECONDS, "BLOCKED_QUALITY"),
    ],
    ids=["5 %", "10 %", "without points", "not active, yet on the court", "minutes in seconds"],
)
def test_above_five_percent_they_block_the_date(
    states: dict[date, Row], day: date, state: str
) -> None:
    assert states[day]["state"] == state


@pytest.mark.parametrize("day", sorted(OF_THE_GAME - {UNNAMED}))
def test_the_teams_that_most_rows_of_a_game_name_are_its_teams(
    states: dict[date, Row], day: date
) -> None:
    row = states[day]
    assert (row["state"], row["reason"]) == ("COMPLETE", "all 20 players present")
    assert [row[f"{layer}_games"] for layer in ("l1", "l3", "l4", "covered")] == [1, 1, 1, 1]


def test_an_id_of_l1_is_the_same_game_for_the_state_of_a_date_and_for_its_explanation(
    warehouse: Warehouse, states: dict[date, Row]
) -> None:
    row = states[UNNAMED]
    assert (row["state"], row["reason"]) == ("COMPLETE", "all 20 players present")
    told = {game.teams: game.l4_players for game in ask(warehouse, DateGame, game_date=UNNAMED)}
    assert told == {"A0-B0": 20, "game": 0}


@pytest.mark.parametrize("day", [NOBODY, NO_ID, DENIED])
def test_a_row_that_no_task_can_compute_is_not_due(states: dict[date, Row], day: date) -> None:
    assert (states[day]["state"], states[day]["reason"]) == ("COMPLETE", "all 19 players present")


def test_a_game_without_a_name_is_one_game_of_both_layers(states: dict[date, Row]) -> None:
    row = states[NAMELESS]
    assert [row[f"{games}_games"] for games in ("l1", "l3", "l3_covered")] == [1, 1, 1]
    assert (row["expected_players"], row["is_reachable"]) == (0, False)
