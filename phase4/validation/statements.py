"""The statements of a validation and the parameters that a scope gives them."""

from __future__ import annotations

from datetime import date

from phase4.settings import Settings
from phase4.validation.scope import Scope


def checks(settings: Settings) -> str:
    """The statement that runs every check."""
    return (
        f"SELECT check_name, subject, figure, detail FROM `{settings.ops('quality_checks')}`"
        "(@kind, @start_date, @end_date, @run_id, @wave, @claims)"
    )


def coverage(settings: Settings) -> str:
    """The statement that counts the tables per season and date state."""
    return (
        f"SELECT * FROM `{settings.ops('coverage_by_state')}`(@start_date, @end_date)"
        " ORDER BY season_year, state"
    )


def context(settings: Settings) -> str:
    """The statement that reads run, ledger, the snapshot before and the heartbeat."""
    return (
        f"SELECT * FROM `{settings.ops('validation_context')}`"
        "(@kind, @event_id, @start_date, @end_date, @run_id, @wave)"
    )


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
