"""L1 and L3 of the sample league agree: L3 is what phase4 computes from L1's box scores."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from phase4.filling.box_scores import BoxScores, box_scores
from sample.league import League
from tests.sample.league.conftest import Sql

OFFENSE = "team_offense_game_summary"
DEFENSE = "team_defense_game_summary"
# Play-by-play, which L1 is not; and what every row has of its own.
NOT_FROM_L1 = "paint|mid_range|data_hash|processed_at"
KEYS = {
    "player_game_summary": "player_lookup",
    "team_offense_game_summary": "team_abbr",
    "team_defense_game_summary": "defending_team_abbr",
}


@pytest.fixture(scope="module")
def found(league: League) -> BoxScores:
    lines = league.bdl_player_boxscores
    ids = league.player_game_summary.select(["player_lookup", "universal_player_id"])
    dates = lines["game_date"].unique().to_pylist()
    return box_scores(lines, ids, dates, datetime(2026, 1, 3, tzinfo=UTC))


def differing(league: League, found: BoxScores, table: str, where: str = "TRUE") -> dict[str, int]:
    """How many rows of L3 differ from what is computed of them, per column that L1 speaks of."""
    connection = duckdb.connect()
    connection.register("computed", found.rows[table])
    connection.register("analytics", getattr(league, table))
    columns = connection.sql(f"""
        SELECT column_name FROM (DESCRIBE analytics)
        WHERE NOT regexp_matches(column_name, '{NOT_FROM_L1}')
    """).fetchall()
    names = [name for (name,) in columns]
    counts = ", ".join(
        f"count(*) FILTER (computed.{name} IS DISTINCT FROM analytics.{name})" for name in names
    )
    row = connection.sql(f"""
        SELECT {counts} FROM analytics LEFT JOIN computed
          USING (game_date, game_id, {KEYS[table]})
        WHERE {where.replace("L3", "analytics")}
    """).fetchone()
    assert row is not None
    return {name: count for name, count in zip(names, row, strict=True) if count}


def test_every_game_of_the_league_passes_the_gates(found: BoxScores) -> None:
    assert found.refused.to_pylist() == []
    assert (found.rows[OFFENSE].num_rows, found.rows[DEFENSE].num_rows) == (2 * 2027, 2 * 2027)


@pytest.mark.parametrize("table", ["team_offense_game_summary", "team_defense_game_summary"])
def test_every_team_row_is_what_the_lines_make(
    league: League, found: BoxScores, table: str
) -> None:
    assert differing(league, found, table) == {}


def test_every_player_row_is_what_the_lines_make_but_for_minutes_that_l3_lost(
    league: League, found: BoxScores
) -> None:
    lost = "L3.is_active AND L3.minutes_played IS NULL"
    assert differing(league, found, "player_game_summary", f"NOT ({lost})") == {}
    columns = differing(league, found, "player_game_summary", lost)
    assert set(columns) == {"minutes_played", "usage_rate"}


def test_everybody_of_the_league_has_his_id(found: BoxScores) -> None:
    assert found.noted.to_pylist() == []


def test_rebounds_are_those_at_both_ends(sql: Sql) -> None:
    query = """
        SELECT game_id FROM bdl_player_boxscores
        WHERE rebounds != offensive_rebounds + defensive_rebounds
    """
    assert sql(query) == []


def test_nobody_makes_more_than_he_attempts(sql: Sql) -> None:
    query = """
        SELECT game_id FROM bdl_player_boxscores
        WHERE field_goals_made > field_goals_attempted
          OR three_pointers_made > three_pointers_attempted
          OR free_throws_made > free_throws_attempted
          OR three_pointers_attempted > field_goals_attempted
          OR 2 * field_goals_made + three_pointers_made + free_throws_made != points
    """
    assert sql(query) == []


def test_no_game_is_drawn_and_some_go_into_overtime(sql: Sql) -> None:
    games = sql("""
        SELECT period, count(DISTINCT game_id), count(*) FILTER (home_team_score = away_team_score)
        FROM bdl_player_boxscores GROUP BY period ORDER BY period
    """)
    assert [period for period, _, _ in games] == [4, 5, 6]
    assert all(drawn == 0 for _, _, drawn in games)
    assert 0.04 < sum(count for period, count, _ in games if period > 4) / 2027 < 0.09


def test_the_playoffs_are_marked(sql: Sql) -> None:
    [(first, last, games)] = sql("""
        SELECT min(game_date), max(game_date), count(DISTINCT game_id) FROM bdl_player_boxscores
        WHERE is_postseason
    """)
    assert (first.isoformat(), last.isoformat(), games) == ("2025-04-15", "2025-06-12", 97)


def test_columns_of_the_box_score_are_filled(league: League) -> None:
    table = league.bdl_player_boxscores
    assert [name for name in table.column_names if table[name].null_count] == ["minutes"]


def test_exhibitions_pass_the_gates_too(exhibition_league: League) -> None:
    lines = exhibition_league.bdl_player_boxscores
    dates = lines["game_date"].unique().to_pylist()
    found = box_scores(lines, None, dates, datetime(2026, 1, 3, tzinfo=UTC))
    assert found.refused.to_pylist() == []
