"""R2 to R5: a run that dies is resumed by running again; one that fails too often stops itself."""

from __future__ import annotations

from datetime import date

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from phase4.filling.batches import BATCH_DATES
from tests.laptop import Laptop, reason

TARGET = "nba_precompute.player_composite_factors"
RESUMED = ("2025-11-05", "2025-11-10")
# 26 dates, of which two of the first batch are refused.
STOPPED = ("2025-03-05", "2025-03-31")
REFUSED = ("2025-03-06", "2025-03-08")
CANARY = ("2025-11-21", "2025-11-28")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("disarmed")]


def filled(laptop: Laptop, first: str, last: str) -> set[date]:
    """Dates of a range with rows in L4."""
    rows = laptop.sql(
        f"SELECT DISTINCT game_date FROM {TARGET} WHERE game_date BETWEEN @first AND @last",
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
    )
    return {row["game_date"] for row in rows}


def ledger(laptop: Laptop, run: Execution) -> dict[str, Row]:
    """The newest outcome of every date of a run."""
    return {str(row["game_date"]): row for row in laptop.outcomes(run.run_id)}


def wave_of(laptop: Laptop, run: Execution) -> dict[str, int]:
    return {str(row["game_date"]): row["wave"] for row in laptop.plan(run.run_id)}


@pytest.fixture(scope="module")
def died(laptop: Laptop) -> Execution:
    """A run over six dates that ends in its second wave: the canary is done."""
    laptop.arm("bigquery", on="query", action="delay", seconds=60, contains="\nwave=1\n")
    run = laptop.executions.start({
        "start_date": RESUMED[0], "end_date": RESUMED[1], "tasks": 1,
        "canary_dates": 3,
    })  # fmt: skip
    laptop.until_struck()
    laptop.executions.cancel(run.run_id)
    laptop.disarm()
    return laptop.executions.get(run.run_id)


@pytest.fixture(scope="module")
def resumed(laptop: Laptop, died: Execution) -> Execution:
    """The same range once more."""
    return laptop.run(start_date=RESUMED[0], end_date=RESUMED[1], canary_dates=0, tasks=1)


def test_r2_the_dead_run_has_filled_dates_out_of_order(laptop: Laptop, died: Execution) -> None:
    waves = wave_of(laptop, died)
    done = filled(laptop, *RESUMED)
    assert died.state == "CANCELLED"
    assert {str(day) for day in done} == {day for day, wave in waves.items() if wave < 1}
    assert max(done) > min(date.fromisoformat(day) for day in waves if waves[day] >= 1)


def test_r2_the_next_run_computes_only_what_is_still_a_gap(
    laptop: Laptop, died: Execution, resumed: Execution
) -> None:
    left = {day for day, wave in wave_of(laptop, died).items() if wave >= 1}
    assert resumed.state == "SUCCEEDED"
    assert set(ledger(laptop, resumed)) == left


def test_r2_it_says_how_many_dates_it_found_done(resumed: Execution) -> None:
    result = resumed.result
    assert (result["dates_already_done"], result["plan"]["planned_dates"]) == (3, 3)


def test_r3_a_range_extended_by_a_day_keeps_the_earlier_work(
    laptop: Laptop, resumed: Execution
) -> None:
    before = laptop.table_hash(*RESUMED)
    extended = laptop.run(start_date=RESUMED[0], end_date="2025-11-11", canary_dates=0)
    result = extended.result
    assert (result["dates_already_done"], result["plan"]["planned_dates"]) == (6, 1)
    assert set(ledger(laptop, extended)) == {"2025-11-11"}
    assert laptop.table_hash(*RESUMED) == before


@pytest.fixture(scope="module")
def stopped(laptop: Laptop) -> Execution:
    """A run of one task whose first batch fails on two dates for good."""
    for day in REFUSED:
        laptop.arm("bigquery", on="load", action="job_error", status=400, reason="invalid",
                   contains=f"${day.replace('-', '')}", count=0)  # fmt: skip
    ended = laptop.run(start_date=STOPPED[0], end_date=STOPPED[1], canary_dates=0,
                       validate_every=4, tasks=1)  # fmt: skip
    laptop.disarm()
    return ended


STOP = f"wave 1 failed on 2 of {BATCH_DATES} dates, more than max_failure_rate 0.05"


