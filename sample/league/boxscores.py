"""Box scores of the sample league: who played in each game, for how long, and what they did.

Arrays are shaped (side, seat): side 2g is the away team of game g, side 2g + 1 the home team.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sample.league.counts import counts
from sample.league.draws import Flags, Ints, draw, noise
from sample.league.players import ROSTER_SIZE, SEAT_MINUTES, SEAT_USAGE, rosters, trade_phase
from sample.league.schedule import Game

REGULATION, OVERTIME = 48 * 60, 5 * 60
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
    overtimes: Ints
    possessions: Ints
    has_zones: Flags


@dataclass(frozen=True)
class Lines:
    """One entry per listed player and game; `seconds` is 0 for those who did not play."""

    side: Ints
    player: Ints
    seconds: Ints
    points: Ints
    attempts: Ints
    makes: Ints
    three_attempts: Ints
    three_makes: Ints
    paint_attempts: Ints
    paint_makes: Ints
    mid_attempts: Ints
    mid_makes: Ints
    free_attempts: Ints
    free_makes: Ints
    turnovers: Ints
    offensive_rebounds: Ints
    defensive_rebounds: Ints
    assists: Ints
    steals: Ints
    blocks: Ints
    fouls: Ints


def sides_of(games: Sequence[Game]) -> Sides:
    """The sides of the games, with the possessions that their box scores will add up to."""
    day = np.repeat([game.day.toordinal() for game in games], 2)
    year = np.repeat([game.season_year for game in games], 2)
    pairs = np.array([(game.away, game.home) for game in games])
    team, opponent = pairs.reshape(-1), pairs[:, ::-1].reshape(-1)
    game_key = day * 32 + np.repeat(pairs[:, 1], 2)
    tempo = noise("tempo", year, team, spread=45) + noise("tempo", year, opponent, spread=45)
    pace = 1000 + tempo + noise("pace", game_key, spread=40)
    luck = draw("overtime", game_key, below=200)
    overtimes = (luck < 12).astype(np.int64) + (luck < 1)
    expected = pace * (REGULATION + OVERTIME * overtimes) // REGULATION
    return Sides(
        key=day * 32 + team,
        day=day,
        season_year=year,
        team=team,
        opponent=opponent,
        overtimes=overtimes,
        possessions=(expected + 5) // 10 + draw("possessions", game_key, team, below=3) - 1,
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
    used = (sides.possessions + 6)[:, None] * load // total
    # A single shot in seconds on the court is an absurd usage: over 100.
    used = np.where(plays, used, draw("cameo shot", key, player, below=5) == 0)
    shots = _shots(sides, player, used, seconds)
    shots |= counts(sides.key, sides.possessions, shots, load, seconds)
    rows = np.nonzero(listed)
    return Lines(
        side=rows[0],
        player=player[rows],
        seconds=seconds[rows],
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
    extra = OVERTIME * sides.overtimes[:, None]
    team_seconds = 5 * (REGULATION + extra)
    seconds = team_seconds * share // share.sum(axis=1, keepdims=True)
    seconds = np.minimum(seconds, MOST_SECONDS + extra)
    # What the others left falls to the last five of the rotation: a team has all its minutes.
    left = team_seconds - seconds.sum(axis=1, keepdims=True)
    seconds += np.where(plays & (rank >= rotation - 5), left // 5, 0)
    seconds += np.where(rank == rotation - 1, left % 5, 0)
    cameo = (rank == rotation) & ~absent & (draw("cameo", key, player, below=15) == 0)
    seconds = np.where(cameo, 3 + draw("cameo seconds", key, player, below=68), seconds)
    regular = absent & (np.arange(ROSTER_SIZE) < 6)
    return (rank < LISTED) | regular, plays, seconds


def _shots(sides: Sides, player: Ints, used: Ints, seconds: Ints) -> dict[str, Ints]:
    key, year = sides.key[:, None], sides.season_year[:, None]
    wobble = noise("attempts", key, player, spread=3) * (used > 3)
    attempts = np.where(seconds > 0, np.maximum((used * 84 + 50) // 100 + wobble, 0), 0)
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
    scored = 3 * makes["three makes"] + 2 * inside + makes["free throws"]
    winner = _winning_throws(scored, seconds)
    return {
        "points": scored + winner,
        "attempts": attempts,
        "makes": makes["three makes"] + inside,
        "free_attempts": free_throws + winner,
        "free_makes": makes["free throws"] + winner,
        "three_attempts": three,
        "three_makes": makes["three makes"],
        "paint_attempts": paint,
        "paint_makes": makes["paint makes"],
        "mid_attempts": mid,
        "mid_makes": makes["mid makes"],
    }


def _winning_throws(scored: Ints, seconds: Ints) -> Ints:
    """One more free throw for the home team where both have the same points: no game is drawn."""
    points = scored.sum(axis=1)
    home = 2 * np.flatnonzero(points[0::2] == points[1::2]) + 1
    throws = np.zeros_like(scored)
    throws[home, seconds[home].argmax(axis=1)] = 1
    return throws


def _part(stream: str, whole: Ints, percent: Ints | int, *keys: Ints, spread: int = 150) -> Ints:
    """About `percent` of `whole`, between 0 and `whole`."""
    blur = draw(stream, *keys, below=spread) - (spread - 100) // 2
    return np.asarray(np.clip((whole * percent + blur) // 100, 0, whole))


def _defence(zone: str, sides: Sides, year: Ints) -> Ints:
    """Percentage points by which the opponent's season and the night change a zone's rate."""
    season = noise(f"defence/{zone}", year, sides.opponent[:, None], spread=6)
    return np.asarray(season + noise(f"night/{zone}", sides.key[:, None], spread=10))
