"""Entry point of a Cloud Run task: fill the dates of one shard, record and report what came out.

Exit codes: 0 every date is in the table as computed, 1 a date failed (its outcome says why),
2 the task was started wrongly.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from google.api_core.exceptions import GoogleAPIError

from jobs.precompute import ledger
from jobs.precompute.filling import Attempt
from jobs.precompute.publishing import Outcome
from jobs.precompute.reading import read_shard
from jobs.precompute.stages import Stages
from jobs.precompute.task import Task
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
    attempt = Attempt(warehouse, task, stages, read_at=datetime.now(UTC))
    outcomes, quarantined = attempt.fill(shard)
    with stages.during("ledger"):
        ledger.record(warehouse, task, outcomes, quarantined, attempt.read_at, attempt.fingerprints)
        publisher.publish(_event(task, outcomes, warehouse.settings.code_version))
    failed = [outcome for outcome in outcomes if outcome.status == "FAILED"]
    _log_end(warehouse, outcomes, failed, stages)
    return 1 if failed else 0


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
