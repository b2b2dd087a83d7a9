"""Plan and task say the same of what lacks behind a date, whatever upstream has lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phase4.cloud.warehouse import Row, Warehouse
from phase4.filling.compute import Provenance, compute
from phase4.filling.reading import read_league
from tests.phase4.small_league import hold, serving_league
from tests.phase4.team_league import DAYS, tables
from tests.table_server import TableServer

PLAYERS = "nba_analytics.player_game_summary"
OFFENSE = "nba_analytics.team_offense_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
NOW = datetime(2025, 1, 1, tzinfo=UTC)
SOUND = tables()
LATER = "CURRENT_TIMESTAMP() AS processed_at"


def copied(table: str, changes: str) -> str:
    """The rows once more, changed."""
    return f"INSERT INTO {table} SELECT * REPLACE ({changes}) FROM {table} WHERE {{rows}}"


HURTS = {
    "no offence": f"DELETE FROM {OFFENSE} WHERE {{rows}}",
    "no defence": f"DELETE FROM {DEFENSE} WHERE {{rows}}",
    "no game": f"DELETE FROM {PLAYERS} WHERE {{rows}}",
    "possessions of zero": f"UPDATE {OFFENSE} SET possessions = 0 WHERE {{rows}}",
    "a pace of nothing": f"UPDATE {OFFENSE} SET pace = NULL WHERE {{rows}}",
    "a zone of nothing": f"UPDATE {DEFENSE} SET opp_paint_attempts = NULL,"
    f" opp_paint_makes = NULL WHERE {{rows}}",
    "no zones but threes": f"UPDATE {DEFENSE} SET opp_paint_attempts = NULL,"
    " opp_paint_makes = NULL, opp_mid_range_attempts = NULL, opp_mid_range_makes = NULL"
    " WHERE {rows}",
    "more makes than attempts": f"UPDATE {DEFENSE} SET opp_paint_makes = 41 WHERE {{rows}}",
    "another code": f"UPDATE {OFFENSE} SET team_abbr = 'BRK' WHERE {{rows}} AND team_abbr = 'BKN'",
    "an unknown code": f"UPDATE {OFFENSE} SET team_abbr = 'ZZZ'"
    " WHERE {rows} AND team_abbr = 'BOS'",
    "minutes that points deny": f"UPDATE {PLAYERS} SET minutes_played = 0, points = 9"
    " WHERE {rows}",
    "a game nobody played": f"UPDATE {PLAYERS} SET minutes_played = NULL WHERE {{rows}}",
    "defences exchanged": f"UPDATE {DEFENSE} SET defending_team_abbr = opponent_team_abbr,"
    " opponent_team_abbr = defending_team_abbr WHERE {rows}",
    "a defence that faced more": f"UPDATE {DEFENSE} SET opp_three_pt_attempts = 40 WHERE {{rows}}",
    "players who shot more": f"UPDATE {PLAYERS} SET mid_range_attempts = 9 WHERE {{rows}}",
    "players who shot beyond reason": f"UPDATE {PLAYERS} SET paint_attempts = 101"
    " WHERE {rows} AND player_lookup LIKE '%0'",
    "a player less": f"DELETE FROM {PLAYERS} WHERE {{rows}} AND player_lookup LIKE '%0'",
    "a player of no name": f"UPDATE {PLAYERS} SET player_lookup = NULL"
    " WHERE {rows} AND player_lookup LIKE '%0'",
    "another code of players": f"UPDATE {PLAYERS} SET team_abbr = 'BRK'"
    " WHERE {rows} AND team_abbr = 'BKN'",
    "players twice": copied(PLAYERS, "'other' AS game_id"),
    "players twice, the later shot more": copied(PLAYERS, f"9 AS paint_attempts, {LATER}"),
    "players twice, at once and differing": copied(PLAYERS, "9 AS paint_attempts"),
    "players for both teams": copied(
        PLAYERS, "opponent_team_abbr AS team_abbr, team_abbr AS opponent_team_abbr"
    ),
    "defences twice": copied(DEFENSE, "'other' AS game_id"),
    "defences twice, the later without a zone": copied(
        DEFENSE, f"CAST(NULL AS INT64) AS opp_paint_attempts, {LATER}"
    ),
    "defences twice, the later exchanged": copied(
        DEFENSE,
        "opponent_team_abbr AS defending_team_abbr, defending_team_abbr AS opponent_team_abbr,"
        f" {LATER}",
    ),
    "defences twice, at once and differing": copied(DEFENSE, "13 AS opp_paint_makes"),
    "offences twice, at once and differing": copied(OFFENSE, "101 AS possessions"),
    "offences twice, one says less": copied(OFFENSE, "CAST(NULL AS NUMERIC) AS pace"),
}


@pytest.fixture(scope="module")
def warehouse(table_server: TableServer) -> Iterator[Warehouse]:
    """A BigQuery with the league of six teams."""
    with serving_league(table_server, SOUND) as here:
        yield here


def heal(warehouse: Warehouse, *names: str) -> None:
    """The tables that these damages hurt are as they were."""
    hurt = {t for t in (PLAYERS, OFFENSE, DEFENSE) for name in names if t in HURTS[name]}
    hold(warehouse, {t: rows for t, rows in SOUND.items() if f"nba_analytics.{t}" in hurt})


def planned(warehouse: Warehouse) -> dict[tuple[date, str], bool]:
    """What the plan's routine says of the dates that lack something: text and whether ready."""
    rows: list[Row] = warehouse.query(
        "SELECT game_date, is_ready, shortfall FROM nba_ops.input_readiness(@first, @last)",
        {"first": DAYS[0], "last": DAYS[-1]},
    )
    return {
        (row["game_date"], row["shortfall"]): row["is_ready"] for row in rows if row["shortfall"]
    }


