"""All requested dates in one set-based pass: source tables in, output rows and quarantine out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.precompute.cleaning import load
from jobs.precompute.sources import LeagueTables
from phase4.calendar import Season, season_of, season_year
from phase4.calendar import seasons as known_seasons
from phase4.factors import ACTIVE_FACTORS, CALCULATION_VERSION, DEFERRED_FACTORS, SCORES, TOTAL

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SQL = Path(__file__).with_name("sql")
CONTEXT_STAGES = ("history", "teams", "stars", "schedule", "context")
SCORE_STAGES = ("scores", "factors")


@dataclass(frozen=True)
class Provenance:
    """Where rows come from: the same for all rows of a task, and no part of their data_hash.

    processed_at is the time of the snapshot that the sources were read at.
    """

    run_id: str
    code_version: str
    context_source: str
    created_at: datetime
    processed_at: datetime

    def parameters(self) -> dict[str, object]:
        """The named parameters of rows.sql."""
        return {**vars(self), "calculation_version": CALCULATION_VERSION}


@dataclass(frozen=True)
class Computed:
    """Rows of player_composite_factors by date, game and player, and what was kept out of them.

    Quarantined are players who are not written; noted are source numbers that count as absent. Both
    have game_date, game_id, player_lookup (NULL for a team's number), reason, row_json.
    """

    rows: pa.Table
    quarantined: pa.Table
    noted: pa.Table


def history_range(
    dates: Sequence[date], seasons: Sequence[Season] | None = None
) -> list[tuple[date, date]]:
    """The spans of source dates that these dates need: per season, its opener to the last date.

    LookupError names a date whose season the calendar does not know.
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
    seasons: Sequence[Season] | None = None,
    threads: int = 2,
) -> Computed:
    """Computes every row of the dates; a date without games yields none, in any split the same.

    Season by season, as history never crosses a season: memory stays that of one season.
    LookupError names a date with games whose season the calendar does not know.
    """
    parts = [
        _compute_season(tables, season, season_dates, provenance, threads)
        for season, season_dates in _by_season(tables, dates, seasons or known_seasons())
    ]
    return Computed(
        pa.concat_tables(part.rows for part in parts),
        pa.concat_tables(part.quarantined for part in parts),
        pa.concat_tables(part.noted for part in parts),
    )


def _compute_season(
    tables: LeagueTables, season: Season, dates: list[date], provenance: Provenance, threads: int
) -> Computed:
    with connect(threads) as connection:
        connection.register("requested", pa.table({"game_date": pa.array(dates, pa.date32())}))
        connection.register("scope", _scope(season, dates))
        load(connection, tables)
        run(connection, *CONTEXT_STAGES, *SCORE_STAGES)
        rows = connection.execute(statement("rows"), provenance.parameters()).to_arrow_table()
        quarantined = connection.execute(statement("quarantined")).to_arrow_table()
        noted = connection.execute(statement("noted")).to_arrow_table()
    written, outside = split_violations(rows)
    kept_out = pa.concat_tables([quarantined, pa.Table.from_pylist(outside, quarantined.schema)])
    return Computed(written, kept_out, noted)


def split_violations(rows: pa.Table) -> tuple[pa.Table, list[dict[str, object]]]:
    """Takes the rows with a score outside its range out of the output, as quarantine entries."""
    violation = rows["range_violation"]
    if violation.null_count == rows.num_rows:
        return rows.drop_columns("range_violation"), []
    outside = rows.filter(violation.is_valid()).to_pylist()
    entries: list[dict[str, object]] = [
        {
            **{key: row[key] for key in ("game_date", "game_id", "player_lookup")},
            "reason": row["range_violation"],
            "row_json": json.dumps(row, default=str),
        }
        for row in outside
    ]
    return rows.filter(violation.is_null()).drop_columns("range_violation"), entries


def score(context: pa.Table, threads: int = 1) -> pa.Table:
    """The scores, context texts, completeness and warnings of context rows, in their order."""
    with connect(threads) as connection:
        connection.register("context", context)
        run(connection, *SCORE_STAGES)
        return connection.execute("SELECT * FROM factors").to_arrow_table()


def connect(threads: int) -> DuckDBPyConnection:
    """An in-memory DuckDB with this project's macros; imported late, as planning never needs it."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": threads})
    run(connection, "macros")
    return connection


def run(connection: DuckDBPyConnection, *stages: str) -> None:
    """Executes the SQL files of these stages in order."""
    for stage in stages:
        connection.execute((SQL / f"{stage}.sql").read_text())


def statement(name: str) -> str:
    """The text of a query file, with the score columns of phase4.factors filled in."""
    text = (SQL / f"{name}.sql").read_text()
    for placeholder, fragment in _fragments().items():
        text = text.replace(f"${{{placeholder}}}", fragment)
    return text


def range_violation() -> str:
    """SQL for the scores outside their exact range, with their values; NULL when there is none."""
    cases = [
        f"CASE WHEN ({factor.name} BETWEEN {factor.low} AND {factor.high}) IS NOT TRUE"
        f" THEN '{factor.column}=' || coalesce(CAST({factor.name} AS VARCHAR), 'NULL')"
        f" || ' is outside {factor.low}..{factor.high}' END"
        for factor in (*ACTIVE_FACTORS, TOTAL)
    ]
    return f"nullif(concat_ws('; ', {', '.join(cases)}), '')"


def _fragments() -> dict[str, str]:
    deferred = [f"CAST(0 AS DECIMAL(3, 1)) AS {factor.column}" for factor in DEFERRED_FACTORS]
    return {
        "deferred": ",\n  ".join(deferred),
        "hashed": ", ".join(factor.column for factor in SCORES),
        "range_violation": range_violation(),
    }


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
            season_of(day, seasons)
    return [(known[year], days) for year, days in by_year.items()] or [(seasons[0], [])]


def _scope(season: Season, dates: list[date]) -> pa.Table:
    """What of a season is read, and which of its games count as history."""
    days = {
        "first_date": date(season.season_year, 10, 1),
        "last_date": dates[-1] if dates else date.min,
        "opener": season.opener,
        "all_star_start": season.all_star_start or date.min,
        "all_star_end": season.all_star_end or date.min,
    }
    return pa.table({name: pa.array([day], pa.date32()) for name, day in days.items()})
