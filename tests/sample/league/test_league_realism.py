"""What the specification takes for granted of the upstream tables, and what makes them awkward."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

Sql = Callable[[str], list[tuple[Any, ...]]]

PLAYED = "is_active AND minutes_played > 0"


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("player_game_summary", "game_id, player_lookup"),
        ("team_defense_game_summary", "game_id, defending_team_abbr"),
        ("team_offense_game_summary", "game_id, team_abbr"),
        ("player_composite_factors", "game_date, game_id, player_lookup"),
        ("player_birthdates", "player_lookup"),
    ],
)
def test_keys_are_unique(sql: Sql, table: str, key: str) -> None:
    assert sql(f"SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1") == []


@pytest.mark.parametrize("table", ["team_defense_game_summary", "team_offense_game_summary"])
def test_two_team_rows_per_l3_game(sql: Sql, table: str) -> None:
    assert sql(f"SELECT count(*), count(DISTINCT game_id) FROM {table}") == [(3630, 1815)]


def test_raw_rows_are_delivered_twice_with_a_later_timestamp(sql: Sql) -> None:
    twice = sql("""
        SELECT count(DISTINCT processed_at), count(DISTINCT points), count(DISTINCT minutes)
        FROM bdl_player_boxscores WHERE minutes IS NOT NULL
        GROUP BY game_id, player_lookup HAVING count(*) > 1
    """)
    assert len(twice) > 500
    assert set(twice) == {(2, 1, 1)}


def test_players_who_did_not_play_have_no_minutes_and_no_usage(sql: Sql) -> None:
    rows = sql("""
        SELECT DISTINCT minutes_played, usage_rate FROM player_game_summary
        WHERE is_dnp OR NOT is_active
    """)
    assert set(rows) == {(None, None), (Decimal("0.0"), None)}


def test_about_ten_players_of_each_team_play(sql: Sql) -> None:
    [(fewest, most)] = sql("""
        SELECT min(players), max(players) FROM (
          SELECT count(*) AS players FROM player_game_summary WHERE is_active
          GROUP BY game_id, team_abbr
        )
    """)
    assert (fewest, most) == (10, 12)


def test_points_agree_between_the_layers(sql: Sql) -> None:
    assert (
        sql("""
        SELECT game_id FROM player_game_summary AS analytics
        JOIN bdl_player_boxscores AS raw USING (game_id, player_lookup, game_date)
        WHERE analytics.is_active AND analytics.points != raw.points
    """)
        == []
    )


def test_minutes_agree_between_the_layers(sql: Sql) -> None:
    [(largest,)] = sql("""
        SELECT max(abs(minutes_played - (
          CAST(split_part(minutes, ':', 1) AS INT) + CAST(split_part(minutes, ':', 2) AS INT) / 60
        )))
        FROM player_game_summary JOIN bdl_player_boxscores USING (game_id, player_lookup)
        WHERE minutes_played IS NOT NULL
    """)
    assert largest <= 0.0501


def test_defence_allows_what_the_opponents_attempt(sql: Sql) -> None:
    assert (
        sql("""
        SELECT defence.game_id FROM team_defense_game_summary AS defence
        JOIN (
          SELECT game_id, team_abbr, sum(three_pt_attempts) AS threes, sum(paint_attempts) AS paint
          FROM player_game_summary GROUP BY ALL
        ) AS attack
          ON attack.game_id = defence.game_id AND attack.team_abbr = opponent_team_abbr
        WHERE threes != opp_three_pt_attempts OR paint IS DISTINCT FROM opp_paint_attempts
    """)
        == []
    )


def test_zones_are_unknown_for_whole_games(sql: Sql) -> None:
    games = sql("""
        SELECT count(paint_attempts), count(mid_range_attempts) FROM player_game_summary
        WHERE is_active GROUP BY game_id HAVING count(paint_attempts) < count(*)
    """)
    assert len(games) >= 5
    assert set(games) == {(0, 0)}


def test_seconds_on_court_give_an_absurd_usage_rate(sql: Sql) -> None:
    absurd = sql(f"""
        SELECT max(minutes_played) FROM player_game_summary WHERE {PLAYED} AND usage_rate > 100
        HAVING count(*) BETWEEN 2 AND 30
    """)
    assert [row[0] < 1 for row in absurd] == [True]


def test_no_team_plays_twice_on_a_date(sql: Sql) -> None:
    query = """
        SELECT game_date FROM team_offense_game_summary
        GROUP BY game_date, team_abbr HAVING count(*) > 1
    """
    assert sql(query) == []


def test_no_matchup_is_repeated_on_adjacent_dates(sql: Sql) -> None:
    query = """
        SELECT one.game_id FROM team_offense_game_summary AS one
        JOIN team_offense_game_summary AS other
          ON other.game_date = one.game_date + 1
          AND least(one.team_abbr, one.opponent_team_abbr)
            = least(other.team_abbr, other.opponent_team_abbr)
          AND greatest(one.team_abbr, one.opponent_team_abbr)
            = greatest(other.team_abbr, other.opponent_team_abbr)
    """
    assert sql(query) == []


def test_players_change_teams_in_mid_season(sql: Sql) -> None:
    moved = sql("""
        SELECT player_lookup FROM player_game_summary
        GROUP BY player_lookup, season_year HAVING count(DISTINCT team_abbr) > 1
    """)
    assert len(moved) >= 20


def test_stars_miss_games(sql: Sql) -> None:
    """Stars by the definition of section 3: 18 points, or 28 minutes and 12 points a game."""
    [(stars, games)] = sql(f"""
        SELECT count(*), median(games) FROM (
          SELECT count(*) AS games FROM player_game_summary
          WHERE {PLAYED} AND season_year = 2024 GROUP BY player_lookup
          HAVING avg(points) >= 18 OR (avg(minutes_played) >= 28 AND avg(points) >= 12)
        )
    """)
    assert stars >= 30
    assert games < 80


def test_factors_hold_exactly_the_players_who_played(sql: Sql) -> None:
    key = "game_date, game_id, player_lookup, universal_player_id"
    present = f"SELECT {key} FROM player_composite_factors"
    played = f"""
        SELECT {key} FROM player_game_summary
        WHERE {PLAYED} AND game_date IN (SELECT game_date FROM player_composite_factors)
    """
    assert sql(f"({present} EXCEPT {played}) UNION ALL ({played} EXCEPT {present})") == []


def test_factors_are_newer_than_the_history_behind_them(sql: Sql) -> None:
    query = """
        SELECT factors.game_date FROM player_composite_factors AS factors
        JOIN player_game_summary AS upstream
          ON upstream.game_date BETWEEN factors.game_date - 45 AND factors.game_date
        WHERE upstream.processed_at >= factors.processed_at LIMIT 1
    """
    assert sql(query) == []


def test_total_is_the_sum_of_the_scores_in_the_contexts(sql: Sql) -> None:
    rows = sql("""
        SELECT fatigue_context_json, shot_zone_context_json, pace_context_json,
          usage_context_json, total_composite_adjustment
        FROM player_composite_factors USING SAMPLE 500 ROWS (reservoir, 1)
    """)
    for *contexts, total in rows:
        fatigue, *others = (Decimal(str(json.loads(text)["final_score"])) for text in contexts)
        assert abs((fatigue - 100) / 20 + sum(others) - total) <= Decimal("0.005")


def test_extreme_rows_carry_a_warning(sql: Sql) -> None:
    rows = sql("""
        SELECT DISTINCT fatigue_score < 50, has_warnings, warning_details
        FROM player_composite_factors WHERE abs(shot_zone_mismatch_score) < 8
    """)
    assert set(rows) == {(True, True, "EXTREME_FATIGUE"), (False, False, None)}


def test_factors_vary_and_stay_inside_their_clamps(sql: Sql) -> None:
    for column, low, high in (
        ("fatigue_score", 35, 100),
        ("shot_zone_mismatch_score", -10, 10),
        ("pace_score", -3, 3),
        ("usage_spike_score", -3, 3),
    ):
        [(least, most, spread)] = sql(
            f"SELECT min({column}), max({column}), stddev({column}) FROM player_composite_factors"
        )
        assert low <= least < most <= high
        assert spread > 0.3


def test_exhibitions_add_preseason_and_all_star_games_with_league_ids(exhibition_sql: Sql) -> None:
    rows = exhibition_sql("""
        SELECT left(game_id, 3), count(DISTINCT game_id), min(game_date), max(usage_rate)
        FROM player_game_summary WHERE game_id LIKE '00%' GROUP BY 1 ORDER BY 1
    """)
    assert [(prefix, games) for prefix, games, _, _ in rows] == [("001", 30), ("003", 1)]
    assert str(rows[1][2]) == "2025-02-16"
    assert rows[1][3] == Decimal("1329.80")
