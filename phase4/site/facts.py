"""What the site is made of: the state of every date of every season now, and how it came to be.

A fixed number of statements, whatever the number of seasons, runs or dates: the overview's, one for
each filled table, the snapshots, and what the last runs did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Warehouse
from phase4.runs.overview import Overview, overview_of
from phase4.site.states import TableDate, dates_of
from phase4.tables.calendar import season_name, season_year, seasons, zone
from phase4.tables.filled import DEFAULT, FILLED
from phase4.tables.headline import Headline, Share
from phase4.tables.rows.runs import RunMark
from phase4.tables.rows.snapshots import JudgedSnapshot
from phase4.tables.states import STATES


@dataclass(frozen=True)
class SeasonNow:
    """One season of one table: its dates with games, and those around them."""

    season_year: int
    dates: tuple[TableDate, ...]

    @property
    def title(self) -> str:
        """`2024-25`."""
        return season_name(self.season_year)

    @cached_property
    def headline(self) -> Headline:
        """Games due, covered, and covered at best."""
        return Headline.total(
            Headline(row.due_games, row.covered_games, row.attainable_games) for row in self.dates
        )

    def of_class(self, kind: str) -> list[TableDate]:
        """Its dates whose state is of a class."""
        return [row for row in self.dates if STATES[row.state].kind == kind]


@dataclass(frozen=True)
class TableNow:
    """One filled table: its seasons with games, oldest first."""

    name: str
    title: str
    seasons: tuple[SeasonNow, ...]

    @property
    def headline(self) -> Headline:
        """The figures of all its seasons."""
        return Headline.total(season.headline for season in self.seasons)

    @property
    def wanted(self) -> Share:
        """What is covered of all but the games that exempt dates lack: none is expected there."""
        lacking = sum(row.due_games - row.covered_games for row in self.of_class("exempt"))
        whole = self.headline.covered
        return Share(whole.part, whole.whole - lacking)

    def of_class(self, kind: str) -> list[TableDate]:
        """Its dates whose state is of a class."""
        return [row for season in self.seasons for row in season.of_class(kind)]


@dataclass(frozen=True)
class Site:
    """Everything at one moment."""

    made_at: datetime
    tables: tuple[TableNow, ...]
    overview: Overview
    snapshots: list[JudgedSnapshot]
    marks: list[RunMark]

    @property
    def main(self) -> TableNow:
        """The table that models read."""
        return next(table for table in self.tables if table.name == DEFAULT.name)

    def run_to_report(self, run_id: str = "") -> str:
        """This run, or the last one, where it is a backfill; empty when there is none."""
        runs = [run.run_id for run in self.overview.runs if run.kind == "backfill"]
        return run_id if run_id in runs else next(iter(runs), "")


def site_of(warehouse: Warehouse, today: date | None = None) -> Site:
    """Everything as the tables are now, up to the last date that is over.

    That of `today` is being played: what lacks of it, nobody owes yet.
    """
    # Before the first look: what is told may be newer, never older.
    made_at = warehouse.now()
    start, end = _range((today or _today(warehouse)) - timedelta(days=1))
    with ThreadPoolExecutor() as pool:
        found = {
            name: pool.submit(dates_of, warehouse, table, start, end)
            for name, table in FILLED.items()
        }
        snapshots = pool.submit(ask, warehouse, JudgedSnapshot)
        marks = pool.submit(ask, warehouse, RunMark)
        overview = overview_of(warehouse)
        tables = tuple(
            TableNow(name, FILLED[name].title, _seasons(rows.result()))
            for name, rows in found.items()
        )
    return Site(made_at, tables, overview, snapshots.result(), marks.result())


def _today(warehouse: Warehouse) -> date:
    today: date = warehouse.row(f"SELECT CURRENT_DATE('{zone()}') AS today")["today"]
    return today


def _range(end: date) -> tuple[date, date]:
    """From the first opener that the calendar knows to this date, within its last season."""
    last = seasons()[-1].season_year
    return seasons()[0].opener, min(end, date(last + 1, 9, 30))


def _seasons(rows: Sequence[TableDate]) -> tuple[SeasonNow, ...]:
    by_season = groupby(rows, key=lambda row: season_year(row.game_date))
    known = (SeasonNow(year, _played(members)) for year, members in by_season)
    return tuple(season for season in known if season.dates)


def _played(rows: Iterable[TableDate]) -> tuple[TableDate, ...]:
    """From the first to the last date with a game that is due or there."""
    members = list(rows)
    with_games = [n for n, row in enumerate(members) if row.due_games or row.covered_games]
    return tuple(members[with_games[0] : with_games[-1] + 1]) if with_games else ()
