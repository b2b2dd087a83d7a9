"""The rules of domain.md once more, naively and row by row, against the set-based computation."""

from __future__ import annotations

import json
import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from phase4.filling import sources
from phase4.filling.compute import Computed, Provenance, compute
from phase4.filling.sources import LeagueTables
from phase4.tables.calendar import Season, season_year
from phase4.tables.calendar import seasons as known_seasons

Row = dict[str, Any]
REAL = Path(__file__).parents[4] / "shared" / "data" / "nba"
ZONES = ("paint", "mid_range", "three_pt")
DEFAULT_RATES = {"paint": 0.580, "mid_range": 0.410, "three_pt": 0.355}
ZONE_COLUMNS = {"mid_range": "mid_range", "perimeter": "three_pt"}


class NaiveLeague:
    """Rows in plain lists; every figure is found by looking through them again."""

    def __init__(self, tables: LeagueTables, seasons: Sequence[Season]) -> None:
        self.seasons = {season.season_year: season for season in seasons}
        self.players = [row for row in tables.players.to_pylist() if self.played(row)]
        self.by_player = self.grouped(self.players, "player_lookup")
        self.defense = self.grouped(tables.defense.to_pylist(), "defending_team_abbr")
        self.offense = self.grouped(tables.offense.to_pylist(), "team_abbr")
        roster = [] if tables.roster is None else tables.roster.to_pylist()
        self.births = {row["player_lookup"]: row["birth_date"] for row in roster}
        self.present: dict[str, set[str]] = defaultdict(set)
        for row in self.players:
            self.present[row["game_id"]].add(row["player_lookup"])
        self.days: dict[date, Day] = {}

    @staticmethod
    def played(row: Row) -> bool:
        return bool(row["is_active"] and (row["minutes_played"] or 0) > 0)

    @staticmethod
    def grouped(rows: list[Row], key: str) -> dict[str, list[Row]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row["game_date"], row["game_id"])):
            groups[row[key]].append(row)
        return groups

    def before(self, rows: list[Row], day: date) -> list[Row]:
        """Games of this season from its opener on, strictly before the day, without All-Star.

        The rows are in the order of their dates.
        """
        season = self.seasons[season_year(day)]
        first, end = (bisect_left(rows, bound, key=game_date) for bound in (season.opener, day))
        return [row for row in rows[first:end] if not season.is_all_star(row["game_date"])]

    def context(self, row: Row) -> Row:
        day = row["game_date"]
        if day not in self.days:
            self.days[day] = Day(self, day)
        history = self.days[day].histories[row["player_lookup"]]
        return {
            **self.load(history, day),
            **self.usage(history),
            **self.zone_rates(history),
            **self.defense_of(row["opponent_team_abbr"], day),
            **self.pace(row, day),
            "player_age": self.age(row["player_lookup"], day),
            "star_teammates_out": self.stars_out(row),
            "season_games": len(history),
        }

    def load(self, history: list[Row], day: date) -> Row:
        dates = sorted({row["game_date"] for row in history})
        week = [row for row in history if row["game_date"] > day - timedelta(days=7)]
        minutes = float(sum(row["minutes_played"] for row in week))
        recent = [played for played in dates if played > day - timedelta(days=14)]
        pairs = [played for played in recent if played + timedelta(days=1) in recent]
        return {
            "days_rest": (day - dates[-1]).days - 1 if dates else None,
            "back_to_back": day - timedelta(days=1) in dates,
            "games_last_7": len(week),
            "minutes_last_7": minutes,
            "avg_minutes_pg_last_7": minutes / len(week) if week else None,
            "back_to_backs_last_14": len(pairs),
        }

    def usage(self, history: list[Row]) -> Row:
        rates = [
            row["usage_rate"]
            for row in history
            if row["usage_rate"] is not None and 0 <= row["usage_rate"] <= 100
        ]
        return {
            "avg_usage_last_7": mean(rates[-7:]),
            "projected_usage_rate": mean(rates[-3:]) if len(rates) >= 3 else None,
        }

    def zone_rates(self, history: list[Row]) -> Row:
        games = [
            row
            for row in history
            if row["paint_attempts"] is not None and row["mid_range_attempts"] is not None
        ][-10:]
        sums = {zone: sum(row[f"{zone}_attempts"] or 0 for row in games) for zone in ZONES}
        if len(games) < 5 or not sum(sums.values()):
            return {"rates": None, "zone": None}
        rates = {zone: 100 * attempts / sum(sums.values()) for zone, attempts in sums.items()}
        if rates["paint"] >= 40:
            return {"rates": rates, "zone": "paint"}
        if rates["three_pt"] >= 40:
            return {"rates": rates, "zone": "perimeter"}
        return {"rates": rates, "zone": "mid_range" if rates["mid_range"] >= 35 else "balanced"}

    def defense_of(self, opponent: str, day: date) -> Row:
        teams = self.days[day].defenses
        if opponent not in teams or None in teams[opponent].values():
            return {"defense": None}
        against: dict[str, float | None] = {}
        for zone in ZONES:
            figures = [team[zone] for team in teams.values() if team[zone] is not None]
            league = mean(figures) if len(figures) >= 10 else DEFAULT_RATES[zone]
            own = teams[opponent][zone]
            against[zone] = None if own is None or league is None else (own - league) * 100
        return {"defense": against}

    def pace(self, row: Row, day: date) -> Row:
        paces = self.days[day].paces
        own, opponent = paces.get(row["team_abbr"]), paces.get(row["opponent_team_abbr"])
        league = mean(list(paces.values()))
        if own is None or opponent is None or league is None:
            differential = None
        else:
            differential = (own + opponent) / 2 - league
        return {
            "pace_differential": differential,
            "opponent_pace_last_10": opponent,
            "league_avg_pace": league,
        }

    def age(self, lookup: str, day: date) -> int | None:
        birth = self.births.get(lookup)
        if birth is None:
            return None
        return int(day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)))

    def stars_out(self, row: Row) -> int:
        stars = self.days[row["game_date"]].stars[row["team_abbr"]]
        return len(stars - self.present[row["game_id"]])