def test_r4_the_run_stops_before_the_next_batch(laptop: Laptop, stopped: Execution) -> None:
    rows = ledger(laptop, stopped)
    left = {day: row for day, row in rows.items() if row["status"] == "SKIPPED"}
    assert set(rows) == {day for day, wave in wave_of(laptop, stopped).items() if wave}
    assert sorted(left) == sorted(rows)[BATCH_DATES:]
    assert {row["reason"] for row in left.values()} == {f"not begun: {STOP}"}
    assert filled(laptop, sorted(left)[0], STOPPED[1]) == set()


def test_r4_no_task_is_tried_again_in_vain(laptop: Laptop, stopped: Execution) -> None:
    assert {row["attempt"] for row in laptop.outcomes(stopped.run_id)} == {0}


def test_r4_the_exit_status_is_failed_and_says_why(stopped: Execution) -> None:
    assert (stopped.state, reason(stopped)) == ("FAILED", "VERDICT_FAILED")
    said = f"{26 - BATCH_DATES} of the 26 dates of wave 1 were not begun: {STOP}"
    assert said in stopped.error["message"]


def test_r4_failed_dates_are_documented_with_reasons(laptop: Laptop, stopped: Execution) -> None:
    failed = {day: row for day, row in ledger(laptop, stopped).items() if row["status"] == "FAILED"}
    assert set(failed) == set(REFUSED)
    assert all("invalid (asked for by a fault)" in row["reason"] for row in failed.values())
    assert all(day in stopped.error["summary"]["failures"] for day in REFUSED)


def test_r4_the_good_dates_of_the_batch_are_published(laptop: Laptop, stopped: Execution) -> None:
    begun = sorted(ledger(laptop, stopped))[:BATCH_DATES]
    published = {str(day) for day in filled(laptop, *STOPPED)}
    assert published == set(begun) - set(REFUSED)


def test_r4_the_ledger_of_the_run_is_closed(laptop: Laptop, stopped: Execution) -> None:
    row = laptop.sql("SELECT * FROM nba_ops.runs WHERE run_id = @run", run=stopped.run_id)[0]
    assert (row["state"], row["finished_at"] is not None) == ("FAILED", True)
    assert STOP in row["error"]


@pytest.fixture(scope="module")
def canary(laptop: Laptop) -> Execution:
    """A run over seven dates whose canary is refused for good; another wave is planned."""
    laptop.arm("bigquery", on="load", action="job_error", status=400, reason="invalid",
               contains=["\nwave=0\n", TARGET], count=0)  # fmt: skip
    ended = laptop.run(start_date=CANARY[0], end_date=CANARY[1], canary_dates=2, tasks=1)
    laptop.disarm()
    return ended


def test_r5_nothing_else_is_started(laptop: Laptop, canary: Execution) -> None:
    waves = {wave for wave in wave_of(laptop, canary).values() if wave is not None}
    assert waves == {0, 1}
    assert {row["wave"] for row in laptop.outcomes(canary.run_id)} == {0}
    assert filled(laptop, *CANARY) == set()


def test_r5_the_run_fails_and_names_the_canary(canary: Execution) -> None:
    assert (canary.state, canary.error["summary"]["waves_run"]) == ("FAILED", 1)
    assert "the canary failed on 2025-11-" in canary.error["message"]


UNSOUND = ("2025-11-12", "2025-11-19")


def test_a_snapshot_with_an_error_stops_the_run_after_its_wave(laptop: Laptop) -> None:
    laptop.arm("bigquery", on="query", action="delay", seconds=8, contains="_wave-0_a0")
    started = laptop.executions.start({
        "start_date": UNSOUND[0], "end_date": UNSOUND[1], "tasks": 1, "canary_dates": 1,
    })  # fmt: skip
    laptop.until_struck()
    (day,) = filled(laptop, *UNSOUND)
    copied = f"SELECT * FROM {TARGET} WHERE game_date = @day LIMIT 1"
    laptop.sql(f"INSERT INTO {TARGET} {copied}", day=day)
    ended = laptop.wait(started)
    assert (ended.state, ended.error["summary"]["waves_run"]) == ("FAILED", 1)
    assert "the snapshot of wave 0 has an error: duplicate_keys (" in ended.error["message"]
    assert {row["wave"] for row in laptop.outcomes(ended.run_id)} == {0}
