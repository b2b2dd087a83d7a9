"""Executions and tasks as run.v2 messages."""

from __future__ import annotations

from datetime import datetime

from google.cloud import run_v2
from google.rpc import code_pb2, status_pb2

from laptop.run.attempt import Outcome
from laptop.run.execution import Execution, Phase, Task
from laptop.run.template import timeout_seconds

Condition = run_v2.Condition
State = run_v2.Condition.State
Reason = run_v2.Condition.ExecutionReason
CompletionStatus = run_v2.ExecutionReference.CompletionStatus

_STATES: dict[Phase, tuple[int, int | None]] = {
    Phase.PENDING: (State.CONDITION_PENDING, None),
    Phase.RUNNING: (State.CONDITION_RECONCILING, None),
    Phase.SUCCEEDED: (State.CONDITION_SUCCEEDED, None),
    Phase.FAILED: (State.CONDITION_FAILED, Reason.NON_ZERO_EXIT_CODE),
    Phase.CANCELLED: (State.CONDITION_FAILED, Reason.CANCELLED),
}
_STATUS = {
    Phase.PENDING: CompletionStatus.EXECUTION_PENDING,
    Phase.RUNNING: CompletionStatus.EXECUTION_RUNNING,
    Phase.SUCCEEDED: CompletionStatus.EXECUTION_SUCCEEDED,
    Phase.FAILED: CompletionStatus.EXECUTION_FAILED,
    Phase.CANCELLED: CompletionStatus.EXECUTION_CANCELLED,
}


def execution_phase(execution: Execution) -> Phase:
    """One phase for the whole run: cancelled before failed before succeeded."""
    if execution.completed is None:
        return Phase.RUNNING if execution.started else Phase.PENDING
    phases = execution.phases()
    return next((p for p in (Phase.CANCELLED, Phase.FAILED) if phases[p]), Phase.SUCCEEDED)


def execution_message(execution: Execution, base_url: str) -> run_v2.Execution:
    """The Execution resource as it stands now."""
    phases = execution.phases()
    return run_v2.Execution(
        name=execution.name,
        uid=execution.uid,
        generation=1,
        observed_generation=1,
        create_time=execution.created,
        start_time=execution.started,
        completion_time=execution.completed,
        update_time=execution.completed or execution.started or execution.created,
        job=execution.job.rpartition("/")[2],
        parallelism=execution.template.parallelism,
        task_count=execution.template.task_count,
        template=execution.template.template,
        labels=execution.template.labels,
        annotations=execution.template.annotations,
        reconciling=execution.completed is None,
        conditions=[_execution_condition(execution)],
        running_count=phases[Phase.RUNNING],
        succeeded_count=phases[Phase.SUCCEEDED],
        failed_count=phases[Phase.FAILED],
        cancelled_count=phases[Phase.CANCELLED],
        retried_count=sum(task.attempts > 1 for task in execution.tasks),
        log_uri=f"{base_url}/_local/logs/{execution.id}",
    )


def execution_reference(execution: Execution) -> run_v2.ExecutionReference:
    """What a job says of its latest execution."""
    return run_v2.ExecutionReference(
        name=execution.id,
        create_time=execution.created,
        completion_time=execution.completed,
        completion_status=_STATUS[execution_phase(execution)],
    )


def task_message(execution: Execution, task: Task, base_url: str) -> run_v2.Task:
    """The Task resource as it stands now."""
    template = execution.template.template
    return run_v2.Task(
        name=f"{execution.name}/tasks/{task_id(execution, task)}",
        generation=1,
        observed_generation=1,
        create_time=execution.created,
        scheduled_time=execution.started,
        start_time=task.started,
        completion_time=task.completed,
        update_time=task.completed or task.started or execution.created,
        job=execution.job.rpartition("/")[2],
        execution=execution.id,
        containers=template.containers,
        max_retries=template.max_retries,
        timeout=template.timeout,
        reconciling=task.completed is None,
        conditions=[_task_condition(execution, task)],
        index=task.index,
        retried=max(0, task.attempts - 1),
        last_attempt_result=_attempt_result(execution, task.outcome),
        log_uri=f"{base_url}/_local/logs/{execution.id}/{task.index}",
    )


def task_id(execution: Execution, task: Task) -> str:
    """The last part of a task's name."""
    return f"{execution.id}-task{task.index}"


def _execution_condition(execution: Execution) -> Condition:
    since = execution.completed or execution.started
    if execution.cancelling and execution.completed is None:
        return _condition(State.CONDITION_RECONCILING, Reason.CANCELLING, "Cancelling.", since)
    state, reason = _STATES[execution_phase(execution)]
    return _condition(state, reason, execution_text(execution), since)


def _task_condition(execution: Execution, task: Task) -> Condition:
    state, reason = _STATES[task.phase]
    return _condition(state, reason, _task_text(execution, task), task.completed or task.started)


def _condition(state: int, reason: int | None, text: str, since: datetime | None) -> Condition:
    return Condition(
        type_="Completed",
        state=state,
        execution_reason=reason,
        message=text,
        last_transition_time=since,
    )


def execution_text(execution: Execution) -> str:
    """One line on how an execution stands or why it failed."""
    phase = execution_phase(execution)
    if phase is Phase.FAILED:
        failed = next(task for task in execution.tasks if task.phase is Phase.FAILED)
        return _task_text(execution, failed)
    counts = execution.phases()
    shown = ", ".join(f"{counts[one]} {one.value}" for one in Phase if counts[one])
    return f"Tasks of the execution: {shown}."


def _task_text(execution: Execution, task: Task) -> str:
    if task.phase is Phase.FAILED and task.outcome:
        reason = _outcome_text(execution, task.outcome)
        return f"Task {task_id(execution, task)} failed with message: {reason}"
    return f"Task {task_id(execution, task)} is {task.phase.value}."


def _outcome_text(execution: Execution, outcome: Outcome) -> str:
    if outcome.timed_out:
        seconds = timeout_seconds(execution.template.template)
        return f"The attempt reached the task timeout of {seconds:g} seconds."
    if outcome.code < 0:
        return f"The container was ended by signal {-outcome.code}."
    return f"The container exited with an error (exit code {outcome.code})."


def aborted(text: str) -> status_pb2.Status:
    """How a failed attempt and a failed execution are reported."""
    return status_pb2.Status(code=code_pb2.ABORTED, message=text)


def _attempt_result(
    execution: Execution, outcome: Outcome | None
) -> run_v2.TaskAttemptResult | None:
    if outcome is None:
        return None
    result = run_v2.TaskAttemptResult(
        exit_code=max(0, outcome.code), term_signal=max(0, -outcome.code)
    )
    if not outcome.succeeded:
        result.status = aborted(_outcome_text(execution, outcome))
    return result
