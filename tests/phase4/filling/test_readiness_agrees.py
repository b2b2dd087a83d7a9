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
from tests.phase4.small_league import load, serving_league
from tests.phase4.team_league import DAYS, tables

PLAYERS = "nba_analytics.player_game_summary"
OFFENSE = "nba_analytics.team_offense_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
NOW = datetime(2025, 1, 1, tzinfo=UTC)
HURTS = {
    "no offence": f"DELETE FROM {OFFENSE} WHERE {{rows}}",
    "no defence": f"DELETE FROM {DEFENSE} WHERE {{rows}}",
    "no game": f"DELETE FROM {PLAYERS} WHERE {{rows}}",
    "possessions of zero": f"UPDATE {OFFENSE} SET possessions = 0 WHERE {{rows}}",
    "a pace of nothing": f"UPDATE {OFFENSE} SET pace = NULL WHERE {{rows}}",
    "a zone of nothing": f"UPDATE {DEFENSE} SET opp_paint_attempts = NULL,"
    f" opp_paint_makes = NULL WHERE {{rows}}",
    "more makes than attempts": f"UPDATE {DEFENSE} SET opp_paint_makes = 31 WHERE {{rows}}",
    "another code": f"UPDATE {OFFENSE} SET team_abbr = 'BRK' WHERE {{rows}} AND team_abbr = 'BKN'",
    "an unknown code": f"UPDATE {OFFENSE} SET team_abbr = 'ZZZ'"
    " WHERE {rows} AND team_abbr = 'BOS'",
    "minutes that points deny": f"UPDATE {PLAYERS} SET minutes_played = 0, points = 9"
    " WHERE {rows}",
    "a game nobody played": f"UPDATE {PLAYERS} SET minutes_played = NULL WHERE {{rows}}",
}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    """A BigQuery with the league of six teams."""
    with serving_league(tables()) as here:
        yield here


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
    found = compute(league, DAYS, provenance).shortfalls.to_pylist()
    return {(row["game_date"], row["shortfall"]): row["is_ready"] for row in found}


def test_a_sound_league_lacks_nothing(warehouse: Warehouse) -> None:
    assert planned(warehouse) == computed(warehouse) == {}


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
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
    load(warehouse, tables())
    assert found[0] == found[1]
