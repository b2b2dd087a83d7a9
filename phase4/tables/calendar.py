"""The league calendar: openers, All-Star breaks, bootstrap window, zone, from calendar.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from phase4.errors import NotThere
from phase4.tables.arguments import BACKFILL

CALENDAR_FILE = Path(__file__).with_name("calendar.json")


@dataclass(frozen=True)
class Season:
    """One season: the day of its first game and its All-Star dates (inclusive, may be unknown)."""

    season_year: int
    opener: date
    all_star_start: date | None = None
    all_star_end: date | None = None

    def is_all_star(self, day: date) -> bool:
        """Whether `day` lies in the All-Star break."""
        if self.all_star_start is None or self.all_star_end is None:
            return False
        return self.all_star_start <= day <= self.all_star_end


def season_year(day: date) -> int:
    """The year in which the season of `day` began (October to September)."""
    return day.year if day.month >= 10 else day.year - 1


def season_year_sql(day: str) -> str:
    """BigQuery's SQL for the same of a date."""
    return f"EXTRACT(YEAR FROM DATE_SUB({day}, INTERVAL 9 MONTH))"


def season_start_sql(day: str) -> str:
    """BigQuery's SQL for the first of October on or before a date."""
    return f"DATE({season_year_sql(day)}, 10, 1)"


@cache
def zone() -> str:
    """The time zone in which a date is over last: its games end there, behind midnight in UTC."""
    return str(_calendar()["zone"])


def season_name(year: int) -> str:
    """`2024-25`, as people call the season that began in a year."""
    return f"{year}-{(year + 1) % 100:02d}"


class SeasonUnknown(NotThere):
    """The calendar lacks the season of a date."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"phase4/tables/calendar.json has no season {season_year(day)} (asked for {day}):"
            " add its opener there"
        )


@cache
def bootstrap_days() -> int:
    """Days from the opener on for which no L4 row is expected, unless a run says otherwise."""
    return int(BACKFILL["bootstrap_days"].default)


@cache
def seasons() -> tuple[Season, ...]:
    """All known seasons, oldest first."""
    return tuple(_season(entry) for entry in _calendar()["seasons"])


def season_of(day: date, known: Sequence[Season] | None = None) -> Season:
    """The season that `day` belongs to; SeasonUnknown names the day that the calendar lacks."""
    for season in known or seasons():
        if season.season_year == season_year(day):
            return season
    raise SeasonUnknown(day)


def newest_season(day: date) -> int:
    """The year of the season whose opener came last on `day`; its own before the first opener."""
    opened = (season.season_year for season in seasons() if season.opener <= day)
    return max(opened, default=season_year(day))


def check_seasons(*days: date) -> None:
    """SeasonUnknown for a date of a season that the calendar lacks: nothing can be due on it."""
    for day in days:
        season_of(day)


def exhibitions_sql(day: str) -> str:
    """SQL for whether a date is one of exhibitions: before an opener, or in an All-Star break.

    Written for BigQuery and DuckDB.
    """
    spans = [
        (first, last)
        for one in seasons()
        for first, last in (
            (date(one.season_year, 10, 1), one.opener - timedelta(days=1)),
            (one.all_star_start, one.all_star_end),
        )
        if first and last
    ]
    return " OR ".join(f"{day} BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in spans)


def bootstrap_end(season: Season) -> date:
    """The last bootstrap date of a season."""
    return season.opener + timedelta(days=bootstrap_days() - 1)


@cache
def _calendar() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(CALENDAR_FILE.read_text())
    return loaded


def _season(entry: dict[str, Any]) -> Season:
    def day(key: str) -> date | None:
        text = entry.get(key)
        return date.fromisoformat(str(text)) if text else None

    opener = day("opener")
    if opener is None:
        raise ValueError(f"calendar.json: season {entry.get('season_year')} has no opener")
    return Season(
        season_year=int(str(entry["season_year"])),
        opener=opener,
        all_star_start=day("all_star_start"),
        all_star_end=day("all_star_end"),
    )
