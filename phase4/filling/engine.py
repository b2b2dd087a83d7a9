"""DuckDB as the job uses it: in memory, with this project's macros and SQL files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from phase4.tables.arguments import BACKFILL
from phase4.tables.catalog import TABLES
from phase4.tables.factors import ACTIVE_FACTORS, CALCULATION_VERSION, TOTAL, Factor
from phase4.tables.readiness import READINESS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SQL = Path(__file__).with_name("sql")
COLUMNS = TABLES["player_composite_factors"].columns


def connect(threads: int) -> DuckDBPyConnection:
    """An in-memory DuckDB with this project's macros; imported late, as planning never needs it."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": threads})
    run(connection, "macros")
    return connection


def run(connection: DuckDBPyConnection, *files: str) -> None:
    """Executes these SQL files in order."""
    for file in files:
        connection.execute(statement(file))


def statement(name: str) -> str:
    """The text of a file, with score columns and thresholds filled in."""
    return filled(name, **_fragments())


def filled(name: str, **fragments: str) -> str:
    """The text of a SQL file with each `${name}` filled in."""
    text = (SQL / f"{name}.sql").read_text()
    for placeholder, fragment in fragments.items():
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


def stored_score(factor: Factor) -> str:
    """SQL for a score as its column stores it."""
    if not factor.decimals:
        return f"{factor.name} AS {factor.column}"
    kind = next(column for column in COLUMNS if column["name"] == factor.column)
    # Rounded before the cast, which would decide a tie by the binary value of the double.
    stored = f"half_away({factor.name}, {10**factor.decimals})"
    return f"CAST({stored} AS DECIMAL({kind['precision']}, {kind['scale']})) AS {factor.column}"


def _fragments() -> dict[str, str]:
    scores = (*ACTIVE_FACTORS, TOTAL)
    return {
        "stored_scores": ",\n  ".join(map(stored_score, scores)),
        "score_columns": ", ".join(factor.column for factor in scores),
        "version": f"'{CALCULATION_VERSION}'",
        "range_violation": range_violation(),
        "last_known_days": str(READINESS["last_known_days"]),
        "defense_games": str(READINESS["defense_games"]),
        "history_days": str(BACKFILL["stale_history_days"].default),
    }
