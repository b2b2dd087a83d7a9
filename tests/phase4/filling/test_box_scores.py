"""L3 from L1, computed by hand: the rows of players and teams, rule by rule."""

from __future__ import annotations

from decimal import Decimal

import pytest

from phase4.filling.box_scores import BoxScores, box_scores
from phase4.filling.sources import ColumnMissing
from phase4.tables.arrow import schema_of, table_of
from phase4.tables.box_scores import SELECTED
from tests.phase4.filling.box_lines import (
    DAY,
    DEFENSE,
    OFFENSE,
    PLAYERS,
    READ,
    bench,
    changed,
    computed,
    game,
    id_table,
    player,
    reasons,
    team,
)

TIMES = {
    "0:30": "0.5",
    "00:30": "0.5",
    "1": "1.0",
    "0.25": "0.3",
    "0.38333333333333333": "0.4",
    "0:03": "0.1",
    "0:02": "0.0",
    "PT0M12.00S": "0.2",
    "PT00M09.00S": "0.2",
    "PT0M8.99S": "0.1",
    "00:00": "0.0",
    "0": "0.0",
}
NO_TIMES = (
    None, "", "-", "00", "DNP", "0:60", "0:5", "0:30:00",
    "-1", "0,5", ".5", "PT1M", "PT1M60S", "1e0",
)  # fmt: skip


@pytest.fixture(scope="module")
def listed() -> BoxScores:
    """A game with a player for every text that minutes may have."""
    texts = (*TIMES, *NO_TIMES)
    return computed([*game(), *(bench(player_lookup=f"[{one}]", minutes=one) for one in texts)])


@pytest.mark.parametrize(("text", "minutes"), TIMES.items())
def test_minutes_are_read_in_every_form_and_rounded_half_up(
    listed: BoxScores, text: str, minutes: str
) -> None:
    assert player(listed, f"[{text}]")["minutes_played"] == Decimal(minutes)


@pytest.mark.parametrize("text", NO_TIMES)
def test_minutes_that_are_no_time_are_absent(listed: BoxScores, text: str | None) -> None:
    row = player(listed, f"[{text}]")
    assert (row["minutes_played"], row["usage_rate"]) == (None, None)
    assert (row["is_active"], row["is_dnp"]) == (False, True)


def test_a_second_on_the_court_is_active_with_no_tenth_of_a_minute() -> None:
    row = player(computed([*game(), bench(minutes="0:01")]), "sixth")
    assert (row["minutes_played"], row["is_active"]) == (Decimal("0.0"), True)


def test_a_listed_player_without_a_second_is_not_active() -> None:
    row = player(computed([*game(), bench(minutes="0:00")]), "sixth")
    assert (row["minutes_played"], row["usage_rate"], row["is_active"]) == (0, None, False)


def test_statistics_are_taken_over_and_count_as_nothing_when_absent() -> None:
    facts = {"three_pointers_made": 3, "three_pointers_attempted": 9, "assists": 7}
    row = player(computed(changed(game(), "dal1", **facts)), "dal1")
    assert {
        name: row[name]
        for name in (
            "points",
            "assists",
            "rebounds",
            "fg_attempts",
            "fg_makes",
            "ft_attempts",
            "ft_makes",
        )
    } == {
        "points": 20,
        "assists": 7,
        "rebounds": 0,
        "fg_attempts": 20,
        "fg_makes": 10,
        "ft_attempts": 0,
        "ft_makes": 0,
    }
    assert (row["three_pt_attempts"], row["three_pt_makes"]) == (9, 3)
    assert (row["paint_attempts"], row["mid_range_attempts"]) == (None, None)


def test_usage_is_the_share_of_the_plays_of_the_team_while_he_was_on_the_court() -> None:
    # 20 + 0.44 * 5 + 3 = 25.2 of 105.2 plays, in 48 of 48 minutes.
    found = computed(changed(game(), "dal1", free_throws_attempted=5, turnovers=3))
    assert player(found, "dal1")["usage_rate"] == Decimal("23.95")
    assert player(found, "dal2")["usage_rate"] == Decimal("19.01")


def test_usage_in_fewer_minutes_counts_for_more() -> None:
    # 2 of 102 plays in 4 minutes of 244 / 5: 100 * 2 * 48.8 / (4 * 102) = 23.9215…
    found = computed([*game(), bench(minutes="4:00", field_goals_attempted=2)])
    assert player(found, "sixth")["usage_rate"] == Decimal("23.92")


def test_usage_is_rounded_half_away_from_zero() -> None:
    # 1 of 160 plays in all 48 minutes: 0.625.
    lines = changed(game(field_goals_attempted=40), "dal4", field_goals_attempted=39)
    lines = changed(lines, "dal0", field_goals_made=1, field_goals_attempted=1)
    assert player(computed(lines), "dal0")["usage_rate"] == Decimal("0.63")


def test_a_team_without_a_play_has_no_usage() -> None:
    found = computed(
        game(
            points=0,
            field_goals_made=0,
            field_goals_attempted=0,
            home_team_score=0,
            away_team_score=0,
        )
    )
    assert player(found, "dal0")["usage_rate"] is None
    assert player(found, "dal0")["minutes_played"] == 48


def test_a_player_without_a_play_has_a_usage_of_nothing() -> None:
    found = computed([*game(), bench(minutes="4:00")])
    assert player(found, "sixth")["usage_rate"] == 0


def test_a_usage_that_the_column_cannot_hold_is_absent() -> None:
    found = computed([*game(), bench(minutes="0.001", field_goals_attempted=9)])
    assert player(found, "sixth")["usage_rate"] is None


