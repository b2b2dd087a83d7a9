"""What cannot be, or contradicts itself, is not believed: it is named, counted, and costs."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from phase4.filling.compute import Computed
from tests.phase4.filling.conftest import generate_dense

DAY = date(2024, 12, 19)
EARLIER = DAY - timedelta(days=2)
ZONES = ("paint", "mid_range", "three_pt")


def on(league: Any, day: date, table: str = "players") -> list[dict[str, Any]]:
    return [row for row in getattr(league, table) if row["game_date"] == day]


def active(league: Any, day: date) -> list[dict[str, Any]]:
    return [row for row in on(league, day) if row["is_active"]]


def rows(computed: Computed, day: date = DAY) -> dict[str, dict[str, Any]]:
    found = computed.rows.to_pylist()
    return {row["player_lookup"]: row for row in found if row["game_date"] == day}


def content(computed: Computed, *but: str) -> list[dict[str, Any]]:
    """The rows without some of their columns."""
    return [
        {name: value for name, value in row.items() if name not in but}
        for row in computed.rows.to_pylist()
    ]


def reasons(computed: Computed, table: str = "noted") -> list[str]:
    return [str(reason) for reason in getattr(computed, table)["reason"].to_pylist()]


@pytest.fixture(scope="module")
def whole() -> Computed:
    """The rows of the day while nothing contradicts anything."""
    return generate_dense().compute([DAY])


class TestOneGameUnderTwoIds:
    @pytest.mark.parametrize("table", ["players", "offense", "defense"])
    @pytest.mark.parametrize("day", [DAY, EARLIER], ids=["target", "history"])
    def test_gives_the_rows_of_one_and_is_named(
        self, dense_league: Any, whole: Computed, table: str, day: date
    ) -> None:
        copies = [{**row, "game_id": f"00224{n // 99:05}"} for n, row in
                  enumerate(on(dense_league, day, table))]  # fmt: skip
        getattr(dense_league, table).extend(copies)
        doubled = dense_league.compute([DAY])
        assert doubled.rows == whole.rows
        assert any("rows of the game stand twice" in reason for reason in reasons(doubled))

    def test_is_seen_behind_other_names_of_the_teams(self, dense_league: Any) -> None:
        for table, own in (("players", "team_abbr"), ("offense", "team_abbr"),
                           ("defense", "defending_team_abbr")):  # fmt: skip
            for row in getattr(dense_league, table):
                for column in (own, "opponent_team_abbr"):
                    row[column] = {"T00": "BKN"}.get(row[column], row[column])
        sound = dense_league.compute([DAY])
        for row in on(dense_league, EARLIER, "offense"):
            if row["team_abbr"] == "BKN":
                row["team_abbr"] = "BRK"
        assert dense_league.compute([DAY]).rows == sound.rows

    def test_the_newest_row_survives_and_then_the_fullest(
        self, dense_league: Any, whole: Computed
    ) -> None:
        for row in on(dense_league, EARLIER):
            older = row["processed_at"] - timedelta(hours=1)
            dense_league.players.append(
                {**row, "game_id": "1", "usage_rate": 1, "processed_at": older}
            )
            dense_league.players.append({**row, "game_id": "2", "usage_rate": None, "points": None})
        assert dense_league.compute([DAY]).rows == whole.rows

    def test_half_of_it_under_another_id_stays_one_game(
        self, dense_league: Any, whole: Computed
    ) -> None:
        for row in on(dense_league, DAY)[::4]:
            row["game_id"] = "0022400001"
        assert dense_league.compute([DAY]).rows == whole.rows

    def test_rows_of_one_moment_that_differ_are_not_used(self, dense_league: Any) -> None:
        one = active(dense_league, DAY)[0]
        dense_league.players.append({**one, "points": one["points"] + 1})
        computed = dense_league.compute([DAY])
        assert one["player_lookup"] not in rows(computed)
        assert any("rows of one moment differ" in reason for reason in reasons(computed))


class TestIdentity:
    @pytest.mark.parametrize("opponent", ["A", None, " ", "{} "])
    def test_another_opponent_in_one_row_takes_nobody_out_of_the_game(
        self, dense_league: Any, whole: Computed, opponent: str | None
    ) -> None:
        sound = rows(whole)
        for one in active(dense_league, DAY):
            if one["player_lookup"].endswith("0"):
                one["opponent_team_abbr"] = opponent and opponent.format(one["opponent_team_abbr"])
        hurt = rows(dense_league.compute([DAY]))
        assert hurt.keys() == sound.keys()
        assert all(hurt[who] == row for who, row in sound.items() if not who.endswith("0"))

    @pytest.mark.parametrize("table", ["offense", "defense"])
    def test_a_team_in_two_games_of_a_date_has_no_figures_of_it(
        self, dense_league: Any, whole: Computed, table: str
    ) -> None:
        one = on(dense_league, EARLIER, table)[0]
        elsewhere = {"game_id": "8", "opponent_team_abbr": "T02"}
        getattr(dense_league, table).append({**one, **elsewhere})
        hurt = dense_league.compute([DAY])
        assert hurt.rows.num_rows == whole.rows.num_rows
        assert any("two games on one date" in reason for reason in reasons(hurt))

    def test_a_player_on_two_teams_in_one_game_is_kept_out(self, dense_league: Any) -> None:
        one = active(dense_league, DAY)[0]
        swapped = {"team_abbr": one["opponent_team_abbr"], "opponent_team_abbr": one["team_abbr"]}
        dense_league.players.append({**one, **swapped})
        computed = dense_league.compute([DAY])
        assert one["player_lookup"] not in rows(computed)
        assert reasons(computed, "quarantined") == [
            "plays for T00 and T01 in one game: two rows cannot both be true"
        ]

    def test_a_newer_row_moves_a_player_to_his_team(
        self, dense_league: Any, whole: Computed
    ) -> None:
        one = active(dense_league, DAY)[0]
        swapped = {"team_abbr": one["opponent_team_abbr"], "opponent_team_abbr": one["team_abbr"]}
        earlier = one["processed_at"] - timedelta(hours=1)
        dense_league.players.append({**one, **swapped, "processed_at": earlier})
        computed = dense_league.compute([DAY])
        assert reasons(computed, "quarantined") == []
        assert rows(computed) == rows(whole)

    def test_two_people_under_one_key_are_kept_out(self, dense_league: Any) -> None:
        one = active(dense_league, DAY)[0]
        later = one["processed_at"] + timedelta(hours=1)
        dense_league.players.append(
            {**one, "universal_player_id": "somebody_2", "processed_at": later}
        )
        computed = dense_league.compute([DAY])
        assert one["player_lookup"] not in rows(computed)
        assert "somebody_2" in reasons(computed, "quarantined")[0]

    def test_one_person_under_two_keys_is_kept_out_under_both(self, dense_league: Any) -> None:
        one, other = active(dense_league, DAY)[:2]
        other["universal_player_id"] = one["universal_player_id"]
        computed = dense_league.compute([DAY])
        assert not {one["player_lookup"], other["player_lookup"]} & set(rows(computed))
        assert len(reasons(computed, "quarantined")) == 2

    @pytest.mark.parametrize("other_id", [None, "SOMEBODY_2"], ids=["no id", "another id"])
    @pytest.mark.parametrize("spelled", [str.upper, " {} ".format, "{}.".format])
    def test_a_game_copied_under_other_spellings_doubles_nobody_and_is_named(
        self, dense_league: Any, whole: Computed, spelled: Any, other_id: str | None
    ) -> None:
        game = active(dense_league, DAY)[0]["game_id"]
        own = [row for row in active(dense_league, DAY) if row["game_id"] == game]
        for row in own:
            name = spelled(row["player_lookup"])
            changed = {"game_id": "0022400001", "universal_player_id": other_id}
            dense_league.players.append({**row, **changed, "player_lookup": name})
        doubled = dense_league.compute([DAY])
        kept = {row["player_lookup"] for row in whole.rows.to_pylist()}
        assert set(rows(doubled)) == kept - {row["player_lookup"] for row in own}
        named = reasons(doubled, "quarantined")
        assert len(named) == 2 * len(own)
        assert all(" are one name on one date" in reason for reason in named)

    def test_a_name_spelled_otherwise_on_another_date_is_a_key_of_its_own(
        self, dense_league: Any
    ) -> None:
        one = active(dense_league, EARLIER)[0]
        sound = dense_league.compute([DAY])
        one["player_lookup"] = one["player_lookup"].upper()
        assert set(rows(dense_league.compute([DAY]))) == set(rows(sound))

    def test_a_player_in_two_games_of_a_date_is_kept_out(self, dense_league: Any) -> None:
        one = active(dense_league, DAY)[0]
        elsewhere = {"game_id": "g", "team_abbr": "T02", "opponent_team_abbr": "T03"}
        dense_league.players.append({**one, **elsewhere})
        computed = dense_league.compute([DAY])
        assert one["player_lookup"] not in rows(computed)
        assert "T00-T01 and T02-T03" in reasons(computed, "quarantined")[0]

    def test_such_a_game_is_no_history_and_the_rest_behind_it_unknown(
        self, dense_league: Any
    ) -> None:
        one = active(dense_league, EARLIER)[0]
        dense_league.players.append({**one, "universal_player_id": "somebody_2"})
        row = rows(dense_league.compute([DAY]))[one["player_lookup"]]
        assert "days_rest" in row["missing_data_fields"]
        assert any("contradicts itself about 1 games" in i for i in row["data_quality_issues"])


class TestMinutes:
    def test_points_without_minutes_are_a_contradiction(self, dense_league: Any) -> None:
        one = active(dense_league, DAY)[0]
        one["minutes_played"], one["points"] = Decimal(0), 21
        computed = dense_league.compute([DAY])
        assert one["player_lookup"] not in rows(computed)
        assert reasons(computed)[0] == (
            "minutes_played=0.0000: played without minutes, the row is not used"
        )
        assert reasons(computed, "quarantined") == ["minutes_played=0.0000: played without minutes"]

    def test_a_star_with_points_and_no_minutes_is_not_out(
        self, dense_league: Any, whole: Computed
    ) -> None:
        sound = rows(whole)
        hurt = [row for row in active(dense_league, DAY) if row["points"] >= 18]
        for row in hurt:
            row["minutes_played"] = Decimal(0)
        found = rows(dense_league.compute([DAY]))
        names = {row["player_lookup"] for row in hurt}
        assert names
        assert found == {name: row for name, row in sound.items() if name not in names}

    def test_without_points_they_did_not_play(self, dense_league: Any) -> None:
        one = active(dense_league, DAY)[0]
        nothing = dict.fromkeys((*(f"{zone}_attempts" for zone in ZONES), "points"), 0)
        one.update(nothing, minutes_played=Decimal(0))
        computed = dense_league.compute([DAY])
        assert one["player_lookup"] not in rows(computed)
        assert not any("row is not used" in reason for reason in reasons(computed))

    def test_in_the_history_they_leave_the_rest_unknown(self, dense_league: Any) -> None:
        one = active(dense_league, EARLIER)[0]
        one["minutes_played"], one["points"] = Decimal(0), 21
        computed = dense_league.compute([DAY])
        row = rows(computed)[one["player_lookup"]]
        assert row["missing_data_fields"] == "days_rest"
        assert row["data_completeness_pct"] == 80
        assert any("player_game_summary, 1 times" in reason for reason in reasons(computed))

    @pytest.mark.parametrize("days", [10, 14, 20, 40])
    def test_the_rest_is_unknown_until_the_next_game_however_long_that_takes(
        self, dense_league: Any, days: int
    ) -> None:
        then = {row["player_lookup"]: row for row in on(dense_league, DAY - timedelta(days=days))}
        one = next(row for row in active(dense_league, DAY) if row["player_lookup"] in then)
        unclear = then[one["player_lookup"]]
        unclear.update(minutes_played=Decimal(0), points=21, is_active=True)
        mine = [row for row in dense_league.players if row["player_lookup"] == one["player_lookup"]]
        for row in mine:
            if unclear["game_date"] < row["game_date"] < DAY:
                dense_league.players.remove(row)
        row = rows(dense_league.compute([DAY]))[one["player_lookup"]]
        assert "days_rest" in (row["missing_data_fields"] or "")

    def test_who_played_since_has_rested_as_long_as_it_is(self, dense_league: Any) -> None:
        later = [{row["player_lookup"] for row in active(dense_league, d)} for d in (EARLIER, DAY)]
        before = active(dense_league, EARLIER - timedelta(days=2))
        one = next(row for row in before if all(row["player_lookup"] in played for played in later))
        one["minutes_played"], one["points"] = Decimal(0), 21
        row = rows(dense_league.compute([DAY]))[one["player_lookup"]]
        assert "days_rest" not in (row["missing_data_fields"] or "")
        assert json.loads(row["fatigue_context_json"])["days_rest"] == (DAY - EARLIER).days - 1
        assert any("contradicts itself about 1 games" in i for i in row["data_quality_issues"])


class TestFigures:
    @pytest.mark.parametrize(
        "change",
        [{"pace": Decimal(0)}, {"pace": Decimal(900)}, {"possessions": 0}, {"possessions": 40}],
    )
    def test_an_impossible_pace_is_that_of_a_game_without_one(
        self, dense_league: Any, change: dict[str, Any]
    ) -> None:
        for row in on(dense_league, EARLIER, "offense"):
            row["pace"] = None
        absent = dense_league.compute([DAY])
        for row in on(dense_league, EARLIER, "offense"):
            row.update({"pace": Decimal(100), **change})
        hurt = dense_league.compute([DAY])
        assert hurt.rows == absent.rows
        assert any("team_offense_game_summary, 4 times" in reason for reason in reasons(hurt))

    def test_a_game_without_pace_lowers_the_completeness_of_the_window(
        self, dense_league: Any
    ) -> None:
        for row in on(dense_league, EARLIER, "offense"):
            row["pace"] = Decimal(0)
        issues = {i for row in rows(dense_league.compute([DAY])).values()
                  for i in row["data_quality_issues"]}  # fmt: skip
        assert any(issue.startswith("window_completeness_pct=92.9") for issue in issues)

    @pytest.mark.parametrize(("known", "is_there"), [(1, False), (4, False), (5, True)])
    def test_a_pace_needs_five_games_that_have_one(
        self, dense_league: Any, known: int, is_there: bool
    ) -> None:
        own = [row for row in dense_league.offense if row["team_abbr"] == "T00"]
        before = sorted((row for row in own if row["game_date"] < DAY), key=by_date)
        for row in before[-10:][known:]:
            row["pace"] = None
        found = rows(dense_league.compute([DAY]))
        hurt = [row for row in found.values() if row["game_id"].endswith("T00_T01")]
        assert {"pace_differential" not in (row["missing_data_fields"] or "") for row in hurt} == {
            is_there
        }

    @pytest.mark.parametrize("zones", [ZONES, ("paint",), ("three_pt",)], ids=str)
    def test_a_defence_without_its_zones_is_absent(
        self, dense_league: Any, zones: tuple[str, ...]
    ) -> None:
        for row in dense_league.defense:
            if row["defending_team_abbr"] == "T01":
                for zone in zones:
                    row[f"opp_{zone}_attempts"] = row[f"opp_{zone}_makes"] = None
        found = rows(dense_league.compute([DAY]))
        against = {row["player_lookup"] for row in active(dense_league, DAY)
                   if row["opponent_team_abbr"] == "T01"}  # fmt: skip
        for name, row in found.items():
            is_missing = "team_defense_zone" in (row["missing_data_fields"] or "")
            assert is_missing == (name in against)

    def test_shots_without_zones_are_counted_behind(self, dense_league: Any) -> None:
        hurt = [row for row in active(dense_league, EARLIER) if row["minutes_played"]]
        for row in hurt:
            row.update(fg_attempts=9, paint_attempts=None, mid_range_attempts=None)
        hurt[0]["fg_attempts"] = 0
        hurt[0]["three_pt_attempts"] = 0
        assert (
            f"player_game_summary lacks the zones of {len(hurt) - 1} player-games with shots in the"
            f" 45 days before, last on {EARLIER}"
        ) in reasons(dense_league.compute([DAY]))

    def test_usage_of_nothing_with_shots_is_absent(self, dense_league: Any) -> None:
        for row in active(dense_league, EARLIER):
            row["usage_rate"], row["three_pt_attempts"] = None, 5
        absent = dense_league.compute([DAY])
        for row in active(dense_league, EARLIER):
            row["usage_rate"] = Decimal(0)
        assert content(dense_league.compute([DAY])) == content(absent)

    def test_a_birth_date_that_cannot_be_is_unknown(self, dense_league: Any) -> None:
        one = active(dense_league, DAY)[0]["player_lookup"]
        dense_league.roster = [{"player_lookup": one, "birth_date": date(1900, 1, 1)}]
        assert "player_age" in rows(dense_league.compute([DAY]))[one]["fatigue_context_json"]
        assert '"player_age":25' in rows(dense_league.compute([DAY]))[one]["fatigue_context_json"]

    @pytest.mark.parametrize(
        ("births", "finding"),
        [
            ([date(2031, 1, 1)], "birth_date=2031-01-01: not the birth date of a player"),
            ([None], "birth_date=NULL: not the birth date of a player"),
            ([date(2009, 1, 1)], "birth_date=2009-01-01: not the birth date of a player"),
            (
                [date(1990, 1, 1), date(1960, 1, 1)],
                "birth_date=1960-01-01 and 1990-01-01: not the birth date of a player",
            ),
            (
                [date(1999, 1, 1), date(1988, 5, 5)],
                "birth_date=1988-05-05 and 1999-01-01: of two people, or of one",
            ),
        ],
        ids=["not yet born", "none", "a child", "one that can be and one that cannot", "two"],
    )
    def test_an_unclear_birth_date_is_named_on_every_date_of_the_player(
        self, dense_league: Any, births: list[date | None], finding: str
    ) -> None:
        one = active(dense_league, DAY)[0]["player_lookup"]
        names = {row["player_lookup"] for row in dense_league.players} - {one}
        dense_league.roster = [
            *({"player_lookup": name, "birth_date": date(1999, 1, 1)} for name in names),
            *({"player_lookup": one, "birth_date": birth} for birth in births),
        ]
        noted = dense_league.compute([EARLIER, DAY]).noted.to_pylist()
        assert {
            (note["game_date"], note["player_lookup"], note["reason"])
            for note in noted
            if "birth" in note["reason"]
        } == {
            (day, one, f"player_birthdates: {finding}, counts as absent") for day in (EARLIER, DAY)
        }

    @pytest.mark.parametrize("listed", [0, 3], ids=["nobody", "a few"])
    def test_players_whom_the_roster_lacks_are_counted_on_their_date(
        self, dense_league: Any, listed: int
    ) -> None:
        names = sorted(rows(dense_league.compute([DAY])))
        dense_league.roster = [
            {"player_lookup": name, "birth_date": date(1985, 1, 1)} for name in names[:listed]
        ]
        found = [r for r in reasons(dense_league.compute([DAY])) if "birth" in r]
        assert found == [
            f"player_birthdates lacks {len(names) - listed} of the {len(names)} players of the"
            " date, their ages are unknown"
        ]

    def test_without_a_roster_table_no_age_lacks(self, dense_league: Any) -> None:
        assert dense_league.roster is None
        assert not any("birth" in reason for reason in reasons(dense_league.compute([DAY])))


def test_a_game_that_l1_lists_without_a_minute_is_no_missing_game(dense_league: Any) -> None:
    dense_league.boxscores = [
        {"game_id": row["game_id"], "game_date": row["game_date"], "team_abbr": row["team_abbr"],
         "minutes": "30:00"} for row in dense_league.players
    ]  # fmt: skip
    sound = dense_league.compute([DAY])
    postponed = EARLIER - timedelta(days=1)
    for minutes in ("00:00", None, "0", ""):
        dense_league.boxscores.append(
            {"game_id": "p", "game_date": postponed, "team_abbr": "T00", "minutes": minutes}
        )
    assert dense_league.compute([DAY]).rows == sound.rows


def by_date(row: dict[str, Any]) -> date:
    day: date = row["game_date"]
    return day
