"""What the end of a wave says of it, and of the run so far: the fate of each planned date."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from phase4.cloud.routines import create, routines
from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES

FIRST = date(2024, 12, 1)
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
Outcomes = Mapping[int, list[str]]
_runs = count()


@pytest.fixture(scope="module")
def ledger(warehouse: Warehouse) -> Warehouse:
    """An operations dataset with the state of runs and the routine."""
    settings = replace(warehouse.settings, ops_dataset="waves")
    warehouse.client.create_dataset("waves")
    for key in ("runs", "plan", "outcomes", "coverage_snapshots"):
        warehouse.client.create_table(TABLES[key].table(settings.ops(key)))
    for routine in routines(settings):
        if routine.name in ("run_breaker", "end_wave"):
            create(routine, warehouse.client, settings)
    return Warehouse(settings, Caller("test"))


def outcome_of(ledger: Warehouse, planned: int, outcomes: Outcomes) -> Row:
    """The outcome of a wave of so many dates; `outcomes` lists the statuses of dates by number."""
    run = f"run{next(_runs)}"
    rows = [
        _outcome(run, number, status, attempt)
        for number, statuses in outcomes.items()
        for attempt, status in enumerate(statuses)
    ]
    return end_of_wave_1(ledger, run, [_planned(run, n) for n in range(planned)], rows)


def end_of_wave_1(
    ledger: Warehouse,
    run: str,
    plan: Sequence[Row],
    outcomes: Sequence[Row],
    state: str = "RUNNING",
) -> Row:
    """What the end of wave 1 says of a run with these rows; `done` is decoded."""
    head = {
        "run_id": run, "kind": "backfill", "state": state, "target_table": "d.t",
        "start_date": FIRST, "end_date": FIRST + timedelta(days=90), "execution": "x",
        "started_at": NOON, "lease_expires_at": NOON, "code_version": "build-2", "request": "{}",
    }  # fmt: skip
    for key, rows in (("runs", [head]), ("plan", plan), ("outcomes", outcomes)):
        ledger.append(f"waves.{key}", table_of(key, rows), f"{run}_{key}")
    row = ledger.row("CALL waves.end_wave(@run, 1, 1800)", {"run": run})
    return {**row, "done": json.loads(row["done"])}


def _planned(run: str, number: int) -> Row:
    return {
        "run_id": run,
        "game_date": FIRST + timedelta(days=number),
        "action": "PLANNED",
        "state": "MISSING",
        "reason": "",
        "wave": 1,
        "task": 0,
        "planned_at": NOON,
        **dict.fromkeys(("expected_games", "expected_players", "l1_games", "present_games"), 1),
    }


def _outcome(run: str, number: int, status: str, attempt: int) -> Row:
    return {
        "run_id": run,
        "game_date": FIRST + timedelta(days=number),
        "wave": 1,
        "task": 0,
        "attempt": attempt,
        "status": status,
        "warnings": [],
        "reason": f"attempt {attempt}" if status == "FAILED" else "",
        "finished_at": NOON + timedelta(minutes=attempt),
    }


def test_every_planned_date_is_counted_by_its_status(ledger: Warehouse) -> None:
    statuses = {0: ["PUBLISHED"], 1: ["UNCHANGED"], 2: ["FAILED"], 3: ["PUBLISHED"]}
    row = outcome_of(ledger, 4, statuses)
    assert (row["planned"], row["failed"]) == (4, 1)
    counts = [row["done"][name] for name in ("succeeded", "unchanged", "failed", "died")]
    assert counts == [3, 1, 1, 0]


def test_the_newest_attempt_counts(ledger: Warehouse) -> None:
    row = outcome_of(ledger, 2, {0: ["FAILED", "PUBLISHED"], 1: ["PUBLISHED", "FAILED"]})
    assert (row["done"]["succeeded"], row["failures"]) == (1, "2024-12-02: attempt 1")


def test_a_planned_date_without_an_outcome_has_failed(ledger: Warehouse) -> None:
    row = outcome_of(ledger, 2, {0: ["PUBLISHED"]})
    assert (row["failed"], row["done"]["died"], row["failures"]) == (
        1,
        1,
        "2024-12-02: no outcome was recorded, the log of task 0 says why",
    )


def test_a_failure_late_in_a_long_wave_is_named(ledger: Warehouse) -> None:
    statuses = {number: ["PUBLISHED"] for number in range(29)} | {29: ["FAILED"]}
    assert outcome_of(ledger, 30, statuses)["failures"] == "2024-12-30: attempt 0"


def test_failures_of_one_reason_are_one_cause(ledger: Warehouse) -> None:
    row = outcome_of(ledger, 30, {number: ["FAILED"] for number in range(30)})
    named = ", ".join(str(FIRST + timedelta(days=number)) for number in range(20))
    assert (row["failed"], row["failures"]) == (30, f"{named} and 10 more: attempt 0")


def test_of_many_reasons_the_first_twenty_are_named(ledger: Warehouse) -> None:
    # A date that fails the n-th time has a reason of its own.
    row = outcome_of(ledger, 22, {number: ["FAILED"] * (number + 1) for number in range(22)})
    assert (row["failed"], row["failures"].count(": attempt ")) == (22, 20)
    assert row["failures"].endswith("; and 2 more reasons")


def test_a_date_that_failed_in_several_tables_is_named_once(ledger: Warehouse) -> None:
    run = f"run{next(_runs)}"
    plan = [
        {**_planned(run, number), "table_name": table}
        for number in range(22)
        for table in ("player_composite_factors", "player_shot_zone_analysis")
    ]
    row = end_of_wave_1(ledger, run, plan, [])
    named = ", ".join(str(FIRST + timedelta(days=number)) for number in range(20))
    assert (row["failed"], row["failures"]) == (
        44,
        f"{named} and 2 more: no outcome was recorded, the log of task 0 says why",
    )


def test_without_a_failure_nothing_is_named(ledger: Warehouse) -> None:
    assert outcome_of(ledger, 1, {0: ["UNCHANGED"]})["failures"] == ""


def test_the_run_so_far_is_one_sum_though_tasks_of_its_waves_have_the_same_numbers(
    ledger: Warehouse,
) -> None:
    run = f"run{next(_runs)}"
    plan = [{**_planned(run, wave), "wave": wave} for wave in range(3)]
    rows = [{**_outcome(run, wave, "PUBLISHED", 0), "wave": wave} for wave in range(3)]
    row = end_of_wave_1(ledger, run, plan, rows)
    assert (row["planned"], row["done"]["succeeded"]) == (1, 2)


def test_failures_of_an_earlier_wave_are_those_of_the_run_alone(ledger: Warehouse) -> None:
    run = f"run{next(_runs)}"
    plan = [{**_planned(run, wave), "wave": wave} for wave in range(2)]
    rows = [{**_outcome(run, 0, "FAILED", 0), "wave": 0}, _outcome(run, 1, "PUBLISHED", 0)]
    row = end_of_wave_1(ledger, run, plan, rows)
    assert (row["failed"], row["failures"]) == (0, "")
    assert (row["done"]["failed"], row["done"]["failures"]) == (1, "2024-12-01: attempt 0")


def test_a_wave_of_which_a_run_that_lost_its_lock_began_nothing_has_not_died(
    ledger: Warehouse,
) -> None:
    run = f"run{next(_runs)}"
    row = end_of_wave_1(ledger, run, [_planned(run, 0)], [], state="TAKEN_OVER")
    assert (row["failed"], row["done"]["died"], row["stop"]) == (0, 0, f"run {run} is TAKEN_OVER")
