"""Runs as nba_ops keeps them: the row of a run, its plan, and what became of its dates."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from phase4.cloud import routines
from phase4.cloud.warehouse import Row, Warehouse
from phase4.errors import NotThere


class RunUnknown(NotThere):
    """nba_ops.runs has no such run."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"no run {run_id!r} in the ledger: `phase4 status` lists the last ones")
        self.run_id = run_id


@dataclass(frozen=True)
class Run:
    """One run: its row, the groups of its plan, and its planned dates with their outcomes."""

    row: Row
    plan: list[Row]
    dates: list[Row]

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return str(self.row["run_id"])

    @property
    def summary(self) -> dict[str, Any]:
        """What the workflow stored when it ended; empty for a run that never came to its end."""
        stored: dict[str, Any] = json.loads(self.row["summary"] or "{}")
        return stored

    @property
    def ended_at(self) -> datetime:
        """When it ended; now while it goes on."""
        ended = self.row["finished_at"]
        return ended if isinstance(ended, datetime) else datetime.now(UTC)

    @property
    def left_at(self) -> datetime | None:
        """When to read what it left in a table; None, for the present, while it goes on."""
        return self.ended_at if self.row["finished_at"] else None

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return float((self.ended_at - self.row["started_at"]).total_seconds())

    @property
    def failed(self) -> list[Row]:
        """Dates whose newest outcome is a failure, and planned dates without one once it ended."""
        bad = ("FAILED", "NOT_RECORDED") if self.row["finished_at"] else ("FAILED",)
        return [row for row in self.dates if row["status"] in bad]

    @property
    def published(self) -> list[Row]:
        """Dates that the run wrote."""
        return [row for row in self.dates if row["status"] == "PUBLISHED"]

    def count(self, figure: str, action: str | None = None) -> int:
        """The sum of one count of the plan."""
        return sum(row[figure] for row in self.plan if action in (None, row["action"]))

    def states(self) -> list[dict[str, Any]]:
        """The plan by action and state: dates, games and players."""
        names = ("dates", "l1_games", "expected_games", "players")
        sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(names, 0))
        for row in self.plan:
            for name in names:
                sums[row["action"], row["state"]][name] += row[name]
        return [{"action": key[0], "state": key[1], **counts} for key, counts in sums.items()]

    @property
    def shards(self) -> set[tuple[int, int]]:
        """Wave and task of every shard of the plan."""
        return {(row["wave"], row["task"]) for row in self.plan if row["action"] == "PLANNED"}


def run_of(warehouse: Warehouse, run_id: str) -> Run:
    """A run with its plan and dates; RunUnknown when the ledger does not have it."""
    settings = warehouse.settings
    sql = f"SELECT * FROM `{settings.ops('runs')}` WHERE run_id = @run_id"
    rows = warehouse.query(sql, {"run_id": run_id})
    if not rows:
        raise RunUnknown(run_id)
    plan, dates = (
        warehouse.query(routines.query(name, settings), {"run_id": run_id})
        for name in ("run_plan", "run_dates")
    )
    return Run(rows[0], plan, dates)


def last_run(warehouse: Warehouse) -> str:
    """The id of the last backfill; NotThere before the first."""
    rows = warehouse.query(
        f"SELECT run_id FROM `{warehouse.settings.ops('runs')}`"
        " WHERE kind = 'backfill' AND state != 'REFUSED' ORDER BY started_at DESC LIMIT 1"
    )
    if not rows:
        raise NotThere("no run yet: start one with phase4 run --start-date … --end-date …")
    return str(rows[0]["run_id"])
