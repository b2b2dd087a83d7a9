"""The ledger: one row per date and attempt, one per quarantined player."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from phase4.filling.ledger import record
from phase4.filling.publishing import Outcome
from phase4.filling.task import Task
from tests.phase4.filling.shards import new_day, new_task, quarantined
from tests.table_server import TableServer

READ_AT = datetime(2026, 1, 3, 6, tzinfo=UTC)
FINISHED_AT = datetime(2026, 1, 3, 7, tzinfo=UTC)


def outcome(day: date) -> Outcome:
    return Outcome(
        day, "PUBLISHED", "", 2, 40, warnings=("one", "two"), counted_games=2,
        counted_players=39, quarantined_rows=1, rows_changed=39, content_hash="abc",
        load_job_id="job", finished_at=FINISHED_AT,
    )  # fmt: skip


def outcomes(tables: TableServer, task: Task) -> list[dict[str, Any]]:
    return tables.sql(
        f"SELECT * FROM nba_ops.outcomes WHERE run_id = '{task.run_id}' ORDER BY game_date, attempt"
    )


def test_an_outcome_is_recorded_with_the_task_and_the_build_it_came_from(
    tables: TableServer,
) -> None:
    task, day = new_task(index=3, attempt=1), new_day()
    record(tables.warehouse(), task, [outcome(day)], quarantined(day, 0), READ_AT)
    (row,) = outcomes(tables, task)
    row.pop("usage")
    assert row.pop("reading") is None
    assert [row] == [
        {
            "run_id": task.run_id, "wave": 1, "task": 3, "attempt": 1, "game_date": day,
            "status": "PUBLISHED", "reason": "", "expected_games": 2, "expected_players": 40,
            "counted_games": 2, "games": [], "counted_players": 39, "quarantined_rows": 1,
            "rows_changed": 39, "content_hash": "abc", "warnings": ["one", "two"],
            "load_job_id": "job", "read_at": READ_AT, "finished_at": FINISHED_AT,
            "execution": task.execution, "code_version": "build-1", "added_games": [],
            "table_name": "player_composite_factors",
        }
    ]  # fmt: skip


def test_quarantined_rows_are_recorded_with_their_reasons(tables: TableServer) -> None:
    task, day = new_task(), new_day()
    record(tables.warehouse(), task, [outcome(day)], quarantined(day, 2), READ_AT)
    rows = tables.sql(
        "SELECT game_date, player_lookup, reason, row_json FROM nba_ops.quarantine"
        f" WHERE run_id = '{task.run_id}' ORDER BY player_lookup"
    )
    assert [tuple(row.values()) for row in rows] == [
        (day, "poisoned0", "points=NaN", "{}"),
        (day, "poisoned1", "points=NaN", "{}"),
    ]


def test_a_shard_is_recorded_by_one_job_per_table(tables: TableServer) -> None:
    task, days = new_task(), [new_day() for _ in range(5)]
    record(tables.warehouse(), task, [outcome(d) for d in days], quarantined(days[0], 3), READ_AT)
    assert len(tables.jobs(task.run_id)) == 2


def test_every_outcome_says_what_its_whole_attempt_has_used(tables: TableServer) -> None:
    task, days, warehouse = new_task(), [new_day(), new_day()], tables.warehouse()
    warehouse.query("SELECT 1")
    warehouse.read("nba_ops.plan", ("run_id",), "")
    record(warehouse, task, [outcome(day) for day in days], quarantined(days[0], 1), READ_AT)
    first, second = (row["usage"] for row in outcomes(tables, task))
    assert first == second
    assert (first["queries"], first["read_sessions"]) == (1, 1)
    assert first["seconds"] > 0


def test_the_load_jobs_of_the_ledger_are_counted_in(tables: TableServer) -> None:
    for kept_out, jobs in ((0, 1), (2, 2)):
        task, day, warehouse = new_task(), new_day(), tables.warehouse()
        record(warehouse, task, [outcome(day)], quarantined(day, kept_out), READ_AT)
        (row,) = outcomes(tables, task)
        assert row["usage"]["load_jobs"] == warehouse.usage.load_jobs == jobs


def test_recording_the_same_attempt_again_adds_nothing(tables: TableServer) -> None:
    task, day = new_task(), new_day()
    for _ in range(2):
        record(tables.warehouse(), task, [outcome(day)], quarantined(day, 1), READ_AT)
    assert len(outcomes(tables, task)) == 1


def test_another_attempt_is_another_row(tables: TableServer) -> None:
    task, day = new_task(), new_day()
    again = Task(task.run_id, task.wave, task.index, 1, task.execution)
    for one in (task, again):
        record(tables.warehouse(), one, [outcome(day)], quarantined(day, 0), READ_AT)
    assert [row["attempt"] for row in outcomes(tables, task)] == [0, 1]
