"""`phase4 validate`: count the tables of a range, judge them, keep the snapshot."""

from __future__ import annotations

import typer

from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson, EndDate, StartDate, check_range
from phase4.cloud.settings import Settings


def validate(start_date: StartDate, end_date: EndDate, as_json: AsJson = False) -> None:
    """Validate a range without a run; exits 0 passed, 1 below the minimum, 2 the check failed.

    Example: phase4 validate --start-date 2024-10-01 --end-date 2026-01-02
    """
    from phase4.validation.command import run_validation

    check_range(start_date, end_date)
    warehouse = open_warehouse(Settings.from_environment(), component="validate")
    code = run_validation(warehouse, start_date, end_date, as_json=as_json)
    if code:
        raise typer.Exit(code)
