"""R1 and R6: one run at a time over a range, taken over or found dead; a run that is cancelled."""

from __future__ import annotations

import json
from datetime import date

import pytest

from phase4.cloud.job_executions import JobExecutions
from phase4.cloud.workflow_executions import BACKFILL, Execution
from tests.command_line import Finished
from tests.laptop import Laptop, reason

TARGET = "nba_precompute.player_composite_factors"
DONE = "2025-12-02"
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("disarmed")]


def held(laptop: Laptop, day: str, *others: str) -> Execution:
    """A run of some dates whose task is in the middle of writing the first of them."""
    partition = f"${day.replace('-', '')}"
    laptop.arm("bigquery", on="load", action="delay", seconds=60, contains=partition)
    execution = laptop.executions.start({"dates": [day, *others], "canary_dates": 0, "tasks": 1})
    laptop.until_struck()
    return execution


def execution_name(laptop: Laptop, run_id: str) -> str:
    """How the workflow service would name the execution of a run."""
    settings = laptop.cloud.settings
    return f"{settings.place}/workflows/{BACKFILL}/executions/{run_id}"


def run_row(laptop: Laptop, run_id: str) -> dict[str, object]:
    return laptop.sql("SELECT * FROM nba_ops.runs WHERE run_id = @run", run=run_id)[0]


def players(laptop: Laptop, day: str) -> tuple[int, int]:
    """Rows in L4 and players who played, of a date."""
    row = laptop.sql(
        f"SELECT (SELECT COUNT(*) FROM {TARGET} WHERE game_date = @day) AS written,"
        " (SELECT COUNT(*) FROM nba_analytics.player_game_summary WHERE game_date = @day"
        " AND minutes_played > 0) AS played",
        day=date.fromisoformat(day),
    )[0]
    return row["written"], row["played"]


def seed_run(
    laptop: Laptop, run_id: str, execution: str, lease: str = "1 HOUR", *tables: str
) -> None:
    """A run that seems to hold the range of DONE; `tables` of L3 that it fills, if not L4."""
    filled = {name: f"nba_analytics.{name}" for name in tables}
    stages = {"stages": [{"planner": "plan_backfill_stage_1", "tables": filled}]}
    laptop.sql(
        "INSERT INTO nba_ops.runs (run_id, kind, state, target_table, start_date, end_date,"
        " request, execution, started_at, lease_expires_at) VALUES (@run, 'backfill', 'RUNNING',"
        f" @table, @day, @day, @request, @execution, CURRENT_TIMESTAMP(),"
        f" TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL {lease}))",
        run=run_id, table=TARGET, day=date.fromisoformat(DONE), execution=execution,
        request=json.dumps(stages if tables else {}),
    )  # fmt: skip


def test_r1_of_two_runs_at_once_over_one_range_the_second_is_refused_with_the_id_of_the_first(
    laptop: Laptop,
) -> None:
    ranges = (("2025-11-05", "2025-11-06"), ("2025-11-06", "2025-11-07"))
    started = [
        laptop.executions.start({"start_date": a, "end_date": b, "canary_dates": 0, "tasks": 1})
        for a, b in ranges
    ]
    ended = [laptop.wait(execution) for execution in started]
    winner, loser = sorted(ended, key=lambda execution: execution.state != "SUCCEEDED")
    assert (winner.state, loser.state) == ("SUCCEEDED", "FAILED")
    assert (reason(loser), loser.error["holder_run"]) == ("LOCKED", winner.run_id)
    assert winner.run_id in loser.error["message"]
    named = f"phase4 cancel {winner.run_id}, or take over with take_over (--take-over)"
    assert loser.error["message"].endswith(named)
    assert run_row(laptop, loser.run_id)["state"] == "REFUSED"


@pytest.fixture(scope="module")
def first(laptop: Laptop) -> Execution:
    """A run that is at work until another one takes over."""
    return held(laptop, "2025-11-10")


