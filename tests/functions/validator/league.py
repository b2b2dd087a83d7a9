"""A small league for tests of the validator: every row can be left out, doubled or bent."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from phase4.factors import CALCULATION_VERSION, DEFERRED_FACTORS

Row = dict[str, Any]
RAW = "bdl_player_boxscores"
PLAYERS = "player_game_summary"
DEFENSE = "team_defense_game_summary"
OFFENSE = "team_offense_game_summary"
FACTORS = "player_composite_factors"
L3_TIME = datetime(2026, 1, 10, tzinfo=UTC)
L4_TIME = datetime(2026, 1, 20, tzinfo=UTC)
# Four pairs; the first two play on even days, the others on odd ones: no matchup repeats at once.
PAIRS = (("BOS", "NYK"), ("DEN", "LAL"), ("MIA", "PHX"), ("DAL", "MIN"))


@dataclass
class League:
    """Rows by table; `play` adds a game to all layers or to some."""

    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {name: [] for name in (RAW, PLAYERS, DEFENSE, OFFENSE, FACTORS)}
    )
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
            if l3:
                self._team_rows(day, game_id, team, opponent)
            for seat in range(players):
                line = _Line(day, game_id, home, away, team, opponent, seat, next(self._numbers))
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

    def _team_rows(self, day: date, game_id: str, team: str, opponent: str) -> None:
        shared = {"game_id": game_id, "game_date": day, "processed_at": L3_TIME}
        self.rows[DEFENSE].append(
            {**shared, "defending_team_abbr": team, "opponent_team_abbr": opponent}
        )
        self.rows[OFFENSE].append({**shared, "team_abbr": team, "opponent_team_abbr": opponent})


@dataclass(frozen=True)
class _Line:
    day: date
    game_id: str
    home: str
    away: str
    team: str
    opponent: str
    seat: int
    number: int

    @property
    def player(self) -> str:
        return f"{self.team.lower()}player{self.seat}"

    def raw(self) -> Row:
        return {
            "game_id": self.game_id,
            "game_date": self.day,
            "home_team_abbr": self.home,
            "away_team_abbr": self.away,
            "team_abbr": self.team,
            "player_lookup": self.player,
            "processed_at": L3_TIME,
        }

    def summary(self) -> Row:
        return {
            "player_lookup": self.player,
            "game_id": self.game_id,
            "game_date": self.day,
            "team_abbr": self.team,
            "opponent_team_abbr": self.opponent,
            "points": 5 + self.number % 23,
            "minutes_played": Decimal(12 + self.number % 17),
            "usage_rate": Decimal(10 + self.number % 19),
            "fg_attempts": 4 + self.number % 7,
            "three_pt_attempts": self.number % 5,
            "paint_attempts": self.number % 4,
            "mid_range_attempts": self.number % 3,
            "is_active": True,
            "is_dnp": False,
            "processed_at": L3_TIME,
        }

    def factors(self) -> Row:
        return {
            "player_lookup": self.player,
            "game_date": self.day,
            "game_id": self.game_id,
            "fatigue_score": 60 + self.number * 7 % 41,
            "shot_zone_mismatch_score": Decimal(self.number * 13 % 201 - 100) / 10,
            "pace_score": Decimal(self.number * 11 % 61 - 30) / 10,
            "usage_spike_score": Decimal(self.number * 17 % 61 - 30) / 10,
            **{factor.column: Decimal(0) for factor in DEFERRED_FACTORS},
            "total_composite_adjustment": Decimal(self.number * 3 % 1000 - 500) / 100,
            "calculation_version": CALCULATION_VERSION,
            "data_quality_issues": [],
            "processed_at": L4_TIME,
        }


def _matches(row: Row, where: Row) -> bool:
    return all(row[name] == value for name, value in where.items())
