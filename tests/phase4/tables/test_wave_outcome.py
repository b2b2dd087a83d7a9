"""What the ledger says of a wave: the newest outcome of each planned date."""

from __future__ import annotations

from collections.abc import Mapping
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
    """An operations dataset with plan, outcomes and the routine."""
    settings = replace(warehouse.settings, ops_dataset="waves")
    warehouse.client.create_dataset("waves")
    for key in ("plan", "outcomes"):
        warehouse.client.create_table(TABLES[key].table(settings.ops(key)))
    [routine] = [found for found in routines(settings) if found.name == "wave_outcome"]
    create(routine, warehouse.client, settings)
    return Warehouse(settings, Caller("test"))


def outcome_of(ledger: Warehouse, planned: int, outcomes: Outcomes) -> Row:
    """The outcome of a wave of so many dates; `outcomes` lists the statuses of dates by number."""
    run = f"run{next(_runs)}"
    ledger.append("waves.plan", table_of("plan", [_planned(run, n) for n in range(planned)]), run)
    rows = [
        _outcome(run, number, status, attempt)
        for number, statuses in outcomes.items()
        for attempt, status in enumerate(statuses)
    ]
    ledger.append("waves.outcomes", table_of("outcomes", rows), f"{run}o")
    return ledger.row("SELECT * FROM waves.wave_outcome(@run, 1, 1)", {"run": run})


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
    counts = [row[name] for name in ("planned", "published", "unchanged", "failed")]
    assert counts == [4, 2, 1, 1]


def test_the_newest_attempt_counts(ledger: Warehouse) -> None:
    row = outcome_of(ledger, 2, {0: ["FAILED", "PUBLISHED"], 1: ["PUBLISHED", "FAILED"]})
    assert (row["published"], row["failures"]) == (1, "2024-12-02: attempt 1")


def test_a_planned_date_without_an_outcome_has_failed(ledger: Warehouse) -> None:
    row = outcome_of(ledger, 2, {0: ["PUBLISHED"]})
    assert (row["failed"], row["failures"]) == (
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
    ledger.append("waves.plan", table_of("plan", plan), run)
    row = ledger.row("SELECT * FROM waves.wave_outcome(@run, 1, 1)", {"run": run})
    named = ", ".join(str(FIRST + timedelta(days=number)) for number in range(20))
    assert (row["failed"], row["failures"]) == (
        44,
        f"{named} and 2 more: no outcome was recorded, the log of task 0 says why",
    )


def test_without_a_failure_nothing_is_named(ledger: Warehouse) -> None:
    assert outcome_of(ledger, 1, {0: ["UNCHANGED"]})["failures"] == ""


def test_several_waves_are_one_sum_though_their_tasks_have_the_same_numbers(
    ledger: Warehouse,
) -> None:
    run = f"run{next(_runs)}"
    plan = [{**_planned(run, wave), "wave": wave} for wave in range(3)]
    rows = [{**_outcome(run, wave, "PUBLISHED", 0), "wave": wave} for wave in range(3)]
    ledger.append("waves.plan", table_of("plan", plan), run)
    ledger.append("waves.outcomes", table_of("outcomes", rows), f"{run}o")
    row = ledger.row("SELECT * FROM waves.wave_outcome(@run, 0, 1)", {"run": run})
    assert (row["planned"], row["published"]) == (2, 2)
