"""The reference situation end to end: what the operator is promised of one whole run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from phase4.cloud.workflow_executions import Execution
from phase4.runs.progress import progress_of
from sample.demo import coverage_line, show_snapshot, show_states
from sample.league.earlier_system import RUN_ID as EARLIER
from tests.docs.pages import sample_outputs
from tests.laptop import Laptop

FIRST, LAST = "2024-10-01", "2026-01-02"
WEEKS = ("2025-01-20", "2025-02-03")
# The table that follows from the sample league: no change for speed may change a byte.
TABLE_HASH = "417f19f26bfc65e00bf5c7665052b2e73d1ea87fa815d59e1a27a1979d663b5b"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(laptop: Laptop) -> Execution:
    """The reference run, once for all tests of this module."""
    return laptop.run(start_date=FIRST, end_date=LAST)


def test_the_run_passes(finished: Execution) -> None:
    assert (finished.state, finished.result.get("verdict")) == ("SUCCEEDED", "passed")


def test_every_missing_date_was_planned(finished: Execution) -> None:
    assert finished.result["plan"]["planned_dates"] == 179


def test_coverage_rises_to_the_ceiling(laptop: Laptop, finished: Execution) -> None:
    last = laptop.snapshots(finished.run_id)[-1]
    assert (last["covered_games"], last["attainable_games"], last["l1_games"]) == (1650, 1650, 2027)


def test_the_forecast_of_the_plan_came_true(laptop: Laptop, finished: Execution) -> None:
    plan, last = finished.result["plan"], laptop.snapshots(finished.run_id)[-1]
    forecast = (plan["forecast_games"], plan["attainable_games"], plan["forecast_pct"])
    assert forecast == (last["covered_games"], last["attainable_games"], last["coverage_pct"])


def test_every_lost_game_has_a_reason(laptop: Laptop, finished: Execution) -> None:
    last = laptop.snapshots(finished.run_id)[-1]
    lost = {loss["reason"]: loss["games"] for loss in last["losses"] if loss["games"]}
    assert lost == {"bootstrap": 177, "blocked_upstream": 136, "l3_incomplete": 64}


def test_the_canary_and_the_run_have_a_snapshot_and_every_fifty_dates_one_at_most(
    laptop: Laptop, finished: Execution
) -> None:
    run = finished.run_id
    events = [row["event_id"].removeprefix(f"{run}-") for row in laptop.snapshots(run)]
    between = events[1:-1]
    assert (events[0], events[-1]) == ("wave-0", "run")
    assert between
    assert between == [due for due in ("dates-50", "dates-100", "dates-150") if due in between]


def test_two_executions_of_the_job_did_it(finished: Execution) -> None:
    assert [wave["dates"] for wave in finished.result["plan"]["waves"]] == [5, 174]


def test_l4_covers_234_dates(laptop: Laptop, finished: Execution) -> None:
    states = laptop.states(FIRST, LAST).values()
    assert sum(row["state"] == "COMPLETE" for row in states) == 234


@pytest.mark.parametrize("part", ["workflow", "tasks", "validator"])
def test_the_run_counts_the_jobs_that_bigquery_lists(
    laptop: Laptop, finished: Execution, part: str
) -> None:
    counted, listed = finished.result["usage"][part], laptop.jobs_of(finished.run_id)[part]
    queries = [job for job in listed if job.job_type == "query"]
    # The validator may look for a checkpoint once more when the run has its last snapshot.
    unsaid = len(laptop.batches(finished.run_id)) if part == "validator" else 0
    assert len(queries) - unsaid <= counted["queries"] <= len(queries)
    assert counted.get("load_jobs", 0) == len(listed) - len(queries)


def test_the_run_counts_the_bytes_that_bigquery_lists(laptop: Laptop, finished: Execution) -> None:
    listed = sum(
        job.total_bytes_processed
        for job in laptop.jobs_of(finished.run_id)["tasks"]
        if job.job_type == "query"
    )
    assert finished.result["usage"]["tasks"]["bytes_processed"] == listed


def test_the_run_takes_the_documented_number_of_statements_and_jobs(
    laptop: Laptop, finished: Execution
) -> None:
    usage, plan = finished.result["usage"], finished.result["plan"]
    waves, tasks = len(plan["waves"]), len(plan["shards"])
    shards = laptop.batches(finished.run_id)
    seasons = sum(map(len, shards))
    batches = sum(len(season) for shard in shards for season in shard)
    once = dict.fromkeys(("open_run", "plan_backfill", "run_usage", "close_run"), 1)
    calls = laptop.calls_of(finished.run_id)
    looks = calls["read_snapshot"]
    assert calls == {**once, "end_wave": waves, "read_snapshot": looks}
    assert usage["workflow"]["queries"] == len(once) + waves + looks
    assert usage["workflow"]["dml_statements"] == 4 + 1 + waves + 1
    assert usage["tasks"]["attempts"] == tasks
    # A task asks for its shard, and whether it may go on before it reads and before every batch.
    assert usage["tasks"]["queries"] == tasks + seasons + batches
    assert usage["tasks"]["load_jobs"] == plan["planned_dates"] + seasons + batches
    assert usage["tasks"]["read_sessions"] == 5 * seasons + 2 * batches
    assert usage["validator"]["snapshots"] == len(laptop.snapshots(finished.run_id))


def test_what_the_run_used_is_stored_with_it(laptop: Laptop, finished: Execution) -> None:
    run = "SELECT summary FROM nba_ops.runs WHERE run_id = @run"
    (row,) = laptop.sql(run, run=finished.run_id)
    assert json.loads(row["summary"])["usage"]["tasks"] == finished.result["usage"]["tasks"]


def test_the_readme_shows_what_the_demo_prints(laptop: Laptop, finished: Execution) -> None:
    progress = progress_of(laptop.warehouse, finished.run_id)
    out = StringIO()
    console = Console(file=out, highlight=False, width=110)
    console.print(coverage_line(progress.covered_before, progress.due_games))
    console.print(laptop.phase4("status", finished.run_id, "--follow").err, soft_wrap=True)
    span = (date.fromisoformat(FIRST), date.fromisoformat(LAST))
    show_states(console, laptop.warehouse, *span, "after")
    show_snapshot(console, laptop.warehouse)
    printed = {_masked(line) for line in out.getvalue().splitlines()}
    sample = sample_outputs()[0]
    assert [line for line in sample if _masked(line) not in printed] == []


def _masked(line: str) -> str:
    """Without what varies by machine: the pace, and how far a wave was at a look."""
    line = re.sub(r", [\d.]+ dates/s.*", "", line.rstrip())
    return re.sub(
        r"(wave 1: )\d+( of 174 dates, 0 failed, )[\d,]+( games added, coverage )[\d.]+",
        r"\1N\2N\3N", line,
    )  # fmt: skip


def test_a_second_run_plans_nothing_and_says_so(laptop: Laptop, finished: Execution) -> None:
    again = laptop.run(start_date=FIRST, end_date=LAST)
    plan = again.result["plan"]
    assert (plan["planned_dates"], plan["dates_already_done"]) == (0, 234)


@dataclass(frozen=True)
class Refilled:
    """Hashes of the whole table, and of two weeks as the run and others left them, by tasks."""

    whole: str
    before: str
    weeks: Mapping[int, str]


@pytest.fixture(scope="module")
def refilled(laptop: Laptop, finished: Execution) -> Refilled:
    """What the earlier system and two weeks of the run had written is filled by other tasks."""
    before = laptop.table_hash(*WEEKS)
    emptied(laptop, FIRST, LAST, by=EARLIER)
    emptied(laptop, *WEEKS)
    _refill(laptop, FIRST, LAST, tasks=3, dates=55 + 15)
    whole, by_three = laptop.table_hash(FIRST, LAST), laptop.table_hash(*WEEKS)
    emptied(laptop, *WEEKS)
    _refill(laptop, *WEEKS, tasks=1, dates=15)
    return Refilled(whole, before, {3: by_three, 1: laptop.table_hash(*WEEKS)})


def test_the_table_is_the_pinned_one(refilled: Refilled) -> None:
    """Once the dates of the earlier system, too, are computed; the run computed the others."""
    assert refilled.whole == TABLE_HASH


@pytest.mark.parametrize("tasks", [1, 3])
def test_any_number_of_tasks_makes_the_same_table(refilled: Refilled, tasks: int) -> None:
    assert refilled.weeks[tasks] == refilled.before


def test_a_forced_run_writes_equal_dates_anew_and_changes_nothing(
    laptop: Laptop, finished: Execution
) -> None:
    before = laptop.table_hash("2025-11-10", "2025-11-20")
    forced = laptop.run(start_date="2025-11-10", end_date="2025-11-20", force=True, canary_dates=0)
    outcomes = {(row["status"], row["rows_changed"]) for row in laptop.outcomes(forced.run_id)}
    assert outcomes == {("PUBLISHED", 0)}
    assert laptop.table_hash("2025-11-10", "2025-11-20") == before


def test_a_run_over_single_dates_is_judged_by_these_dates(
    laptop: Laptop, finished: Execution
) -> None:
    emptied(laptop, "2025-11-05", "2025-11-30")
    two = laptop.run(dates=["2025-11-10", "2025-11-25"], canary_dates=0)
    last = laptop.snapshots(two.run_id)[-1]
    assert (two.state, last["l1_dates"], last["covered_dates"]) == ("SUCCEEDED", 2, 2)
    # It has looked at these dates alone.
    for day, looked in (("2025-11-10", True), ("2025-11-12", False)):
        snapshots = json.loads(laptop.phase4("explain", day, "--json").out)["snapshots"]
        assert (two.run_id in {each["run_id"] for each in snapshots}) == looked


def emptied(laptop: Laptop, first: str, last: str, by: str = "%") -> None:
    """Takes the rows of a range out of L4 again, all or those of one run."""
    laptop.sql(
        "DELETE FROM nba_precompute.player_composite_factors"
        f" WHERE game_date BETWEEN '{first}' AND '{last}' AND run_id LIKE @by",
        by=by,
    )


def _refill(laptop: Laptop, first: str, last: str, tasks: int, dates: int) -> None:
    run = laptop.run(
        start_date=first, end_date=last, tasks=tasks, canary_dates=0, validate_every=1000
    )
    assert (run.state, run.result["plan"]["planned_dates"]) == ("SUCCEEDED", dates)
