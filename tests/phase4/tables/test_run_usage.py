"""What a run has used: tasks by the ledger, validator by its snapshots, workflow by its jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from google.cloud.bigquery import QueryJobConfig

from phase4.cloud.routines import create, routines
from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES

FIRST = date(2024, 12, 1)
_runs = count()


@pytest.fixture(scope="module")
def books(warehouse: Warehouse) -> Warehouse:
    """An operations dataset with ledger, snapshots, runs and the routine."""
    settings = replace(warehouse.settings, ops_dataset="books")
    warehouse.client.create_dataset("books")
    for key in ("outcomes", "coverage_snapshots", "runs"):
        warehouse.client.create_table(TABLES[key].table(settings.ops(key)))
    [routine] = [found for found in routines(settings) if found.name == "run_usage"]
    create(routine, warehouse.client, settings)
    return Warehouse(settings, Caller("test"))


@pytest.fixture
def run() -> str:
    return f"Usage-{next(_runs)}"


def used(books: Warehouse, run: str, since: datetime | None = None) -> dict[str, dict[str, float]]:
    row = books.row(
        "CALL books.run_usage(@run, @since)", {"run": run, "since": since or datetime.now(UTC)}
    )
    return json.loads(row["usage"])  # type: ignore[no-any-return]


def ask(books: Warehouse, run: str, sql: str, component: str = "workflow") -> Any:
    """A statement as the workflow sends it: labelled with its run, in lower case."""
    labels = {"component": component, "run_id": run.lower()}
    job = books.client.query(sql, job_config=QueryJobConfig(labels=labels))
    job.result()
    return job


def ledger(books: Warehouse, run: str, attempts: Mapping[int, int]) -> None:
    """Outcomes of so many attempts by wave, each of a task with two dates."""
    rows = [
        {
            "run_id": run,
            "game_date": FIRST + timedelta(days=day),
            "wave": wave,
            "task": 0,
            "attempt": attempt,
            "status": "PUBLISHED",
            "warnings": [],
            "finished_at": datetime.now(UTC),
            "usage": {"queries": 3, "load_jobs": 10**attempt, "seconds": 1.5},
        }
        for wave, attempts_of_it in attempts.items()
        for attempt in range(attempts_of_it)
        for day in range(2)
    ]
    books.append("books.outcomes", table_of("outcomes", rows), f"{run}o")


def snapshots(books: Warehouse, run: str, durations: Sequence[float]) -> None:
    known: Row = {
        column["name"]: {"STRING": "x", "INTEGER": 0, "BOOLEAN": False, "DATE": FIRST}.get(
            column["type"], datetime.now(UTC)
        )
        for column in TABLES["coverage_snapshots"].columns
        if column.get("mode") == "REQUIRED"
    }
    rows = [
        {
            **known,
            "event_id": f"{run}-{number}",
            "run_id": run,
            "snapshot_date": datetime.now(UTC).date(),
            "queries": 3,
            "load_jobs": 1,
            "bytes_processed": 100,
            "duration_seconds": seconds,
            **{key: [] for key in ("failed_criteria", "checks", "losses", "criteria")},
        }
        for number, seconds in enumerate(durations)
    ]
    books.append("books.coverage_snapshots", table_of("coverage_snapshots", rows), f"{run}s")


def test_what_an_attempt_used_is_counted_once_however_many_dates_it_filled(
    books: Warehouse, run: str
) -> None:
    ledger(books, run, {0: 1})
    tasks = used(books, run)["tasks"]
    assert (tasks["attempts"], tasks["queries"], tasks["load_jobs"]) == (1, 3, 1)


def test_what_every_attempt_of_every_wave_used_is_added_up(books: Warehouse, run: str) -> None:
    ledger(books, run, {0: 1, 1: 2})
    tasks = used(books, run)["tasks"]
    assert (tasks["attempts"], tasks["queries"], tasks["load_jobs"]) == (3, 9, 12)
    assert tasks["seconds"] == 4.5


def test_what_every_answer_of_the_validator_took_is_added_up(books: Warehouse, run: str) -> None:
    snapshots(books, run, [0.5, 1.0])
    assert used(books, run)["validator"] == {
        "snapshots": 2, "queries": 6, "load_jobs": 2, "bytes_processed": 200, "seconds": 1.5,
    }  # fmt: skip


def test_the_statements_of_the_workflow_are_those_with_its_labels_and_two_to_come(
    books: Warehouse, run: str
) -> None:
    one = ask(books, run, "SELECT COUNT(run_id) FROM books.outcomes")
    ask(books, f"{run}-other", "SELECT 1")
    ask(books, run, "SELECT 1", component="precompute")
    assert used(books, run)["workflow"] == {
        "queries": 1 + 2, "bytes_processed": one.total_bytes_processed, "dml_statements": 1,
    }  # fmt: skip


def test_the_dml_statements_of_a_script_are_counted_as_bigquery_lists_them(
    books: Warehouse, run: str
) -> None:
    books.query("CREATE OR REPLACE TABLE books.t (n INT64)")
    script = "INSERT INTO books.t VALUES (1); UPDATE books.t SET n = 2 WHERE TRUE; SELECT 1;"
    ask(books, run, script)
    workflow = used(books, run)["workflow"]
    assert (workflow["queries"], workflow["dml_statements"]) == (1 + 2, 2 + 1)


def test_a_statement_that_failed_is_not_counted(books: Warehouse, run: str) -> None:
    with pytest.raises(Exception, match="absent"):
        ask(books, run, "SELECT absent FROM books.outcomes")
    assert used(books, run)["workflow"]["queries"] == 2


def test_statements_from_before_the_run_are_not_its(books: Warehouse, run: str) -> None:
    ask(books, run, "SELECT 1")
    later = datetime.now(UTC) + timedelta(hours=1)
    assert used(books, run, later)["workflow"]["queries"] == 2


def test_a_run_that_did_nothing_used_nothing(books: Warehouse, run: str) -> None:
    usage = used(books, run)
    assert set(usage["tasks"].values()) == set(usage["validator"].values()) == {0}
