"""What a report is made of: read from the tables once, nothing computed twice elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from phase4.cloud import routines
from phase4.cloud.warehouse import Row, Warehouse
from phase4.report.losses import Lift, lifts_of
from phase4.report.waterfall import Step, steps_of
from phase4.runs.receipt import Receipt, receipt_of
from phase4.tables.states import STATES


@dataclass(frozen=True)
class Point:
    """Coverage in per cent at one moment."""

    at: datetime
    label: str
    coverage_pct: float


@dataclass(frozen=True)
class Report:
    """A run and its range: the judged snapshot (None before the first) and the tables of now."""

    made_at: datetime
    receipt: Receipt
    snapshot: Row | None
    series: tuple[Point, ...]
    lifts: tuple[Lift, ...]
    steps: tuple[Step, ...]
    dates: list[Row]
    tasks: list[Row]
    histograms: list[Row]

    @property
    def run(self) -> Row:
        """The row of the run."""
        return self.receipt.run

    @property
    def verdict(self) -> str:
        """`passed`, `failed`, or the state of a run that never came to a verdict."""
        return self.receipt.verdict

    @property
    def before_pct(self) -> float | None:
        """Coverage when the run was planned, in per cent."""
        value: float | None = self.receipt.actual["coverage_before_pct"]
        return value

    @property
    def after_pct(self) -> float | None:
        """Coverage of the last snapshot; from plan and ledger before the first."""
        source = self.snapshot or self.receipt.actual
        value: float | None = source["coverage_pct"]
        return value

    @property
    def blocked(self) -> list[Row]:
        """Dates that cannot be filled before L3 is repaired."""
        return [row for row in self.dates if STATES[row["state"]].is_blocked]

    @property
    def open_gaps(self) -> list[Row]:
        """Dates that a run could fill now."""
        return [row for row in self.dates if STATES[row["state"]].is_fillable]

    def state_counts(self) -> dict[str, int]:
        """Dates per state, in the order of the states."""
        found = [row["state"] for row in self.dates]
        return {name: found.count(name) for name in STATES if name in found}


def report_of(warehouse: Warehouse, run_id: str) -> Report:
    """The report of a run; RunUnknown when the ledger does not have it."""
    receipt = receipt_of(warehouse, run_id)
    span = {"start_date": receipt.run["start_date"], "end_date": receipt.run["end_date"]}
    questions: dict[str, dict[str, Any]] = {
        "gaps": span,
        "player_games": span,
        "score_histograms": span,
        "run_snapshots": {"run_id": run_id},
        "run_tasks": {"run_id": run_id},
    }
    with ThreadPoolExecutor() as pool:
        asked = {
            name: pool.submit(warehouse.query, routines.query(name, warehouse.settings), values)
            for name, values in questions.items()
        }
        rows = {name: future.result() for name, future in asked.items()}
    snapshots = rows["run_snapshots"]
    dates = _with_run(_with_players(rows["gaps"], rows["player_games"]), receipt)
    return Report(
        made_at=datetime.now(UTC),
        receipt=receipt,
        snapshot=snapshots[-1] if snapshots else None,
        series=_series(receipt, snapshots),
        lifts=lifts_of(snapshots[-1] if snapshots else None, span["start_date"], span["end_date"]),
        steps=steps_of(dates),
        dates=dates,
        tasks=rows["run_tasks"],
        histograms=rows["score_histograms"],
    )


def _with_players(dates: list[Row], players: Sequence[Row]) -> list[Row]:
    known: dict[date, Row] = {row["game_date"]: row for row in players}
    nothing = {"l1_players": 0, "l4_players": 0, "ready_players": 0}
    return [{**nothing, **known.get(row["game_date"], {}), **row} for row in dates]


def _with_run(dates: list[Row], receipt: Receipt) -> list[Row]:
    done = {entry["game_date"]: entry for entry in receipt.dates}
    nothing = {"status": "", "rows_changed": None}
    return [
        {
            **row,
            "run_status": done.get(row["game_date"], nothing)["status"],
            "rows_changed": done.get(row["game_date"], nothing)["rows_changed"],
        }
        for row in dates
    ]


def _series(receipt: Receipt, snapshots: Sequence[Row]) -> tuple[Point, ...]:
    """Coverage before the run and after each of its snapshots."""
    points = []
    before = receipt.actual["coverage_before_pct"]
    if before is not None:
        points.append(Point(receipt.run["started_at"], "before", before))
    for row in snapshots:
        label = "run" if row["kind"] == "run" else f"wave {row['wave']}"
        if row["coverage_pct"] is not None:
            points.append(Point(row["snapshot_at"], label, row["coverage_pct"]))
    return tuple(points)
