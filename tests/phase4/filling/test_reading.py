"""What a task reads of the plan and of the table that it fills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from phase4.filling.reading import read_live, read_shard
from phase4.filling.task import Task
from phase4.tables.arrow import table_of
from phase4.tables.partition import contents
from phase4.tables.rows.plans import PlannedDate
from tests.phase4.filling.shards import new_day, new_task, rows_of
from tests.table_server import TableServer


def write_plan(tables: TableServer, task: Task, rows: Sequence[dict[str, Any]]) -> None:
    shared = {
        "run_id": task.run_id, "state": "MISSING", "reason": "", "l1_games": 1,
        "present_games": 0, "expected_games": 1, "planned_at": datetime.now(UTC),
    }  # fmt: skip
    table = table_of("plan", [{**shared, **row} for row in rows])
    tables.warehouse().append("nba_ops.plan", table, task.job_id("plan"))


def entry(day: date, wave: int, task: int, action: str = "PLANNED") -> dict[str, Any]:
    return {
        "game_date": day, "action": action, "wave": wave, "task": task, "expected_players": 9,
    }  # fmt: skip


def test_a_task_reads_the_dates_of_its_own_wave_and_shard_oldest_first(
    tables: TableServer,
) -> None:
    task, day = new_task(index=1), new_day()
    later = day + timedelta(days=2)
    places = [(later, 1, 1), (day, 1, 1), (new_day(), 1, 0), (new_day(), 2, 1)]
    write_plan(tables, task, [entry(*place) for place in places])
    before = datetime.now(UTC)
    shard = read_shard(tables.warehouse(), task)
    assert shard is not None
    assert shard.dates == [PlannedDate(day, 1, 9), PlannedDate(later, 1, 9)]
    assert before <= shard.asked_at <= datetime.now(UTC)


def test_skipped_dates_are_nobodys(tables: TableServer) -> None:
    task = new_task()
    write_plan(tables, task, [entry(new_day(), 1, 0, action="SKIPPED")])
    assert read_shard(tables.warehouse(), task) is None


def test_a_task_beyond_the_plan_has_no_dates(tables: TableServer) -> None:
    assert read_shard(tables.warehouse(), new_task(index=99)) is None


def test_live_rows_are_those_of_the_asked_dates(tables: TableServer) -> None:
    asked, other = new_day(), new_day()
    warehouse = tables.warehouse()
    for day in (asked, other):
        warehouse.replace_partition(warehouse.settings.target_table, day, rows_of(day, 3), f"{day}")
    assert contents(read_live(warehouse, [asked])) == contents(rows_of(asked, 3))
