"""What the windows behind a date need of offence and defence, and what is done without it (U10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from phase4.filling import readiness
from phase4.filling.publishing import publish
from tests.phase4.filling.conftest import facing, generate_dense
from tests.phase4.filling.shards import new_day, new_task, planned, quarantined, rows_of
from tests.table_server import TableServer

OPENER = date(2024, 10, 22)
DAY = OPENER + timedelta(days=62)
GAMES: list[date] = sorted(
    {row["game_date"] for row in generate_dense().offense if row["game_date"] < DAY}
)
"""The dates on which all four teams have played."""


@pytest.fixture
def sound(dense_league: Any) -> Any:
    """A league whose every defence has figures of every zone."""
    for row in dense_league.defense:
        for name in row:
            if name.startswith("opp_") and row[name] is None:
                row[name] = 20 if name.endswith("attempts") else 9
        players = [
            player
            for player in dense_league.players
            if player["game_id"] == row["game_id"]
            and player["opponent_team_abbr"] == row["defending_team_abbr"]
        ]
        row.update(facing(row, players))
    return dense_league


def remove(league: Any, table: str, is_removed: Callable[[dict[str, Any]], bool]) -> None:
    """Takes rows out of one L3 table."""
    setattr(league, table, [row for row in getattr(league, table) if not is_removed(row)])


def within(first: date, last: date = DAY) -> Callable[[dict[str, Any]], bool]:
    """Rows from one date to the day before another."""
    return lambda row: first <= row["game_date"] < last


def last_games(number: int) -> date:
    """The date of a team's number-th last game before DAY."""
    return GAMES[-number]


def context(league: Any, day: date = DAY) -> dict[str, set[Any]]:
    """The distinct values of what the rows of a date say about their inputs."""
    rows = league.compute([day]).rows
    return {name: set(rows[name].to_pylist()) for name in ("missing_data_fields", "pace_score")}


def test_a_sound_league_lacks_nothing(sound: Any) -> None:
    assert sound.told(sound.dates()).shortfalls.num_rows == 0


def test_two_of_ten_games_without_a_row_are_a_warning(sound: Any) -> None:
    remove(sound, "offense", within(last_games(2)))
    computed = sound.told([DAY])
    [said] = readiness.warnings(computed.shortfalls)[DAY]
    assert said == (
        "team_offense_game_summary has 32 of 40 team-games that the windows need:"
        f" 0 of 4 teams on {last_games(2)}, 0 of 4 teams on {last_games(1)}"
    )
    assert readiness.refusals(computed.shortfalls) == {}


def test_three_of_ten_games_without_a_row_are_refused(sound: Any) -> None:
    remove(sound, "offense", within(last_games(3)))
    [said] = readiness.refusals(sound.told([DAY]).shortfalls).values()
    assert said.startswith("BLOCKED_UPSTREAM: team_offense_game_summary has 28 of 40 team-games")


def test_a_row_without_figures_is_one_that_lacks(sound: Any) -> None:
    for row in filter(within(last_games(3)), sound.offense):
        row["possessions"] = 0
    assert DAY in readiness.refusals(sound.told([DAY]).shortfalls)


def test_a_defence_needs_fifteen_games(sound: Any) -> None:
    remove(sound, "defense", within(last_games(15), last_games(12)))
    assert readiness.refusals(sound.told([DAY]).shortfalls) == {}
    remove(sound, "defense", within(last_games(12), last_games(11)))
    assert DAY in readiness.refusals(sound.told([DAY]).shortfalls)


def test_games_that_the_window_has_left_are_not_needed(sound: Any) -> None:
    remove(sound, "offense", within(OPENER, last_games(10)))
    found = sound.told([DAY]).shortfalls.to_pylist()
    assert not [row for row in found if row["shortfall"].startswith("team_offense")]


def test_teams_that_do_not_play_are_needed_for_the_league_s_mean(sound: Any) -> None:
    remove(sound, "players", lambda row: row["game_date"] == DAY and row["team_abbr"] > "T01")
    remove(sound, "offense", lambda row: row["team_abbr"] > "T01")
    [said] = readiness.refusals(sound.told([DAY]).shortfalls).values()
    assert "has 20 of 40 team-games that the windows of all teams need" in said


