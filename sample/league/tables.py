"""Arrow tables of the layers L1 and L3, built from box score lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from phase4.cloud import loads
from phase4.tables.arrow import schema_of
from sample.league.boxscores import Lines, Sides
from sample.league.draws import Flags, Ints, draw, order
from sample.league.players import birth_dates, lookup, player_names
from sample.league.schedule import TEAM_CODES, Game

EPOCH = date(1970, 1, 1).toordinal()
SECOND = 1_000_000
MORNING = (24 + 6) * 3600 * SECOND
NULL_MINUTES_PER_10_000 = 64
HASHED = (
    "player_lookup",
    "game_id",
    "points",
    "minutes_played",
    "usage_rate",
    "fg_attempts",
    "three_pt_attempts",
    "paint_attempts",
    "mid_range_attempts",
)


class Directory:
    """Names and ids of the players that occur in a league."""

    def __init__(self, players: Ints) -> None:
        self.players = np.unique(players)
        self.names = player_names(self.players)
        self.lookups = [lookup(name) for name in self.names]
        self.birth_dates = birth_dates(self.players)

    def known_birth_dates(self) -> list[date | None]:
        """Birth dates; one player in fifty has none on file."""
        known = (draw("birth date known", self.players, below=50) > 0).tolist()
        return [
            day if on_file else None for day, on_file in zip(self.birth_dates, known, strict=True)
        ]

    def birthdates_table(self) -> pa.Table:
        """The roster table: the players whose birth date is known."""
        schema = schema_of("player_birthdates")
        table = pa.table([self.lookups, self.known_birth_dates()], schema=schema)
        return table.filter(table["birth_date"].is_valid()).sort_by("player_lookup")

    def ages(self, players: Ints, days: Ints) -> list[int | None]:
        """Whole years at the given ordinal days, None without a birth date."""
        known = self.known_birth_dates()
        births = [known[place] for place in np.searchsorted(self.players, players).tolist()]
        return [
            _age(birth, date.fromordinal(day))
            for birth, day in zip(births, days.tolist(), strict=True)
        ]

    def identity(self, players: Ints) -> dict[str, pa.Array]:
        """player_lookup, universal_player_id and player_full_name of the given players."""
        ids = [
            f"{key}_{600_000 + player}"
            for key, player in zip(self.lookups, self.players.tolist(), strict=True)
        ]
        position = np.searchsorted(self.players, players)
        columns = {
            "player_lookup": self.lookups,
            "universal_player_id": ids,
            "player_full_name": self.names,
        }
        return {name: pa.array(values).take(position) for name, values in columns.items()}


def raw_boxscores(
    games: Sequence[Game], sides: Sides, lines: Lines, directory: Directory
) -> pa.Table:
    """L1: every listed player of every game; some games were delivered twice."""
    side = lines.side
    columns = game_columns(games, sides, side)
    away, home = sides.team[side // 2 * 2], sides.team[side // 2 * 2 + 1]
    columns |= directory.identity(lines.player) | {
        "away_team_abbr": codes(away),
        "home_team_abbr": codes(home),
        "team_abbr": codes(sides.team[side]),
        "minutes": [f"{value // 60:02}:{value % 60:02}" for value in lines.seconds.tolist()],
        "points": lines.points,
    }
    table = conform("bdl_player_boxscores", columns)
    again = pa.array(draw("delivered twice", sides.key[side // 2 * 2], below=60) == 0)
    later = pa.array(processed(sides.day[side]) + 9 * 3600 * SECOND)
    repeated = table.set_column(
        table.schema.get_field_index("processed_at"),
        table.schema.field("processed_at"),
        later.cast(pa.timestamp("us", tz="UTC")),
    )
    return pa.concat_tables([table, repeated.filter(again)])


def player_games(
    games: Sequence[Game], sides: Sides, lines: Lines, directory: Directory
) -> pa.Table:
    """L3: one row per listed player; 0.64 % of the active rows have lost their minutes."""
    side, played = lines.side, lines.seconds > 0
    known = played & ~lost_minutes(sides, lines)
    zones = sides.has_zones[side]
    identity = directory.identity(lines.player)
    columns = game_columns(games, sides, side) | identity
    columns |= {
        "team_abbr": codes(sides.team[side]),
        "opponent_team_abbr": codes(sides.opponent[side]),
        "points": nullable(lines.points, played),
        "minutes_played": decimals((lines.seconds + 3) // 6, 5, 1, known | _zero(sides, lines)),
        "usage_rate": decimals(lines.usage_hundredths, 6, 2, known),
        "fg_attempts": nullable(lines.attempts, played),
        "three_pt_attempts": nullable(lines.three_attempts, played),
        "paint_attempts": nullable(lines.paint_attempts, played & zones),
        "mid_range_attempts": nullable(lines.mid_attempts, played & zones),
        "is_active": played,
        "is_dnp": ~played,
    }
    columns["data_hash"] = _hashes(columns[name] for name in HASHED)
    return conform("player_game_summary", columns)


def team_defense(games: Sequence[Game], sides: Sides, lines: Lines) -> pa.Table:
    """L3: what each defending team allowed, one row per team and game."""
    every = np.arange(len(sides.key))
    other = every ^ 1

    def allowed(values: Ints, *, zone: bool = True) -> pa.Array:
        total = np.zeros(len(every), dtype=np.int64)
        np.add.at(total, lines.side, values)
        return nullable(total[other], sides.has_zones if zone else np.ones_like(sides.has_zones))

    columns = game_columns(games, sides, every) | {
        "defending_team_abbr": codes(sides.team),
        "opponent_team_abbr": codes(sides.opponent),
        "opp_paint_attempts": allowed(lines.paint_attempts),
        "opp_paint_makes": allowed(lines.paint_makes),
        "opp_mid_range_attempts": allowed(lines.mid_attempts),
        "opp_mid_range_makes": allowed(lines.mid_makes),
        "opp_three_pt_attempts": allowed(lines.three_attempts, zone=False),
        "opp_three_pt_makes": allowed(lines.three_makes, zone=False),
    }
    return conform("team_defense_game_summary", columns)


def team_offense(games: Sequence[Game], sides: Sides) -> pa.Table:
    """L3: pace and possessions, one row per team and game."""
    every = np.arange(len(sides.key))
    columns = game_columns(games, sides, every) | {
        "team_abbr": codes(sides.team),
        "opponent_team_abbr": codes(sides.opponent),
        "home_game": every % 2 == 1,
        "possessions": sides.possessions,
        "pace": decimals(sides.pace_tenths, 5, 1),
    }
    return conform("team_offense_game_summary", columns)


def lost_minutes(sides: Sides, lines: Lines) -> Flags:
    """Rows of active players whose minutes L3 lost: at most one per game, 0.64 % in all."""
    rotation = np.flatnonzero((lines.seconds > 600) & (lines.seconds < 2_100))
    shuffled = rotation[order("lost row", sides.key[lines.side[rotation]], lines.player[rotation])]
    games, first = np.unique(lines.side[shuffled] // 2, return_index=True)
    count = (int((lines.seconds > 0).sum()) * NULL_MINUTES_PER_10_000 + 5_000) // 10_000
    lost = np.zeros(len(lines.side), dtype=np.bool_)
    lost[shuffled[first[order("lost game", sides.key[2 * games])[:count]]]] = True
    return lost


def conform(name: str, columns: dict[str, object]) -> pa.Table:
    """The columns of one table in the order and types of the warehouse."""
    fields = [field for field in schema_of(name) if field.name in columns]
    known = {field.name: _typed(columns[field.name], field.type) for field in fields}
    return loads.conform(name, pa.table(known))


def codes(teams: Ints) -> pa.Array:
    """Team abbreviations of positions in TEAM_CODES."""
    return pa.array(TEAM_CODES).take(pa.array(teams))


def nullable(values: Ints, known: Flags) -> pa.Array:
    """Integers, NULL where not known."""
    return pa.array(values, mask=~known)


def decimals(units: Ints, precision: int, scale: int, known: Flags | None = None) -> pa.Array:
    """Exact decimals from integers counted in units of 10^-scale."""
    words: NDArray[np.int64] = np.stack([units, units >> 63], axis=1).astype("<i8")
    present = None if known is None else pa.array(known).buffers()[1]
    buffers = [present, pa.py_buffer(words.tobytes())]
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(units), buffers)


def game_columns(games: Sequence[Game], sides: Sides, side: Ints) -> dict[str, object]:
    """game_id, game_date, season_year and processed_at of rows that belong to the given sides."""
    return {
        "game_id": pa.array([game.game_id for game in games]).take(pa.array(side // 2)),
        "game_date": pa.array((sides.day[side] - EPOCH).astype(np.int32)),
        "season_year": sides.season_year[side],
        "processed_at": processed(sides.day[side]),
    }


def processed(day: Ints) -> Ints:
    """Six in the morning (UTC) after the game, in microseconds."""
    return np.asarray((day - EPOCH) * 24 * 3600 * SECOND + MORNING)


def _typed(values: object, wanted: pa.DataType) -> pa.Array:
    return pa.array(values, wanted) if isinstance(values, list) else pa.array(values).cast(wanted)


def _age(birth: date | None, day: date) -> int | None:
    if birth is None:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _zero(sides: Sides, lines: Lines) -> Flags:
    """Half of the players who did not play have 0 minutes, the others NULL."""
    coin = draw("zero", sides.key[lines.side], lines.player, below=2)
    return np.asarray((lines.seconds == 0) & (coin == 0))


def _hashes(columns: Iterable[object]) -> list[str]:
    rows = zip(*(pa.array(column).cast(pa.string()).to_pylist() for column in columns), strict=True)
    return [hashlib.sha256("|".join(map(str, row)).encode()).hexdigest()[:32] for row in rows]
