"""The boundaries of the context rules, each in a league of a few rows (domain.md section 3)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from phase4.filling.compute import Provenance, compute
from phase4.tables.calendar import Season
from phase4.tables.filled import FILLED

OPENER = date(2024, 10, 22)
DAY = date(2024, 12, 20)
NOW = datetime(2025, 1, 1, tzinfo=UTC)
PROVENANCE = Provenance("run-1", "abc123", "reconstructed", NOW, NOW)
IDLE: dict[str, Any] = dict.fromkeys(
    ("points", "paint_attempts", "mid_range_attempts", "three_pt_attempts"), 0
)


@pytest.fixture
def tiny(empty_league: Any) -> Any:
    """A league without a row, in seasons whose All-Star break is long before DAY."""
    empty_league.seasons = (
        Season(2023, date(2023, 10, 24)),
        Season(2024, OPENER, date(2024, 10, 28), date(2024, 10, 30)),
    )
    return empty_league


def days_before(*days: int) -> list[date]:
    return [DAY - timedelta(days=number) for number in days]


def play(league: Any, lookup: str, days: list[date], team: str = "AAA", **numbers: Any) -> None:
    """One played game of a player per day, 30 minutes and 10 points unless told otherwise."""
    row = {
        "player_lookup": lookup,
        "universal_player_id": f"{lookup}_1",
        "team_abbr": team,
        "opponent_team_abbr": "BBB",
        "is_active": True,
        "minutes_played": Decimal("30.0"),
        "usage_rate": Decimal("20.00"),
        "points": 10,
        "paint_attempts": 4,
        "mid_range_attempts": 3,
        "three_pt_attempts": 3,
        "processed_at": NOW,
    }
    for day in days:
        game = {"game_id": f"{day:%Y%m%d}_{team}_BBB", "game_date": day}
        league.players.append({**row, **game, **numbers})


def context(league: Any, name: str, lookup: str = "anna") -> dict[str, Any]:
    """The context text `name` of a player's row on DAY."""
    rows = league.compute([DAY]).rows.to_pylist()
    (row,) = (row for row in rows if row["player_lookup"] == lookup)
    loaded: dict[str, Any] = json.loads(row[f"{name}_context_json"])
    return loaded


class TestLoad:
    def test_the_week_holds_the_six_days_before(self, tiny: Any) -> None:
        play(tiny, "anna", days_before(0, 1, 6, 7, 8))
        fatigue = context(tiny, "fatigue")
        assert (fatigue["games_last_7"], fatigue["minutes_last_7"]) == (2, 60.0)

    def test_a_game_the_day_before_leaves_no_rest(self, tiny: Any) -> None:
        play(tiny, "anna", days_before(0, 1))
        fatigue = context(tiny, "fatigue")
        assert (fatigue["days_rest"], fatigue["back_to_back"]) == (0, True)

    def test_both_dates_of_a_pair_lie_in_the_thirteen_days_before(self, tiny: Any) -> None:
        play(tiny, "anna", days_before(0, 1, 2, 3, 12, 13, 14))
        assert context(tiny, "fatigue")["back_to_backs_last_14"] == 3

    @pytest.mark.parametrize(
        "change",
        [
            {**IDLE, "is_active": False, "minutes_played": None},
            {**IDLE, "minutes_played": Decimal(0)},
            {"minutes_played": None},
        ],
        ids=["inactive", "no minutes", "unknown minutes"],
    )
    def test_a_game_not_played_is_no_history(self, tiny: Any, change: dict[str, Any]) -> None:
        play(tiny, "anna", days_before(0, 5))
        play(tiny, "anna", days_before(1), **change)
        assert context(tiny, "fatigue")["days_rest"] == 4

    @pytest.mark.parametrize(
        "day",
        [OPENER - timedelta(days=1), date(2024, 10, 29), date(2024, 4, 10)],
        ids=["preseason", "All-Star", "last season"],
    )
    def test_a_game_that_does_not_count_is_no_history(self, tiny: Any, day: date) -> None:
        play(tiny, "anna", [DAY, day])
        assert "days_rest" in context(tiny, "fatigue")["defaulted"]

    def test_the_opener_counts(self, tiny: Any) -> None:
        play(tiny, "anna", [DAY, OPENER])
        assert context(tiny, "fatigue")["days_rest"] == (DAY - OPENER).days - 1


