"""Whether the run of a task may still write: asked before computing and before publishing.

Cloud Workflows runs no cleanup when an execution is cancelled, so a task looks for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from google.api_core.exceptions import GoogleAPICallError

from phase4.cloud.logging import log
from phase4.cloud.queries import ask, only
from phase4.cloud.retries import one_line
from phase4.cloud.warehouse import Warehouse
from phase4.cloud.workflow_executions import ALIVE, GONE, state_of
from phase4.errors import Refused
from phase4.filling.task import Task
from phase4.tables.rows.runs import RunLock


class RunEnded(Refused):
    """The run of a task has lost its lock or its workflow: nothing more may be published for it."""

    def __init__(self, run_id: str, what: str) -> None:
        super().__init__(f"run {run_id} {what}: nothing is published for it any more")
        self.run_id = run_id


@dataclass(frozen=True)
class Holder:
    """The run of a task: the build that started it, and whether it writes equal dates too."""

    code_version: str
    forced: bool


def check(warehouse: Warehouse, task: Task) -> Holder:
    """The run; RunEnded unless its lock is held and its workflow goes on."""
    lock = only(ask(warehouse, RunLock, run_id=task.run_id))
    if lock is None:
        raise RunEnded(task.run_id, "was never opened")
    if lock.state != "RUNNING":
        raise RunEnded(task.run_id, f"is {lock.state}")
    if lock.execution:
        _check_workflow(warehouse, task, lock.execution)
    return Holder(lock.code_version or "", lock.forced)


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
        raise RunEnded(task.run_id, f"holds its lock, but its workflow execution {what}")
