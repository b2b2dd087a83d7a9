"""A small generated league with every awkwardness of the real one, as editable rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from phase4.filling.compute import Computed, Provenance, compute
from phase4.filling.sources import LeagueTables
from phase4.tables.calendar import Season

SEASONS = (
    Season(2023, date(2023, 10, 24), date(2023, 12, 1), date(2023, 12, 3)),
    Season(2024, date(2024, 10, 22), date(2024, 12, 6), date(2024, 12, 8)),
)
TEAMS = [f"T{number:02}" for number in range(12)]
NOW = datetime(2025, 1, 10, 6, tzinfo=UTC)
PROVENANCE = Provenance("run-1", "abc123", "reconstructed", NOW, NOW)

PLAYER_TYPES = {
    "player_lookup": pa.string(),
    "universal_player_id": pa.string(),
    "game_id": pa.string(),
    "game_date": pa.date32(),
    "team_abbr": pa.string(),
    "opponent_team_abbr": pa.string(),
    "is_active": pa.bool_(),
    "is_dnp": pa.bool_(),
    "minutes_played": pa.decimal128(5, 1),
    "usage_rate": pa.decimal128(6, 2),
    "points": pa.int64(),
    "fg_attempts": pa.int64(),
    "paint_attempts": pa.int64(),
    "mid_range_attempts": pa.int64(),
    "three_pt_attempts": pa.int64(),
    "processed_at": pa.timestamp("us", "UTC"),
}
DEFENSE_TYPES = {
    "game_id": pa.string(),
    "game_date": pa.date32(),
    "defending_team_abbr": pa.string(),
    "opponent_team_abbr": pa.string(),
    **{
        f"opp_{zone}_{what}": pa.int64()
        for zone in ("paint", "mid_range", "three_pt")
        for what in ("attempts", "makes")
    },
    "processed_at": pa.timestamp("us", "UTC"),
}
OFFENSE_TYPES = {
    "game_id": pa.string(),
    "game_date": pa.date32(),
    "team_abbr": pa.string(),
    "opponent_team_abbr": pa.string(),
    "pace": pa.decimal128(5, 1),
    "possessions": pa.int64(),
    "processed_at": pa.timestamp("us", "UTC"),
}
BOXSCORE_TYPES = {
    "game_id": pa.string(),
    "game_date": pa.date32(),
    "team_abbr": pa.string(),
    "minutes": pa.string(),
}
ROSTER_TYPES = {"player_lookup": pa.string(), "birth_date": pa.date32()}

Row = dict[str, Any]
ZONES = ("paint", "mid_range", "three_pt")
SHOTS = ("points", *(f"{zone}_attempts" for zone in ZONES))


@dataclass
class League:
    """The source tables as lists of rows; `types` overrides the type of single columns."""

    players: list[Row] = field(default_factory=list)
    defense: list[Row] = field(default_factory=list)
    offense: list[Row] = field(default_factory=list)
    roster: list[Row] | None = None
    boxscores: list[Row] | None = None
    seasons: Sequence[Season] = SEASONS

    def tables(self, **types: pa.DataType) -> LeagueTables:
        return LeagueTables(
            _table(self.players, PLAYER_TYPES, types),
            _table(self.defense, DEFENSE_TYPES, types),
            _table(self.offense, OFFENSE_TYPES, types),
            None if self.roster is None else _table(self.roster, ROSTER_TYPES, types),
            None if self.boxscores is None else _table(self.boxscores, BOXSCORE_TYPES, types),
        )

    def dates(self) -> list[date]:
        return sorted({row["game_date"] for row in self.players})

    def compute(
        self,
        dates: Sequence[date] | None = None,
        *,
        threads: int = 1,
        provenance: Provenance = PROVENANCE,
        **types: pa.DataType,
    ) -> Computed:
        return compute(
            self.tables(**types),
            self.dates() if dates is None else dates,
            provenance,
            seasons=self.seasons,
            threads=threads,
        )

    def told(self, dates: Sequence[date]) -> Computed:
        """What is noted of the dates and lacks behind them; no table's rows, a third less work."""
        return compute(self.tables(), dates, PROVENANCE, filled=(), seasons=self.seasons)


def _table(rows: list[Row], columns: dict[str, pa.DataType], types: dict[str, Any]) -> pa.Table:
    schema = pa.schema({**columns, **{name: t for name, t in types.items() if name in columns}})
    return pa.table(
        {f.name: pa.array([_cell(row.get(f.name), f.type) for row in rows], f.type) for f in schema}
    )


