"""What a run changed of the training set: its shares before the run and as the run left them."""

from __future__ import annotations

from phase4.cloud.queries import ask, only
from phase4.cloud.warehouse import Warehouse
from phase4.runs.run import Run
from phase4.tables.rows.runs import LastRun
from phase4.training.shares import TrainingShares, shares_at, shares_of


def training_of(warehouse: Warehouse, run: Run) -> TrainingShares | None:
    """The shares of a run's range; None when what the run left cannot be read any more.

    What nobody has written over since, neither a run nor an undo, is there.
    """
    first, last, began = run.row.start_date, run.row.end_date, run.row.started_at
    if run.left_at is None:
        return shares_of(warehouse, first, last, began)
    left = shares_at(warehouse, first, last, began, run.left_at)
    if left is None and _is_newest(warehouse, run):
        return shares_of(warehouse, first, last, began)
    return left


def _is_newest(warehouse: Warehouse, run: Run) -> bool:
    newest = only(ask(warehouse, LastRun))
    return newest is not None and newest.is_newest and newest.run_id == run.run_id
