"""What a task is trying again can be seen while it waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from phase4.cloud.queries import ask
from phase4.cloud.retries import Retry
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.filling.retry_notes import RetryNotes
from phase4.filling.task import Task
from phase4.tables.arrow import table_of
from phase4.tables.rows.runs import Retrying
from tests.table_server import TableServer

WHAT = "load into p.nba_precompute.player_composite_factors$20250108"
WAITED = Retry(WHAT, 12, "rateLimitExceeded", waited=120, seconds_left=180)


@pytest.fixture
def warehouse(tables: TableServer) -> Warehouse:
    return Warehouse(tables.settings, Caller("test"))


def task(run_id: str) -> Task:
    return Task(run_id, wave=1, index=3, attempt=0, execution="job-x")


def seen(warehouse: Warehouse, run_id: str) -> list[tuple[date | None, int, str]]:
    rows = ask(warehouse, Retrying, run_id=run_id)
    return [(row.game_date, row.tries, row.error) for row in rows]


def test_a_call_that_has_been_tried_for_a_while_is_seen_with_its_date(warehouse: Warehouse) -> None:
    RetryNotes(warehouse, task("r1"))(WAITED)
    [row] = ask(warehouse, Retrying, run_id="r1")
    assert (row.game_date, row.tries, row.error) == (date(2025, 1, 8), 12, "rateLimitExceeded")
    left = row.gives_up_at - datetime.now(UTC)
    assert timedelta(minutes=2) < left <= timedelta(minutes=3)


def test_the_first_pauses_are_not_told_of(warehouse: Warehouse) -> None:
    RetryNotes(warehouse, task("r2"))(replace(WAITED, waited=0.5))
    assert seen(warehouse, "r2") == []


def test_one_call_is_noted_now_and_then_and_seen_once(warehouse: Warehouse) -> None:
    notes = RetryNotes(warehouse, task("r3"))
    for tries in range(12, 15):
        notes(replace(WAITED, tries=tries))
    [row] = warehouse.query("SELECT COUNT(*) AS n FROM nba_ops.retries WHERE run_id = 'r3'")
    assert row["n"] == 1
    RetryNotes(warehouse, task("r3"))(replace(WAITED, tries=20))
    assert seen(warehouse, "r3") == [(date(2025, 1, 8), 20, "rateLimitExceeded")]


def test_a_date_that_has_its_outcome_is_not_tried_any_more(warehouse: Warehouse) -> None:
    RetryNotes(warehouse, task("r4"))(WAITED)
    outcome = {"run_id": "r4", "game_date": date(2025, 1, 8), "wave": 1, "task": 3, "attempt": 0,
               "status": "PUBLISHED", "warnings": [], "finished_at": datetime.now(UTC)}  # fmt: skip
    warehouse.append("nba_ops.outcomes", table_of("outcomes", [outcome]), "phase4_r4_outcome")
    assert seen(warehouse, "r4") == []


def test_a_note_that_nobody_takes_costs_the_call_nothing(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Warehouse(replace(warehouse.settings, ops_dataset="nowhere"), Caller("test"))
    RetryNotes(lost, task("r5"))(WAITED)
    assert "a retry could not be noted" in capsys.readouterr().out
