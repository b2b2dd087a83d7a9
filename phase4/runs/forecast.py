"""What a plan says it will cost in seconds and bytes; `plan_backfill` computes it, nothing here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phase4.runs.run import Run


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


def forecast_of(plan: Mapping[str, Any]) -> Forecast:
    """The forecast in a plan as the workflow returns it."""
    return Forecast(**plan["forecast"])


def stored_forecast(run: Run) -> Forecast | None:
    """The forecast in the summary that a finished run has left; None when there is none."""
    plan = run.summary.get("plan", {})
    return forecast_of(plan) if "forecast" in plan else None
