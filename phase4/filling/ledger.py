"""The ledger: a load job each for what was read, a batch's outcomes, and its quarantined rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import pyarrow as pa

from phase4.cloud.warehouse import Warehouse
from phase4.filling.clock import seconds_alive
from phase4.filling.publishing import Outcome
from phase4.filling.task import Task
from phase4.tables.arrow import table_of


def record(
    warehouse: Warehouse,
    task: Task,
    outcomes: Sequence[Outcome],
    quarantined: pa.Table,
    read_at: datetime,
    *,
    reading: bool = False,
    batch: int = 0,
) -> None:
    """Writes the outcomes and the quarantine of a batch; once per attempt.

    `reading` says whether the outcomes refer to what the attempt has read, which is on record then.
    Every outcome says what the attempt has used up to here, with the jobs of the ledger.
    """
    settings = warehouse.settings
    shared = {
        "run_id": task.run_id,
        "wave": task.wave,
        "task": task.index,
        "attempt": task.attempt,
        "read_at": read_at,
        "reading": task.reading if reading else None,
        "execution": task.execution,
        "code_version": settings.code_version,
        # The jobs that load these rows are part of what the rows say was used.
        "usage": _usage(warehouse, 1 + bool(quarantined.num_rows)),
    }
    rows = [{**asdict(outcome), **shared} for outcome in outcomes]
    _append(warehouse, "outcomes", rows, task.job_id("outcomes", batch))
    if quarantined.num_rows:
        noted = {"run_id": task.run_id, "recorded_at": datetime.now(UTC)}
        kept_out = [{**row, **noted} for row in quarantined.to_pylist()]
        _append(warehouse, "quarantine", kept_out, task.job_id("quarantine", batch))


def record_reading(warehouse: Warehouse, task: Task, fingerprints: pa.Table, batch: int) -> None:
    """Writes what the batches from this one on are computed from; outcomes refer to it."""
    kept = {"reading": task.reading, "recorded_at": datetime.now(UTC)}
    read = [{**row, **kept} for row in fingerprints.to_pylist()]
    _append(warehouse, "source_fingerprints", read, task.job_id("fingerprints", batch))


def _usage(warehouse: Warehouse, own_load_jobs: int) -> dict[str, float]:
    used = warehouse.usage.as_dict()
    return {**used, "load_jobs": used["load_jobs"] + own_load_jobs, "seconds": seconds_alive()}


def _append(
    warehouse: Warehouse, table: str, rows: Sequence[dict[str, object]], job_id: str
) -> None:
    warehouse.append(f"{warehouse.settings.ops_dataset}.{table}", table_of(table, rows), job_id)