class Day:
    """What is known of every player and team on the morning of a day."""

    def __init__(self, league: NaiveLeague, day: date) -> None:
        self.histories = {p: league.before(rows, day) for p, rows in league.by_player.items()}
        defenses = {team: league.before(rows, day)[-15:] for team, rows in league.defense.items()}
        self.defenses = {
            team: {zone: self.allowed(games, zone) for zone in ZONES}
            for team, games in defenses.items()
        }
        offenses = {team: league.before(rows, day)[-10:] for team, rows in league.offense.items()}
        paces = {
            team: mean([game["pace"] for game in games if game["pace"] is not None])
            for team, games in offenses.items()
            if len(games) >= 5
        }
        self.paces = {team: pace for team, pace in paces.items() if pace is not None}
        self.stars: dict[str, set[str]] = defaultdict(set)
        for lookup, games in self.histories.items():
            if self.is_star(games, day):
                self.stars[games[-1]["team_abbr"]].add(lookup)

    @staticmethod
    def is_star(games: list[Row], day: date) -> bool:
        if len(games) < 10 or day - games[-1]["game_date"] > timedelta(days=30):
            return False
        points = sum(game["points"] for game in games) / len(games)
        minutes = sum(game["minutes_played"] for game in games) / len(games)
        return bool(points >= 18 or (minutes >= 28 and points >= 12))

    @staticmethod
    def allowed(games: list[Row], zone: str) -> float | None:
        known = [game for game in games if game[f"opp_{zone}_attempts"] is not None]
        makes = sum(game[f"opp_{zone}_makes"] for game in known)
        attempts = sum(game[f"opp_{zone}_attempts"] for game in known)
        return float(makes) / attempts if len(known) >= 5 else None


def game_date(row: Row) -> date:
    day: date = row["game_date"]
    return day


def mean(values: Sequence[Any]) -> float | None:
    return float(sum(values)) / len(values) if values else None


def given(value: Any, default: Any) -> Any:
    return default if value is None else value


def scores(context: Row) -> dict[str, float]:
    """The unrounded scores of domain.md section 2."""
    fatigue = 100
    if context["back_to_back"]:
        fatigue -= 15
    elif given(context["days_rest"], 1) >= 3:
        fatigue += 5
    fatigue -= 10 * (context["games_last_7"] >= 4) + 10 * (context["minutes_last_7"] > 240)
    fatigue -= 8 * (given(context["avg_minutes_pg_last_7"], 30) > 35)
    fatigue -= {0: 0, 1: 5}.get(context["back_to_backs_last_14"], 12)
    age = given(context["player_age"], 25)
    fatigue -= 10 if age >= 35 else 5 if age >= 30 else 0
    fatigue = max(0, min(100, fatigue))

    shot = 0.0
    if context["rates"] and context["defense"]:
        zone = ZONE_COLUMNS.get(context["zone"], "paint")
        shot = given(context["defense"][zone], 0) * min(context["rates"][zone] / 50, 1)
        shot = max(-10, min(10, shot * 1.2 if abs(shot) > 5 else shot))

    pace = max(-3, min(3, given(context["pace_differential"], 0) / 2))
    baseline = given(context["avg_usage_last_7"], 25)
    usage = (given(context["projected_usage_rate"], 25) - baseline) * 0.3 if baseline else 0
    if usage > 0:
        usage *= {0: 1, 1: 1.15}.get(context["star_teammates_out"], 1.30)
    usage = max(-3, min(3, usage))
    total = (fatigue - 100) / 20 + shot + pace + usage
    return {"fatigue": fatigue, "shot": shot, "pace": pace, "usage": usage, "total": total}


def rounded(value: float, decimals: int) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)


def close(found: Any, expected: Any) -> bool:
    if isinstance(expected, float) and found is not None:
        return bool(abs(found - expected) < 1e-9)
    return bool(found == expected)


