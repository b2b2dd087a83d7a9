"""What the sample league lacks: games that never reached L3 and dates that have no L4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from phase4.tables.calendar import bootstrap_end, season_of, season_year
from sample.league.draws import order
from sample.league.schedule import Game

L3_GAMES = 1815
L3_BOOTSTRAP_GAMES = 165
L4_GAMES = 357
L4_DATES = 55
MOST_LOST_A_DAY = 2

L3_OUTAGES = (
    (date(2024, 12, 9), 3),
    (date(2025, 1, 13), 6),
    (date(2025, 3, 3), 2),
    (date(2025, 3, 29), 1),
    (date(2025, 5, 6), 5),
    (date(2025, 5, 20), 2),
    (date(2025, 11, 20), 1),
    (date(2025, 12, 9), 3),
)
EARLIER_SYSTEM_RAN = (
    (date(2024, 11, 6), date(2024, 12, 6)),
    (date(2025, 4, 8), date(2025, 6, 12)),
    (date(2025, 12, 1), date(2025, 12, 8)),
)


def games_in_l3(games: Sequence[Game]) -> list[Game]:
    """The reference games that reached L3: 1,815, of which 165 on bootstrap dates."""
    lost_days = {day + timedelta(days=n) for day, days in L3_OUTAGES for n in range(days)}
    arrived = [game for game in games if game.day not in lost_days]
    opening = [game for game in arrived if _is_bootstrap(game.day)]
    later = [game for game in arrived if not _is_bootstrap(game.day)]
    lost = _lost(opening, len(opening) - L3_BOOTSTRAP_GAMES)
    lost |= _lost(later, len(later) - (L3_GAMES - L3_BOOTSTRAP_GAMES))
    return [game for game in arrived if game.game_id not in lost]


def earlier_system_days(games: Sequence[Game]) -> set[date]:
    """The 55 eligible dates with L4 rows, 357 games in all, of the games that reached L3."""
    per_day = Counter(game.day for game in games if not _is_bootstrap(game.day))
    pool = [day for day in sorted(per_day) if any(a <= day <= b for a, b in EARLIER_SYSTEM_RAN)]
    chosen = set(pool[:L4_DATES])
    while excess := sum(per_day[day] for day in chosen) - L4_GAMES:
        chosen ^= _best_swap(per_day, chosen, pool, excess)
    return chosen


def _best_swap(
    per_day: Counter[date], chosen: set[date], pool: Sequence[date], excess: int
) -> set[date]:
    swaps = [(out, into) for out in sorted(chosen) for into in pool if into not in chosen]
    best = min(swaps, key=lambda swap: abs(excess - per_day[swap[0]] + per_day[swap[1]]))
    return set(best)


def _lost(games: Sequence[Game], count: int) -> set[str]:
    per_day, lost_per_day = Counter(game.day for game in games), Counter[date]()
    lost: set[str] = set()
    keys = [game.day.toordinal() for game in games], [game.home for game in games]
    for game in (games[position] for position in order("lost", *keys).tolist()):
        if len(lost) == count:
            break
        if per_day[game.day] >= 4 and lost_per_day[game.day] < MOST_LOST_A_DAY:
            lost_per_day[game.day] += 1
            lost.add(game.game_id)
    return lost


def _is_bootstrap(day: date) -> bool:
    return season_year(day) in (2024, 2025) and day <= bootstrap_end(season_of(day))
