"""All requested dates in one set-based pass: source tables in, output rows and quarantine out."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from phase4.filling.births import settle_births
from phase4.filling.cleaning import load
from phase4.filling.engine import connect, run, run_steps, statement, step
from phase4.filling.readiness import shortfalls
from phase4.filling.rows import Provenance, complete, split_violations
from phase4.filling.sources import LeagueTables
from phase4.tables.calendar import Season, season_of, season_year
from phase4.tables.calendar import seasons as known_seasons
from phase4.tables.filled import DEFAULT, FilledTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Computed", "Provenance", "compute", "history_range", "score", "score_again"]

# What the league says as of each date, whatever table is made of it.
LEAGUE = ("history", "schedule", "teams")
# As many as a task has cores, unless the environment says otherwise.
SEASONS_AT_ONCE = 2


@dataclass(frozen=True)
class Computed:
    """Rows by table, date, game and key, and what was kept out of them.

    Quarantined are players who are not written; noted are source numbers that count as absent. Both
    have game_date, game_id, player_lookup (NULL for a team's number), reason, row_json. Shortfalls
    are the team-games that lack behind a date (phase4/filling/readiness.py).
    """

    by_table: dict[str, pa.Table]
    quarantined: pa.Table
    noted: pa.Table
    shortfalls: pa.Table

    @property
    def rows(self) -> pa.Table:
        """The rows of the table that a run fills unless told otherwise."""
        return self.by_table[DEFAULT.name]


def history_range(
    dates: Sequence[date], seasons: Sequence[Season] | None = None
) -> list[tuple[date, date]]:
    """The spans of source dates that these dates need: per season, its opener to the last date.

    SeasonUnknown names a date whose season the calendar lacks.
    """
    spans: dict[int, tuple[date, date]] = {}
    for day in sorted(set(dates)):
        season = season_of(day, seasons)
        first, _ = spans.get(season.season_year, (min(season.opener, day), day))
        spans[season.season_year] = (first, day)
    return list(spans.values())


def compute(
    tables: LeagueTables,
    dates: Sequence[date],
    provenance: Provenance,
    *,
    filled: Sequence[FilledTable] = (DEFAULT,),
    seasons: Sequence[Season] | None = None,
    threads: int = 1,
) -> Computed:
    """Computes every row of the dates; a date without games yields none, in any split the same.

    What the league says of the dates is computed once for all tables that are `filled`.
    Seasons are computed side by side, as history never crosses a season, on `threads` each.
    SeasonUnknown names a date with games whose season the calendar lacks.
    """
    work = _by_season(tables, dates, seasons or known_seasons())
    with ThreadPoolExecutor(SEASONS_AT_ONCE) as pool:
        parts = [
            pool.submit(_compute_season, tables, season, days, provenance, filled, threads)
            for season, days in work
        ]
        return _joined([part.result() for part in parts])


def _joined(parts: list[Computed]) -> Computed:
    return Computed(
        {
            name: pa.concat_tables(part.by_table[name] for part in parts)
            for name in parts[0].by_table
        },
        pa.concat_tables(part.quarantined for part in parts),
        pa.concat_tables(part.noted for part in parts),
        pa.concat_tables(part.shortfalls for part in parts),
    )


def _compute_season(
    tables: LeagueTables,
    season: Season,
    dates: list[date],
    provenance: Provenance,
    filled: Sequence[FilledTable],
    threads: int,
) -> Computed:
    # A database for each season: the tables of the SQL files have fixed names.
    with connect(threads) as connection:
        connection.register("requested", pa.table({"game_date": pa.array(dates, pa.date32())}))
        connection.register("scope", _scope(season, dates))
        load(connection, tables)
        run(connection, *LEAGUE)
        settle_births(connection, has_roster=tables.roster is not None)
        rows = {table.name: _rows(connection, table) for table in filled}
        quarantined = connection.execute(statement("quarantined")).to_arrow_table()
        noted = connection.execute(statement("noted")).to_arrow_table()
        lacking = shortfalls(connection)
    written, kept_out = {}, [quarantined]
    for table in filled:
        sound, outside = split_violations(rows[table.name])
        written[table.name] = complete(sound, provenance, table)
        kept_out.append(pa.Table.from_pylist(outside, quarantined.schema))
    return Computed(written, pa.concat_tables(kept_out), noted, lacking)


def _rows(connection: DuckDBPyConnection, table: FilledTable) -> pa.Table:
    run_steps(connection, table, (*table.steps, *table.scoring))
    return connection.execute(step(table, "rows")).to_arrow_table()


def score(context: pa.Table) -> pa.Table:
    """The scores, context texts, completeness and warnings of context rows, in their order."""
    with connect() as connection:
        connection.register("context", context)
        return _scored(connection)


def score_again(stored: pa.Table) -> pa.Table:
    """The same of stored rows, from the inputs that their context texts carry."""
    with connect() as connection:
        connection.register("stored", stored)
        run_steps(connection, DEFAULT, ["inputs"])
        return _scored(connection)


def _scored(connection: DuckDBPyConnection) -> pa.Table:
    run_steps(connection, DEFAULT, DEFAULT.scoring)
    return connection.execute(f"FROM {DEFAULT.scoring[-1]}").to_arrow_table()


def _by_season(
    tables: LeagueTables, dates: Sequence[date], seasons: Sequence[Season]
) -> list[tuple[Season, list[date]]]:
    """The dates of each season, in order; at least one season, so that no dates give no rows."""
    known = {season.season_year: season for season in seasons}
    by_year: dict[int, list[date]] = {}
    for day in sorted(set(dates)):
        if season_year(day) in known:
            by_year.setdefault(season_year(day), []).append(day)
        elif day in set(tables.players["game_date"].unique().to_pylist()):
            # Raises: games of a season that nobody knows are an error, never "no rows".
            season_of(day, seasons)
    return [(known[year], days) for year, days in by_year.items()] or [(seasons[0], [])]


def _scope(season: Season, dates: list[date]) -> pa.Table:
    """What of a season is read, and which of its games count as history."""
    days = {
        "first_date": date(season.season_year, 10, 1),
        "last_date": dates[-1] if dates else date.min,
        "opener": season.opener,
        # A break that is not known yet lies before every game.
        "all_star_start": season.all_star_start or date.min,
        "all_star_end": season.all_star_end or date.min,
    }
    return pa.table({name: pa.array([day], pa.date32()) for name, day in days.items()})
