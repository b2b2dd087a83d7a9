"""E11: bookkeeping stays bounded when a run is ten times as large."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from phase4.cloud.workflow_executions import Execution
from phase4.filling.batches import BATCH_DATES
from tests.laptop import Laptop

TASKS = 2
SMALL = ("2025-11-05", "2025-11-08")
LARGE = ("2025-11-09", "2025-12-23")
DENIED = "Permission 'run.jobs.runWithOverrides' denied on resource (or it may not exist)."


@pytest.fixture(scope="module")
def runs(laptop: Laptop) -> tuple[Execution, Execution]:
    """A small run and one of about ten times its dates, one wave each, without checkpoints."""

    def run(first: str, last: str) -> Execution:
        arguments = {"tasks": TASKS, "canary_dates": 0, "validate_every": 1000}
        return laptop.run(start_date=first, end_date=last, **arguments)

    return run(*SMALL), run(*LARGE)


def _planned(run: Execution) -> int:
    summary = run.result or run.error["summary"]
    return int(summary["plan"]["planned_dates"])


def test_e11_the_large_run_is_about_ten_times_the_small_one(
    runs: tuple[Execution, Execution],
) -> None:
    small, large = (_planned(run) for run in runs)
    assert small >= 4
    assert large >= 8 * small


def _usage(run: Execution) -> dict[str, dict[str, int]]:
    return (run.result or run.error["summary"])["usage"]  # type: ignore[no-any-return]


def test_e11_every_part_counts_the_jobs_that_bigquery_lists(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    for run in runs:
        for part, listed in laptop.jobs_of(run.run_id).items():
            kinds = Counter(job.job_type for job in listed)
            counted = _usage(run)[part]
            # The validator may look for a checkpoint once more when the run has its last snapshot.
            unsaid = _batches(laptop, run) if part == "validator" else 0
            assert kinds["query"] - unsaid <= counted["queries"] <= kinds["query"]
            assert kinds["load"] == counted.get("load_jobs", 0)


def _batches(laptop: Laptop, run: Execution) -> int:
    return sum(len(season) for shard in laptop.batches(run.run_id) for season in shard)


def test_e11_the_tasks_ask_once_more_per_twelve_dates(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    for run in runs:
        used, batches = _usage(run)["tasks"], _batches(laptop, run)
        assert batches <= TASKS + _planned(run) // BATCH_DATES
        assert used["queries"] == 2 * TASKS + batches
        assert used["read_sessions"] == 5 * TASKS + 2 * batches


def test_e11_the_workflow_asks_as_many_statements_but_for_its_looks(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    once = ("open_run", "plan_backfill", "end_wave", "run_usage", "close_run")
    for run in runs:
        calls = laptop.calls_of(run.run_id)
        assert calls == {**dict.fromkeys(once, 1), "read_snapshot": calls["read_snapshot"]}
        assert _usage(run)["workflow"]["queries"] == len(once) + calls["read_snapshot"]
        assert _usage(run)["workflow"]["dml_statements"] == 7


def test_e11_the_tasks_load_each_date_once_and_a_ledger_per_batch(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    for run in runs:
        ledgers = TASKS + _batches(laptop, run)
        assert _usage(run)["tasks"]["load_jobs"] == _planned(run) + ledgers


def test_e11_the_validator_asks_a_bounded_number_of_statements_and_loads(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    for run in runs:
        snapshots = len(laptop.snapshots(run.run_id))
        validator = _usage(run)["validator"]
        assert validator["snapshots"] == snapshots
        # Sources and training set are asked of the run's last snapshot alone.
        assert validator["queries"] <= 6 * snapshots + 2 + _batches(laptop, run)
        assert validator["load_jobs"] <= 3 * snapshots


def test_e11_what_a_run_used_is_stored_with_it(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    for run in runs:
        assert json.loads(_summary(laptop, run))["usage"] == _usage(run)


def test_e11_of_a_run_that_broke_off_the_ledger_tells_the_usage(
    laptop: Laptop, runs: tuple[Execution, Execution]
) -> None:
    run, _ = runs
    forget = "UPDATE nba_ops.runs SET summary = '{}' WHERE run_id = @run"
    laptop.sql(forget, run=run.run_id)
    told = json.loads(laptop.phase4("receipt", run.run_id, "--json").out)["counted"]
    known = {part: _usage(run)[part]["queries"] for part in ("tasks", "validator")}
    assert told["queries_of"] == known
    assert told["load_jobs"] == sum(_usage(run)[part]["load_jobs"] for part in known)


def test_no_run_fails_because_its_usage_cannot_be_read(laptop: Laptop) -> None:
    laptop.arm("bigquery", on="query", contains=".run_usage`", action="job_error", count=0,
               reason="accessDenied")  # fmt: skip
    run = laptop.run(dates=[SMALL[0]], force=True, canary_dates=0)
    laptop.disarm()
    assert (run.state, run.result["usage"]) == ("SUCCEEDED", None)
    told = laptop.phase4("receipt", run.run_id).out
    assert "workflow unknown" in told
    assert "tasks 3" in told


@pytest.fixture(scope="module")
def forbidden(laptop: Laptop) -> Execution:
    """A run whose workflow may not start the job."""
    laptop.arm("run", on="run", action="error", status=403, count=0, reason=DENIED)
    run = laptop.run(dates=[SMALL[0]], force=True, canary_dates=0)
    laptop.disarm()
    return run


def test_a_run_that_failed_keeps_what_it_used(laptop: Laptop, forbidden: Execution) -> None:
    assert forbidden.state == "FAILED"
    usage = json.loads(_summary(laptop, forbidden))["usage"]
    assert usage["workflow"]["queries"] == len(laptop.jobs_of(forbidden.run_id)["workflow"])


def test_a_run_that_a_service_refused_says_so_in_its_words(
    laptop: Laptop, forbidden: Execution
) -> None:
    run_id, job = forbidden.run_id, f"jobs/{laptop.cloud.settings.job}"
    said = f"{laptop.cloud.settings.place}/{job}: {DENIED}"
    for view in (("status", run_id), ("status", run_id, "--follow"), ("status",)):
        done = laptop.phase4(*view)
        assert f"Cloud Run does not execute {said}" in done.out + done.err, view
    ended = f"ended  CALL_REFUSED: Cloud Run does not execute {said}"
    assert ended in laptop.phase4("receipt", run_id).out
    assert said in laptop.phase4("report", run_id, "--format", "md").out


def _summary(laptop: Laptop, run: Execution) -> str:
    (row,) = laptop.sql("SELECT summary FROM nba_ops.runs WHERE run_id = @run", run=run.run_id)
    return str(row["summary"])
