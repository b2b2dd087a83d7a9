"""`phase4 validate`: a validation without a run, for people or as JSON."""

from __future__ import annotations

import json
import traceback
import uuid
from datetime import date

from rich.console import Console

from phase4.cloud.retries import FORESEEN, one_line
from phase4.cloud.warehouse import Warehouse
from phase4.validation.rendering import show
from phase4.validation.scope import Scope
from phase4.validation.snapshot import Snapshot
from phase4.validation.validator import record, validate

PASSED, BELOW, CHECK_FAILED = 0, 1, 2


def run_validation(warehouse: Warehouse, start: date, end: date, *, as_json: bool = False) -> int:
    """Validates a range, keeps the snapshot and prints it. No alert is raised.

    Returns 0 when the minimum is reached, 1 below it, 2 when the check itself failed.
    """
    try:
        snapshot = _validate(warehouse, start, end)
    except Exception as error:  # whatever failed: it was the check, not the tables
        if not isinstance(error, FORESEEN):
            traceback.print_exc()
        Console(stderr=True, soft_wrap=True).print(
            f"UNKNOWN: the validation of {start}..{end} itself failed: {one_line(error)}",
            style="bold red",
        )
        return CHECK_FAILED
    if as_json:
        print(json.dumps(snapshot.row(), default=str, indent=2))
    else:
        show(snapshot, Console())
    return PASSED if snapshot.verdict == "passed" else BELOW


def _validate(warehouse: Warehouse, start: date, end: date) -> Snapshot:
    scope = Scope(
        kind="range",
        trigger="manual",
        event_id=f"manual-{uuid.uuid4().hex}",
        start_date=start,
        end_date=end,
    )
    snapshot = validate(warehouse, scope)
    record(warehouse, snapshot)
    return snapshot
