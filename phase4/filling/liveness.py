"""Whether the run of a task may go on: asked before the task reads, and before every batch.

Cloud Workflows runs no cleanup when an execution is cancelled, so a task looks for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from google.api_core.exceptions import GoogleAPICallError

from phase4.cloud.logging import log
from phase4.cloud.queries import ask
from phase4.cloud.retries import one_line
from phase4.cloud.warehouse import Warehouse
from phase4.cloud.workflow_executions import ALIVE, GONE, state_of
from phase4.errors import Refused
from phase4.filling.task import Task
from phase4.tables.rows.runs import Breaker


class RunStopped(Refused):
    """The run of a task may not go on: nothing more is published for it. `why` says the reason."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not begun: {why}")
        self.why = why


@dataclass(frozen=True)
class Holder:
    """The run of a task: the build that started it, and whether it writes equal dates too."""

    code_version: str
    forced: bool


def check(warehouse: Warehouse, task: Task) -> Holder:
    """The run, by one statement and one look at its workflow.

    RunStopped unless its lock is held, its workflow goes on, its failures are few and none of its
    snapshots has an error.
    """
    (breaker,) = ask(warehouse, Breaker, run_id=task.run_id, wave=task.wave, attempt=task.attempt)
    if breaker.stop:
        raise RunStopped(breaker.stop)
    if breaker.execution:
        _check_workflow(warehouse, task, breaker.execution)
    return Holder(breaker.code_version or "", breaker.forced)


def _check_workflow(warehouse: Warehouse, task: Task, execution: str) -> None:
    try:
        state = state_of(execution)
    except GoogleAPICallError as error:
        # The lock itself is held; not being able to look further is no reason to stop.
        text = f"the workflow execution cannot be looked at: {one_line(error)}"
        log("WARNING", text, labels=warehouse.caller.labels())
        return
    if state not in ALIVE:
        what = "is gone" if state == GONE else f"is {state}"
        raise RunStopped(f"run {task.run_id} holds its lock, but its workflow execution {what}")
