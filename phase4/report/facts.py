"""What a report is made of: read from the tables once, nothing computed twice elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from phase4.cloud.job_executions import TaskEnd
from phase4.cloud.queries import ask, ask_at
from phase4.cloud.time_travel import within_reach
from phase4.cloud.warehouse import Warehouse
from phase4.report.advice import Advice, filling, following, looking_at, owed, short, span
from phase4.report.dates import ReportDate, dates_of
from phase4.report.losses import Lift, lifts_of
from phase4.report.waterfall import Step, steps_of
from phase4.runs.progress import TableProgress
from phase4.runs.receipt import Receipt, receipt_of
from phase4.tables import checks
from phase4.tables.cures import exactly
from phase4.tables.filled import DEFAULT
from phase4.tables.headline import Share
from phase4.tables.rows.dates import Gap
from phase4.tables.rows.plans import PlanDate, RunTask
from phase4.tables.rows.players import PlayerGames, ScoreBin
from phase4.tables.rows.runs import RunHead
from phase4.tables.rows.snapshots import CheckFigure, RunSnapshot
from phase4.tables.states import STATES


@dataclass(frozen=True)
class Point:
    """Coverage in per cent at one moment."""

    at: datetime
    label: str
    coverage_pct: float


@dataclass(frozen=True)
class Report:
    """A run and its range at its end: the judged snapshot (None before the first), the dates.

    Of a run that was given dates by name they are those.

    `now` are the same dates as they are when the report is made. `rows_at` is the moment of rows
    and scores: the end of the run, None for now.
    """

    made_at: datetime
    receipt: Receipt
    snapshot: RunSnapshot | None
    series: tuple[Point, ...]
    lifts: tuple[Lift, ...]
    steps: tuple[Step, ...]
    dates: list[ReportDate]
    now: list[Gap]
    rows_at: datetime | None
    tasks: list[RunTask]
    histograms: list[ScoreBin]

    @property
    def run(self) -> RunHead:
        """The row of the run."""
        return self.receipt.run

    @property
    def verdict(self) -> str:
        """`passed`, `failed`, or the state of a run that never came to a verdict."""
        return self.receipt.verdict

    @property
    def before(self) -> Share:
        """Games of L4 when the run was planned; nothing of a run that does not fill L4."""
        return covered_before(self.receipt)

    @property
    def covered(self) -> Share:
        """Games of L4 by the last snapshot; from plan and ledger before the first."""
        if self.snapshot:
            return Share(self.snapshot.covered_games, self.snapshot.due_games)
        known = _filled(self.receipt)
        return known.headline.covered if known else Share(0, 0)

    @property
    def blocked(self) -> list[ReportDate]:
        """Dates that cannot be filled before L3 is repaired."""
        return [row for row in self.dates if STATES[row.state].is_blocked]

    @property
    def deaths(self) -> list[TaskEnd]:
        """Tasks that left dates without an outcome."""
        died = {(row.wave, row.task) for row in self.receipt.dates if row.status == "DIED"}
        return [end for end in self.receipt.ends if (end.wave, end.task) in died]

    @property
    def changed(self) -> list[ReportDate]:
        """Dates to which something happened since."""
        return [row for row in self.dates if row.since]

    @property
    def advice(self) -> Advice:
        """What to do now, by the dates as they are now."""
        if self.run.state == "RUNNING":
            expired = self.run.lease_expires_at < self.made_at
            return following(self.run.run_id, lease_expired=expired)
        if fillable := [row for row in self.now if STATES[row.state].is_fillable]:
            why = self.receipt.causes[0].line if self.receipt.causes else ""
            advice = filling(fillable, why)
            days = [row.game_date for row in fillable] if self.receipt.named_dates else []
            return replace(advice, command=exactly(advice.command, days))
        failed = [each for each in checks.failed(self.checks) if each.severity != "info"]
        lacking = short(self.now)
        if lacking and not any(each.severity == "error" for each in failed):
            return owed(lacking, f"phase4 gaps {span(lacking)}")
        if failed:
            return looking_at(failed, f"phase4 validate {self._range}")
        return Advice("Every date of the range is as it should be: nothing to do.", "passed")

    @property
    def checks(self) -> Sequence[CheckFigure]:
        """The results of the checks of its snapshot; none before the first."""
        return self.snapshot.checks if self.snapshot else ()

    @property
    def _range(self) -> str:
        return f"--start-date {self.run.start_date} --end-date {self.run.end_date}"

    def state_counts(self) -> dict[str, int]:
        """Dates per state, in the order of the states."""
        found = [row.state for row in self.dates]
        return {name: found.count(name) for name in STATES if name in found}


def covered_before(receipt: Receipt) -> Share:
    """Games of L4 when a run was planned, of those that were due."""
    known = _filled(receipt)
    return Share(known.covered_before, known.headline.due_games) if known else Share(0, 0)


def _filled(receipt: Receipt) -> TableProgress | None:
    return next((table for table in receipt.tables if table.name == DEFAULT.name), None)


def report_of(warehouse: Warehouse, run_id: str) -> Report:
    """The report of a run; RunUnknown when the ledger does not have it."""
    receipt = receipt_of(warehouse, run_id)
    first, last = receipt.run.start_date, receipt.run.end_date
    named = receipt.named_dates
    left = receipt.run.finished_at
    at = left if left and within_reach(warehouse, left) else None
    with ThreadPoolExecutor() as pool:
        gaps = pool.submit(ask, warehouse, Gap, start_date=first, end_date=last)
        plan = pool.submit(ask, warehouse, PlanDate, run_id=run_id)
        players = pool.submit(ask_at, warehouse, PlayerGames, at, start_date=first, end_date=last)
        histograms = pool.submit(ask_at, warehouse, ScoreBin, at, start_date=first, end_date=last)
        snapshots = pool.submit(ask, warehouse, RunSnapshot, run_id=run_id)
        tasks = pool.submit(ask, warehouse, RunTask, run_id=run_id)
        now = [row for row in gaps.result() if not named or row.game_date in named]
        dates = dates_of(now, plan.result(), players.result(), receipt.dates)
        taken = snapshots.result()
    judged = taken[-1] if taken else None
    return Report(
        made_at=datetime.now(UTC),
        receipt=receipt,
        snapshot=judged,
        series=_series(receipt, taken),
        lifts=lifts_of(judged, first, last, named),
        steps=steps_of(dates),
        dates=dates,
        now=now,
        rows_at=at,
        tasks=tasks.result(),
        histograms=histograms.result(),
    )


def _series(receipt: Receipt, snapshots: Sequence[RunSnapshot]) -> tuple[Point, ...]:
    """Coverage before the run and after each of its snapshots."""
    points = []
    before = covered_before(receipt).pct
    if before is not None:
        points.append(Point(receipt.run.started_at, "before", before))
    for row in snapshots:
        label = f"wave {row.wave}" if row.kind == "wave" else row.kind
        if row.coverage_pct is not None:
            points.append(Point(row.snapshot_at, label, row.coverage_pct))
    return tuple(points)