def _cell(value: Any, type_: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_string(type_):
        return str(value)
    return float(value) if pa.types.is_floating(type_) else value


def add_game(league: League, day: date, away: str, home: str, seed: random.Random) -> None:
    """One game: ten players a team, team rows and everything that is wrong with real rows."""
    game = {"game_id": f"{day:%Y%m%d}_{away}_{home}", "game_date": day, "processed_at": NOW}
    pace = Decimal(seed.randint(940, 1080)) / 10
    players: dict[str, list[Row]] = {away: [], home: []}
    defense: dict[str, Row] = {}
    for team, opponent in ((away, home), (home, away)):
        for number in range(10):
            if seed.random() > 0.1:
                row = _player_row(number, team, opponent, day, seed)
                players[team].append({**game, **row})
        teams = {"team_abbr": team, "opponent_team_abbr": opponent}
        league.offense.append({**game, **teams, "pace": pace, "possessions": round(pace)})
        allowed = {"defending_team_abbr": team, "opponent_team_abbr": opponent}
        defense[team] = {**game, **allowed, **_defense_row(seed)}
    league.players += players[away] + players[home]
    for team, opponent in ((away, home), (home, away)):
        league.defense.append(facing(defense[team], players[opponent]))


def facing(row: Row, players: list[Row]) -> Row:
    """The row with the attempts of the opponent's players, of which as large a share went in."""
    for zone in ZONES:
        tries, makes = f"opp_{zone}_attempts", f"opp_{zone}_makes"
        if row[tries] is not None:
            taken = sum(player[f"{zone}_attempts"] or 0 for player in players)
            row = {**row, makes: taken * row[makes] // row[tries], tries: taken}
    return row


def _player_row(number: int, team: str, opponent: str, day: date, seed: random.Random) -> Row:
    # A trade: the first two teams swap their best player in mid-season.
    home_team = {"T00": "T01", "T01": "T00"}.get(team, team) if _traded(number, day) else team
    lookup = f"player{home_team}{number}"
    star, missed = number < 2, seed.random() < 0.12
    has_zones = seed.random() > 0.06
    row = {
        "player_lookup": lookup.lower(),
        "universal_player_id": f"{lookup.lower()}_1",
        "team_abbr": team,
        "opponent_team_abbr": opponent,
        "is_active": not missed,
        "minutes_played": seed.choice([None, Decimal(0)])
        if missed
        else Decimal(seed.randint(250, 420) if star else seed.randint(30, 300)) / 10,
        "usage_rate": seed.choice([None, Decimal("1196.81"), Decimal("-1.00")])
        if seed.random() < 0.05
        else Decimal(seed.randint(1200, 3600)) / 100,
        "points": seed.randint(12, 34) if star else seed.randint(0, 16),
        "paint_attempts": seed.randint(0, 9) if has_zones else None,
        "mid_range_attempts": seed.randint(0, 5) if has_zones else None,
        "three_pt_attempts": seed.randint(0, 9),
    }
    return {**row, **dict.fromkeys(SHOTS)} if missed else row


def _traded(number: int, day: date) -> bool:
    return number == 0 and day >= date(2024, 11, 20)


def _defense_row(seed: random.Random) -> Row:
    missing = seed.random() < 0.03
    row: Row = {}
    for zone, attempts, share in (
        ("paint", 45, 0.58),
        ("mid_range", 16, 0.41),
        ("three_pt", 35, 0.36),
    ):
        tries = attempts + seed.randint(-10, 10)
        makes = round(tries * (share + seed.uniform(-0.12, 0.12)))
        absent = missing and zone != "three_pt"
        row |= {f"opp_{zone}_attempts": None if absent else tries}
        row |= {f"opp_{zone}_makes": None if absent else makes}
    return row


def generate() -> League:
    """Two seasons with preseason and All-Star games, trades, absences and holes."""
    seed = random.Random(20241022)
    league = League()
    for season, length in zip(SEASONS, (45, 60), strict=True):
        add_game(league, season.opener - timedelta(days=4), "T00", "T01", seed)
        for offset in range(length):
            day = season.opener + timedelta(days=offset)
            if season.is_all_star(day):
                if day == season.all_star_start:
                    add_game(league, day, "EST", "WST", seed)
                continue
            playing = seed.sample(TEAMS, 2 * seed.choice([0, 2, 3, 4]))
            for away, home in zip(playing[::2], playing[1::2], strict=True):
                add_game(league, day, away, home, seed)
    lookups = sorted({row["player_lookup"] for row in league.players})
    league.roster = [
        {"player_lookup": lookup, "birth_date": date(1984 + index % 22, 1 + index % 12, 11)}
        for index, lookup in enumerate(lookups)
        if index % 9
    ]
    return league


def generate_dense(days: int = 64) -> League:
    """Four teams that all play every second day of 2024-25 from the opener on."""
    seed = random.Random(4)
    league = League()
    for offset in range(0, days, 2):
        day = SEASONS[1].opener + timedelta(days=offset)
        if not SEASONS[1].is_all_star(day):
            add_game(league, day, "T00", "T01", seed)
            add_game(league, day, "T02", "T03", seed)
    return league


@pytest.fixture
def dense_league() -> League:
    """A league without holes, to be edited by the test."""
    return generate_dense()


@pytest.fixture
def empty_league() -> League:
    """A league without a row."""
    return League()


@pytest.fixture
def league() -> League:
    """A fresh copy of the generated league, to be edited by the test."""
    return generate()


@pytest.fixture(scope="session")
def shared_league() -> League:
    """The generated league, not to be edited."""
    return generate()


@pytest.fixture(scope="session")
def untouched(shared_league: League) -> Computed:
    """All dates of the generated league."""
    return shared_league.compute()
