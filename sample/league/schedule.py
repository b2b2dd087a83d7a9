"""The games of the sample league: dates, pairings and game ids of every season."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import cycle

import numpy as np

from phase4.tables import calendar
from phase4.tables.calendar import Season
from sample.league.draws import Ints, draw, order

_CODES = """
ATL BKN BOS CHA CHI CLE DAL DEN DET GSW HOU IND LAC LAL MEM
MIA MIL MIN NOP NYK OKC ORL PHI PHX POR SAC SAS TOR UTA WAS
"""
TEAMS = tuple(_CODES.split())
ALL_STAR_TEAMS = ("ESX", "WSX")
TEAM_CODES = (*TEAMS, *ALL_STAR_TEAMS)
ALL_STAR_POSITIONS = (30, 31)
LAST_SEASON = 2025
WEEKDAY_GAMES = (8, 6, 11, 4, 11, 8, 8)
MOST_GAMES_A_DAY = 13


@dataclass(frozen=True)
class Game:
    """One game; `away` and `home` are positions in TEAM_CODES."""

    game_id: str
    day: date
    away: int
    home: int
    is_postseason: bool = False

    @property
    def season_year(self) -> int:
        """The year in which its season began."""
        return calendar.season_year(self.day)


@dataclass(frozen=True)
class SeasonPlan:
    """How many games a season has in its bootstrap window and after it, and when it ends."""

    season: Season
    last_day: date
    opening_games: int = 89
    later_games: int = 1141
    has_postseason: bool = False


def season_plans(count: int) -> tuple[SeasonPlan, ...]:
    """Plans of the last `count` seasons, oldest first; the last two are the reference situation."""
    return tuple(_plan(year) for year in range(LAST_SEASON - count + 1, LAST_SEASON + 1))


def league_calendar(count: int) -> tuple[Season, ...]:
    """The last `count` seasons; those that calendar.json lacks by the same rules."""
    return tuple(plan.season for plan in season_plans(count))


def season_games(plan: SeasonPlan) -> list[Game]:
    """All games of one season in order of date."""
    regular = _regular_games(plan)
    later = _postseason(plan) if plan.has_postseason else ()
    return regular + [replace(game, is_postseason=True) for game in later]


def exhibition_games(plan: SeasonPlan) -> list[Game]:
    """Preseason and All-Star games: ten-digit league ids, invented All-Star teams."""
    season = plan.season
    first = season.opener - timedelta(days=14)
    teams = order("preseason", season.season_year, range(30)).tolist()
    code = season.season_year % 100
    games = [
        Game(f"001{code:02}{pair:05}", first + timedelta(days=pair % 5), away, home)
        for pair, (away, home) in enumerate(zip(teams[::2], teams[1::2], strict=True), start=1)
    ]
    if season.all_star_end and season.all_star_end <= plan.last_day:
        games.append(Game(f"003{code:02}00001", season.all_star_end, *ALL_STAR_POSITIONS))
    return games


def _plan(year: int) -> SeasonPlan:
    season = _season(year)
    if year == 2024:
        return SeasonPlan(season, date(2025, 4, 13), 89, 1269, has_postseason=True)
    if year == 2025:
        return SeasonPlan(season, date(2026, 1, 2), 88, 484)
    return SeasonPlan(season, _nth_weekday(year + 1, 4, 6, 2))


def _season(year: int) -> Season:
    known = {season.season_year: season for season in calendar.seasons()}
    opener = _nth_weekday(year, 10, 1, 1, first_day=18)
    all_star = _nth_weekday(year + 1, 2, 0, 3) - timedelta(days=3)
    return known.get(year) or Season(year, opener, all_star, all_star + timedelta(days=2))


def _nth_weekday(year: int, month: int, weekday: int, nth: int, first_day: int = 1) -> date:
    start = date(year, month, first_day)
    return start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * (nth - 1))


def _off_days(season: Season) -> set[date]:
    year = season.season_year
    # Thanksgiving, Christmas Eve, Election Day; after the All-Star game two days of rest.
    off = {_nth_weekday(year, 11, 3, 4), date(year, 12, 24)}
    if year % 2 == 0:
        off.add(_nth_weekday(year, 11, 1, 1, first_day=2))
    if season.all_star_start:
        off |= {season.all_star_start + timedelta(days=days) for days in range(5)}
    return off


def _game_days(plan: SeasonPlan) -> list[date]:
    opener, off = plan.season.opener, _off_days(plan.season)
    days = (opener + timedelta(days=offset) for offset in range((plan.last_day - opener).days + 1))
    return [day for day in days if day not in off]


def _games_per_day(days: list[date], total: int) -> list[int]:
    counts = [WEEKDAY_GAMES[day.weekday()] for day in days]
    step = 1 if total > sum(counts) else -1
    for position in cycle(order("busy days", [day.toordinal() for day in days]).tolist()):
        if sum(counts) == total:
            break
        if 1 <= counts[position] + step <= MOST_GAMES_A_DAY:
            counts[position] += step
    return counts


@dataclass
class _Form:
    """Per team: games played, games at home, ordinal of the last game day, last opponent."""

    played: Ints = field(default_factory=lambda: np.zeros(30, dtype=np.int64))
    at_home: Ints = field(default_factory=lambda: np.zeros(30, dtype=np.int64))
    last: Ints = field(default_factory=lambda: np.zeros(30, dtype=np.int64))
    opponent: Ints = field(default_factory=lambda: np.full(30, -1, dtype=np.int64))


def _regular_games(plan: SeasonPlan) -> list[Game]:
    days, end = _game_days(plan), calendar.bootstrap_end(plan.season)
    opening = [day for day in days if day <= end]
    later = days[len(opening) :]
    counts = _games_per_day(opening, plan.opening_games) + _games_per_day(later, plan.later_games)
    form = _Form()
    return [
        _game(day, away, home)
        for day, count in zip(days, counts, strict=True)
        for away, home in _fixtures(_pairs(day, count, form), day, form)
    ]


def _pairs(day: date, count: int, form: _Form) -> Ints:
    """The teams that have played least, rested ones first, in pairs that did not meet yesterday."""
    today = day.toordinal()
    strain = 5 * form.played + 8 * (form.last == today - 1)
    chosen = np.argsort(strain + draw("pick", today, range(30), below=12), kind="stable")
    chosen = chosen[: 2 * count]
    for attempt in range(100):
        pairs = chosen[order("pair", today, attempt, chosen)].reshape(-1, 2)
        one, other = pairs.T
        # A pairing on two days running is what a doubled game looks like.
        if not np.any((form.last[one] == today - 1) & (form.opponent[one] == other)):
            break
    return pairs


def _fixtures(pairs: Ints, day: date, form: _Form) -> Iterator[tuple[int, int]]:
    for one, other in pairs.tolist():
        form.played[[one, other]] += 1
        form.last[[one, other]] = day.toordinal()
        form.opponent[[one, other]] = other, one
        away, home = (other, one) if form.at_home[one] <= form.at_home[other] else (one, other)
        form.at_home[home] += 1
        yield away, home


def _game(day: date, away: int, home: int) -> Game:
    return Game(f"{day:%Y%m%d}_{TEAM_CODES[away]}_{TEAM_CODES[home]}", day, away, home)


PLAY_IN = ((0, 12, 19), (0, 13, 18), (1, 14, 17), (1, 15, 16), (2, 12, 13), (3, 14, 15))
ROUND_STARTS = (4, 18, 32)
FINAL_START, FINAL_GAMES = 46, 7


def _postseason(plan: SeasonPlan) -> Iterator[Game]:
    first = plan.last_day + timedelta(days=2)
    seeds = order("seeds", plan.season.season_year, range(30)).tolist()
    for offset, away, home in PLAY_IN:
        yield _game(first + timedelta(days=offset), seeds[home], seeds[away])
    alive = seeds[:16]
    for offset in ROUND_STARTS:
        series = list(zip(alive[: len(alive) // 2], reversed(alive), strict=False))
        for day in range(12):
            for pair in series[day % 2 :: 2]:
                yield _series_game(first + timedelta(days=offset + day), pair, day // 2)
        alive = [pair[draw("winner", offset, *pair, below=2)[0]] for pair in series]
    for number in range(FINAL_GAMES):
        day_off = timedelta(days=FINAL_START + 2 * number)
        yield _series_game(first + day_off, (alive[0], alive[1]), number)


def _series_game(day: date, pair: tuple[int, int], number: int) -> Game:
    better, lesser = pair
    # The better team is at home in games 1, 2, 5 and 7.
    at_better = number in (0, 1, 4, 6)
    return _game(day, *((lesser, better) if at_better else (better, lesser)))
