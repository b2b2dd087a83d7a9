"""The statements of a validation: routines of the operations dataset, and who asks them."""

from __future__ import annotations

import re
from datetime import date
from typing import TypeVar

from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.tables.typed import typed
from phase4.validation.scope import Scope

R = TypeVar("R")
PARAMETER = re.compile(r"@(\w+)")


def date_figures(settings: Settings) -> str:
    """The call that counts the tables per season and date state and runs the checks of dates."""
    return (
        f"CALL `{settings.ops('date_figures')}`"
        "(@kind, @start_date, @end_date, @run_id, @wave, @claims)"
    )


def row_findings(settings: Settings) -> str:
    """The call that runs the checks of stored rows."""
    return _findings(settings, "row_findings")


def source_findings(settings: Settings) -> str:
    """The call that runs the checks of what upstream holds."""
    return _findings(settings, "source_findings")


def _findings(settings: Settings, routine: str) -> str:
    return f"CALL `{settings.ops(routine)}`(@kind, @start_date, @end_date, @run_id, @wave)"


def training_figures(settings: Settings) -> str:
    """The statement that asks of the training set what readiness needs to know."""
    return f"SELECT * FROM `{settings.ops('training_figures')}`(@start_date, @end_date)"


def context(settings: Settings) -> str:
    """The statement that reads run, ledger, the snapshot before and the heartbeat."""
    return (
        f"SELECT * FROM `{settings.ops('validation_context')}`"
        "(@kind, @event_id, @start_date, @end_date, @run_id, @wave)"
    )


def checkpoint(settings: Settings) -> str:
    """The statement that finds the checkpoint of a run that is due, if one is."""
    return f"SELECT * FROM `{settings.ops('checkpoint_due')}`(@run_id)"


def ask(warehouse: Warehouse, scope: Scope, sql: str, kind: type[R]) -> list[R]:
    """The rows of one of these statements for a scope; it gets the parameters that it names."""
    known: dict[str, str | int | date] = {
        "kind": scope.kind,
        "event_id": scope.event_id,
        "start_date": scope.start_date,
        "end_date": scope.end_date,
        "run_id": scope.run_id,
        "wave": scope.wave,
        "claims": scope.claims,
    }
    rows = warehouse.query(sql, {name: known[name] for name in PARAMETER.findall(sql)})
    return [typed(kind, row) for row in rows]
