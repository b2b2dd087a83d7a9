"""Facts around a validation: the run's progress, the snapshot before it, the last heartbeat."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from phase4.tables.headline import Share
from phase4.tables.rows.runs import named_dates


@dataclass(frozen=True)
class RunFacts:
    """Progress in dates from plan and ledger (never from an event); seconds since the run began."""

    answered: bool
    planned_dates: int
    succeeded_dates: int
    failed_dates: int
    run_start_date: date | None
    run_end_date: date | None
    elapsed_seconds: float | None
    previous_event_id: str | None
    previous_at: datetime | None
    previous_coverage_pct: float | None
    previous_l4_games: int | None
    last_heartbeat_at: datetime | None
    heartbeat_overdue: bool
    run_dates: tuple[str, ...] = ()
    run_stages: str | None = None

    @property
    def run_range(self) -> tuple[date, date] | None:
        """The range of the run; None when there is no run."""
        if self.run_start_date is None or self.run_end_date is None:
            return None
        return self.run_start_date, self.run_end_date

    @property
    def named_dates(self) -> tuple[date, ...]:
        """The dates that the run was given by name, in order; none where it was given a range."""
        return named_dates({"dates": self.run_dates})

    @property
    def run_tables(self) -> frozenset[str]:
        """The tables that the run fills; none when there is no run."""
        stages = json.loads(self.run_stages) if self.run_stages else []
        return frozenset(name for stage in stages for name in stage["tables"])

    @property
    def succeeded(self) -> Share:
        """Succeeded dates of the planned ones."""
        return Share(self.succeeded_dates, self.planned_dates)

    @property
    def failed(self) -> Share:
        """Failed dates of the planned ones."""
        return Share(self.failed_dates, self.planned_dates)
