"""An execution runs every task to its end, with the numbers, limits and endings of Cloud Run."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.api_core import exceptions
from google.cloud import run_v2

if TYPE_CHECKING:
    from laptop.tests.run.conftest import LocalRun

State = run_v2.Condition.State
Reason = run_v2.Condition.ExecutionReason

SHOW_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
SHOW_ARGUMENTS = "import json, sys; print(json.dumps(sys.argv[1:]))"
SLEEP = "import time; print('running', flush=True); time.sleep(600)"
IGNORE_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
SHOW_ATTEMPT = """
import os
index, attempt = os.environ["CLOUD_RUN_TASK_INDEX"], os.environ["CLOUD_RUN_TASK_ATTEMPT"]
print(f"index {index} attempt {attempt}", flush=True)
"""
MEET = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
folder.joinpath(os.environ["CLOUD_RUN_TASK_INDEX"]).touch()
while len(list(folder.iterdir())) < int(os.environ["CLOUD_RUN_TASK_COUNT"]):
    time.sleep(0.01)
"""
LOCK_AND_FORK = """
import fcntl, os, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
is_child = os.fork() == 0
print("running", flush=True)
"""


def test_a_task_knows_its_place_in_the_execution(run: LocalRun) -> None:
    job = run.job(SHOW_ENVIRONMENT, task_count=3)
    execution = run.start(job).result(timeout=30)
    for index in range(3):
        seen = json.loads(run.log(execution.name, index))
        assert {key: value for key, value in seen.items() if key.startswith("CLOUD_RUN_")} == {
            "CLOUD_RUN_JOB": job.rpartition("/")[2],
            "CLOUD_RUN_EXECUTION": execution.name.rpartition("/")[2],
            "CLOUD_RUN_TASK_INDEX": str(index),
            "CLOUD_RUN_TASK_ATTEMPT": "0",
            "CLOUD_RUN_TASK_COUNT": "3",
        }


def test_a_run_without_failures_ends_with_its_execution(run: LocalRun) -> None:
    execution = run.start(run.job("pass", task_count=4, parallelism=2)).result(timeout=30)
    assert (execution.succeeded_count, execution.task_count, execution.parallelism) == (4, 4, 2)
    assert execution.start_time <= execution.completion_time
    assert not execution.reconciling
    assert execution.conditions[0].type_ == "Completed"
    assert execution.conditions[0].state == State.CONDITION_SUCCEEDED


def test_override_env_merges_and_override_args_replace(run: LocalRun) -> None:
    show = f"{SHOW_ENVIRONMENT}; {SHOW_ARGUMENTS}"
    env = [{"name": "KEPT", "value": "job"}, {"name": "CHANGED", "value": "job"}]
    changes = {"args": ["b"], "env": [{"name": "CHANGED", "value": "run"}]}
    operation = run.start(run.job(show, ["a", "z"], env=env), container_overrides=[changes])
    environment, arguments = run.log(operation.result(timeout=30).name, 0).splitlines()
    assert json.loads(arguments) == ["b"]
    assert json.loads(environment)["KEPT"] == "job"
    assert json.loads(environment)["CHANGED"] == "run"


def test_clear_args_leaves_the_command_alone(run: LocalRun) -> None:
    job = run.job(SHOW_ARGUMENTS, ["a"])
    operation = run.start(job, container_overrides=[{"clear_args": True}])
    assert json.loads(run.log(operation.result(timeout=30).name, 0)) == []


def test_overridden_task_count_is_what_the_tasks_see(run: LocalRun) -> None:
    job = run.job(SHOW_ENVIRONMENT, task_count=5)
    execution = run.start(job, task_count=2).result(timeout=30)
    assert (execution.task_count, execution.succeeded_count, execution.parallelism) == (2, 2, 2)
    assert json.loads(run.log(execution.name, 1))["CLOUD_RUN_TASK_COUNT"] == "2"


def test_as_many_tasks_run_at_once_as_parallelism(run: LocalRun, tmp_path: Path) -> None:
    execution = run.start(run.job(MEET, [str(tmp_path)], task_count=3, parallelism=3))
    assert execution.result(timeout=30).succeeded_count == 3


