"""domain.md section 8, figure by figure, counted in the generated tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from phase4.tables.calendar import bootstrap_end, seasons

Sql = Callable[[str], list[tuple[Any, ...]]]

L1, L3 = "bdl_player_boxscores", "player_game_summary"
L4 = "player_composite_factors"
BOOTSTRAP = " OR ".join(
    f"game_date BETWEEN '{season.opener}' AND '{bootstrap_end(season)}'" for season in seasons()
)
REACHABLE = f"""
    SELECT game_id, game_date FROM {L4}
    UNION SELECT game_id, game_date FROM {L3}
    WHERE is_active AND minutes_played > 0 AND NOT ({BOOTSTRAP})
"""


@pytest.mark.parametrize(
    ("table", "games", "dates"),
    [(L1, 2027, 285), (L3, 1815, 262), (L4, 357, 55), (f"({REACHABLE})", 1650, 234)],
    ids=["L1", "L3", "L4 before", "L4 after the backfill"],
)
def test_distinct_games_and_dates(sql: Sql, table: str, games: int, dates: int) -> None:
    counted = sql(f"SELECT count(DISTINCT game_id), count(DISTINCT game_date) FROM {table}")
    assert counted == [(games, dates)]


@pytest.mark.parametrize(
    ("table", "percent"),
    [(L3, 89.5), (L4, 17.6), (f"({REACHABLE})", 81.4)],
    ids=["L3", "L4 before", "L4 after the backfill"],
)
def test_share_of_the_raw_games(sql: Sql, table: str, percent: float) -> None:
    [(share,)] = sql(f"""
        SELECT round(100 * count(DISTINCT game_id) / (SELECT count(DISTINCT game_id) FROM {L1}), 1)
        FROM {table}
    """)
    assert share == percent


def test_range_begins_with_the_opener_and_ends_on_its_last_day(sql: Sql) -> None:
    assert sql(f"SELECT min(game_date), max(game_date) FROM {L1}") == [
        (date(2024, 10, 22), date(2026, 1, 2))
    ]


def test_null_rate_of_minutes_is_0_64_percent(sql: Sql) -> None:
    [(rate,)] = sql(f"""
        SELECT round(100 * avg(CAST(minutes_played IS NULL AS INT)), 2) FROM {L3} WHERE is_active
    """)
    assert rate == 0.64


def test_230_raw_dates_have_no_factors(sql: Sql) -> None:
    query = f"SELECT game_date FROM {L1} EXCEPT SELECT game_date FROM {L4}"
    assert len(sql(query)) == 230


def test_28_bootstrap_dates_with_165_games_in_l3_and_games_on_each(sql: Sql) -> None:
    query = "SELECT count(DISTINCT game_date), count(DISTINCT game_id) FROM {} WHERE {}"
    assert sql(query.format(L3, BOOTSTRAP)) == [(28, 165)]
    assert sql(query.format(L1, BOOTSTRAP))[0][0] == 28


def test_factors_exist_on_eligible_dates_only(sql: Sql) -> None:
    assert sql(f"SELECT game_date FROM {L4} WHERE {BOOTSTRAP}") == []


def test_blocked_dates_keep_the_reachable_dates_at_80_percent_of_all(sql: Sql) -> None:
    blocked = sql(f"SELECT game_date FROM {L1} EXCEPT SELECT game_date FROM {L3}")
    assert len(blocked) == 285 - 262
    assert 228 <= 285 - 28 - len(blocked) <= 240


def test_some_dates_lack_single_games_in_l3(sql: Sql) -> None:
    partly = sql(f"""
        SELECT game_date FROM (SELECT DISTINCT game_date, game_id FROM {L1}) AS raw
        LEFT JOIN (SELECT DISTINCT game_id FROM {L3}) AS analytics USING (game_id)
        GROUP BY game_date HAVING count(analytics.game_id) BETWEEN 1 AND count(*) - 1
    """)
    assert len(partly) > 20


def test_no_games_on_off_days(sql: Sql) -> None:
    off = ["2024-11-05", "2024-11-28", "2024-12-24", "2025-11-27", "2025-12-24"]
    off += ["2025-02-14", "2025-02-15", "2025-02-16"]
    listed = ", ".join(f"'{day}'" for day in off)
    assert sql(f"SELECT game_id FROM {L1} WHERE game_date IN ({listed})") == []


def test_every_l3_date_passes_the_quality_gates(sql: Sql) -> None:
    """95 % of the active rows have minutes, 95 % of the played rows a usable usage rate."""
    [(minutes, usage)] = sql(f"""
        SELECT min(timed), min(used) FROM (
          SELECT
            100 * avg(CAST(minutes_played IS NOT NULL AS INT)) AS timed,
            100 * avg(CAST(usage_rate BETWEEN 0 AND 100 AS INT))
              FILTER (minutes_played > 0) AS used
          FROM {L3} WHERE is_active GROUP BY game_date
        )
    """)
    assert minutes >= 95
    assert usage >= 95