@pytest.fixture(scope="module")
def beside(laptop: Laptop, first: Execution) -> Execution:
    """A run of another date meanwhile."""
    return laptop.run(dates=["2025-11-25"], canary_dates=0)


def test_r1_runs_over_disjoint_ranges_run_side_by_side(
    laptop: Laptop, first: Execution, beside: Execution
) -> None:
    assert beside.state == "SUCCEEDED"
    assert laptop.executions.get(first.run_id).active


def test_r1_an_expired_lease_of_a_living_execution_blocks(laptop: Laptop, first: Execution) -> None:
    laptop.sql(
        "UPDATE nba_ops.runs SET lease_expires_at = started_at WHERE run_id = @run",
        run=first.run_id,
    )
    assert reason(laptop.run(dates=["2025-11-10"])) == "LOCKED"


def test_r1_a_run_takes_over_and_the_first_one_ends_with_its_tasks(
    laptop: Laptop, first: Execution
) -> None:
    second = laptop.run(dates=["2025-11-10"], canary_dates=0, take_over=True)
    assert second.state == "SUCCEEDED"
    assert laptop.executions.get(first.run_id).state == "CANCELLED"
    assert run_row(laptop, first.run_id)["state"] == "TAKEN_OVER"
    assert run_row(laptop, first.run_id)["error"] == f"ended by run {second.run_id}"
    assert laptop.processes() == 0
    written, played = players(laptop, "2025-11-10")
    assert written == played


def test_r1_runs_that_are_gone_ended_or_expired_do_not_block(laptop: Laptop) -> None:
    ended = laptop.run(start_date="not a date")
    seed_run(laptop, "gone", execution_name(laptop, "gone"))
    for number in range(3):
        seed_run(laptop, f"ended-{number}", ended.name)
    seed_run(laptop, "expired", "", lease="-1 SECOND")
    assert laptop.run(dates=[DONE]).state == "SUCCEEDED"
    assert run_row(laptop, "gone")["state"] == "FAILED"


def test_r1_a_living_lease_blocks_when_nothing_else_is_known(laptop: Laptop) -> None:
    seed_run(laptop, "by-hand", "")
    refused = laptop.run(dates=[DONE])
    assert (reason(refused), refused.error["holder_run"]) == ("LOCKED", "by-hand")
    assert f"run by-hand holds an overlapping range of {TARGET};" in refused.error["message"]
    laptop.sql("DELETE FROM nba_ops.runs WHERE run_id = 'by-hand'")


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (["player_game_summary", "player_composite_factors"], "nba_analytics.player_game_summary"),
        (
            ["player_composite_factors"],
            "nba_analytics.player_game_summary, nba_analytics.team_offense_game_summary",
        ),
    ],
)
def test_r1_a_refusal_names_the_tables_that_both_fill_else_those_in_the_way(
    laptop: Laptop, asked: list[str], named: str
) -> None:
    tables = ("player_game_summary", "team_offense_game_summary")
    seed_run(laptop, "over-l3", "", "1 HOUR", *tables)
    refused = laptop.run(dates=[DONE], tables=asked)
    status, receipt = laptop.phase4("status").out, laptop.phase4("receipt", "over-l3").out
    laptop.sql("DELETE FROM nba_ops.runs WHERE run_id = 'over-l3'")
    assert f"run over-l3 holds an overlapping range of {named};" in refused.error["message"]
    of_it = ", ".join(f"nba_analytics.{name}" for name in tables)
    assert f"held by over-l3 on {of_it}," in status
    assert f"of {of_it}" in receipt


@pytest.fixture(scope="module")
def cancelled(laptop: Laptop) -> tuple[Execution, Finished]:
    """A run that is cancelled while it writes the second of its dates, and what was said of it."""
    run = held(laptop, "2025-11-14", "2025-11-13")
    laptop.until(lambda: players(laptop, "2025-11-13")[0] > 0)
    return run, laptop.phase4_process("cancel", run.run_id)