class TestAge:
    @pytest.mark.parametrize(
        ("birth", "age"),
        [
            (date(1990, 12, 20), 34),
            (date(1990, 12, 21), 33),
            (date(1989, 12, 19), 35),
            (date(2004, 2, 29), 20),
        ],
    )
    def test_is_in_whole_years(self, tiny: Any, birth: date, age: int) -> None:
        play(tiny, "anna", [DAY])
        tiny.roster = [{"player_lookup": "anna", "birth_date": birth}]
        assert context(tiny, "fatigue")["player_age"] == age

    def test_of_two_people_with_one_lookup_is_unknown(self, tiny: Any) -> None:
        play(tiny, "anna", [DAY])
        tiny.roster = [
            {"player_lookup": "anna", "birth_date": date(year, 1, 1)} for year in (1980, 2000)
        ]
        assert "player_age" in context(tiny, "fatigue")["defaulted"]


class TestUsage:
    def test_projection_needs_three_games_with_a_usage_rate(self, tiny: Any) -> None:
        play(tiny, "anna", days_before(0, 2, 4))
        play(tiny, "anna", days_before(6), usage_rate=Decimal("100.01"))
        assert context(tiny, "usage")["defaulted"] == ["projected_usage_rate"]
        play(tiny, "anna", days_before(8), **IDLE, usage_rate=Decimal("0.00"))
        assert context(tiny, "usage")["projected_usage_rate"] == 40 / 3

    def test_baseline_is_the_mean_of_the_last_seven(self, tiny: Any) -> None:
        for number in range(9):
            play(tiny, "anna", days_before(2 * number), usage_rate=Decimal(10 * number))
        assert context(tiny, "usage")["avg_usage_last_7"] == 40.0
        assert context(tiny, "usage")["projected_usage_rate"] == 20.0


class TestStars:
    TEN = tuple(range(2, 22, 2))

    def out(self, league: Any) -> int:
        play(league, "anna", [DAY])
        return int(context(league, "usage")["star_teammates_out"])

    @pytest.mark.parametrize(
        ("points", "minutes", "stars"),
        [(18, "20.0", 1), (17, "27.9", 0), (12, "28.0", 1), (12, "27.9", 0), (11, "40.0", 0)],
    )
    def test_are_made_by_points_or_by_minutes_and_points(
        self, tiny: Any, points: int, minutes: str, stars: int
    ) -> None:
        numbers: dict[str, Any] = {"points": points, "minutes_played": Decimal(minutes)}
        play(tiny, "bella", days_before(*self.TEN), **numbers)
        assert self.out(tiny) == stars

    def test_need_ten_games(self, tiny: Any) -> None:
        play(tiny, "bella", days_before(*self.TEN[:9]), points=30)
        assert self.out(tiny) == 0

    @pytest.mark.parametrize(("last", "stars"), [(30, 1), (31, 0)])
    def test_played_within_thirty_days(self, tiny: Any, last: int, stars: int) -> None:
        play(tiny, "bella", days_before(*range(last, last + 20, 2)), points=30)
        assert self.out(tiny) == stars

    def test_who_play_are_not_out(self, tiny: Any) -> None:
        play(tiny, "bella", days_before(0, *self.TEN), points=30)
        assert self.out(tiny) == 0

    def test_are_out_when_they_sit_on_the_bench(self, tiny: Any) -> None:
        play(tiny, "bella", days_before(*self.TEN), points=30)
        play(tiny, "bella", [DAY], **IDLE, is_active=False, minutes_played=None)
        assert self.out(tiny) == 1

    def test_belong_to_the_team_of_their_latest_game(self, tiny: Any) -> None:
        play(tiny, "bella", days_before(*self.TEN[1:]), points=30)
        play(tiny, "bella", days_before(2), team="CCC", points=30)
        play(tiny, "clara", days_before(*self.TEN[1:]), team="CCC", points=30)
        play(tiny, "clara", days_before(2), points=30)
        play(tiny, "dora", [DAY], team="CCC")
        assert self.out(tiny) == 1
        assert context(tiny, "usage", "dora")["star_teammates_out"] == 1


