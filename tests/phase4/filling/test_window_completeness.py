"""A hole in front of a date is named in its rows, not a silent bias (scenario C6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

OPENER = date(2024, 10, 22)
DAY = OPENER + timedelta(days=40)


def issues(league: Any, day: date = DAY) -> set[str]:
    """The distinct issues of the rows of a date."""
    rows: pa.Table = league.compute([day]).rows
    assert rows.num_rows > 20
    return {issue for listed in rows["data_quality_issues"].to_pylist() for issue in listed}


def box_scores(league: Any) -> list[dict[str, Any]]:
    return [
        {**{key: row[key] for key in ("game_id", "game_date", "team_abbr")}, "minutes": "20:00"}
        for row in league.players
    ]


def remove(league: Any, is_removed: Callable[[date], bool]) -> None:
    """Takes dates out of all L3 tables."""
    for name in ("players", "offense", "defense"):
        kept = [row for row in getattr(league, name) if not is_removed(row["game_date"])]
        setattr(league, name, kept)


def hole(days: int) -> Callable[[date], bool]:
    """The days right before DAY."""
    return lambda day: DAY - timedelta(days=days) <= day < DAY


def stated(share: str, games: str) -> set[str]:
    return {
        f"window_completeness_pct={share}: {games} team games in the 30 days before"
        " are complete in L3"
    }


def test_a_league_without_holes_has_no_issues(dense_league: Any) -> None:
    dense_league.boxscores = box_scores(dense_league)
    rows = dense_league.compute().rows
    assert {tuple(listed) for listed in rows["data_quality_issues"].to_pylist()} == {()}


def test_a_26_day_hole_that_box_scores_know_is_counted_in_games(dense_league: Any) -> None:
    dense_league.boxscores = box_scores(dense_league)
    remove(dense_league, hole(26))
    assert issues(dense_league) == stated("13.3", "4 of 30")


def test_a_26_day_hole_that_no_table_knows_is_estimated(dense_league: Any) -> None:
    remove(dense_league, hole(26))
    assert issues(dense_league) == stated("13.3", "4 of 30")


def test_the_same_hole_is_no_issue_once_it_is_more_than_30_days_ago(dense_league: Any) -> None:
    remove(dense_league, lambda day: OPENER + timedelta(days=2) < day < OPENER + timedelta(days=14))
    assert issues(dense_league, OPENER + timedelta(days=36))
    assert not issues(dense_league, OPENER + timedelta(days=50))


def test_a_single_missing_game_is_named_only_when_a_table_knows_it(dense_league: Any) -> None:
    known = box_scores(dense_league)
    remove(dense_league, hole(2))
    assert not issues(dense_league)
    dense_league.boxscores = known
    assert issues(dense_league) == stated("93.3", "28 of 30")


@pytest.mark.parametrize("table", ["offense", "defense", "players"])
def test_a_game_that_one_l3_table_lacks_is_not_complete(dense_league: Any, table: str) -> None:
    lost = DAY - timedelta(days=4)
    kept = [row for row in getattr(dense_league, table) if row["game_date"] != lost]
    setattr(dense_league, table, kept)
    assert issues(dense_league) == stated("93.3", "28 of 30")


def test_a_hole_at_the_start_of_the_season_is_one(dense_league: Any) -> None:
    remove(dense_league, lambda day: day < OPENER + timedelta(days=20))
    assert issues(dense_league, OPENER + timedelta(days=22)) == stated("9.1", "2 of 22")


def test_the_all_star_break_is_no_hole(dense_league: Any) -> None:
    start = dense_league.seasons[1].all_star_start
    quiet = range(-4, 7)
    remove(dense_league, lambda day: (day - start).days in quiet)
    first = min(row["game_date"] for row in dense_league.players if row["game_date"] > start)
    last = max(row["game_date"] for row in dense_league.players if row["game_date"] < start)
    assert (first - last).days > 10
    assert not issues(dense_league, first)


def test_preseason_games_are_not_expected(dense_league: Any) -> None:
    games = box_scores(dense_league)
    preseason = [{**game, "game_date": OPENER - timedelta(days=3)} for game in games[:40]]
    dense_league.boxscores = games + preseason
    assert not issues(dense_league, OPENER + timedelta(days=4))


def test_games_that_only_box_scores_have_are_named_for_every_date_that_they_may_reach(
    dense_league: Any,
) -> None:
    dense_league.boxscores = box_scores(dense_league)
    lost = OPENER + timedelta(days=10)
    remove(dense_league, lambda day: day == lost)
    dates = [lost - timedelta(days=2), DAY, lost + timedelta(days=46)]
    noted = dense_league.compute(dates).noted.to_pylist()
    found = {row["game_date"]: row["reason"] for row in noted if "lacks" in row["reason"]}
    assert found == {
        DAY: "player_game_summary lacks 4 team-games that box scores have in the 45 days before,"
        f" last on {lost}"
    }