def test_r6_phase4_cancel_ends_workflow_tasks_and_lock(
    laptop: Laptop, cancelled: tuple[Execution, Finished]
) -> None:
    run, told = cancelled
    assert told.code == 0, told.err
    said = [line.split(": ", 1)[1] for line in told.out.splitlines()]
    assert said == [
        "CANCELLED",
        "CANCELLED, its tasks have ended",
        "ended before it landed",
        "CANCELLED, its lock is free",
    ]
    assert laptop.executions.get(run.run_id).state == "CANCELLED"
    assert run_row(laptop, run.run_id)["state"] == "CANCELLED"
    assert laptop.processes() == 0


def test_r6_a_cancelled_run_leaves_whole_partitions_only(
    laptop: Laptop, cancelled: tuple[Execution, Finished]
) -> None:
    written, played = players(laptop, "2025-11-13")
    assert written == played
    assert players(laptop, "2025-11-14")[0] == 0


def test_r6_cancelling_a_run_that_has_ended_says_so(laptop: Laptop, beside: Execution) -> None:
    again = laptop.phase4("cancel", beside.run_id)
    assert again.code == 0
    assert "had ended, SUCCEEDED" in again.out
    assert f"run {beside.run_id}: SUCCEEDED" in again.out


@pytest.mark.parametrize(
    ("run_id", "execution", "lease", "said"),
    [
        ("gone-run", "gone-run", "1 HOUR", "workflow execution gone-run: is gone"),
        ("undo-dead", "", "-1 SECOND", "workflow execution undo-dead: it has none"),
    ],
)
def test_r6_cancelling_a_run_whose_execution_is_gone_frees_its_lock(
    laptop: Laptop, run_id: str, execution: str, lease: str, said: str
) -> None:
    seed_run(laptop, run_id, execution and execution_name(laptop, execution), lease)
    # Who may not see the tasks has not freed it, and is told so.
    laptop.arm("run", on="list", action="error", status=403, reason="run.executions.list denied")
    refused = laptop.phase4("cancel", run_id)
    assert (refused.code, refused.out) == (2, f"{said}\n")
    assert "the lock stays held until this has come to its end" in refused.err
    assert f"\n  phase4 cancel {run_id}\nphase4: 403 " in refused.err
    assert run_row(laptop, run_id)["state"] == "RUNNING"
    cancelled = laptop.phase4("cancel", run_id)
    assert cancelled.code == 0, cancelled.err
    assert cancelled.out.splitlines()[0] == said
    assert cancelled.out.splitlines()[-1] == f"run {run_id}: CANCELLED, its lock is free"
    assert run_row(laptop, run_id)["state"] == "CANCELLED"


def test_r6_who_looks_at_a_run_whose_execution_is_gone_is_told_what_ends_it(
    laptop: Laptop,
) -> None:
    seed_run(laptop, "led-by-nobody", execution_name(laptop, "led-by-nobody"))
    looked = laptop.phase4("status", "led-by-nobody")
    followed = laptop.phase4("status", "led-by-nobody", "--follow")
    laptop.sql("DELETE FROM nba_ops.runs WHERE run_id = 'led-by-nobody'")
    told = "its workflow execution is gone: `phase4 cancel led-by-nobody` ends it"
    assert (looked.code, told in looked.out) == (0, True)
    assert (followed.code, told in followed.err) == (2, True)


def test_r6_who_looks_at_a_run_whose_workflow_ended_is_told_what_ends_it(laptop: Laptop) -> None:
    ended = laptop.run(start_date="not a date")
    run_id = ended.run_id
    seed_run(laptop, run_id, ended.name)
    laptop.sql(
        "INSERT INTO nba_ops.plan (run_id, game_date, action, state, wave, task, planned_at)"
        " VALUES (@run, @day, 'PLANNED', 'MISSING', 0, 0, CURRENT_TIMESTAMP())",
        run=run_id, day=date.fromisoformat(DONE),
    )  # fmt: skip
    looked = laptop.phase4("status", run_id)
    followed = laptop.phase4("status", run_id, "--follow")
    cancelled = laptop.phase4("cancel", run_id)
    after = laptop.phase4("status", run_id, "--follow")
    laptop.sql("DELETE FROM nba_ops.runs WHERE run_id = @run", run=run_id)
    laptop.sql("DELETE FROM nba_ops.plan WHERE run_id = @run", run=run_id)
    told = f"its workflow execution has ended, FAILED: `phase4 cancel {run_id}` ends it"
    assert (looked.code, told in looked.out, "dates/s" in looked.out) == (0, True, False)
    assert "━" not in looked.out
    assert cancelled.out.endswith("CANCELLED, its lock is free\n")
    assert (followed.code, after.code) == (2, 2)


