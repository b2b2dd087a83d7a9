"""What the plan will not promise is what the task refuses: one rule, in BigQuery and in DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from phase4.cloud import routines
from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES
from tests.phase4.filling.box_lines import (
    DAY,
    DELIVERED,
    OFFENSE,
    Line,
    bench,
    changed,
    computed,
    game,
)
from tests.phase4.filling.shards import new_task
from tests.table_server import TableServer, reachable

KEY = "bdl_player_boxscores"
NAME = f"nba_raw.{KEY}"
LARGEST = 2**63 - 1
LATER = DELIVERED + timedelta(hours=3)
EARLIER = DELIVERED - timedelta(hours=3)
DALLAS = [line for line in game() if line["team_abbr"] == "DAL"]
SECOND = game("DAL", "MIA")
CASES: dict[str, list[Line]] = {
    "whole": game(),
    "overtime by the period": game(minutes="53:00", period=5),
    "overtime by the minutes": game(minutes="53:00", period=None),
    "one side in overtime": [
        {**line, "minutes": "53:00"} if line["team_abbr"] == "DAL" else line
        for line in game(period=None)
    ],
    "an overtime that nobody played": game(period=5),
    "too few minutes": changed(game(), "dal0", minutes="40:00"),
    "minutes in ISO 8601": game(minutes="PT48M0.00S"),
    "60 seconds are no minute": changed(game(), "dal0", minutes="PT47M60S"),
    "a decimal": game(minutes="48.0"),
    "no time": changed(game(), "dal0", minutes="00"),
    "four players": [line for line in game(home_team_score=80) if line["player_lookup"] != "dal0"],
    "one team": DALLAS,
    "a third team": [
        *game(), *({**line, "team_abbr": "SAS", "player_lookup": f"s{line['player_lookup']}"}
                   for line in DALLAS),
    ],
    "another score": game(away_team_score=99),
    "no score": game(home_team_score=None),
    "a corrected score": [*game(home_team_score=90), *game(processed_at=LATER)],
    "two scores at once": [*game(), {**bench(), "home_team_score": 90}],
    "two periods at once": [*game(), {**bench(), "period": 5}],
    "minutes in a form that nobody reads": game(minutes="0:48:00"),
    "postponed": game(minutes=None, points=0, home_team_score=0, away_team_score=0),
    "a player of two teams": [*game(), {**game()[0], "player_lookup": "dal0"}],
    "a player whom a newer line moves to the other team": [
        {**line, "team_abbr": "BKN", "processed_at": EARLIER}
        for line in game() if line["player_lookup"] == "dal0"
    ] + game(),
    "two lines at once": [*game(), {**game()[5], "rebounds": 3}],
    "the same line twice": [*game(), game()[5]],
    "a newer line": [*game(), {**game()[5], "rebounds": 3, "processed_at": LATER}],
    "a line of nobody": [*game(), bench(player_lookup=None, minutes="0:10")],
    "a line of a blank": [*game(), bench(player_lookup=" ", minutes="0:10")],
    "a listed nobody": [*game(), bench(player_lookup=None, minutes=None)],
    "two games of a team": [*game(), *SECOND],
    "a game beside a postponed one": [
        *game(), *({**line, "minutes": None, "points": 0} for line in SECOND)
    ],
    "another spelling of a team": game("BRK", "DAL"),
    "a team that nobody knows": game("cha", "DAL"),
    "a period that no game reaches": game(period=9 * 10**17),
    "no periods": game(period=-LARGEST),
    "points that no sum holds": game(points=LARGEST),
    "shots that no product holds": changed(game(), "dal0", field_goals_attempted=2 * 10**17),
    "less than nothing": changed(game(), "dal0", turnovers=-50),
    "more made than attempted": changed(game(), "dal0", field_goals_attempted=9),
    "made of attempts that nobody tells": changed(game(), "dal0", field_goals_attempted=None),
    "a corrected line that could not be": [
        *changed(game(), "dal0", turnovers=-50), {**game()[5], "processed_at": LATER}
    ],
    "one line of two that could not be": [
        *game(), {**game()[5], "three_pointers_made": 0, "free_throws_made": 1},
        {**game()[6], "three_pointers_made": 0}, {**game()[6], "free_throws_made": 0}
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def planner(table_server: TableServer) -> Iterator[TableServer]:
    """A server with L1 and the routine that the plan asks."""
    with reachable(table_server):
        warehouse = table_server.warehouse()
        known = {one.name: one for one in routines.routines(warehouse.settings)}
        warehouse.client.create_dataset("nba_raw", exists_ok=True)
        warehouse.client.create_table(TABLES[KEY].table(warehouse.settings.table_id(NAME)))
        routines.create(known["box_score_games"], warehouse.client, warehouse.settings)
        yield table_server
        warehouse.client.delete_table(warehouse.settings.table_id(NAME))


@pytest.mark.parametrize("case", CASES)
def test_plan_and_task_refuse_the_same_games(planner: TableServer, case: str) -> None:
    lines = CASES[case]
    planner.sql(f"DELETE FROM {NAME} WHERE game_date = '{DAY}'")
    planner.warehouse().append(NAME, table_of(KEY, lines), new_task().job_id("lines"))
    planned = {
        row["game"]: row["refusal"]
        for row in planner.sql(f"SELECT * FROM nba_ops.box_score_games('{DAY}', '{DAY}')")
    }
    found = computed(lines)
    refused = set(found.refused["game"].to_pylist())
    written = {
        "-".join(sorted((row["team_abbr"], row["opponent_team_abbr"])))
        for row in found.rows[OFFENSE].to_pylist()
    }
    assert {game for game, refusal in planned.items() if refusal} == refused
    assert {game for game, refusal in planned.items() if not refusal} == written
