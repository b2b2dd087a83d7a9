"""Whether a run may go on, and which checkpoint is due: by its row, ledger and snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from phase4.cloud.routines import create, routines
from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES

FIRST = date(2024, 12, 1)
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
_runs = count()


@dataclass(frozen=True)
class Books:
    """A run of wave 1 and what is on record of it."""

    warehouse: Warehouse
    run: str

    def opened(self, state: str = "RUNNING", every: int = 50, rate: float = 0.05) -> None:
        request = f'{{"force": false, "validate_every": {every}, "max_failure_rate": {rate}}}'
        self._write("runs", {
            "kind": "backfill", "state": state, "target_table": "d.t", "started_at": NOON,
            "start_date": FIRST, "end_date": FIRST + timedelta(days=90), "request": request,
            "lease_expires_at": NOON, "execution": "x", "code_version": "build-2",
        })  # fmt: skip

    def planned(self, dates: int, *tables: str) -> None:
        shared = dict.fromkeys(("expected_games", "expected_players", "l1_games"), 1)
        self._write("plan", *({
            "table_name": table, "game_date": FIRST + timedelta(days=number), "action": "PLANNED",
            "state": "MISSING", "reason": "", "wave": 1, "task": 0, "planned_at": NOON,
            "present_games": 0, **shared,
        } for number in range(dates) for table in tables or (None,)))  # fmt: skip

    def recorded(self, statuses: Mapping[int, str], attempt: int = 0, task: int = 0) -> None:
        self._write("outcomes", *({
            "game_date": FIRST + timedelta(days=number), "wave": 1, "task": task,
            "attempt": attempt, "status": status, "warnings": [], "reason": "",
            "finished_at": NOON + timedelta(minutes=attempt),
        } for number, status in statuses.items()))  # fmt: skip

    def looked_at(self, event_id: str, severity: str = "warning") -> None:
        check = {
            "name": "duplicate_keys", "subject": "", "severity": severity, "cross_layer": False,
            "figure": 3.0, "threshold": 0.0, "outcome": "failed", "detail": "3 keys",
        }  # fmt: skip
        kinds = {"STRING": "", "INTEGER": 0, "FLOAT": 0.0, "BOOLEAN": False, "DATE": FIRST}
        required = {
            column["name"]: kinds.get(column["type"], NOON)
            for column in TABLES["coverage_snapshots"].columns
            if column["mode"] == "REQUIRED"
        }
        lists: dict[str, Any] = {
            column["name"]: []
            for column in TABLES["coverage_snapshots"].columns
            if column["mode"] == "REPEATED"
        }
        today = datetime.now(UTC)
        named = {"event_id": event_id, "snapshot_date": today.date(), "snapshot_at": today}
        self._write("coverage_snapshots", {**required, **lists, **named, "checks": [check]})

    def breaker(self, attempt: int = 0) -> Row:
        return self.warehouse.row(
            "SELECT * FROM breakers.run_breaker(@run, 1, @attempt)",
            {"run": self.run, "attempt": attempt},
        )

    def due(self) -> list[str]:
        rows = self.warehouse.query(
            "SELECT event_id FROM breakers.checkpoint_due(@run)", {"run": self.run}
        )
        return [row["event_id"].removeprefix(f"{self.run}-") for row in rows]

    def _write(self, table: str, *rows: dict[str, Any]) -> None:
        named = table_of(table, [{**row, "run_id": self.run} for row in rows])
        self.warehouse.append(f"breakers.{table}", named, f"{self.run}_{table}_{next(_runs)}")


@pytest.fixture(scope="module")
def operations(warehouse: Warehouse) -> Warehouse:
    """An operations dataset with these tables and routines."""
    settings = replace(warehouse.settings, ops_dataset="breakers")
    warehouse.client.create_dataset("breakers")
    for key in ("runs", "plan", "outcomes", "coverage_snapshots"):
        warehouse.client.create_table(TABLES[key].table(settings.ops(key)))
    for routine in routines(settings):
        if routine.name in ("run_breaker", "checkpoint_due"):
            create(routine, warehouse.client, settings)
    return Warehouse(settings, Caller("test"))


@pytest.fixture
def books(operations: Warehouse) -> Books:
    """The books of a run that no other test knows."""
    return Books(operations, f"run-{next(_runs)}")


def published(*numbers: int) -> dict[int, str]:
    return dict.fromkeys(numbers, "PUBLISHED")


class TestBreaker:
    def test_a_run_that_holds_its_lock_goes_on_and_is_told_by_its_build(self, books: Books) -> None:
        books.opened()
        row = books.breaker()
        assert (row["stop"], row["state"], row["code_version"]) == ("", "RUNNING", "build-2")

    def test_a_run_that_was_never_opened_does_not(self, books: Books) -> None:
        assert books.breaker()["stop"] == f"run {books.run} was never opened"

    @pytest.mark.parametrize("state", ["CANCELLED", "TAKEN_OVER", "FAILED", "SUCCEEDED"])
    def test_a_run_without_its_lock_does_not(self, books: Books, state: str) -> None:
        books.opened(state)
        assert books.breaker()["stop"] == f"run {books.run} is {state}"

    def test_few_failures_among_many_dates_do_not_stop_it(self, books: Books) -> None:
        books.opened()
        books.recorded({**published(*range(38)), 38: "FAILED", 39: "FAILED"})
        assert books.breaker()["stop"] == ""

    def test_more_failures_than_the_rate_allows_stop_it(self, books: Books) -> None:
        books.opened()
        books.recorded({**published(*range(9)), 9: "FAILED", 10: "FAILED", 11: "FAILED"})
        assert books.breaker()["stop"] == (
            "wave 1 failed on 3 of 12 dates, more than max_failure_rate 0.05"
        )

    def test_one_failure_among_the_first_dates_of_many_says_nothing_yet(self, books: Books) -> None:
        books.opened()
        books.recorded({0: "FAILED"})
        assert books.breaker()["stop"] == ""

    def test_how_few_those_are_says_validate_every(self, books: Books) -> None:
        books.opened(every=4)
        books.recorded({0: "FAILED"})
        assert "wave 1 failed on 1 of 1 dates" in books.breaker()["stop"]

    def test_what_was_tried_again_and_is_there_is_no_failure(self, books: Books) -> None:
        books.opened(every=4)
        books.recorded({0: "FAILED"})
        books.recorded(published(0), attempt=1)
        assert books.breaker()["stop"] == ""

    def test_a_retry_is_not_stopped_by_what_it_is_to_try_again(self, books: Books) -> None:
        books.opened(every=4)
        books.recorded({0: "FAILED"})
        books.recorded({1: "FAILED"}, task=1)
        assert books.breaker(attempt=1)["stop"] == ""

    def test_what_failed_again_stops_other_retries(self, books: Books) -> None:
        books.opened(every=4)
        books.recorded({1: "FAILED"}, attempt=1, task=1)
        assert "failed on 1 of 1 dates" in books.breaker(attempt=1)["stop"]

    def test_dates_that_were_not_begun_are_no_failures(self, books: Books) -> None:
        books.opened(every=4)
        books.recorded({**published(0), 1: "SKIPPED", 2: "SKIPPED"})
        assert books.breaker()["stop"] == ""

    def test_a_snapshot_with_an_error_stops_it(self, books: Books) -> None:
        books.opened()
        books.looked_at("one", severity="error")
        assert books.breaker()["stop"] == (
            "a snapshot of the run has an error: duplicate_keys (3 keys)"
        )

    def test_a_snapshot_with_a_warning_does_not(self, books: Books) -> None:
        books.opened()
        books.looked_at("one")
        assert books.breaker()["stop"] == ""


class TestCheckpoint:
    @pytest.mark.parametrize(
        ("finished", "due"), [(4, []), (5, ["dates-5"]), (9, ["dates-5"]), (23, ["dates-20"])]
    )
    def test_is_due_for_every_so_many_finished_dates(
        self, books: Books, finished: int, due: list[str]
    ) -> None:
        books.opened(every=5)
        books.planned(30)
        books.recorded(published(*range(finished)))
        assert books.due() == due

    def test_a_failed_date_is_finished_and_one_that_was_not_begun_is_not(
        self, books: Books
    ) -> None:
        books.opened(every=5)
        books.planned(30)
        books.recorded({**published(0, 1, 2), 3: "FAILED", 4: "SKIPPED"})
        assert books.due() == []
        books.recorded({4: "FAILED"}, attempt=1)
        assert books.due() == ["dates-5"]

    def test_a_date_that_was_tried_twice_is_one(self, books: Books) -> None:
        books.opened(every=5)
        books.planned(30)
        books.recorded({**published(0, 1, 2), 3: "FAILED"})
        books.recorded(published(3), attempt=1)
        assert books.due() == []

    def test_a_date_of_one_of_two_tables_is_half_a_date(self, books: Books) -> None:
        books.opened(every=5)
        books.planned(10, "player_composite_factors", "team_defense_zone_analysis")
        books.recorded(published(*range(9)))
        assert books.due() == []
        books.recorded(published(9))
        assert books.due() == ["dates-5"]

    def test_is_due_once(self, books: Books) -> None:
        books.opened(every=5)
        books.planned(30)
        books.recorded(published(*range(7)))
        books.looked_at(f"{books.run}-dates-5")
        assert books.due() == []
        books.recorded(published(7, 8, 9))
        assert books.due() == ["dates-10"]

    @pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLED"])
    def test_of_a_run_that_has_ended_none_is_due(self, books: Books, state: str) -> None:
        books.opened(state, every=5)
        books.planned(30)
        books.recorded(published(*range(7)))
        assert books.due() == []

    def test_of_a_run_with_nothing_left_to_do_none_is_due(self, books: Books) -> None:
        books.opened(every=5)
        books.planned(7)
        books.recorded(published(*range(6)))
        assert books.due() == ["dates-5"]
        books.recorded({6: "FAILED"})
        assert books.due() == []