def test_possessions_and_pace_of_a_team() -> None:
    # DAL 100 + 0.44 * 3 - 2 + 10 = 109.32 and BKN 100: pace (109.32 + 100) / 2 in 48 minutes.
    facts = {"free_throws_attempted": 3, "offensive_rebounds": 2, "turnovers": 10}
    found = computed(changed(game(), "dal1", **facts))
    assert (
        team(found.rows[OFFENSE], "DAL")["possessions"],
        team(found.rows[OFFENSE], "BKN")["possessions"],
    ) == (
        109,
        100,
    )
    assert team(found.rows[OFFENSE], "DAL")["pace"] == Decimal("104.7")
    assert team(found.rows[OFFENSE], "BKN")["pace"] == Decimal("104.7")


def test_pace_is_rounded_half_away_from_zero() -> None:
    # 105.2 and 100 possessions in 48.64 minutes: 48 * 102.6 / 48.64 = 101.25.
    lines = changed(game(minutes="48.64"), "dal1", free_throws_attempted=5, turnovers=3)
    assert team(computed(lines).rows[OFFENSE], "DAL")["pace"] == Decimal("101.3")


def test_pace_in_overtime_is_that_of_48_minutes() -> None:
    # 100 possessions in 53 minutes: 48 * 100 / 53 = 90.566…
    found = computed(game(minutes="53:00", period=5))
    assert team(found.rows[OFFENSE], "DAL")["pace"] == Decimal("90.6")
    assert player(found, "dal0")["usage_rate"] == 20


def test_a_team_has_its_points_its_opponent_and_its_place() -> None:
    found = computed(
        [*game(home_team_score=105), bench(minutes="1:00", points=5, home_team_score=105)]
    )
    home, away = team(found.rows[OFFENSE], "DAL"), team(found.rows[OFFENSE], "BKN")
    assert (home["points_scored"], home["opponent_team_abbr"], home["home_game"]) == (
        105,
        "BKN",
        True,
    )
    assert (away["points_scored"], away["opponent_team_abbr"], away["home_game"]) == (
        100,
        "DAL",
        False,
    )
    assert player(found, "bkn0")["opponent_team_abbr"] == "DAL"


def test_a_defence_has_what_the_lines_of_its_opponent_say() -> None:
    threes = {"three_pointers_made": 3, "three_pointers_attempted": 9}
    found = computed(changed(game(), "bkn1", **threes))
    home, away = team(found.rows[DEFENSE], "DAL"), team(found.rows[DEFENSE], "BKN")
    assert [row["opp_three_pt_attempts"] for row in (home, away)] == [9, 0]
    assert [row["opp_three_pt_makes"] for row in (home, away)] == [3, 0]
    assert [row["points_allowed"] for row in (home, away)] == [100, 100]
    assert {row["opp_paint_attempts"] for row in (home, away)} == {None}


@pytest.mark.parametrize("given", ["22400301", "0022400301", "BDL301", "20241204_DAL_BKN"])
def test_a_game_is_written_as_date_away_home_whatever_its_id(given: str) -> None:
    found = computed(game("BRK", "DAL", game_id=given))
    for rows in found.rows.values():
        assert set(rows["game_id"].to_pylist()) == {"20241204_BKN_DAL"}
        assert set(rows["season_year"].to_pylist()) == {2024}
    assert set(found.rows[PLAYERS]["team_abbr"].to_pylist()) == {"BKN", "DAL"}


def test_rows_have_the_columns_of_their_tables() -> None:
    found = computed(game())
    for table, rows in (
        (PLAYERS, found.rows[PLAYERS]),
        (OFFENSE, found.rows[OFFENSE]),
        (DEFENSE, found.rows[DEFENSE]),
    ):
        assert rows.schema.equals(schema_of(table))
        assert set(rows["processed_at"].to_pylist()) == {READ}


def test_only_the_dates_that_are_asked_for_are_computed() -> None:
    found = computed(game(), dates=[])
    assert {rows.num_rows for rows in (*found.rows.values(), found.refused)} == {0}


def test_a_player_is_known_by_the_id_of_his_name() -> None:
    found = computed(game(), {"dal0": "dal0_1"})
    assert player(found, "dal0")["universal_player_id"] == "dal0_1"
    assert player(found, "dal1")["universal_player_id"] is None
    noted = {note["player_lookup"]: note["reason"] for note in found.noted.to_pylist()}
    assert set(noted) == {*(f"bkn{n}" for n in range(5)), *(f"dal{n}" for n in range(1, 5))}
    assert noted["dal1"] == "no universal_player_id is known"


def test_a_name_of_two_people_has_no_id() -> None:
    ids = id_table([("dal0", "dal0_1"), ("dal0", "dal0_2"), ("dal0", "dal0_1")])
    lines = table_of("bdl_player_boxscores", game())
    found = box_scores(lines, ids, [DAY], READ)
    assert player(found, "dal0")["universal_player_id"] is None
    notes = [n["reason"] for n in found.noted.to_pylist() if n["player_lookup"] == "dal0"]
    assert notes == ["universal_player_id is one of dal0_1, dal0_2"]


def test_points_without_minutes_are_noted() -> None:
    lines = [*game(home_team_score=102), bench(minutes="-", points=2, home_team_score=102)]
    found = computed(lines, {line["player_lookup"]: "id" for line in lines})
    assert [note["reason"] for note in found.noted.to_pylist()] == [
        "minutes=- are no time, yet he did something"
    ]
    assert reasons(found) == []


@pytest.mark.parametrize("column", SELECTED)
def test_a_column_that_the_lines_lack_is_named(column: str) -> None:
    lines = table_of("bdl_player_boxscores", game()).drop_columns([column])
    with pytest.raises(ColumnMissing, match=f"bdl_player_boxscores has no column '{column}'"):
        box_scores(lines, None, [DAY], READ)
