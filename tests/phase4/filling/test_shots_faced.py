"""A defence that faced other shots than the opponent's players took is not believed, and named."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from phase4.filling.compute import Computed

DAY = date(2024, 12, 19)
EARLIER = DAY - timedelta(days=2)
RULE = "not what the players of the opponent attempted"
ZONES = ("paint", "mid_range", "three_pt")
FACED = [f"opp_{zone}_{what}" for zone in ZONES for what in ("attempts", "makes")]
Row = dict[str, Any]


def named(computed: Computed) -> list[str]:
    """What is said of defences and players on the requested dates."""
    return [
        note["reason"]
        for note in computed.noted.to_pylist()
        if RULE in note["reason"] and note["game_id"]
    ]


def counted_behind(computed: Computed) -> list[str]:
    return [
        note["reason"]
        for note in computed.noted.to_pylist()
        if RULE in note["reason"] and note["game_id"] is None
    ]


def defences(league: Any, day: date) -> list[Row]:
    """The two rows of the first game of a date."""
    found: list[Row] = [row for row in league.defense if row["game_date"] == day]
    return found[:2]


def players_against(league: Any, defence: Row) -> list[Row]:
    """The players of the opponent who played."""
    return [
        row
        for row in league.players
        if row["game_id"] == defence["game_id"]
        and row["opponent_team_abbr"] == defence["defending_team_abbr"]
        and row["is_active"]
    ]


def exchange(league: Any, day: date) -> None:
    """Gives each defence of a game the figures of the other."""
    one, other = defences(league, day)
    for name in FACED:
        one[name], other[name] = other[name], one[name]


def make_whole(league: Any, day: date) -> None:
    """Gives everybody minutes, and attempts from every zone."""
    for defence in defences(league, day):
        players = players_against(league, defence)
        for row in players:
            row["minutes_played"] = round(Decimal(241) / len(players), 1)
            for zone in ZONES:
                row[f"{zone}_attempts"] = row[f"{zone}_attempts"] or 3
        for zone in ZONES:
            taken = sum(row[f"{zone}_attempts"] for row in players)
            defence.update({f"opp_{zone}_attempts": taken, f"opp_{zone}_makes": taken // 2})


@pytest.fixture
def whole(dense_league: Any) -> Any:
    """A league in which all is known of the first game of two dates."""
    make_whole(dense_league, DAY)
    make_whole(dense_league, EARLIER)
    return dense_league


def test_a_sound_league_has_no_such_defence(dense_league: Any) -> None:
    computed = dense_league.told([DAY])
    assert named(computed) == counted_behind(computed) == []


def test_an_exchange_is_named_with_both_figures(whole: Any) -> None:
    one, other = defences(whole, DAY)
    faced = {name: one[name] for name in FACED}
    exchange(whole, DAY)
    reasons = named(whole.told([DAY]))
    assert len(reasons) == 2
    zone, text = "opp_paint_attempts", f"{other['defending_team_abbr']}: "
    assert any(
        f"{text}{zone}={other[zone]} against" in reason and f"against {one[zone]}" in reason
        for reason in reasons
    )
    assert faced[zone] == other[zone]


def test_behind_a_date_it_is_absent_and_counted(whole: Any) -> None:
    exchange(whole, EARLIER)
    hurt = whole.compute([DAY])
    emptied = {row["game_id"] for row in defences(whole, EARLIER)}
    for row in whole.defense:
        if row["game_id"] in emptied:
            row.update(dict.fromkeys(FACED))
    absent = whole.compute([DAY])
    assert hurt.rows == absent.rows
    assert any("2 times in the 45 days before" in reason for reason in counted_behind(hurt))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("more", [-1, 1])
def test_one_attempt_is_enough(whole: Any, zone: str, more: int) -> None:
    defences(whole, DAY)[0][f"opp_{zone}_attempts"] += more
    assert len(named(whole.told([DAY]))) == 1


@pytest.mark.parametrize(
    "impossible",
    [
        {"paint_attempts": 101},
        {"mid_range_attempts": -1},
        {"mid_range_attempts": None},
        {"fg_attempts": 1, "paint_attempts": 9},
        {"minutes_played": Decimal(0), "paint_attempts": 99},
        {"minutes_played": None, "paint_attempts": 99},
        {"is_active": None, "paint_attempts": 99},
    ],
)
def test_a_player_who_is_not_believed_contradicts_no_defence(
    whole: Any, impossible: dict[str, Any]
) -> None:
    players_against(whole, defences(whole, DAY)[0])[0].update(impossible)
    assert named(whole.told([DAY])) == []


def test_a_player_who_shot_more_than_the_defence_faced_contradicts_it(whole: Any) -> None:
    players_against(whole, defences(whole, DAY)[0])[0]["paint_attempts"] = 60
    assert len(named(whole.told([DAY]))) == 1


def test_players_that_lack_leave_more_to_the_defence(whole: Any) -> None:
    gone = players_against(whole, defences(whole, DAY)[0])[:3]
    whole.players = [row for row in whole.players if row not in gone]
    assert named(whole.told([DAY])) == []


@pytest.mark.parametrize(
    "change",
    [{}, {"game_id": "7"}, {"processed_at": None}, {"paint_attempts": 40}],
    ids=["again", "under another id", "at no time", "with other shots"],
)
def test_players_who_stand_twice_took_their_shots_once(whole: Any, change: dict[str, Any]) -> None:
    copies = [{**row, **change} for row in players_against(whole, defences(whole, DAY)[0])]
    whole.players.extend(copies)
    assert named(whole.told([DAY])) == []


def test_an_exchange_is_seen_though_every_player_stands_twice(whole: Any) -> None:
    whole.players.extend([{**row, "game_id": "7"} for row in whole.players])
    exchange(whole, DAY)
    assert len(named(whole.told([DAY]))) == 2
