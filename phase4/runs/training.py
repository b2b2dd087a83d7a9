"""What a run changed of the training set: its shares before the run and as the run left them."""

from __future__ import annotations

from phase4.cloud.warehouse import Warehouse
from phase4.runs.run import Run, last_run
from phase4.training.shares import TrainingShares, shares_at, shares_of


def training_of(warehouse: Warehouse, run: Run) -> TrainingShares | None:
    """The shares of a run's range; None when what the run left cannot be read any more."""
    first, last, began = run.row.start_date, run.row.end_date, run.row.started_at
    # What the last run left is there.
    if run.left_at is None or last_run(warehouse) == run.run_id:
        return shares_of(warehouse, first, last, began)
    return shares_at(warehouse, first, last, began, run.left_at)
