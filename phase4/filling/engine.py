"""DuckDB as the job uses it: in memory, with this project's macros and SQL files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from phase4.tables.arguments import BACKFILL
from phase4.tables.catalog import TABLES
from phase4.tables.filled.declaration import Factor, FilledTable
from phase4.tables.placeholders import render
from phase4.tables.readiness import READINESS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SQL = Path(__file__).with_name("sql")


def connect(threads: int = 1) -> DuckDBPyConnection:
    """An in-memory DuckDB with this project's macros, on one thread unless told otherwise."""
    connection = database(threads)
    run(connection, "macros")
    return connection


def database(threads: int = 1) -> DuckDBPyConnection:
    """An in-memory DuckDB; imported late, as planning never needs it.

    Its threads wait spinning: over a season two take half as much again of the cores as one.
    """
    import duckdb

    return duckdb.connect(":memory:", config={"threads": threads})


def run(connection: DuckDBPyConnection, *files: str) -> None:
    """Executes these SQL files in order."""
    for file in files:
        connection.execute(statement(file))


def run_steps(connection: DuckDBPyConnection, table: FilledTable, files: Iterable[str]) -> None:
    """Executes these SQL files of a filled table's folder in order."""
    for file in files:
        connection.execute(step(table, file))


def statement(name: str) -> str:
    """The text of a file that all tables share, with thresholds filled in."""
    return filled(name, **_thresholds())


def step(table: FilledTable, name: str) -> str:
    """The text of a file of a filled table's folder, with thresholds and its scores filled in."""
    return render(table.text(name), {**_thresholds(), **_scores(table)})


def filled(name: str, **fragments: str) -> str:
    """The text of a SQL file with each `${name}` filled in."""
    return render((SQL / f"{name}.sql").read_text(), fragments)


def range_violation(table: FilledTable) -> str:
    """SQL for the scores outside their exact range, with their values; NULL when there is none."""
    cases = [
        f"CASE WHEN ({factor.name} BETWEEN {factor.low} AND {factor.high}) IS NOT TRUE"
        f" THEN '{factor.column}=' || coalesce(CAST({factor.name} AS VARCHAR), 'NULL')"
        f" || ' is outside {factor.low}..{factor.high}' END"
        for factor in table.computed_scores
    ]
    return f"nullif(concat_ws('; ', {', '.join(cases)}), '')" if cases else "CAST(NULL AS VARCHAR)"


def stored_score(table: FilledTable, factor: Factor) -> str:
    """SQL for a score as its column stores it."""
    if not factor.decimals:
        return f"{factor.name} AS {factor.column}"
    columns = TABLES[table.name].columns
    kind = next(column for column in columns if column["name"] == factor.column)
    # Rounded before the cast, which would decide a tie by the binary value of the double.
    stored = f"half_away({factor.name}, {10**factor.decimals})"
    return f"CAST({stored} AS DECIMAL({kind['precision']}, {kind['scale']})) AS {factor.column}"


def _scores(table: FilledTable) -> dict[str, str]:
    scores = table.computed_scores
    return {
        "stored_scores": ",\n  ".join(stored_score(table, factor) for factor in scores),
        "score_columns": ", ".join(factor.column for factor in scores),
        "version": f"'{table.calculation_version}'",
        "range_violation": range_violation(table),
    }


def _thresholds() -> dict[str, str]:
    return {
        "last_known_days": str(READINESS["last_known_days"]),
        "defense_games": str(READINESS["defense_games"]),
        "zones_games": str(READINESS["zones_games"]),
        "history_days": str(BACKFILL["stale_history_days"].default),
    }
