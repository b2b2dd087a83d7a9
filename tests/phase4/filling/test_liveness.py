"""A task publishes only while its run may go on: test_run_breaker.py says when that is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from phase4.cloud.routines import create, routines
from phase4.filling import liveness
from phase4.filling.task import Task
from phase4.tables.arrow import table_of
from tests.phase4.filling.shards import new_task
from tests.table_server import TableServer, reachable

NOW = datetime(2026, 1, 3, 6, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def breaker(table_server: TableServer) -> None:
    """The routine that is asked."""
    with reachable(table_server):
        warehouse = table_server.warehouse()
        (routine,) = (one for one in routines(warehouse.settings) if one.name == "run_breaker")
        create(routine, warehouse.client, warehouse.settings)


def open_run(tables: TableServer, task: Task, state: str, **fields: str) -> None:
    row = {
        "run_id": task.run_id, "kind": "backfill", "state": state, "target_table": "d.t",
        "start_date": date(2025, 1, 1), "end_date": date(2025, 1, 2), "started_at": NOW,
        "lease_expires_at": NOW, "code_version": "build-2", **fields,
    }  # fmt: skip
    tables.warehouse().append("nba_ops.runs", table_of("runs", [row]), task.job_id("run"))


def test_a_run_that_holds_its_lock_is_told_by_the_build_that_started_it(
    tables: TableServer,
) -> None:
    task = new_task()
    open_run(tables, task, "RUNNING")
    assert liveness.check(tables.warehouse(), task) == liveness.Holder("build-2", forced=False)


def test_a_run_may_be_told_to_write_what_is_equal(tables: TableServer) -> None:
    task = new_task()
    open_run(tables, task, "RUNNING", request='{"force": true}')
    assert liveness.check(tables.warehouse(), task).forced


@pytest.mark.parametrize("state", ["CANCELLED", "TAKEN_OVER", "FAILED", "SUCCEEDED", "REFUSED"])
def test_a_run_in_any_other_state_has_ended(tables: TableServer, state: str) -> None:
    task = new_task()
    open_run(tables, task, state)
    with pytest.raises(liveness.RunStopped, match=f"not begun: run {task.run_id} is {state}"):
        liveness.check(tables.warehouse(), task)


def test_a_run_that_was_never_opened_has_no_lock(tables: TableServer) -> None:
    task = new_task()
    with pytest.raises(liveness.RunStopped, match=f"run {task.run_id} was never opened"):
        liveness.check(tables.warehouse(), task)
