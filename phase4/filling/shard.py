"""One shard: its batches filled, recorded, told; what of it goes wrong ends as an exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import groupby

from google.api_core.exceptions import GoogleAPIError

from phase4.cloud.logging import log
from phase4.cloud.publisher import Publisher
from phase4.cloud.retries import one_line
from phase4.cloud.settings import Settings, SettingsError
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.errors import NoAnswer
from phase4.filling import ledger
from phase4.filling.attempt import Attempt, Filled, Read
from phase4.filling.batches import key_of
from phase4.filling.publishing import Outcome
from phase4.filling.reading import PlannedShard, read_shard
from phase4.filling.retry_notes import RetryNotes
from phase4.filling.stopwatch import Stopwatch
from phase4.filling.task import Task
from phase4.tables.events import DateClaim, Shard, ShardCompleted, ShardFailed
from phase4.tables.rows.plans import ShardDate


def run_task() -> int:
    """Runs the task that the environment describes; returns the exit code."""
    try:
        settings = Settings.from_environment()
        task = Task.from_environment(os.environ)
    except SettingsError as error:
        log("ERROR", str(error), labels={"component": "precompute"})
        return 2
    caller = Caller("precompute", task.run_id, task.execution, str(task.index), str(task.wave))
    try:
        warehouse = Warehouse(settings, caller)
        warehouse.heard_by(RetryNotes(warehouse, task))
        return run(warehouse, Publisher(settings), task)
    except (GoogleAPIError, NoAnswer, TimeoutError) as error:
        log("ERROR", one_line(error), labels=caller.labels())
        return 1


def run(warehouse: Warehouse, publisher: Publisher, task: Task) -> int:
    """Fills the shard of `task`, batch by batch; what an earlier attempt has done stays done."""
    stopwatch = Stopwatch()
    with stopwatch.during("plan"):
        shard = read_shard(warehouse, task)
    if shard is None:
        log("INFO", f"the plan has no task {task.index}", labels=warehouse.caller.labels())
        return 0
    attempt = Attempt(warehouse, task, stopwatch, read_at=shard.asked_at)
    outcomes, stopped = _fill(attempt, publisher, shard)
    failed = [outcome for outcome in outcomes if outcome.status == "FAILED"]
    _log_end(warehouse, shard, outcomes, stopped, stopwatch)
    # By the exit code Cloud Run tries the task again, which is in vain when the run may not go on.
    return 1 if failed and not stopped else 0


def _fill(attempt: Attempt, publisher: Publisher, shard: PlannedShard) -> tuple[list[Outcome], str]:
    """The outcomes, and why the rest was not begun; what is done is told while the next is done."""
    outcomes: list[Outcome] = []
    stopped = ""
    with ThreadPoolExecutor(max_workers=1) as teller:
        told: Future[None] | None = None
        for step in attempt.fill(shard):
            # One after the other: outcomes refer to what was read. And no further than one batch
            # ahead of the ledger, which is what a kill costs.
            if told is not None:
                told.result()
            told = teller.submit(_tell, attempt, publisher, shard, step)
            if isinstance(step, Filled):
                outcomes += step.outcomes
                stopped = step.stopped
                if not step.is_whole:
                    # Whether the run may go on, this task too asks the ledger.
                    told.result()
        if told is not None:
            told.result()
    return outcomes, stopped


def _tell(attempt: Attempt, publisher: Publisher, shard: PlannedShard, step: Read | Filled) -> None:
    with attempt.stopwatch.during("ledger"):
        if isinstance(step, Read):
            ledger.record_reading(attempt.warehouse, attempt.task, *step)
        else:
            _tell_batch(attempt, publisher, shard, step)


def _tell_batch(
    attempt: Attempt, publisher: Publisher, shard: PlannedShard, filled: Filled
) -> None:
    """The ledger first: who reads the event looks there. A batch that was done is told again."""
    if filled.outcomes:
        ledger.record(
            attempt.warehouse,
            attempt.task,
            filled.outcomes,
            filled.quarantined,
            attempt.read_at,
            reading=filled.is_reading,
            batch=filled.batch.number,
        )
    if not filled.stopped:
        code_version = attempt.warehouse.settings.code_version
        publisher.publish(_event(attempt.task, shard, filled, code_version))


def _event(task: Task, shard: PlannedShard, filled: Filled, code_version: str) -> Shard:
    batch = next(one for one in shard.batches if one.number == filled.batch.number)
    now = {outcome.game_date: outcome for outcome in filled.outcomes}
    claims = [_claim(now.get(each.game_date) or shard.done[key_of(each)]) for each in batch.dates]
    failed = any(claim.status == "FAILED" for claim in claims)
    kind = ShardFailed if failed else ShardCompleted
    place = f"{task.run_id}-wave-{task.wave}-task-{task.index}-batch-{batch.number}"
    return kind(
        # Without the attempt: a retry that ends alike is the same event, delivered twice.
        event_id=f"{place}-failed" if failed else place,
        run_id=task.run_id,
        occurred_at=datetime.now(UTC),
        start_date=batch.days[0],
        end_date=batch.days[-1],
        code_version=code_version,
        table_name=batch.table.name,
        wave=task.wave,
        task=task.index,
        batch=batch.number,
        attempt=task.attempt,
        execution=task.execution,
        dates=tuple(claims),
    )


def _claim(found: Outcome | ShardDate) -> DateClaim:
    """What the event says of a date: as it came out now, or as an earlier attempt recorded it."""
    return DateClaim.model_validate(
        {
            "game_date": found.game_date,
            "status": found.status,
            "games": found.counted_games,
            "players": found.counted_players,
        }
    )


def _log_end(
    warehouse: Warehouse,
    shard: PlannedShard,
    outcomes: Sequence[Outcome],
    stopped: str,
    stopwatch: Stopwatch,
) -> None:
    for name, of_table in groupby(sorted(outcomes, key=_table), key=_table):
        _log_table(warehouse, name, list(of_table))
    failed = [outcome for outcome in outcomes if outcome.status == "FAILED"]
    bad = len(failed) + sum(o.status == "SKIPPED" for o in outcomes)
    log(
        "ERROR" if bad or stopped else "INFO",
        f"{len(outcomes) - bad} of {len(shard.dates)} dates filled"
        + (f", {len(shard.done)} had been before" if shard.done else "")
        + (f", the rest was not begun: {stopped}" if stopped else ""),
        labels=warehouse.caller.labels(),
        event="shard_finished",
        failed=len(failed),
        done_before=len(shard.done),
        stopped=stopped,
        published=sum(o.status == "PUBLISHED" for o in outcomes),
        unchanged=sum(o.status == "UNCHANGED" for o in outcomes),
        failures={str(o.game_date): o.reason for o in failed},
        seconds=stopwatch.seconds(),
        usage=warehouse.usage.as_dict(),
    )


def _log_table(warehouse: Warehouse, name: str, outcomes: Sequence[Outcome]) -> None:
    """What metrics count by table."""
    failed = sum(outcome.status == "FAILED" for outcome in outcomes)
    log(
        "INFO",
        f"{name}: {len(outcomes)} dates, {failed} failed",
        labels=warehouse.caller.labels(),
        event="table_finished",
        table=name,
        dates=len(outcomes),
        failed=failed,
    )


def _table(outcome: Outcome) -> str:
    return outcome.table_name
