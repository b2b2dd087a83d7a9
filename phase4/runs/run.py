"""Runs as nba_ops keeps them: the row of a run, its plan, and what became of its dates."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from phase4.cloud.queries import ask, only
from phase4.cloud.warehouse import Warehouse
from phase4.errors import NotThere, WrongInput
from phase4.tables.arguments import BACKFILL
from phase4.tables.rows.plans import PlanGroup, RunDate
from phase4.tables.rows.runs import LastRun, RunId, RunRow

# As long as the id of a workflow execution: nothing can be missing from it.
WHOLE_LENGTH = 36
# Columns of the run's row, which whoever shows the run shows anyhow.
HEADED = ("start_date", "end_date", "target_table", "owner", "purpose", "trigger")


class RunUnknown(NotThere):
    """nba_ops.runs has no such run."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"no run {run_id!r} in the ledger: `phase4 status` lists the last ones")
        self.run_id = run_id


class RunAmbiguous(WrongInput):
    """Several runs begin so."""

    def __init__(self, prefix: str, run_ids: Sequence[str]) -> None:
        super().__init__(
            f"{prefix!r} begins the ids of several runs, {', '.join(run_ids)}: give more of one"
        )
        self.prefix = prefix


def never_planned(request: Mapping[str, Any], planned: Collection[str]) -> list[str]:
    """The tables that a run was asked to fill and ended before it planned them."""
    names = [name for stage in request.get("stages", ()) for name in stage["tables"]]
    return [name for name in names if name not in planned]


@dataclass(frozen=True)
class Run:
    """One run: its row, the groups of its plan, and its planned dates with their outcomes."""

    row: RunRow
    plan: list[PlanGroup]
    dates: list[RunDate]

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self.row.run_id

    @property
    def summary(self) -> dict[str, Any]:
        """What the workflow stored when it ended; empty for a run that never came to its end."""
        stored: dict[str, Any] = json.loads(self.row.summary or "{}")
        return stored

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments that are not as they are by default, but for range, person and reason."""
        request: dict[str, Any] = json.loads(self.row.request or "{}")
        return {
            name: request[name]
            for name, argument in BACKFILL.items()
            if name in request and name not in HEADED and request[name] != argument.default
        }

    @property
    def never_planned(self) -> list[str]:
        """The tables that it ended before it planned them; none while it goes on, or of an undo."""
        if self.row.finished_at is None or self.row.kind == "undo":
            return []
        request = json.loads(self.row.request or "{}")
        return never_planned(request, {group.table_name for group in self.plan})

    @property
    def ended_at(self) -> datetime:
        """When it ended; now while it goes on."""
        return self.row.finished_at or datetime.now(UTC)

    @property
    def left_at(self) -> datetime | None:
        """When to read what it left in a table; None, for the present, while it goes on."""
        return self.row.finished_at

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (self.ended_at - self.row.started_at).total_seconds()

    @property
    def published(self) -> list[RunDate]:
        """Dates that the run wrote."""
        return [row for row in self.dates if row.status == "PUBLISHED"]

    def planned(self, action: str | None = None) -> int:
        """Dates of the plan, all or those of one action."""
        return sum(group.dates for group in self.plan if action in (None, group.action))

    def states(self) -> list[dict[str, Any]]:
        """The plan by action and state: dates, games and players."""
        names = ("dates", "l1_games", "expected_games", "players")
        sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(names, 0))
        for group in self.plan:
            for name in names:
                sums[group.action, group.state][name] += getattr(group, name)
        return [{"action": key[0], "state": key[1], **counts} for key, counts in sums.items()]

    @property
    def shards(self) -> set[tuple[int | None, int | None]]:
        """Wave and task of every shard of the plan."""
        return {(group.wave, group.task) for group in self.plan if group.action == "PLANNED"}


def run_of(warehouse: Warehouse, run_id: str) -> Run:
    """A run with its plan and dates; RunUnknown when the ledger does not have it."""
    row = only(ask(warehouse, RunRow, run_id=run_id))
    if row is None:
        raise RunUnknown(run_id)
    plan = ask(warehouse, PlanGroup, run_id=run_id)
    return Run(row, plan, ask(warehouse, RunDate, run_id=run_id))


def whole_id(warehouse: Warehouse, given: str) -> str:
    """The id that begins so; as given when no run is known by it. RunAmbiguous for several."""
    if len(given) >= WHOLE_LENGTH:
        return given
    found = [row.run_id for row in ask(warehouse, RunId, prefix=given)]
    if given in found or not found:
        # A run that has just been started has no row yet.
        return given
    if len(found) > 1:
        raise RunAmbiguous(given, found)
    return found[0]


def last_run(warehouse: Warehouse) -> str:
    """The id of the last backfill; NotThere before the first."""
    last = only(ask(warehouse, LastRun))
    if last is None:
        raise NotThere("no run yet: start one with phase4 run --start-date … --end-date …")
    return last.run_id