def computed(warehouse: Warehouse) -> dict[tuple[date, str], bool]:
    """What a task says of the same dates."""
    provenance = Provenance("run", "code", "source", NOW, NOW)
    league = read_league(warehouse, DAYS, datetime.now(UTC))
    found = compute(league, DAYS, provenance, filled=()).shortfalls.to_pylist()
    return {(row["game_date"], row["shortfall"]): row["is_ready"] for row in found}


@pytest.mark.parametrize("name", sorted(HURTS))
def test_plan_and_task_agree_on_one_damage(warehouse: Warehouse, name: str) -> None:
    rows = f"game_date BETWEEN '{DAYS[8]}' AND '{DAYS[12]}'"
    warehouse.query(HURTS[name].format(rows=rows))
    found = planned(warehouse), computed(warehouse)
    heal(warehouse, name)
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["defences exchanged", "a defence that faced more"])
def test_a_defence_that_the_players_contradict_lacks(warehouse: Warehouse, name: str) -> None:
    rows = f"game_date = '{DAYS[10]}' AND opponent_team_abbr IN ('BKN', 'BOS')"
    warehouse.query(HURTS[name].format(rows=rows))
    found = planned(warehouse)
    heal(warehouse, name)
    assert any(f"4 of 6 teams on {DAYS[10]}" in text for _, text in found)


def test_a_sound_league_lacks_nothing(warehouse: Warehouse) -> None:
    assert planned(warehouse) == computed(warehouse) == {}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hurts=st.lists(
        st.tuples(
            st.sampled_from(sorted(HURTS)),
            st.sampled_from(DAYS),
            st.integers(0, 4),
            st.sampled_from(["", " AND opponent_team_abbr IN ('BOS', 'PHX')"]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_plan_and_task_agree(warehouse: Warehouse, hurts: list[tuple[str, date, int, str]]) -> None:
    for name, day, days, side in hurts:
        last = DAYS[min(DAYS.index(day) + days, len(DAYS) - 1)]
        rows = f"game_date BETWEEN '{day}' AND '{last}'{side}"
        warehouse.query(HURTS[name].format(rows=rows))
    found = planned(warehouse), computed(warehouse)
    heal(warehouse, *(name for name, *_ in hurts))
    assert found[0] == found[1]
