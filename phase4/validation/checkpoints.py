"""Checkpoints: a running run gets a snapshot for every `validate_every` dates that it has finished.

Every batch of a run is told by an event, and each event asks whether a checkpoint is due. Which one
follows from the ledger, so that the order of events does not matter, nor how often they come.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from phase4.cloud.usage import Usage
from phase4.cloud.warehouse import Warehouse
from phase4.validation import statements
from phase4.validation.scope import Scope

REMEMBERED_RUNS = 16
# What this process asked for a run since its last snapshot, which then says so with its own.
_unsaid: OrderedDict[str, Usage] = OrderedDict()
_at_work: set[str] = set()


@dataclass(frozen=True)
class Due:
    """A checkpoint that has no snapshot yet: of so many dates of a run over a range."""

    start_date: date
    end_date: date
    dates: int
    event_id: str


def due(warehouse: Warehouse, scope: Scope) -> Scope | None:
    """The scope of the checkpoint that is due in the run of a batch.

    None when none is, or while one of the run is being made: it looks again when it is done.
    """
    found = statements.ask(warehouse, scope, statements.CHECKPOINT_DUE, Due)
    if not found or scope.run_id in _at_work:
        _keep(scope.run_id, warehouse.usage)
        return None
    (one,) = found
    return replace(scope, event_id=one.event_id, start_date=one.start_date, end_date=one.end_date)


@contextmanager
def at_work(scope: Scope) -> Iterator[None]:
    """Events of the run that come meanwhile leave what is due to the one whose scope it is.

    Side by side two snapshots of a run take longer than one after the other, which finds more
    dates. Should it fail, its event comes again.
    """
    _at_work.add(scope.run_id)
    try:
        yield
    finally:
        _at_work.discard(scope.run_id)


def say(run_id: str, usage: Usage) -> None:
    """Adds what was asked for a run without a snapshot."""
    if kept := _unsaid.pop(run_id, None):
        usage.add(**kept.as_dict())


def _keep(run_id: str, usage: Usage) -> None:
    say(run_id, usage)
    _unsaid[run_id] = usage
    if len(_unsaid) > REMEMBERED_RUNS:
        _unsaid.popitem(last=False)
