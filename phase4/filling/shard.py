"""One shard: its dates filled, recorded, reported; what of it goes wrong ends as an exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

from google.api_core.exceptions import GoogleAPIError

from phase4.cloud.logging import log
from phase4.cloud.publisher import Publisher
from phase4.cloud.retries import DeadlineExceeded, one_line
from phase4.cloud.settings import Settings, SettingsError
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.filling import ledger
from phase4.filling.attempt import Attempt
from phase4.filling.publishing import Outcome
from phase4.filling.reading import read_shard
from phase4.filling.stopwatch import Stopwatch
from phase4.filling.task import Task
from phase4.tables.events import DateClaim, Shard, ShardCompleted, ShardFailed
from phase4.tables.filled import DEFAULT


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
        return run(Warehouse(settings, caller), Publisher(settings), task)
    except (GoogleAPIError, DeadlineExceeded, TimeoutError) as error:
        log("ERROR", one_line(error), labels=caller.labels())
        return 1


def run(warehouse: Warehouse, publisher: Publisher, task: Task) -> int:
    """Fills the shard of `task`; the ledger is written before the event is published."""
    stopwatch = Stopwatch()
    with stopwatch.during("plan"):
        shard = read_shard(warehouse, task)
    if shard is None:
        log("INFO", f"the plan has no task {task.index}", labels=warehouse.caller.labels())
        return 0
    attempt = Attempt(warehouse, task, stopwatch, read_at=shard.asked_at)
    outcomes, quarantined = attempt.fill(shard.dates)
    with stopwatch.during("ledger"):
        # The ledger first: who reads the event may look there.
        ledger.record(warehouse, task, outcomes, quarantined, attempt.read_at, attempt.fingerprints)
        for of_table in _by_table(outcomes):
            publisher.publish(_event(task, of_table, warehouse.settings.code_version))
    failed = [outcome for outcome in outcomes if outcome.status == "FAILED"]
    _log_end(warehouse, outcomes, failed, stopwatch)
    # By the exit code Cloud Run tries the task again.
    return 1 if failed else 0


def _by_table(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """The outcomes of each table, in their order."""
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.table_name, []).append(outcome)
    return list(found.values())


def _event(task: Task, outcomes: Sequence[Outcome], code_version: str) -> Shard:
    failed = any(o.status == "FAILED" for o in outcomes)
    kind = ShardFailed if failed else ShardCompleted
    table = outcomes[0].table_name
    of_table = "" if table == DEFAULT.name else f"-{table}"
    return kind(
        # Without the attempt: a retry that ends alike is the same event, delivered twice.
        event_id=f"{task.run_id}-wave-{task.wave}-task-{task.index}{of_table}" + "-failed" * failed,
        run_id=task.run_id,
        occurred_at=datetime.now(UTC),
        start_date=min(o.game_date for o in outcomes),
        end_date=max(o.game_date for o in outcomes),
        code_version=code_version,
        table_name=table,
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
    warehouse: Warehouse,
    outcomes: Sequence[Outcome],
    failed: Sequence[Outcome],
    stopwatch: Stopwatch,
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
        seconds=stopwatch.seconds(),
        usage=warehouse.usage.as_dict(),
    )