def test_no_more_tasks_run_at_once_than_parallelism(run: LocalRun) -> None:
    program = "import time; a = time.monotonic(); time.sleep(0.1); print(a, time.monotonic())"
    execution = run.start(run.job(program, task_count=7, parallelism=3)).result(timeout=30)
    spans = [tuple(map(float, run.log(execution.name, task).split())) for task in range(7)]
    together = [sum(start <= moment < end for start, end in spans) for moment, _ in spans]
    assert max(together) <= 3


def test_a_failed_task_fails_the_operation_and_the_others_still_run(run: LocalRun) -> None:
    program = "import os, sys; sys.exit(int(os.environ['CLOUD_RUN_TASK_INDEX'] == '1') * 3)"
    operation = run.start(run.job(program, task_count=3, parallelism=1))
    with pytest.raises(exceptions.Aborted, match=r"-task1 failed .*\(exit code 3\)"):
        operation.result(timeout=30)
    execution = run.ended(operation)
    assert (execution.succeeded_count, execution.failed_count) == (2, 1)
    assert execution.conditions[0].state == State.CONDITION_FAILED
    assert execution.conditions[0].execution_reason == Reason.NON_ZERO_EXIT_CODE


def test_a_retry_keeps_the_index_and_counts_the_attempt(run: LocalRun) -> None:
    program = SHOW_ATTEMPT + "raise SystemExit(attempt == '0' and index == '1')"
    execution = run.start(run.job(program, task_count=2, retries=1)).result(timeout=30)
    assert (execution.succeeded_count, execution.retried_count) == (2, 1)
    assert run.log(execution.name, 0) == "index 0 attempt 0\n"
    assert run.log(execution.name, 1) == "index 1 attempt 0\nindex 1 attempt 1\n"


def test_a_task_fails_after_its_last_retry(run: LocalRun) -> None:
    execution = run.ended(run.start(run.job(SHOW_ATTEMPT + "raise SystemExit(7)", retries=2)))
    assert execution.failed_count == 1
    assert run.log(execution.name, 0).count("index 0") == 3
    (task,) = run.tasks.list_tasks(parent=execution.name)
    assert (task.index, task.retried, task.last_attempt_result.exit_code) == (0, 2, 7)


def test_a_program_that_does_not_exist_fails_its_task_with_a_line_in_the_log(
    run: LocalRun,
) -> None:
    container = {"image": "unused", "command": ["no-such-program"]}
    job = {"template": {"template": {"containers": [container], "max_retries": 0}}}
    request = {"parent": run.parent, "job": job, "job_id": "job-without-program"}
    created = run.jobs.create_job(request=request).result()
    execution = run.ended(run.start(created.name))
    assert execution.failed_count == 1
    assert "cannot start no-such-program" in run.log(execution.name, 0)


def test_an_attempt_beyond_its_timeout_is_asked_to_stop_and_fails(run: LocalRun) -> None:
    program = (
        "import signal, time\n"
        "def stop(*_): print('stopped', flush=True); raise SystemExit(0)\n"
        "signal.signal(signal.SIGTERM, stop)\n" + SLEEP
    )
    execution = run.ended(run.start(run.job(program), timeout="2s"))
    assert execution.failed_count == 1
    assert "task timeout of 2 seconds" in execution.conditions[0].message
    assert run.log(execution.name, 0) == "running\nstopped\n"


def test_an_attempt_that_ignores_the_stop_is_killed(run: LocalRun) -> None:
    execution = run.ended(run.start(run.job(IGNORE_SIGTERM), timeout="1s"))
    (task,) = run.tasks.list_tasks(parent=execution.name)
    assert task.last_attempt_result.term_signal == 9


def test_cancelling_stops_what_runs_and_starts_nothing_more(run: LocalRun) -> None:
    operation = run.start(run.job(SLEEP, task_count=3, parallelism=1, retries=3))
    name = run.wait_for_log(operation, 0, "running")
    cancelled = run.executions.cancel_execution(name=name).result(timeout=30)
    assert cancelled.cancelled_count == 3
    assert cancelled.conditions[0].state == State.CONDITION_FAILED
    assert cancelled.conditions[0].execution_reason == Reason.CANCELLED
    assert [run.log(name, task) for task in range(3)] == ["running\n", "", ""]