def check_row(row: Row, context: Row) -> None:
    """Every score and every field of the contexts of one output row."""
    where = (row["game_id"], row["player_lookup"])
    expected = scores(context)
    texts = {
        name: json.loads(row[f"{name}_context_json"])
        for name in ("fatigue", "shot_zone", "pace", "usage")
    }
    fatigue_fields = {
        name: given(context[name], default)
        for name, default in (
            ("days_rest", 0),
            ("back_to_back", False),
            ("games_last_7", 0),
            ("minutes_last_7", 0.0),
            ("avg_minutes_pg_last_7", 0.0),
            ("back_to_backs_last_14", 0),
            ("player_age", 25),
        )
    }
    pace_fields = {
        "pace_differential": given(context["pace_differential"], 0.0),
        "opponent_pace_last_10": given(context["opponent_pace_last_10"], 100.0),
        "league_avg_pace": given(context["league_avg_pace"], 100.0),
    }
    usage_fields = {
        "projected_usage_rate": given(context["projected_usage_rate"], 0.0),
        "avg_usage_last_7": given(context["avg_usage_last_7"], 0.0),
        "star_teammates_out": context["star_teammates_out"],
    }
    for text, fields in (
        ("fatigue", fatigue_fields),
        ("pace", pace_fields),
        ("usage", usage_fields),
        ("shot_zone", shot_fields(context)),
    ):
        for name, value in fields.items():
            assert close(texts[text][name], value), (where, name, texts[text][name], value)
    for name in ("fatigue", "pace", "usage"):
        assert close(texts[name]["final_score"], float(expected[name])), (where, name)
    assert row["fatigue_score"] == expected["fatigue"], where
    for column, name, decimals in (
        ("shot_zone_mismatch_score", "shot", 1),
        ("pace_score", "pace", 1),
        ("usage_spike_score", "usage", 1),
        ("total_composite_adjustment", "total", 2),
    ):
        wobble = {rounded(expected[name] + step, decimals) for step in (-1e-9, 0, 1e-9)}
        assert row[column] in wobble, (where, column, row[column], expected[name])
    check_completeness(row, context)


def shot_fields(context: Row) -> Row:
    if not (context["rates"] and context["defense"]):
        return {"missing_data": True}
    zone = ZONE_COLUMNS.get(context["zone"], "paint")
    figures = {name: figure for name, figure in context["defense"].items() if figure is not None}
    weakest = max(ZONES, key=lambda name: figures.get(name, -1000))
    return {
        "player_primary_zone": context["zone"],
        "primary_zone_frequency": context["rates"][zone],
        "opponent_weak_zone": {"three_pt": "perimeter"}.get(weakest, weakest),
        "opponent_defense_vs_league": float(given(context["defense"][zone], 0)),
        "final_score": float(scores(context)["shot"]),
    }


def check_completeness(row: Row, context: Row) -> None:
    present = {
        "days_rest": context["days_rest"] is not None,
        "projected_usage_rate": context["projected_usage_rate"] is not None,
        "pace_differential": context["pace_differential"] is not None,
        "player_shot_zone": context["rates"] is not None,
        "team_defense_zone": context["defense"] is not None,
    }
    missing = [name for name, is_there in present.items() if not is_there]
    assert row["data_completeness_pct"] == 20 * (5 - len(missing))
    assert row["missing_data_fields"] == (", ".join(missing) or None)
    assert row["is_production_ready"] == (len(missing) <= 2)
    assert row["early_season_flag"] == (context["season_games"] < 10)


def check(computed: Computed, naive: NaiveLeague, dates: Sequence[date]) -> int:
    """Compares all rows of these dates, which must be exactly the players who played."""
    expected = {
        (row["game_date"], row["game_id"], row["player_lookup"]): row
        for row in naive.players
        if row["game_date"] in dates
    }
    found = [row for row in computed.rows.to_pylist() if row["game_date"] in dates]
    keys = [(row["game_date"], row["game_id"], row["player_lookup"]) for row in found]
    assert keys == sorted(expected)
    for key, row in zip(keys, found, strict=True):
        check_row(row, naive.context(expected[key]))
    return len(found)


def test_every_row_of_the_generated_league_agrees_with_the_naive_computation(
    league: Any, untouched: Computed
) -> None:
    naive = NaiveLeague(league.tables(), league.seasons)
    dates = random.Random(1).sample(league.dates(), 25)
    assert check(untouched, naive, dates) > 500


@pytest.mark.skipif(not REAL.exists(), reason="the real league tables are not on this machine")
def test_sampled_dates_of_the_real_league_agree_with_the_naive_computation() -> None:
    tables = LeagueTables(
        *(
            pq.read_table(REAL / f"{source.table}.parquet", columns=list(source.selected))
            for source in (sources.PLAYERS, sources.DEFENSE, sources.OFFENSE, sources.ROSTER)
        )
    )
    dates = sorted(tables.players["game_date"].unique().to_pylist())
    sample = [*sorted(random.Random(3).sample(dates, 20)), date(2023, 10, 24), date(2024, 2, 22)]
    now = datetime(2026, 1, 3, tzinfo=UTC)
    computed = compute(tables, sample, Provenance("run", "code", "reconstructed", now, now))
    assert check(computed, NaiveLeague(tables, known_seasons()), sample) > 2000