def test_r6_a_run_that_was_cancelled_says_by_whom(
    laptop: Laptop, cancelled: tuple[Execution, Finished]
) -> None:
    followed = laptop.phase4("status", cancelled[0].run_id, "--follow")
    assert followed.code == 1
    assert f"run {cancelled[0].run_id} CANCELLED: cancelled by " in followed.err


def test_r6_the_holder_of_a_lock_is_shown_however_many_runs_came_behind_it(
    laptop: Laptop,
) -> None:
    seed_run(laptop, "the-first", "")
    for number in range(12):
        seed_run(laptop, f"refused-{number}", "")
    laptop.sql("UPDATE nba_ops.runs SET state = 'REFUSED' WHERE STARTS_WITH(run_id, 'refused-')")
    shown = laptop.phase4("status").out
    laptop.sql(
        "DELETE FROM nba_ops.runs WHERE run_id = 'the-first' OR STARTS_WITH(run_id, 'refused-')"
    )
    assert "held by the-first on" in shown


def test_r6_an_undo_that_may_be_at_work_keeps_its_lock(laptop: Laptop) -> None:
    seed_run(laptop, "undo-alive", "")
    refused = laptop.phase4("cancel", "undo-alive")
    assert refused.code == 2
    assert "undo-alive has no workflow execution and its lease runs until" in refused.err
    assert run_row(laptop, "undo-alive")["state"] == "RUNNING"
    laptop.sql("DELETE FROM nba_ops.runs WHERE run_id = 'undo-alive'")


def test_r6_cancelling_an_unknown_run_is_wrong_input(laptop: Laptop) -> None:
    assert laptop.phase4("cancel", "no-such-run").code == 2


def test_r6_a_cancelled_job_execution_is_a_failure_of_the_run(laptop: Laptop) -> None:
    run = held(laptop, "2025-11-17")
    job = JobExecutions(laptop.cloud.settings)
    (execution,) = job.running(run.run_id)
    job.cancel(execution)
    ended = laptop.wait(run)
    assert (ended.state, reason(ended)) == ("FAILED", "EXECUTION_CANCELLED")
    assert "wave 1 was cancelled; 0 of 1 tasks had succeeded" in ended.error["message"]
    assert run_row(laptop, run.run_id)["state"] == "FAILED"


def test_r6_tasks_of_a_workflow_cancelled_by_other_means_publish_nothing(laptop: Laptop) -> None:
    days = ("2025-11-28", "2025-11-29")
    laptop.arm("bigquery", on="read", action="delay", seconds=3, contains="player_game_summary")
    run = laptop.executions.start(
        {"start_date": days[0], "end_date": days[1], "canary_dates": 0, "tasks": 1}
    )
    laptop.until_struck()
    laptop.executions.cancel(run.run_id)
    laptop.until(lambda: laptop.processes() == 0)
    outcomes = laptop.outcomes(run.run_id)
    assert {row["status"] for row in outcomes} == {"SKIPPED"}
    assert all("its workflow execution is CANCELLED" in row["reason"] for row in outcomes)
    assert [players(laptop, day)[0] for day in days] == [0, 0]


def test_r6_the_next_run_finds_the_cancelled_one_dead_and_fills_the_rest(laptop: Laptop) -> None:
    run = laptop.run(start_date="2025-11-28", end_date="2025-11-29", canary_dates=0)
    assert (run.state, run.result["dates_succeeded"]) == ("SUCCEEDED", 2)
