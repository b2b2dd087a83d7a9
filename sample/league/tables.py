"""Arrow tables of the layers L1 and L3, built from box score lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sample.league.columns import (
    EPOCH,
    SECOND,
    clock,
    codes,
    conform,
    decimals,
    nullable,
    processed,
)
from sample.league.directory import Directory
from sample.league.draws import Flags, Ints, draw, order
from sample.league.part import Part

NULL_MINUTES_PER_10_000 = 64
RAW_COUNTS = {
    "points": "points",
    "assists": "assists",
    "offensive_rebounds": "offensive_rebounds",
    "defensive_rebounds": "defensive_rebounds",
    "steals": "steals",
    "blocks": "blocks",
    "turnovers": "turnovers",
    "personal_fouls": "fouls",
    "field_goals_made": "makes",
    "field_goals_attempted": "attempts",
    "three_pointers_made": "three_makes",
    "three_pointers_attempted": "three_attempts",
    "free_throws_made": "free_makes",
    "free_throws_attempted": "free_attempts",
}
PLAYER_COUNTS = {
    "points": "points",
    "assists": "assists",
    "fg_attempts": "attempts",
    "fg_makes": "makes",
    "three_pt_attempts": "three_attempts",
    "three_pt_makes": "three_makes",
    "ft_attempts": "free_attempts",
    "ft_makes": "free_makes",
}
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


def raw_boxscores(part: Part, directory: Directory) -> pa.Table:
    """L1: every listed player of every game; some games were delivered twice."""
    sides, lines, figures, side = part.sides, part.lines, part.figures, part.lines.side
    columns = game_columns(part, side)
    away, home = sides.team[side // 2 * 2], sides.team[side // 2 * 2 + 1]
    columns |= directory.identity(lines.player) | {
        "away_team_abbr": codes(away),
        "home_team_abbr": codes(home),
        "team_abbr": codes(sides.team[side]),
        "minutes": clock(lines.seconds, (lines.seconds > 0) | _zero(part)),
        "game_status": ["Final"] * len(side),
        "period": 4 + sides.overtimes[side],
        "away_team_score": figures.points[side // 2 * 2],
        "home_team_score": figures.points[side // 2 * 2 + 1],
        "bdl_player_id": 100_000 + lines.player,
        **{column: getattr(lines, count) for column, count in RAW_COUNTS.items()},
        "rebounds": lines.offensive_rebounds + lines.defensive_rebounds,
        "created_at": columns["processed_at"],
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


def player_games(part: Part, directory: Directory) -> pa.Table:
    """L3: one row per listed player; 0.64 % of the active rows have lost their minutes."""
    sides, lines, side = part.sides, part.lines, part.lines.side
    played = lines.seconds > 0
    known = played & ~lost_minutes(part)
    zones = sides.has_zones[side]
    identity = directory.identity(lines.player)
    columns = game_columns(part, side) | identity
    columns |= {
        "team_abbr": codes(sides.team[side]),
        "opponent_team_abbr": codes(sides.opponent[side]),
        "minutes_played": decimals((lines.seconds + 3) // 6, 5, 1, known | _zero(part)),
        "usage_rate": decimals(part.figures.usage_hundredths, 6, 2, known),
        **{column: getattr(lines, count) for column, count in PLAYER_COUNTS.items()},
        "rebounds": lines.offensive_rebounds + lines.defensive_rebounds,
        "paint_attempts": nullable(lines.paint_attempts, played & zones),
        "mid_range_attempts": nullable(lines.mid_attempts, played & zones),
        "is_active": played,
        "is_dnp": ~played,
    }
    columns["data_hash"] = _hashes(columns[name] for name in HASHED)
    return conform("player_game_summary", columns)


def team_defense(part: Part) -> pa.Table:
    """L3: what each defending team allowed, one row per team and game."""
    sides, lines = part.sides, part.lines
    every = np.arange(len(sides.key))
    other = every ^ 1

    def allowed(values: Ints, *, zone: bool = True) -> pa.Array:
        total = np.zeros(len(every), dtype=np.int64)
        np.add.at(total, lines.side, values)
        return nullable(total[other], sides.has_zones if zone else np.ones_like(sides.has_zones))

    columns = game_columns(part, every) | {
        "defending_team_abbr": codes(sides.team),
        "opponent_team_abbr": codes(sides.opponent),
        "opp_paint_attempts": allowed(lines.paint_attempts),
        "opp_paint_makes": allowed(lines.paint_makes),
        "opp_mid_range_attempts": allowed(lines.mid_attempts),
        "opp_mid_range_makes": allowed(lines.mid_makes),
        "opp_three_pt_attempts": allowed(lines.three_attempts, zone=False),
        "opp_three_pt_makes": allowed(lines.three_makes, zone=False),
        "points_allowed": part.figures.points[other],
    }
    return conform("team_defense_game_summary", columns)


def team_offense(part: Part) -> pa.Table:
    """L3: points, possessions and pace, one row per team and game."""
    sides, figures = part.sides, part.figures
    every = np.arange(len(sides.key))
    columns = game_columns(part, every) | {
        "team_abbr": codes(sides.team),
        "opponent_team_abbr": codes(sides.opponent),
        "home_game": every % 2 == 1,
        "points_scored": figures.points,
        "possessions": figures.possessions,
        "pace": decimals(figures.pace_tenths, 5, 1),
    }
    return conform("team_offense_game_summary", columns)


def lost_minutes(part: Part) -> Flags:
    """Rows of active players whose minutes L3 lost: at most one per game, 0.64 % in all."""
    sides, lines = part.sides, part.lines
    rotation = np.flatnonzero((lines.seconds > 600) & (lines.seconds < 2_100))
    shuffled = rotation[order("lost row", sides.key[lines.side[rotation]], lines.player[rotation])]
    games, first = np.unique(lines.side[shuffled] // 2, return_index=True)
    count = (int((lines.seconds > 0).sum()) * NULL_MINUTES_PER_10_000 + 5_000) // 10_000
    lost = np.zeros(len(lines.side), dtype=np.bool_)
    lost[shuffled[first[order("lost game", sides.key[2 * games])[:count]]]] = True
    return lost


def game_columns(part: Part, side: Ints) -> dict[str, object]:
    """What rows that belong to the given sides say of their games, whatever their table."""
    sides, place = part.sides, pa.array(side // 2)
    return {
        "game_id": pa.array([game.game_id for game in part.games]).take(place),
        "is_postseason": pa.array([game.is_postseason for game in part.games]).take(place),
        "game_date": pa.array((sides.day[side] - EPOCH).astype(np.int32)),
        "season_year": sides.season_year[side],
        "processed_at": processed(sides.day[side]),
    }


def _zero(part: Part) -> Flags:
    """Half of the players who did not play have 0 minutes, the others NULL."""
    sides, lines = part.sides, part.lines
    coin = draw("zero", sides.key[lines.side], lines.player, below=2)
    return np.asarray((lines.seconds == 0) & (coin == 0))


def _hashes(columns: Iterable[object]) -> list[str]:
    rows = zip(*(pa.array(column).cast(pa.string()).to_pylist() for column in columns), strict=True)
    return [hashlib.sha256("|".join(map(str, row)).encode()).hexdigest()[:32] for row in rows]
