"""The statements of a validation: SQL files rendered with thresholds, factors and scope."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from phase4.factors import ACTIVE_FACTORS, SCORES, Factor
from phase4.routines import SQL, placeholders, render
from phase4.settings import Settings
from phase4.thresholds import METRICS, THRESHOLDS
from phase4.validation.scope import Scope

QUERIES = SQL / "queries"
CHECKS = SQL / "checks"


def statement(path: Path, settings: Settings) -> str:
    """The rendered text of one SQL file."""
    return render(path.read_text(), {**placeholders(settings), **_own_placeholders()})


def query(name: str, settings: Settings) -> str:
    """The rendered text of sql/queries/NAME.sql."""
    return statement(QUERIES / f"{name}.sql", settings)


def parameters(scope: Scope) -> dict[str, str | int | date]:
    """The query parameters that every statement of a validation may use."""
    return {
        "kind": scope.kind,
        "event_id": scope.event_id,
        "start_date": scope.start_date,
        "end_date": scope.end_date,
        "run_id": scope.run_id,
        "wave": scope.wave,
        "claims": scope.claims,
    }


def _own_placeholders() -> dict[str, str]:
    return {
        "date_players_minimum": f"{METRICS['date_players_pct'].minimum:g}",
        "date_players_target": f"{METRICS['date_players_pct'].target:g}",
        "active_scores": _structs(ACTIVE_FACTORS),
        "all_scores": _structs(SCORES),
        "active_names": ", ".join(f"'{factor.column}'" for factor in ACTIVE_FACTORS),
        **_reference_season(),
        **{name: str(value) for name, value in THRESHOLDS["validation"].items()},
    }


def _reference_season() -> dict[str, str]:
    year = int(THRESHOLDS["validation"]["drift_reference_season"])
    return {
        "drift_reference_start": f"{year}-10-01",
        "drift_reference_end": f"{year + 1}-09-30",
    }


def _structs(factors: tuple[Factor, ...]) -> str:
    return ",\n    ".join(
        f"STRUCT('{factor.column}' AS factor, CAST({factor.column} AS FLOAT64) AS score, "
        f"CAST({factor.low} AS FLOAT64) AS low, CAST({factor.high} AS FLOAT64) AS high)"
        for factor in factors
    )