def test_a_cancelled_execution_ends_its_operation_without_an_error(run: LocalRun) -> None:
    operation = run.start(run.job(IGNORE_SIGTERM))
    name = run.wait_for_log(operation, 0, "running")
    run.executions.cancel_execution(name=name)
    execution = operation.result(timeout=30)
    assert execution.succeeded_count == 0
    assert execution.cancelled_count == execution.task_count == 1


def test_a_finished_execution_cannot_be_cancelled(run: LocalRun) -> None:
    execution = run.start(run.job("pass")).result(timeout=30)
    with pytest.raises(exceptions.BadRequest, match="already completed"):
        run.executions.cancel_execution(name=execution.name)


def test_an_execution_of_a_deleted_job_stops_and_is_gone(run: LocalRun) -> None:
    operation = run.start(run.job(SLEEP))
    name = run.wait_for_log(operation, 0, "running")
    run.jobs.delete_job(name=name.partition("/executions/")[0]).result(timeout=30)
    with pytest.raises(exceptions.NotFound, match="does not exist"):
        run.executions.get_execution(name=name)


def test_a_killed_task_is_tried_again_with_the_same_index(run: LocalRun) -> None:
    program = SHOW_ATTEMPT + "import time; time.sleep(600 if attempt == '0' else 0)"
    operation = run.start(run.job(program, retries=1))
    name = run.wait_for_log(operation, 0, "attempt 0")
    assert run.kill(name, "0").json()["killed"]["attempt"] == 0
    assert operation.result(timeout=30).succeeded_count == 1
    assert run.log(name, 0) == "index 0 attempt 0\nindex 0 attempt 1\n"


def test_a_kill_without_retries_shows_its_signal(run: LocalRun) -> None:
    operation = run.start(run.job(SLEEP))
    run.kill(run.wait_for_log(operation, 0, "running"), "0")
    with pytest.raises(exceptions.Aborted, match="ended by signal 9"):
        operation.result(timeout=30)


def test_killing_what_does_not_run_is_refused(run: LocalRun) -> None:
    execution = run.start(run.job("pass")).result(timeout=30)
    answer = run.kill(execution.name, "0")
    assert answer.status_code == 404
    assert "has no running process" in answer.json()["error"]["message"]


def test_a_killed_task_takes_its_children_along(
    run: LocalRun, tmp_path: Path, until: Callable[..., None]
) -> None:
    program = LOCK_AND_FORK + "time.sleep(600)"
    operation = run.start(run.job(program, [str(tmp_path / "lock")]))
    run.kill(run.wait_for_log(operation, 0, "running\nrunning"), "0")
    until(lambda: is_free(tmp_path / "lock"))


def test_children_end_with_a_task_that_succeeded(
    run: LocalRun, tmp_path: Path, until: Callable[..., None]
) -> None:
    program = LOCK_AND_FORK + "time.sleep(600 * is_child)"
    run.start(run.job(program, [str(tmp_path / "lock")])).result(timeout=30)
    until(lambda: is_free(tmp_path / "lock"))


def test_the_state_names_running_processes(run: LocalRun) -> None:
    operation = run.start(run.job(SLEEP, task_count=2, parallelism=1))
    name = run.wait_for_log(operation, 0, "running")
    states = run.http.get("/_local/state").json()["executions"]
    (state,) = (one for one in states if one["name"] == name)
    assert state["counts"] == {"running": 1, "pending": 1}
    assert [(one["task"], one["attempt"]) for one in state["running"]] == [(0, 0)]
    run.executions.cancel_execution(name=name).result(timeout=30)


def is_free(path: Path) -> bool:
    """Whether no process holds the lock on a file."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_a_run_with_fewer_tasks_than_the_jobs_parallelism_is_refused(run: LocalRun) -> None:
    job = run.job("pass", task_count=5, parallelism=5)
    with pytest.raises(exceptions.BadRequest, match=r"parallelism = 5.* taskCount = 1"):
        run.start(job, task_count=1)
    assert list(run.executions.list_executions(parent=job)) == []


def test_a_container_without_a_command_runs_the_entrypoint(own_run_with_images: LocalRun) -> None:
    run = own_run_with_images
    job = run_v2.Job(template={"template": {"containers": [{"image": "image@sha256:1"}]}})
    created = run.jobs.create_job(parent=run.parent, job=job, job_id="from-image").result()
    assert list(created.template.template.containers[0].command) == []
    execution = run.start(created.name).result(timeout=30)
    assert run.log(execution.name, 0) == "7\n"
