"""The rows of a date know nothing of that date but who played, and nothing of later ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

DATES = [date(2023, 11, 9), date(2023, 12, 5), date(2024, 10, 25), date(2024, 12, 10)]


def rows_of(league: Any, day: date) -> pa.Table:
    """The rows of a day, computed together with all later dates, so that those are read too."""
    rows = league.compute([each for each in league.dates() if each >= day]).rows
    return rows.filter(pc.equal(rows["game_date"], day)).combine_chunks()


def change(league: Any, day: date) -> None:
    """Every number from the day on becomes another one; who played stays."""
    for row in (row for row in league.players if row["game_date"] >= day):
        row["usage_rate"] = Decimal("99.00")
        if row["is_active"]:
            row["points"] += 40
            row["paint_attempts"], row["mid_range_attempts"], row["three_pt_attempts"] = 50, 0, 0
            row["minutes_played"] = Decimal("48.0")
    for row in (row for row in league.offense if row["game_date"] >= day):
        row["pace"], row["possessions"] = Decimal("130.0"), 130
    for row in (row for row in league.defense if row["game_date"] >= day):
        row["opp_paint_makes"] = row["opp_mid_range_makes"] = row["opp_three_pt_makes"] = 0


def delete(league: Any, day: date) -> None:
    """The team tables end before the day, the players' table with it."""
    league.players = [row for row in league.players if row["game_date"] <= day]
    league.offense = [row for row in league.offense if row["game_date"] < day]
    league.defense = [row for row in league.defense if row["game_date"] < day]


def append(league: Any, day: date) -> None:
    """Ten more days of games, the first two days later, played by everybody."""
    for row in [row for row in league.players if row["game_date"] == day]:
        for offset in range(2, 12):
            later = day + timedelta(days=offset)
            league.players.append({**row, "game_date": later, "game_id": f"later{offset}"})
    for rows, team in ((league.offense, "team_abbr"), (league.defense, "defending_team_abbr")):
        template = next(row for row in rows if row["game_date"] < day)
        for offset in range(12):
            rows.append(
                {**template, team: "T05", "game_date": day + timedelta(days=offset), "game_id": "x"}
            )


@pytest.fixture(scope="module")
def untouched_rows(shared_league: Any) -> Callable[[date], pa.Table]:
    """The rows of a day of the league that nobody has edited, computed once."""
    return cache(lambda day: rows_of(shared_league, day))


@pytest.mark.parametrize("edit", [change, delete, append])
@pytest.mark.parametrize("day", DATES, ids=str)
def test_rows_stay_the_same_byte_for_byte(
    league: Any,
    day: date,
    edit: Callable[[Any, date], None],
    untouched_rows: Callable[[date], pa.Table],
) -> None:
    before = untouched_rows(day)
    edit(league, day)
    assert before.num_rows > 20
    assert rows_of(league, day).equals(before)


@pytest.mark.parametrize("day", DATES, ids=str)
def test_box_scores_from_the_day_on_change_nothing(league: Any, day: date) -> None:
    games = [
        {**{key: row[key] for key in ("game_id", "game_date", "team_abbr")}, "minutes": "20:00"}
        for row in league.players
    ]
    league.boxscores = [game for game in games if game["game_date"] < day]
    before = rows_of(league, day)
    league.boxscores = games
    assert rows_of(league, day).equals(before)


def test_a_change_before_the_day_does_show(
    league: Any, untouched_rows: Callable[[date], pa.Table]
) -> None:
    day = DATES[1]
    before = untouched_rows(day)
    change(league, day - timedelta(days=12))
    assert not rows_of(league, day).equals(before)


def test_the_next_game_of_an_opponent_without_rows_on_the_day_changes_nothing(
    dense_league: Any,
) -> None:
    day = date(2024, 12, 1)
    for rows, team in (
        (dense_league.players, "team_abbr"),
        (dense_league.offense, "team_abbr"),
        (dense_league.defense, "defending_team_abbr"),
    ):
        rows[:] = [row for row in rows if row["game_date"] != day or row[team] != "T01"]
    before = rows_of(dense_league, day)
    delete(dense_league, day)
    assert before.num_rows > 20
    assert rows_of(dense_league, day).equals(before)
