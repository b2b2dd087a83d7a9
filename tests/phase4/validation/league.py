"""A small league for tests of the validator: every row can be left out, doubled or bent."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from phase4.tables.factors import ACTIVE_FACTORS, CALCULATION_VERSION, DEFERRED_FACTORS, TOTAL

Row = dict[str, Any]
RAW = "bdl_player_boxscores"
PLAYERS = "player_game_summary"
DEFENSE = "team_defense_game_summary"
OFFENSE = "team_offense_game_summary"
FACTORS = "player_composite_factors"
BIRTHS = "player_birthdates"
L3_TIME = datetime(2026, 1, 10, tzinfo=UTC)
L4_TIME = datetime(2026, 1, 20, tzinfo=UTC)
TABLES = (RAW, PLAYERS, DEFENSE, OFFENSE, FACTORS, BIRTHS)
# Four pairs; the first two play on even days, the others on odd ones: no matchup repeats at once.
PAIRS = (("BOS", "NYK"), ("DEN", "LAL"), ("MIA", "PHX"), ("DAL", "MIN"))

ZONES = ("paint", "mid_range", "three_pt")


def _fatigues() -> list[tuple[int, Row]]:
    """Every score that the penalties can add up to, with inputs that give it."""
    found: dict[int, Row] = {}
    for late, games, minutes, average, pairs, age in itertools.product(
        (0, 15), (0, 10), (0, 10), (0, 8), (0, 5, 12), (0, 5, 10)
    ):
        found[100 - late - games - minutes - average - pairs - age] = {
            "days_rest": 0 if late else 1,
            "back_to_back": bool(late),
            "games_last_7": 4 if games else 3,
            "minutes_last_7": 250 if minutes else 100,
            "avg_minutes_pg_last_7": 36 if average else 20,
            "back_to_backs_last_14": {0: 0, 5: 1, 12: 2}[pairs],
            "player_age": {0: 25, 5: 31, 10: 36}[age],
        }
    return [(score, found[score]) for score in sorted(found) if score >= 50]


FATIGUES = _fatigues()


@dataclass
class League:
    """Rows by table; `play` adds a game to all layers or to some."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    _numbers: Any = field(default_factory=itertools.count)

    def season(self, first: date, days: int = 8, **layers: Any) -> League:
        """Two games on each of `days` days, eight players a side unless `layers` says else."""
        for number in range(days):
            day = first + timedelta(days=number)
            for home, away in PAIRS[:2] if day.toordinal() % 2 else PAIRS[2:]:
                self.play(day, home, away, **layers)
        return self

    def play(
        self,
        day: date,
        home: str,
        away: str,
        *,
        players: int = 8,
        l1: bool = True,
        l3: bool = True,
        l4: bool = True,
    ) -> str:
        """One game; returns its id."""
        game_id = f"{day:%Y%m%d}_{away}_{home}"
        for team, opponent in ((home, away), (away, home)):
            lines = [
                _Line(day, game_id, home, away, team, opponent, players, seat, next(self._numbers))
                for seat in range(players)
            ]
            if l3:
                self._team_rows(lines)
            for line in lines:
                self.rows[RAW] += [line.raw()] * l1
                self.rows[PLAYERS] += [line.summary()] * l3
                self.rows[FACTORS] += [line.factors()] * l4
        return game_id

    def drop(self, table: str, **where: Any) -> int:
        """Removes the rows with these values; returns how many there were."""
        kept = [row for row in self.rows[table] if not _matches(row, where)]
        dropped = len(self.rows[table]) - len(kept)
        self.rows[table] = kept
        return dropped

    def change(self, table: str, values: Row, **where: Any) -> int:
        """Sets values on the rows with these values; returns how many there are."""
        hit = [row for row in self.rows[table] if _matches(row, where)]
        for row in hit:
            row.update(values)
        return len(hit)

    def _team_rows(self, lines: list[_Line]) -> None:
        """The offence of the players' team, and what the other one faced of them."""
        one = lines[0]
        shared = {"game_id": one.game_id, "game_date": one.day, "processed_at": L3_TIME}
        faced: Row = {}
        for zone in ZONES:
            attempts = sum(line.attempts[zone] for line in lines)
            faced |= {f"opp_{zone}_attempts": attempts, f"opp_{zone}_makes": attempts // 3}
        self.rows[DEFENSE].append(
            {
                **shared,
                **faced,
                "defending_team_abbr": one.opponent,
                "opponent_team_abbr": one.team,
            }
        )
        self.rows[OFFENSE].append(
            {
                **shared,
                "team_abbr": one.team,
                "opponent_team_abbr": one.opponent,
                "pace": Decimal(99),
                "possessions": 100,
            }
        )


@dataclass(frozen=True)
class _Line:
    day: date
    game_id: str
    home: str
    away: str
    team: str
    opponent: str
    players: int
    seat: int
    number: int

    @property
    def player(self) -> str:
        return f"{self.team.lower()}player{self.seat}"

    @property
    def attempts(self) -> dict[str, int]:
        """Shots from each zone."""
        return {zone: 1 + self.number % most for zone, most in zip(ZONES, (4, 3, 5), strict=True)}

    @property
    def points(self) -> int:
        return 5 + self.number % 23

    @property
    def minutes(self) -> int:
        """A share of the 240 of a team."""
        return 240 // self.players + (self.seat < 240 % self.players)

    def raw(self) -> Row:
        return {
            "game_id": self.game_id,
            "game_date": self.day,
            "home_team_abbr": self.home,
            "away_team_abbr": self.away,
            "team_abbr": self.team,
            "player_lookup": self.player,
            "minutes": f"{self.minutes}:00",
            "points": self.points,
            "processed_at": L3_TIME,
        }

    def summary(self) -> Row:
        return {
            "player_lookup": self.player,
            "game_id": self.game_id,
            "game_date": self.day,
            "team_abbr": self.team,
            "opponent_team_abbr": self.opponent,
            "points": self.points,
            "minutes_played": Decimal(self.minutes),
            "usage_rate": Decimal(10 + self.number % 19),
            "fg_attempts": 12 + self.number % 7,
            **{f"{zone}_attempts": count for zone, count in self.attempts.items()},
            "is_active": True,
            "is_dnp": False,
            "processed_at": L3_TIME,
        }

    def factors(self) -> Row:
        scores, contexts = self._scored()
        row = {
            "player_lookup": self.player,
            "game_date": self.day,
            "game_id": self.game_id,
            "analysis_date": self.day,
            **scores,
            **{factor.column: Decimal(0) for factor in DEFERRED_FACTORS},
            **{f"{name}_context_json": json.dumps(text) for name, text in contexts.items()},
            "calculation_version": CALCULATION_VERSION,
            "data_completeness_pct": Decimal("100.00"),
            "has_warnings": False,
            "early_season_flag": False,
            "is_production_ready": True,
            "data_quality_issues": [],
            "processed_at": L4_TIME,
        }
        return {**row, "data_hash": hashed(row)}

    def _scored(self) -> tuple[Row, Row]:
        """Scores that spread over their ranges, and inputs that give them."""
        fatigue, load = FATIGUES[self.number * 5 % len(FATIGUES)]
        shot = Decimal(self.number * 13 % 61 - 30) / 10
        pace = Decimal(self.number * 11 % 61 - 30) / 10
        usage = Decimal(self.number * 17 % 61 - 30) / 10
        scores = {
            "fatigue_score": fatigue,
            "shot_zone_mismatch_score": shot,
            "pace_score": pace,
            "usage_spike_score": usage,
            "total_composite_adjustment": Decimal(fatigue - 100) / 20 + shot + pace + usage,
        }
        contexts = {
            "fatigue": {**load, "final_score": fatigue},
            "shot_zone": {
                "primary_zone_frequency": 50, "opponent_defense_vs_league": float(shot),
                "final_score": float(shot),
            },
            "pace": {"pace_differential": float(2 * pace), "final_score": float(pace)},
            "usage": {
                "avg_usage_last_7": 20, "projected_usage_rate": 20 + float(usage) / 0.3,
                "star_teammates_out": 0, "final_score": float(usage),
            },
        }  # fmt: skip
        return scores, contexts


def hashed(row: Row) -> str:
    """The data_hash of a complete row."""
    scores = [f"{row[f.column]:.{f.decimals}f}" for f in (*ACTIVE_FACTORS, TOTAL)]
    parts = [row["player_lookup"], "", str(row["game_date"]), row["game_id"], *scores,
             CALCULATION_VERSION, "100.00", ""]  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _matches(row: Row, where: Row) -> bool:
    return all(row[name] == value for name, value in where.items())
