"""The usage of a run as it is stored and told."""

from __future__ import annotations

from collections.abc import Mapping

from phase4.runs.usage import Counted

TASKS = {"attempts": 2, "queries": 6, "load_jobs": 9, "read_sessions": 14, "bytes_processed": 10,
         "bytes_read": 2048, "bytes_loaded": 300, "seconds": 61.5}  # fmt: skip
VALIDATOR = {"snapshots": 2, "queries": 8, "load_jobs": 2, "bytes_processed": 30, "seconds": 1.0}
WORKFLOW: dict[str, float] = {"queries": 7, "bytes_processed": 2, "dml_statements": 8}
STORED: dict[str, Mapping[str, float]] = {
    "tasks": TASKS, "validator": VALIDATOR, "workflow": WORKFLOW
}  # fmt: skip


def test_the_parts_of_a_run_are_added_up() -> None:
    counted = Counted.of(STORED)
    assert (counted.queries, counted.load_jobs, counted.bytes_processed) == (21, 11, 42)
    assert counted.queries_of == {"workflow": 7, "tasks": 6, "validator": 8}


def test_task_seconds_are_those_of_the_tasks_alone() -> None:
    assert Counted.of(STORED).task_seconds == 61.5


def test_all_of_it_is_one_line() -> None:
    assert Counted.of(STORED).line() == (
        "21 queries (workflow 7, tasks 6, validator 8) with 8 DML statements, 11 load jobs,"
        " 14 read sessions; 42 B processed, 2.0 KiB read, 300 B loaded; 1 min 02 s of tasks"
    )


def test_a_count_without_the_workflow_says_so() -> None:
    line = Counted.of({"tasks": TASKS, "validator": VALIDATOR}).line()
    assert line.startswith(
        "14 queries (workflow unknown, tasks 6, validator 8) with unknown DML statements,"
        " 11 load jobs"
    )