def test_what_lacks_is_counted_in_the_row_though_it_be_more_than_30_days_ago(
    sound: Any,
) -> None:
    # Half of the games are cancelled, so that fifteen of them reach back sixty days.
    for name in ("players", "offense", "defense"):
        remove(sound, name, lambda row: (DAY - row["game_date"]).days % 4 != 0)
    remove(sound, "offense", lambda row: row["game_date"] == DAY - timedelta(days=40))
    issues = sound.compute([DAY]).rows["data_quality_issues"].to_pylist()
    assert {issue for listed in issues for issue in listed} == {
        "window_completeness_pct=85.7: 12 of 14 team games in the 30 days before"
        " and in the windows behind them are complete in L3"
    }


def test_the_completeness_of_a_window_is_rounded_half_away_from_zero(sound: Any) -> None:
    for name in ("players", "offense", "defense"):
        remove(sound, name, lambda row: (DAY - row["game_date"]).days not in (0, *range(2, 62, 4)))
    remove(
        sound,
        "offense",
        lambda row: (
            row["team_abbr"] == "T00"
            and row["game_date"] < DAY
            and (DAY - row["game_date"]).days <= 10
        ),
    )
    issues = sound.compute([DAY]).rows["data_quality_issues"].to_pylist()
    said = {issue for listed in issues for issue in listed}
    assert "window_completeness_pct=81.3: 13 of 16 team games in the 30 days before" in str(said)


class TestAgeOfALastKnownFigure:
    """A team's figure whose newest game is more than 30 days older than the team's is none."""

    def test_a_pace_of_30_days_ago_still_counts(self, sound: Any) -> None:
        remove(sound, "offense", within(last_games(1) - timedelta(days=29)))
        assert "pace_differential" not in str(context(sound)["missing_data_fields"])

    def test_a_pace_of_32_days_ago_is_absent(self, sound: Any) -> None:
        remove(sound, "offense", within(last_games(1) - timedelta(days=31)))
        said = context(sound)
        assert all("pace_differential" in str(one) for one in said["missing_data_fields"])
        assert said["pace_score"] == {0}

    def test_a_defence_of_32_days_ago_is_absent(self, sound: Any) -> None:
        remove(sound, "defense", within(last_games(1) - timedelta(days=31)))
        fields = context(sound)["missing_data_fields"]
        assert all("team_defense_zone" in str(one) for one in fields)

    def test_a_team_that_has_stopped_playing_keeps_its_figures(self, sound: Any) -> None:
        for name in ("players", "offense", "defense"):
            remove(sound, name, within(DAY - timedelta(days=33)))
        assert "pace_differential" not in str(context(sound)["missing_data_fields"])


def test_a_date_that_is_not_ready_keeps_its_old_partition(tables: TableServer) -> None:
    day, nothing = new_day(), quarantined(date(2024, 1, 1), 0)

    def published(rows: pa.Table, unready: dict[date, str]) -> Any:
        shard = [planned(day, 10)]
        task = new_task()
        [outcome] = publish(
            tables.warehouse(), task, shard, rows, nothing, games={}, unready=unready
        )
        return outcome

    published(rows_of(day, 10), {})
    refused = published(rows_of(day, 10, mark="b"), {day: "BLOCKED_UPSTREAM: 2 of 10"})
    assert (refused.status, refused.reason) == (
        "FAILED",
        "not published: BLOCKED_UPSTREAM: 2 of 10",
    )
    assert published(rows_of(day, 10), {}).status == "UNCHANGED"


@pytest.mark.parametrize(("without", "is_ready"), [(10, True), (11, False)])
def test_windows_with_zones_of_fewer_games_than_a_defence_needs_block(
    sound: Any, without: int, is_ready: bool
) -> None:
    """Rows made of box scores are there, but four games of fifteen make no defence."""
    for row in sound.defense:
        if last_games(without) <= row["game_date"] < DAY:
            for zone in ("paint", "mid_range"):
                row[f"opp_{zone}_attempts"] = row[f"opp_{zone}_makes"] = None
    found = readiness.refusals(sound.told([DAY]).shortfalls)
    text = "team_defense_game_summary has zones of 16 of 60 team-games that the windows need"
    assert found == ({} if is_ready else {DAY: f"BLOCKED_UPSTREAM: {text}"})
