"""The statements of a validation: routines of the operations dataset, and who asks them."""

from __future__ import annotations

import re
from datetime import date
from typing import TypeVar

from phase4.cloud.warehouse import Warehouse
from phase4.tables.placeholders import render
from phase4.tables.typed import typed
from phase4.validation.scope import Scope

R = TypeVar("R")
PARAMETER = re.compile(r"@(\w+)")


# Counts the tables per season and date state, and runs the checks of dates.
DATE_FIGURES = (
    "CALL `${ops_dataset}.date_figures`(@kind, @start_date, @end_date, @run_id, @wave, @claims)"
)
ROW_FINDINGS = "CALL `${ops_dataset}.row_findings`(@kind, @start_date, @end_date, @run_id, @wave)"
SOURCE_FINDINGS = (
    "CALL `${ops_dataset}.source_findings`(@kind, @start_date, @end_date, @run_id, @wave)"
)
TRAINING_FIGURES = "SELECT * FROM `${ops_dataset}.training_figures`(@start_date, @end_date)"
VALIDATION_CONTEXT = """
SELECT * FROM `${ops_dataset}.validation_context`(
  @kind, @event_id, @start_date, @end_date, @run_id, @wave)
"""
CHECKPOINT_DUE = "SELECT * FROM `${ops_dataset}.checkpoint_due`(@run_id)"


def ask(warehouse: Warehouse, scope: Scope, statement: str, kind: type[R]) -> list[R]:
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
    settings = warehouse.settings
    ops_dataset = f"{settings.project}.{settings.ops_dataset}"
    sql = render(statement, {"ops_dataset": ops_dataset})
    rows = warehouse.query(sql, {name: known[name] for name in PARAMETER.findall(sql)})
    return [typed(kind, row) for row in rows]
