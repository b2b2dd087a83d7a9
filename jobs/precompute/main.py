"""Entry point of a Cloud Run task: fill the dates of one shard, record and report what came out.

Exit codes: 0 every date is in the table as computed, 1 a date failed (its outcome says why),
2 the task was started wrongly.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

import pyarrow as pa
from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError

from jobs.precompute import ledger, lock, notes
from jobs.precompute.compute import Computed, Provenance, compute
from jobs.precompute.publishing import Outcome, publish
from jobs.precompute.reading import PlannedDate, read_league, read_shard
from jobs.precompute.stages import Stages
from jobs.precompute.task import Task
from phase4.calendar import season_year
from phase4.events import DateClaim, Shard, ShardCompleted, ShardFailed
from phase4.logging import log
from phase4.messages import Publisher
from phase4.retries import DeadlineExceeded, one_line
from phase4.settings import Settings, SettingsError
from phase4.warehouse import Caller, Warehouse


def main() -> int:
    """Runs the task that the environment describes; returns the exit code."""
    try:
        settings = Settings.from_environment()
        task = Task.from_environment(os.environ)
    except SettingsError as error:
        log("ERROR", str(error), labels={"component": "precompute"})
        return 2
    caller = Caller("precompute", task.run_id, task.execution, str(task.index), str(task.wave))
    try:
        return run(Warehouse(settings, caller), Publisher(settings), task)
    except (GoogleAPIError, DeadlineExceeded, TimeoutError) as error:
        log("ERROR", one_line(error), labels=caller.labels())
        return 1


def run(warehouse: Warehouse, publisher: Publisher, task: Task) -> int:
    """Fills the shard of `task`; the ledger is written before the event is published."""
    stages = Stages()
    with stages.during("plan"):
        shard = read_shard(warehouse, task)
    if not shard:
        log("INFO", f"the plan has no task {task.index}", labels=warehouse.caller.labels())
        return 0
    read_at = datetime.now(UTC)
    outcomes, quarantined = _fill(warehouse, task, shard, read_at, stages)
    with stages.during("ledger"):
        ledger.record(warehouse, task, outcomes, quarantined, read_at)
        publisher.publish(_event(task, outcomes, warehouse.settings.code_version))
    failed = [outcome for outcome in outcomes if outcome.status == "FAILED"]
    _log_end(warehouse, outcomes, failed, stages)
    return 1 if failed else 0


def _fill(
    warehouse: Warehouse,
    task: Task,
    shard: Sequence[PlannedDate],
    read_at: datetime,
    stages: Stages,
) -> tuple[list[Outcome], pa.Table]:
    """Season after season, so that a task needs the memory of its largest season only."""
    try:
        with stages.during("lock"):
            lock.check(warehouse, task)
    except Exception as error:
        return _unfilled(shard, _reason(error, warehouse)), pa.table({})
    outcomes: list[Outcome] = []
    quarantined: list[pa.Table] = []
    for _, dates in groupby(shard, key=lambda planned: season_year(planned.game_date)):
        filled, kept_out = _fill_season(warehouse, task, list(dates), read_at, stages)
        outcomes += filled
        quarantined += [kept_out] if kept_out.num_rows else []
    return outcomes, pa.concat_tables(quarantined) if quarantined else pa.table({})


def _fill_season(
    warehouse: Warehouse,
    task: Task,
    dates: Sequence[PlannedDate],
    read_at: datetime,
    stages: Stages,
) -> tuple[list[Outcome], pa.Table]:
    try:
        computed = _compute(warehouse, task, dates, read_at, stages)
        with stages.during("lock"):
            started_by = lock.check(warehouse, task)
        with stages.during("publish"):
            outcomes = publish(warehouse, task, dates, computed.rows, computed.quarantined)
    except Exception as error:
        # Whatever it is, the ledger says why the dates of this season were not filled.
        return _unfilled(dates, _reason(error, warehouse)), pa.table({})
    build = notes.other_build(warehouse.settings.code_version, started_by)
    return notes.add(outcomes, computed.noted, build), computed.quarantined


def _reason(error: Exception, warehouse: Warehouse) -> str:
    text = one_line(error)
    if isinstance(error, (GoogleAPICallError, DeadlineExceeded, lock.RunEnded)):
        return text
    log("ERROR", traceback.format_exc(), labels=warehouse.caller.labels())
    return f"{type(error).__name__}: {text}"


def _compute(
    warehouse: Warehouse,
    task: Task,
    shard: Sequence[PlannedDate],
    read_at: datetime,
    stages: Stages,
) -> Computed:
    dates = [planned.game_date for planned in shard]
    provenance = Provenance(
        run_id=task.run_id,
        code_version=warehouse.settings.code_version,
        context_source=warehouse.settings.player_table,
        created_at=datetime.now(UTC),
        processed_at=read_at,
    )
    with stages.during("read"):
        league = read_league(warehouse, dates)
    with stages.during("compute"):
        return compute(league, dates, provenance)


def _unfilled(dates: Sequence[PlannedDate], reason: str) -> list[Outcome]:
    return [
        Outcome(
            game_date=planned.game_date,
            status="FAILED",
            reason=reason,
            expected_games=planned.expected_games,
            expected_players=planned.expected_players,
            finished_at=datetime.now(UTC),
        )
        for planned in dates
    ]


def _event(task: Task, outcomes: Sequence[Outcome], code_version: str) -> Shard:
    failed = any(o.status == "FAILED" for o in outcomes)
    kind = ShardFailed if failed else ShardCompleted
    return kind(
        event_id=f"{task.run_id}-wave-{task.wave}-task-{task.index}" + "-failed" * failed,
        run_id=task.run_id,
        occurred_at=datetime.now(UTC),
        start_date=outcomes[0].game_date,
        end_date=outcomes[-1].game_date,
        code_version=code_version,
        wave=task.wave,
        task=task.index,
        attempt=task.attempt,
        execution=task.execution,
        dates=tuple(
            DateClaim(
                game_date=o.game_date,
                status=o.status,
                games=o.counted_games,
                players=o.counted_players,
            )
            for o in outcomes
        ),
    )


def _log_end(
    warehouse: Warehouse, outcomes: Sequence[Outcome], failed: Sequence[Outcome], stages: Stages
) -> None:
    log(
        "ERROR" if failed else "INFO",
        f"{len(outcomes) - len(failed)} of {len(outcomes)} dates filled",
        labels=warehouse.caller.labels(),
        event="shard_finished",
        failed=len(failed),
        published=sum(o.status == "PUBLISHED" for o in outcomes),
        unchanged=sum(o.status == "UNCHANGED" for o in outcomes),
        failures={str(o.game_date): o.reason for o in failed},
        seconds=stages.seconds(),
        usage=warehouse.usage.as_dict(),
    )


if __name__ == "__main__":
    sys.exit(main())
