"""A plan as the workflow returns it: what a run does and skips, and what that costs.

`plan_backfill` computes all of it, nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from phase4.runs.run import Run
from phase4.tables.typed import typed


@dataclass(frozen=True)
class Forecast:
    """Time and bytes that a plan will take.

    `pace` is actual over modelled seconds of the `calibrated_by` last runs. Bytes are those that
    statements scan, that tasks read through Storage Read, and that are loaded.
    """

    seconds: float
    minutes: float
    pace: float
    calibrated_by: int
    bytes_scanned: int
    bytes_read: int
    bytes_written: int

    @property
    def basis(self) -> str:
        """Where the seconds come from, in words."""
        if not self.calibrated_by:
            return "cost model, no run to calibrate it yet"
        runs = "run" if self.calibrated_by == 1 else f"{self.calibrated_by} runs"
        return f"cost model times {self.pace:.2f}, as in the last {runs}"


@dataclass(frozen=True)
class PlannedWave:
    """One wave of a stage; its first may be a canary."""

    wave: int
    is_canary: bool
    tasks: int
    dates: int
    players: int


@dataclass(frozen=True)
class PlannedShard:
    """The dates of one task."""

    wave: int
    task: int
    dates: int
    players: int
    first_date: str
    last_date: str


@dataclass(frozen=True)
class PlannedState:
    """Dates of one state, planned or skipped; `blocked_by` is empty unless it is blocked."""

    table_name: str
    state: str
    action: str
    dates: int
    l1_games: int
    expected_games: int
    expected_players: int
    game_dates: str
    blocked_by: str


@dataclass(frozen=True)
class PlannedTable:
    """One of the tables that a plan is for, in dates, games and rows."""

    table_name: str
    planned_dates: int
    skipped_dates: int
    planned_games: int
    planned_rows: int
    due_games: int
    covered_games: int
    forecast_games: int
    attainable_games: int


@dataclass(frozen=True)
class Plan:
    """Planned + skipped = all dates asked for, of each table of a stage."""

    dates: int
    planned_dates: int
    skipped_dates: int
    dates_already_done: int
    planned_games: int
    planned_players: int
    l1_games: int
    due_games: int
    covered_games: int
    forecast_games: int
    attainable_games: int
    coverage_pct: float | None
    forecast_pct: float | None
    ceiling_pct: float | None
    tables: tuple[PlannedTable, ...]
    waves: tuple[PlannedWave, ...]
    shards: tuple[PlannedShard, ...]
    states: tuple[PlannedState, ...]
    forecast: Forecast


def plans_of(answer: Mapping[str, Any]) -> list[Plan]:
    """The plans of all stages in the answer of a dry run or in the summary of a run."""
    return [typed(Plan, plan) for plan in (*answer.get("upstream", ()), answer["plan"])]


def whole_forecast(plans: Sequence[Plan]) -> Forecast:
    """The forecast of all stages together, at the pace of the last one."""
    told = [plan.forecast for plan in plans]
    return replace(
        told[-1],
        seconds=sum(one.seconds for one in told),
        minutes=sum(one.minutes for one in told),
        bytes_scanned=sum(one.bytes_scanned for one in told),
        bytes_read=sum(one.bytes_read for one in told),
        bytes_written=sum(one.bytes_written for one in told),
    )


def stored_forecast(run: Run) -> Forecast | None:
    """The forecast in the summary that a finished run has left; None when there is none."""
    if "forecast" not in run.summary.get("plan", {}):
        return None
    return whole_forecast(plans_of(run.summary))