class TestZones:
    @pytest.mark.parametrize(
        ("paint", "mid", "three", "zone"),
        [
            (4, 2, 4, "paint"),
            (3, 3, 4, "perimeter"),
            (6, 7, 7, "mid_range"),
            (7, 6, 7, "balanced"),
        ],
    )
    def test_the_first_zone_over_its_bound_is_primary(
        self, tiny: Any, paint: int, mid: int, three: int, zone: str
    ) -> None:
        numbers: dict[str, Any] = {
            "paint_attempts": paint,
            "mid_range_attempts": mid,
            "three_pt_attempts": three,
        }
        play(tiny, "anna", days_before(0, 2, 4, 6, 8, 10), **numbers)
        defend(tiny, "BBB", 5)
        assert context(tiny, "shot_zone")["player_primary_zone"] == zone

    @pytest.mark.parametrize(("games", "missing"), [(4, True), (5, False)])
    def test_five_games_with_zone_data_are_needed(
        self, tiny: Any, games: int, missing: bool
    ) -> None:
        play(tiny, "anna", [DAY])
        play(tiny, "anna", days_before(*range(1, games + 1)))
        play(tiny, "anna", days_before(*range(7, 10)), paint_attempts=None)
        defend(tiny, "BBB", 5)
        assert context(tiny, "shot_zone").get("missing_data", False) == missing

    def test_zone_data_are_paint_and_mid_range_and_the_sums_skip_null(self, tiny: Any) -> None:
        play(tiny, "anna", days_before(0, 2, 4, 6, 8))
        play(tiny, "anna", days_before(10), three_pt_attempts=None)
        defend(tiny, "BBB", 5)
        found = context(tiny, "shot_zone")
        assert found["primary_zone_frequency"] == pytest.approx(100 * 20 / 47)


def defend(league: Any, team: str, games: int, makes: int = 20) -> None:
    """Games in which a team allowed `makes` of 40 shots from every zone."""
    for day in days_before(*range(1, games + 1)):
        zones = {
            f"opp_{zone}_{what}": number
            for zone in ("paint", "mid_range", "three_pt")
            for what, number in (("attempts", 40), ("makes", makes))
        }
        row = {"game_id": f"{day}_{team}", "game_date": day, "defending_team_abbr": team}
        league.defense.append({**row, **zones, "processed_at": NOW})


