"""Which games L1 cannot feed, each with its reason; their neighbours are written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.phase4.filling.box_lines import (
    DEFENSE,
    DELIVERED,
    OFFENSE,
    PLAYERS,
    Line,
    bench,
    changed,
    computed,
    game,
    player,
    reasons,
    team,
)

LATER = DELIVERED + timedelta(hours=3)


def only_reason(lines: list[Line]) -> str:
    """Why the game stays out; nothing of it is written, and its neighbour is."""
    found = computed([*lines, *game("LAL", "UTA")])
    for rows in (found.rows[PLAYERS], found.rows[OFFENSE], found.rows[DEFENSE]):
        assert set(rows["game_id"].to_pylist()) == {"20241204_LAL_UTA"}
    assert found.refused["game"].to_pylist() == ["BKN-DAL"]
    (reason,) = reasons(found)
    return reason


def with_team_minutes(minutes: float, **facts: Any) -> list[Line]:
    """The game with one player of DAL whose minutes make the team's sum."""
    return changed(game(**facts), "dal0", minutes=f"{minutes - 4 * 48:.4f}")


@pytest.mark.parametrize("minutes", [238, 245])
def test_a_whole_team_has_238_to_245_minutes(minutes: float) -> None:
    assert reasons(computed(with_team_minutes(minutes))) == []


@pytest.mark.parametrize("minutes", [212.4, 237.99, 245.01])
def test_a_team_with_other_minutes_refuses_its_game(minutes: float) -> None:
    assert only_reason(with_team_minutes(minutes)) == (
        f"team minutes {minutes:.2f} of DAL outside 238…245"
    )


@pytest.mark.parametrize(
    ("period", "minutes"), [(5, 260), (5, 273), (6, 285), (6, 298), (None, 265), (None, 290)]
)
def test_an_overtime_adds_25_minutes_three_more_or_less(period: int | None, minutes: int) -> None:
    lines = game(minutes=f"{minutes / 5:.4f}", period=period)
    assert reasons(computed(lines)) == []


@pytest.mark.parametrize(
    ("period", "minutes", "bounds"),
    [
        (4, 265, "238…245"),
        (5, 240, "260…273 (overtimes: 1)"),
        (5, 274, "260…273 (overtimes: 1)"),
        (None, 250, "238…245"),
        (None, 255, "260…273 (overtimes: 1)"),
    ],
)
def test_minutes_that_the_periods_contradict(period: int | None, minutes: int, bounds: str) -> None:
    lines = game(minutes=f"{minutes / 5:.4f}", period=period)
    assert only_reason(lines) == "; ".join(
        f"team minutes {minutes:.2f} of {code} outside {bounds}" for code in ("BKN", "DAL")
    )


def test_teams_of_one_game_play_as_many_overtimes() -> None:
    lines = [
        {**line, "minutes": "53:00"} if line["team_abbr"] == "DAL" else line
        for line in game(period=None)
    ]
    assert only_reason(lines) == "team minutes 240.00 of BKN outside 260…273 (overtimes: 1)"


def four_of_dallas() -> list[Line]:
    """The game with four players of DAL, who play for five."""
    lines = [line for line in game(home_team_score=80) if line["player_lookup"] != "dal4"]
    return [{**line, "minutes": "60:00"} if line["team_abbr"] == "DAL" else line for line in lines]


def test_four_players_are_no_team() -> None:
    assert only_reason(four_of_dallas()) == "4 players of DAL"


def test_a_player_without_minutes_is_not_counted_for_the_team() -> None:
    fifth = bench(minutes=None, home_team_score=80)
    assert only_reason([*four_of_dallas(), fifth]) == "4 players of DAL"


def test_one_team_is_no_game() -> None:
    assert (
        only_reason([line for line in game() if line["team_abbr"] == "DAL"]) == "only one team, DAL"
    )


def test_a_third_team_is_named() -> None:
    lines = [*game(), *({**line, "team_abbr": "SAS", "player_lookup": f"sas{n}"}
                        for n, line in enumerate(game()[:5]))]  # fmt: skip
    assert "lines of SAS, which is not one of its teams" in only_reason(lines)


def test_points_of_the_lines_are_the_score() -> None:
    assert only_reason(game(home_team_score=101)) == (
        "points of the lines 100 are not the score 101 of DAL"
    )


def test_a_game_without_a_score_cannot_be_held_to_it() -> None:
    assert only_reason(game(away_team_score=None)) == "no score of BKN"


def test_several_reasons_are_all_named() -> None:
    reason = only_reason(with_team_minutes(230, away_team_score=99))
    assert reason == (
        "points of the lines 100 are not the score 99 of BKN;"
        " team minutes 230.00 of DAL outside 238…245"
    )


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"turnovers": -50}, "turnovers=-50: outside 0-100"),
        ({"offensive_rebounds": -3}, "offensive_rebounds=-3: outside 0-100"),
        ({"free_throws_attempted": 50_000}, "free_throws_attempted=50000: outside 0-100"),
        (
            {"field_goals_attempted": 2 * 10**17},
            "field_goals_attempted=200000000000000000: outside 0-100",
        ),
        (
            {"field_goals_attempted": 0},
            "field_goals_made=10, field_goals_attempted=0: more field goals than attempts",
        ),
        (
            {"field_goals_attempted": None},
            "field_goals_made=10, field_goals_attempted=NULL: more field goals than attempts",
        ),
        (
            {"three_pointers_made": 0, "free_throws_made": 1, "free_throws_attempted": 1},
            "points=20, field_goals_made=10, three_pointers_made=0, free_throws_made=1:"
            " not the points that they make",
        ),
    ],
)
def test_a_line_that_cannot_be_refuses_its_game(facts: Line, why: str) -> None:
    assert only_reason(changed(game(), "dal0", **facts)) == f"dal0 has {why}"


