"""Box scores of the sample league: who played in each game, for how long, and what they did.

Arrays are shaped (side, seat): side 2g is the away team of game g, side 2g + 1 the home team.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sample.league.draws import Flags, Ints, draw, noise
from sample.league.players import ROSTER_SIZE, SEAT_MINUTES, SEAT_USAGE, rosters, trade_phase
from sample.league.schedule import Game

TEAM_SECONDS = 5 * 48 * 60
MOST_SECONDS = 44 * 60
LISTED = 13
BIG, WING, GUARD, MIDDLE = (66, 14), (36, 52), (34, 48), (36, 34)
SHOT_MIX = np.array([BIG, WING, GUARD, WING, MIDDLE, GUARD, BIG])


@dataclass(frozen=True)
class Sides:
    """Both teams of every game, one entry per side."""

    key: Ints
    day: Ints
    season_year: Ints
    team: Ints
    opponent: Ints
    pace_tenths: Ints
    possessions: Ints
    has_zones: Flags


@dataclass(frozen=True)
class Lines:
    """One entry per listed player and game; `seconds` is 0 for those who did not play."""

    side: Ints
    player: Ints
    seconds: Ints
    usage_hundredths: Ints
    points: Ints
    attempts: Ints
    three_attempts: Ints
    three_makes: Ints
    paint_attempts: Ints
    paint_makes: Ints
    mid_attempts: Ints
    mid_makes: Ints


def sides_of(games: Sequence[Game]) -> Sides:
    """The sides of the games, with their pace (tenths) and possessions."""
    day = np.repeat([game.day.toordinal() for game in games], 2)
    year = np.repeat([game.season_year for game in games], 2)
    pairs = np.array([(game.away, game.home) for game in games])
    team, opponent = pairs.reshape(-1), pairs[:, ::-1].reshape(-1)
    game_key = day * 32 + np.repeat(pairs[:, 1], 2)
    tempo = noise("tempo", year, team, spread=45) + noise("tempo", year, opponent, spread=45)
    pace = 1000 + tempo + noise("pace", game_key, spread=40)
    return Sides(
        key=day * 32 + team,
        day=day,
        season_year=year,
        team=team,
        opponent=opponent,
        pace_tenths=pace,
        possessions=(pace + 5) // 10 + draw("possessions", game_key, team, below=3) - 1,
        has_zones=draw("zones", game_key, below=160) > 0,
    )


def box_scores(games: Sequence[Game], sides: Sides) -> Lines:
    """The box score lines of all games, in order of side and seat."""
    player = _rosters_of(games)
    key = sides.key[:, None]
    listed, plays, seconds = _playing_time(player, sides)
    weight = SEAT_USAGE + noise("role", player, spread=4) + noise("form", key, player, spread=9)
    load = np.maximum(weight, 6) * np.where(plays, seconds, 0)
    total = np.maximum(load.sum(axis=1, keepdims=True), 1)
    usage = np.maximum(weight, 6) * (TEAM_SECONDS // 5 * 10_000) // total
    used = (sides.possessions + 6)[:, None] * load // total
    usage, used = _cameos(plays, seconds, usage, used, key, player)
    shots = _shots(sides, player, used, seconds > 0)
    rows = np.nonzero(listed)
    return Lines(
        side=rows[0],
        player=player[rows],
        seconds=seconds[rows],
        usage_hundredths=usage[rows],
        **{name: values[rows] for name, values in shots.items()},
    )


def _rosters_of(games: Sequence[Game]) -> Ints:
    return np.stack(
        [
            rosters(game.season_year)[trade_phase(game.season_year, game.day), team]
            for game in games
            for team in (game.away, game.home)
        ]
    )


def _playing_time(player: Ints, sides: Sides) -> tuple[Flags, Flags, Ints]:
    """Who is on the sheet, who is in the rotation, and everybody's seconds on court."""
    key, week = sides.key[:, None], (sides.day // 7)[:, None]
    absent = draw("absent", player, week, below=100) < 9
    weight = SEAT_MINUTES + noise("minutes", player, spread=3) + noise("day", key, player, spread=4)
    ranking = (weight - 100 * absent) * ROSTER_SIZE - np.arange(ROSTER_SIZE)
    rank = np.argsort(np.argsort(-ranking, axis=1, kind="stable"), axis=1, kind="stable")
    rotation = 10 + draw("rotation", sides.key, below=2)[:, None]
    plays = rank < rotation
    share = np.where(plays, np.maximum(weight, 4), 0)
    seconds = np.minimum(TEAM_SECONDS * share // share.sum(axis=1, keepdims=True), MOST_SECONDS)
    cameo = (rank == rotation) & ~absent & (draw("cameo", key, player, below=15) == 0)
    seconds = np.where(cameo, 3 + draw("cameo seconds", key, player, below=68), seconds)
    regular = absent & (np.arange(ROSTER_SIZE) < 6)
    return (rank < LISTED) | regular, plays, seconds


def _cameos(
    plays: Flags, seconds: Ints, usage: Ints, used: Ints, key: Ints, player: Ints
) -> tuple[Ints, Ints]:
    """Usage of the players with seconds on court: a single shot makes it absurd (over 100)."""
    tries = (draw("cameo shot", key, player, below=5) == 0).astype(np.int64)
    absurd = tries * 10_000 * (TEAM_SECONDS // 5) // (100 * np.maximum(seconds, 1))
    return np.where(plays, usage, absurd), np.where(plays, used, 2 * tries)


def _shots(sides: Sides, player: Ints, used: Ints, played: Flags) -> dict[str, Ints]:
    key, year = sides.key[:, None], sides.season_year[:, None]
    wobble = noise("attempts", key, player, spread=3) * (used > 3)
    attempts = np.where(played, np.maximum((used * 87 + 50) // 100 + wobble, 0), 0)
    mix = (
        SHOT_MIX[draw("mix", player, below=len(SHOT_MIX))]
        + noise("taste", player, spread=6)[..., None]
    )
    three = _part("three", attempts, mix[..., 1], key, player)
    paint = np.minimum(_part("paint", attempts, mix[..., 0], key, player), attempts - three)
    mid = attempts - three - paint
    free_throws = _part("fouls", attempts, 24, key, player)
    makes = {
        zone: _part(zone, tried, rate + _defence(zone, sides, year), key, player, spread=200)
        for zone, tried, rate in (
            ("three makes", three, 36),
            ("paint makes", paint, 58),
            ("mid makes", mid, 42),
            ("free throws", free_throws, 78),
        )
    }
    inside = makes["paint makes"] + makes["mid makes"]
    return {
        "points": 3 * makes["three makes"] + 2 * inside + makes["free throws"],
        "attempts": attempts,
        "three_attempts": three,
        "three_makes": makes["three makes"],
        "paint_attempts": paint,
        "paint_makes": makes["paint makes"],
        "mid_attempts": mid,
        "mid_makes": makes["mid makes"],
    }


def _part(stream: str, whole: Ints, percent: Ints | int, *keys: Ints, spread: int = 150) -> Ints:
    """About `percent` of `whole`, between 0 and `whole`."""
    blur = draw(stream, *keys, below=spread) - (spread - 100) // 2
    return np.asarray(np.clip((whole * percent + blur) // 100, 0, whole))


def _defence(zone: str, sides: Sides, year: Ints) -> Ints:
    """Percentage points by which the opponent's season and the night change a zone's rate."""
    season = noise(f"defence/{zone}", year, sides.opponent[:, None], spread=6)
    return np.asarray(season + noise(f"night/{zone}", sides.key[:, None], spread=10))
