"""What a run changed of the training set: its shares before the run and as the run left them."""

from __future__ import annotations

from phase4.cloud.time_travel import within_reach
from phase4.cloud.warehouse import Warehouse
from phase4.runs.run import Run, last_run
from phase4.training.shares import TrainingShares, shares_of


def training_of(warehouse: Warehouse, run: Run) -> TrainingShares | None:
    """The shares of a run's range; None when what the run left cannot be read any more."""
    left_at = run.left_at
    # What the last run left is there.
    if left_at is None or last_run(warehouse) == run.run_id:
        left_at = None
    elif not within_reach(warehouse, left_at):
        return None
    first, last = run.row.start_date, run.row.end_date
    return shares_of(warehouse, first, last, run.row.started_at, left_at)
