"""`python -m bench.compute`: computing alone, beside the limit of one plain DuckDB statement.

Every figure is the median of several runs in a fresh process, with that process's peak memory.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import typer

from phase4.filling.compute import Provenance, compute
from phase4.filling.sources import (
    BOXSCORES,
    DEFENSE,
    OFFENSE,
    PLAYERS,
    ROSTER,
    LeagueTables,
    Source,
)
from phase4.tables.calendar import Season, season_year
from phase4.tables.calendar import seasons as known_seasons

REAL = Path(__file__).parents[2] / "shared" / "data" / "nba"
LIMIT = Path(__file__).with_name("limit.sql").read_text()
FEATURES = LIMIT.split("-- The row with its texts")[0] + "SELECT * FROM scores"
IMAGE = {"MALLOC_MMAP_THRESHOLD_": "262144"}
"""What the job's image sets."""
SEASONS = (2, 4, 10, 20, 40)
NOW = datetime(2026, 1, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Measurement:
    """One way of computing one league: rows, seconds (median and best), MB at the peak."""

    what: str
    rows: int
    dates: int
    seconds: float
    best: float
    peak_mb: int


def main(
    league: Annotated[Path, typer.Option(help="League folder.")] = REAL,
    runs: Annotated[int, typer.Option(help="Runs per figure; the median counts.")] = 5,
    measure: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Print one JSON line per measurement: the real league, then ever more synthetic seasons."""
    if measure:
        typer.echo(json.dumps(asdict(_measure(league, measure, runs))))
        return
    with tempfile.TemporaryDirectory() as folder:
        synthetic = {seasons: _synthetic(Path(folder), seasons) for seasons in SEASONS}
        real = league if league.exists() else synthetic[SEASONS[0]]
        for what in ("last full season", "all dates", "limit, rows", "limit, features"):
            typer.echo(_child(real, what, runs))
        for seasons, made in synthetic.items():
            typer.echo(_child(made, f"synthetic, {seasons}", runs))


def _synthetic(folder: Path, seasons: int) -> Path:
    made = folder / str(seasons)
    _run("sample.league", "--out", str(made), "--seasons", str(seasons))
    return made


def _child(league: Path, what: str, runs: int) -> str:
    arguments = ("--league", str(league), "--measure", what, "--runs", str(runs))
    return _run("bench.compute", *arguments)


def _run(module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, env={**os.environ, **IMAGE}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _measure(folder: Path, what: str, runs: int) -> Measurement:
    tables = _tables(folder)
    dates = sorted(tables.players["game_date"].unique().to_pylist())
    if what == "last full season":
        year = season_year(dates[-1]) - 1
        dates = [day for day in dates if season_year(day) == year]
        tables = _one_season(tables, dates)
    work = _limit(tables, what) if what.startswith("limit") else _job(tables, dates)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        rows = work()
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Measurement(
        what, rows, len(dates), round(statistics.median(times), 3), round(min(times), 3), peak
    )


def _tables(folder: Path) -> LeagueTables:
    def read(source: Source) -> pa.Table:
        return pq.read_table(folder / f"{source.table}.parquet", columns=list(source.selected))

    return LeagueTables(read(PLAYERS), read(DEFENSE), read(OFFENSE), read(ROSTER), read(BOXSCORES))


def _one_season(tables: LeagueTables, dates: list[date]) -> LeagueTables:
    def within(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.is_in(rows["game_date"], pa.array(dates, pa.date32())))

    boxscores = None if tables.boxscores is None else within(tables.boxscores)
    players, defense, offense = map(within, (tables.players, tables.defense, tables.offense))
    return LeagueTables(players, defense, offense, tables.roster, boxscores)


def _seasons(tables: LeagueTables) -> list[Season]:
    """The calendar's seasons; earlier ones of a synthetic league begin with their first game."""
    known = {season.season_year: season for season in known_seasons()}
    first: dict[int, date] = {}
    for day in tables.players["game_date"].unique().to_pylist():
        year = season_year(day)
        first[year] = min(first.get(year, day), day)
    return [known.get(year, Season(year, day)) for year, day in sorted(first.items())]


def _job(tables: LeagueTables, dates: list[date]) -> Callable[[], int]:
    provenance = Provenance("bench", "bench", "reconstructed", NOW, NOW)
    seasons = _seasons(tables)

    def work() -> int:
        return int(compute(tables, dates, provenance, seasons=seasons).rows.num_rows)

    return work


def _limit(tables: LeagueTables, what: str) -> Callable[[], int]:
    import duckdb

    long_ago = date(1900, 1, 1)
    calendar = [
        {
            "season_year": season.season_year,
            "opener": season.opener,
            "all_star_start": season.all_star_start or long_ago,
            "all_star_end": season.all_star_end or long_ago + timedelta(days=1),
        }
        for season in _seasons(tables)
    ]
    relations = {
        "players": _with_season(tables.players),
        "offense": _with_season(tables.offense),
        "defense": _with_season(tables.defense),
        "roster": tables.roster,
        "seasons": pa.Table.from_pylist(calendar),
    }
    sql = FEATURES if "features" in what else LIMIT

    def work() -> int:
        with duckdb.connect(config={"threads": 2}) as connection:
            for name, rows in relations.items():
                connection.register(name, rows)
            return int(connection.execute(sql).to_arrow_table().num_rows)

    return work


def _with_season(rows: pa.Table) -> pa.Table:
    years = [season_year(day) for day in rows["game_date"].to_pylist()]
    return rows.append_column("season_year", pa.array(years, pa.int64()))


if __name__ == "__main__":
    typer.run(main)