class TestDefense:
    @pytest.mark.parametrize(
        ("others", "against"), [(8, (0.5 - 0.58) * 100), (9, (0.5 - 0.725) * 100)]
    )
    def test_the_league_mean_needs_ten_teams(self, tiny: Any, others: int, against: float) -> None:
        play(tiny, "anna", days_before(0, 2, 4, 6, 8, 10))
        defend(tiny, "BBB", 5)
        for number in range(others):
            defend(tiny, f"X{number}", 5, makes=30)
        found = context(tiny, "shot_zone")["opponent_defense_vs_league"]
        assert found == pytest.approx(against)

    @pytest.mark.parametrize(("known", "has_defense"), [(4, False), (5, True)])
    def test_five_games_with_figures_are_needed(
        self, tiny: Any, known: int, has_defense: bool
    ) -> None:
        play(tiny, "anna", days_before(0, 2, 4, 6, 8, 10))
        defend(tiny, "BBB", 7)
        for row in tiny.defense[known:]:
            row |= {"opp_mid_range_attempts": None, "opp_mid_range_makes": None}
        assert ("opponent_defense_vs_league" in context(tiny, "shot_zone")) is has_defense

    def test_five_points_above_the_mean_are_not_more_than_five(self, tiny: Any) -> None:
        play(tiny, "anna", days_before(0, 2, 4, 6, 8, 10))
        defend(tiny, "BBB", 5)
        for row in tiny.defense:
            row |= {"opp_paint_attempts": 100, "opp_paint_makes": 63}
        for row in tiny.players:
            row |= {"paint_attempts": 6, "mid_range_attempts": 3, "three_pt_attempts": 3}
        found = context(tiny, "shot_zone")
        assert (found["opponent_defense_vs_league"], found["final_score"]) == (5.0, 5.0)

    @pytest.mark.parametrize("day", [OPENER, DAY])
    def test_without_any_figure_the_league_means_are_the_constants(
        self, tiny: Any, day: date
    ) -> None:
        play(tiny, "anna", [day])
        table = "team_defense_zone_analysis"
        found = compute(
            tiny.tables(), [day], PROVENANCE, filled=[FILLED[table]], seasons=tiny.seasons
        )
        (row,) = found.by_table[table].to_pylist()
        means = [row[f"{zone}_league_mean"] for zone in ("paint", "mid_range", "three_pt")]
        assert means == [0.580, 0.410, 0.355]

    def test_five_games_are_needed(self, tiny: Any) -> None:
        play(tiny, "anna", days_before(0, 2, 4, 6, 8, 10))
        defend(tiny, "BBB", 4)
        assert context(tiny, "shot_zone") == {"missing_data": True}


class TestPace:
    def pace(self, league: Any, team: str, games: int, pace: str) -> None:
        for day in days_before(*range(1, games + 1)):
            row = {"game_id": f"{day}_{team}", "game_date": day, "team_abbr": team}
            league.offense.append({**row, "pace": Decimal(pace), "processed_at": NOW})

    def test_differs_from_the_mean_of_all_teams_with_five_games(self, tiny: Any) -> None:
        play(tiny, "anna", [DAY])
        for team, games, pace in (("AAA", 5, "104.0"), ("BBB", 5, "102.0"), ("CCC", 5, "94.0")):
            self.pace(tiny, team, games, pace)
        self.pace(tiny, "DDD", 4, "150.0")
        found = context(tiny, "pace")
        assert (found["pace_differential"], found["league_avg_pace"]) == (3.0, 100.0)

    def test_a_tie_is_rounded_away_from_zero(self, tiny: Any) -> None:
        play(tiny, "anna", [DAY])
        for team, pace in (("AAA", "99.9"), ("BBB", "100.1"), ("CCC", "100.3")):
            self.pace(tiny, team, 5, pace)
        (row,) = tiny.compute([DAY]).rows.to_pylist()
        assert json.loads(row["pace_context_json"])["pace_differential"] == -0.1
        assert row["pace_score"] == Decimal("-0.1")

    def test_is_the_mean_of_the_last_ten_games(self, tiny: Any) -> None:
        play(tiny, "anna", [DAY])
        self.pace(tiny, "AAA", 10, "100.0")
        self.pace(tiny, "BBB", 10, "98.0")
        earlier = {"game_id": "older", "game_date": DAY - timedelta(days=11), "team_abbr": "BBB"}
        tiny.offense.append({**earlier, "pace": Decimal("120.0"), "processed_at": NOW})
        assert context(tiny, "pace")["opponent_pace_last_10"] == 98.0

    def test_of_a_team_under_five_games_is_unknown(self, tiny: Any) -> None:
        play(tiny, "anna", [DAY])
        self.pace(tiny, "AAA", 5, "100.0")
        self.pace(tiny, "BBB", 4, "98.0")
        assert "pace_differential" in context(tiny, "pace")["defaulted"]
