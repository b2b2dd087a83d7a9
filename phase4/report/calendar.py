"""The range as months of days: what the heat map shows of every date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from phase4.report.dates import ReportDate
from phase4.tables.calendar import season_name

COLUMNS = (
    "game_date", "state", "reason", "l1_games", "l3_games", "l4_games", "l1_players",
    "expected_players", "present_players", "missing_players", "extra_players", "duplicate_rows",
    "ledger", "run_status", "rows_changed", "since",
)  # fmt: skip


@dataclass(frozen=True)
class Day:
    """One date: its number in the page's data, its state and what a screen reader says."""

    number: int
    day: int
    state: str
    label: str
    since: str


@dataclass(frozen=True)
class Month:
    """A month with its dates; `offset` is the weekday of the first one shown (Monday is 0)."""

    title: str
    offset: int
    days: tuple[Day, ...]


@dataclass(frozen=True)
class Season:
    """One season of the range with its coverage in games."""

    title: str
    covered_games: int
    due_games: int
    months: tuple[Month, ...]


def seasons_of(dates: Sequence[ReportDate]) -> tuple[Season, ...]:
    """The dates by season and month; months without any game are left out."""
    numbered = list(enumerate(dates))
    return tuple(
        _season(year, list(members))
        for year, members in groupby(numbered, key=lambda entry: entry[1].season_year)
    )


def compact(dates: Sequence[ReportDate]) -> list[list[Any]]:
    """The rows of the page's data, in the order of COLUMNS."""
    return [[_plain(getattr(row, name)) for name in COLUMNS] for row in dates]


def _season(year: int, members: list[tuple[int, ReportDate]]) -> Season:
    months = [
        list(days) for _, days in groupby(members, key=lambda entry: entry[1].game_date.month)
    ]
    shown = [days for days in months if any(_has_games(row) for _, row in days)]
    return Season(
        title=season_name(year),
        covered_games=sum(row.covered_games for _, row in members),
        due_games=sum(row.due_games for _, row in members),
        months=tuple(_month(days) for days in shown),
    )


def _month(days: list[tuple[int, ReportDate]]) -> Month:
    first = days[0][1].game_date
    return Month(
        title=f"{first:%B %Y}",
        offset=first.weekday(),
        days=tuple(_day(number, row) for number, row in days),
    )


def _day(number: int, row: ReportDate) -> Day:
    state = row.state.lower().replace("_", " ")
    return Day(
        number=number,
        day=row.game_date.day,
        state=row.state,
        label=f"{row.game_date:%a %d %b %Y}: {state}, {row.reason}"
        + (f"; since then {row.since}" if row.since else ""),
        since=row.since,
    )


def _has_games(row: ReportDate) -> bool:
    return bool(row.l1_games or row.l3_games or row.l4_games)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