def test_a_period_that_no_game_reaches_refuses_it() -> None:
    assert only_reason(game(period=9 * 10**17)) == "period 900000000000000000 outside 0…14"


def test_a_team_that_nobody_knows_refuses_its_game() -> None:
    found = computed([*game("cha", "DAL"), *game("LAL", "UTA")])
    assert reasons(found) == ["cha is no team that anybody knows"]
    assert set(found.rows[OFFENSE]["game_id"].to_pylist()) == {"20241204_LAL_UTA"}


@pytest.mark.parametrize("minutes", [None, "", "00:00"])
def test_a_postponed_game_yields_nothing(minutes: str | None) -> None:
    found = computed(game(minutes=minutes, points=0, home_team_score=0, away_team_score=0))
    assert ({rows.num_rows for rows in found.rows.values()}, reasons(found)) == ({0}, [])


def test_a_game_whose_minutes_nobody_can_read_is_not_postponed() -> None:
    assert only_reason(game(minutes="0:48:00")) == "; ".join(
        f"{what} of {team}{bounds}"
        for team in ("BKN", "DAL")
        for what, bounds in (("team minutes 0.00", " outside 238…245"), ("0 players", ""))
    )


def test_a_team_without_minutes_refuses_the_game() -> None:
    lines = [{**line, "minutes": None} if line["team_abbr"] == "DAL" else line for line in game()]
    assert only_reason(lines) == "team minutes 0.00 of DAL outside 238…245; 0 players of DAL"


def test_a_player_of_two_teams_refuses_the_game() -> None:
    other = {**game()[0], "player_lookup": "dal0", "processed_at": LATER}
    assert "dal0 plays for BKN and DAL" in only_reason([*game(), other])


def test_a_newer_line_moves_a_player_to_his_team() -> None:
    wrong = {**game()[5], "team_abbr": "BKN", "processed_at": DELIVERED - timedelta(hours=3)}
    assert wrong["player_lookup"] == "dal0"
    found = computed([wrong, *game()])
    assert reasons(found) == []
    whole = computed(game())
    assert {name: rows.to_pylist() for name, rows in found.rows.items()} == {
        name: rows.to_pylist() for name, rows in whole.rows.items()
    }


def test_two_lines_of_one_moment_that_differ_refuse_the_game() -> None:
    again = {**game()[5], "rebounds": 3}
    assert only_reason([*game(), again]) == "lines of dal0 of one moment differ"


@pytest.mark.parametrize("name", [None, "", " "])
def test_a_line_without_a_player_refuses_the_game(name: str | None) -> None:
    assert only_reason([*game(), bench(player_lookup=name, minutes="1:00")]) == (
        "a line of DAL names no player"
    )


@pytest.mark.parametrize(
    ("facts", "about"),
    [
        ({"home_team_score": 99}, "score"),
        ({"period": 5}, "period"),
        ({"home_team_abbr": "BKN", "away_team_abbr": "DAL"}, "home team"),
    ],
)
def test_lines_of_one_moment_that_differ_about_the_game(facts: Line, about: str) -> None:
    lines = changed(game(), "bkn0", **facts)
    assert f"lines of one moment differ about the {about}" in only_reason(lines)


def test_a_team_of_two_games_on_a_date_refuses_both() -> None:
    found = computed([*game(), *({**line, "player_lookup": f"x{n}"}
                                 for n, line in enumerate(game("SAS", "DAL")))])  # fmt: skip
    assert reasons(found) == ["DAL has 2 games on this date"] * 2


def test_a_postponed_game_of_a_team_does_not_count_against_the_one_it_played() -> None:
    postponed = game("SAS", "DAL", minutes=None, points=0)
    listed = [{**line, "player_lookup": f"x{n}"} for n, line in enumerate(postponed)]
    found = computed([*game(), *listed])
    assert (found.rows[PLAYERS].num_rows, reasons(found)) == (10, [])


def test_a_game_under_two_ids_is_one_game() -> None:
    reversed_teams = {"home_team_abbr": "BRK", "away_team_abbr": "DAL"}
    other = [
        {**line, "game_id": "22400301", "processed_at": LATER, **reversed_teams} for line in game()
    ]
    found = computed([*game(), *other])
    assert found.rows[PLAYERS].num_rows == 10
    # The newest delivery says who is at home.
    assert set(found.rows[OFFENSE]["game_id"].to_pylist()) == {"20241204_DAL_BKN"}


def test_the_newest_delivery_of_a_line_counts() -> None:
    corrected = [
        {**line, "processed_at": LATER, "points": 22, "home_team_score": 102}
        for line in game()
        if line["player_lookup"] == "dal0"
    ]
    found = computed([*corrected, *game()])
    assert player(found, "dal0")["points"] == 22
    assert team(found.rows[OFFENSE], "DAL")["points_scored"] == 102
    assert team(found.rows[DEFENSE], "BKN")["points_allowed"] == 102


def test_a_line_without_a_moment_is_older_than_any_other() -> None:
    undated = changed(game(processed_at=None), "dal0", points=3)
    found = computed([*undated, *game()])
    assert player(found, "dal0")["points"] == 20


def test_a_player_of_two_games_on_a_date_is_written_in_both() -> None:
    # Which of the two is his is unknown: L4 quarantines him.
    lines = [*game(), *game("LAL", "UTA")]
    lines = changed(lines, "lal0", player_lookup="dal0")
    assert computed(lines).rows[PLAYERS].num_rows == 20
