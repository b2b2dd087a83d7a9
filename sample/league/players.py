"""The invented players of the sample league: names, birth dates, roles and rosters with trades."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np

from sample.league.draws import Ints, draw, order
from sample.league.schedule import TEAMS

ROSTER_SIZE = 15
SEATS = len(TEAMS) * ROSTER_SIZE
FIRST_YEAR = 1980
SEAT_MINUTES = np.array([36, 34, 32, 30, 28, 24, 20, 17, 14, 11, 9, 8, 7, 6, 5])
SEAT_USAGE = np.array([29, 25, 22, 19, 18, 20, 18, 17, 16, 16, 15, 15, 14, 14, 14])
TRADE_DAYS = ((9, 1), (12, 15), (1, 12), (2, 5))
TRADES = 8

_SYLLABLES = """
B Br D Dr F G Gr H J K Kl L M N P R S St T Tr V W Z Th
a e i o u ai ei ou
den lor mick nard phus quin ric shan tavo vell
bley croft dane fell gard holt kamp low mont nock rud sworth
"""
_ONSETS, _VOWELS, _ENDS, _SURNAME_ENDS = (line.split() for line in _SYLLABLES.split("\n")[1:-1])
_NAMES = len(_ONSETS) * len(_VOWELS) * len(_ENDS) * len(_SURNAME_ENDS)
_SHUFFLE = 7919  # coprime with _NAMES: team-mates do not share a first name


def player_names(players: Ints) -> list[str]:
    """Full names, one of its own for every player."""
    return [_name(player) for player in players.tolist()]


def lookup(name: str) -> str:
    """The normalised name by which the warehouse knows a player."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def birth_dates(players: Ints) -> list[date]:
    """Birth dates: 19 to 23 years before a player's first season."""
    debut = FIRST_YEAR + _debut_offset(players)
    age = 19 + draw("debut age", players, below=5)
    day = draw("birthday", players, below=365)
    return [
        date(year, 1, 1) + timedelta(days=days)
        for year, days in zip((debut - age).tolist(), day.tolist(), strict=True)
    ]


@cache
def rosters(season_year: int) -> Ints:
    """Players as (trade phase, team, seat); the last two teams are the All-Star teams."""
    seats = np.arange(SEATS)
    career = 6 + draw("career", seats, below=11)
    generation = (season_year - FIRST_YEAR + _stagger(seats)) // career
    roster = (generation * SEATS + seats).reshape(len(TEAMS), ROSTER_SIZE)
    return np.stack([_with_all_stars(_trade(roster, season_year, n)) for n in range(4)])


def trade_phase(season_year: int, day: date) -> int:
    """How many of the season's trade days lie on or before `day`, less one."""
    days = [date(season_year + (month < 9), month, number) for month, number in TRADE_DAYS]
    return max(sum(trade_day <= day for trade_day in days) - 1, 0)


def _trade(roster: Ints, season_year: int, phase: int) -> Ints:
    """Swap players of the same seat between pairs of teams; changes `roster` in place."""
    teams = order("trade", season_year, phase, range(len(TEAMS)))
    seat = draw("seat", season_year, phase, range(TRADES), below=ROSTER_SIZE)
    one, other = teams[:TRADES], teams[TRADES : 2 * TRADES]
    roster[one, seat], roster[other, seat] = roster[other, seat], roster[one, seat]
    return roster


def _with_all_stars(roster: Ints) -> Ints:
    stars = roster[:, 0].reshape(2, ROSTER_SIZE)
    return np.concatenate([roster, stars])


def _stagger(seats: Ints) -> Ints:
    return draw("stagger", seats, below=16)


def _debut_offset(players: Ints) -> Ints:
    generation, seat = np.divmod(players, SEATS)
    return generation * (6 + draw("career", seat, below=11)) - _stagger(seat)


def _name(player: int) -> str:
    number, surname_end = divmod(player * _SHUFFLE % _NAMES, len(_SURNAME_ENDS))
    number, first_end = divmod(number, len(_ENDS))
    number, onset = divmod(number, len(_ONSETS))
    vowel = number % len(_VOWELS)
    twist = (player * 5 + first_end) % len(_ONSETS)
    surname = (
        f"{_ONSETS[twist]}{_VOWELS[(vowel + first_end) % len(_VOWELS)]}{_SURNAME_ENDS[surname_end]}"
    )
    return f"{_ONSETS[onset]}{_VOWELS[vowel]}{_ENDS[first_end]} {surname}"
