"""C2: a task is killed (SIGKILL) at any point of its life; the table comes out the same.

Of tables that are added to nothing stands twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from phase4.cloud.workflow_executions import Execution
from phase4.tables.filled import FILLED
from sample.commands.local_fault import Point
from tests.laptop import Laptop

FIRST, LAST = "2025-11-05", "2025-11-09"
DATES = len(Point)
# L3 lacks games of these dates.
ADDED_TO = ("2024-12-02", "2024-12-15")
ADDED = [table for table in FILLED.values() if table.is_added_to]
pytestmark = pytest.mark.slow


def fill(laptop: Laptop, tasks: int) -> Execution:
    """The five dates of this range."""
    return laptop.run(start_date=FIRST, end_date=LAST, canary_dates=0, tasks=tasks)


def empty(laptop: Laptop, first: str, last: str | None = None) -> None:
    """Takes the rows of a date or a range out of L4 again."""
    laptop.sql(
        "DELETE FROM nba_precompute.player_composite_factors"
        f" WHERE game_date BETWEEN '{first}' AND '{last or first}'"
    )


@dataclass(frozen=True)
class Story:
    """The table of an undisturbed run, and what became of the same run with five kills."""

    undisturbed: str
    disturbed: str
    run: Execution


@pytest.fixture(scope="module")
def story(laptop: Laptop) -> Story:
    """Task 0 dies at the first point, task 1 at the second, and so on."""
    before = laptop.table_hash(FIRST, LAST)
    fill(laptop, tasks=1)
    undisturbed = laptop.table_hash(FIRST, LAST)
    assert undisturbed != before
    empty(laptop, FIRST, LAST)
    for task, point in enumerate(Point):
        laptop.fault("kill", "--wave", "1", "--task", str(task), "--at", point.value)
    run = fill(laptop, tasks=DATES)
    assert laptop.struck("bigquery") + laptop.struck("pubsub") == [1] * len(Point)
    laptop.disarm()
    return Story(undisturbed, laptop.table_hash(FIRST, LAST), run)


def test_the_table_equals_that_of_an_undisturbed_run(story: Story) -> None:
    assert story.disturbed == story.undisturbed


def test_the_run_passes_as_every_killed_task_is_tried_again(story: Story) -> None:
    assert (story.run.state, story.run.result["dates_failed"]) == ("SUCCEEDED", 0)


def test_every_task_reports_one_completion(laptop: Laptop, story: Story) -> None:
    def completions() -> list[int]:
        rows = laptop.sql(
            "SELECT JSON_VALUE(data, '$.task') AS task,"
            " COUNT(DISTINCT JSON_VALUE(data, '$.event_id')) AS events FROM nba_ops.events"
            " WHERE JSON_VALUE(data, '$.run_id') = @run"
            " AND JSON_VALUE(data, '$.event_type') = 'shard.completed' GROUP BY 1 ORDER BY 1",
            run=story.run.run_id,
        )
        return [row["events"] for row in rows]

    laptop.until(lambda: len(completions()) == DATES)
    assert completions() == [1] * DATES


def test_the_run_has_one_snapshot(laptop: Laptop, story: Story) -> None:
    events = [row["event_id"] for row in laptop.snapshots(story.run.run_id)]
    assert events == [f"{story.run.run_id}-run"]


@dataclass(frozen=True)
class InVain:
    """A run that never came to write, one that wrote and never told, and the run behind both."""

    unwritten: Execution
    untold: Execution
    behind: Execution


@pytest.fixture(scope="module")
def in_vain(laptop: Laptop, story: Story) -> InVain:
    """Each of a date of its own, whose every task dies at the same point."""

    def killed(day: str, point: Point) -> Execution:
        empty(laptop, day)
        laptop.fault("kill", "--at", point.value, "--times", "0")
        run = laptop.run(dates=[day], canary_dates=0)
        laptop.disarm()
        return run

    unwritten, untold = killed(FIRST, Point.BEFORE_WRITE), killed(LAST, Point.BEFORE_EVENT)
    return InVain(unwritten, untold, laptop.run(dates=[FIRST, LAST], canary_dates=0))


def test_a_task_that_dies_before_every_write_fails_its_dates_and_the_next_run_fills_them(
    laptop: Laptop, story: Story, in_vain: InVain
) -> None:
    assert f"{FIRST}: no outcome was recorded" in in_vain.unwritten.error["summary"]["failures"]
    outcomes = laptop.outcomes(in_vain.behind.run_id)
    assert [(str(row["game_date"]), row["status"]) for row in outcomes] == [(FIRST, "PUBLISHED")]
    assert laptop.table_hash(FIRST, LAST) == story.undisturbed


def test_a_task_that_dies_before_every_event_stops_the_run_and_the_next_run_finds_it_done(
    laptop: Laptop, story: Story, in_vain: InVain
) -> None:
    stop = in_vain.untold.error["message"]
    assert "wave 1 has 1 of 1 tasks that ended without saying why" in stop
    assert in_vain.behind.result["dates_already_done"] == 1
    assert laptop.table_hash(FIRST, LAST) == story.undisturbed


def test_the_same_task_run_twice_at_once_leaves_the_same_table(
    laptop: Laptop, story: Story
) -> None:
    reopen(laptop, story.run.run_id)
    empty(laptop, FIRST)
    forget = f"DELETE FROM nba_ops.outcomes WHERE run_id = @run AND game_date = '{FIRST}'"
    laptop.sql(forget, run=story.run.run_id)
    both = [laptop.start_job(story.run.run_id) for _ in range(2)]
    assert [laptop.end_of_job(one)["succeededCount"] for one in both] == [1, 1]
    assert laptop.table_hash(FIRST, LAST) == story.undisturbed


def test_a_task_that_the_plan_does_not_have_succeeds(laptop: Laptop, story: Story) -> None:
    execution = laptop.run_job(story.run.run_id, wave=9)
    assert execution["succeededCount"] == 1
    assert "the plan has no task 0" in laptop.task_logs(execution["name"])


def reopen(laptop: Laptop, run_id: str) -> None:
    """Gives a run its lock back, without a workflow, so that its tasks may be started by hand."""
    laptop.sql(
        "UPDATE nba_ops.runs SET state = 'RUNNING', execution = '' WHERE run_id = @run", run=run_id
    )


@dataclass(frozen=True)
class Killed:
    """A league whose L3 was filled by tasks of which each died once, and its L3 before."""

    laptop: Laptop
    run_id: str
    rows_before: dict[str, int]


@pytest.fixture(scope="module")
def killed(laptop: Laptop) -> Killed:
    rows_before = {table.name: row_count(laptop, table.name) for table in ADDED}
    for task, point in enumerate(Point):
        laptop.fault("kill", "--wave", "1", "--task", str(task), "--at", point.value)
    run = laptop.run(
        start_date=ADDED_TO[0], end_date=ADDED_TO[1], tables=[table.name for table in ADDED],
        canary_dates=0, tasks=len(Point),
    )  # fmt: skip
    assert laptop.struck("bigquery") + laptop.struck("pubsub")
    laptop.disarm()
    return Killed(laptop, run.run_id, rows_before)


def row_count(laptop: Laptop, table: str) -> int:
    span = f"game_date BETWEEN '{ADDED_TO[0]}' AND '{ADDED_TO[1]}'"
    [found] = laptop.sql(f"SELECT COUNT(*) AS total FROM nba_analytics.{table} WHERE {span}")
    return int(found["total"])


@pytest.mark.parametrize("table", ADDED, ids=lambda table: table.name)
def test_every_game_of_l1_is_added_once(killed: Killed, table: object) -> None:
    name, who = f"nba_analytics.{table.name}", table.who  # type: ignore[attr-defined]
    span = f"game_date BETWEEN '{ADDED_TO[0]}' AND '{ADDED_TO[1]}'"
    [found] = killed.laptop.sql(
        f"SELECT COUNT(DISTINCT game_id) AS games, COUNT(*) AS total,"
        f" COUNT(DISTINCT CONCAT(game_id, '|', {who})) AS different FROM {name} WHERE {span}"
    )
    [due] = killed.laptop.sql(
        f"SELECT COUNT(DISTINCT game_id) AS games FROM nba_raw.bdl_player_boxscores WHERE {span}"
    )
    assert (found["games"], found["total"]) == (due["games"], found["different"])


def test_a_run_over_l3_alone_is_judged_by_the_coverage_of_l3(killed: Killed) -> None:
    criteria = killed.laptop.snapshots(killed.run_id)[-1]["criteria"]
    judged = {one["name"]: (one["outcome"], one["part"], one["whole"]) for one in criteria}
    outcome, part, whole = judged["l3_game_coverage_85"]
    assert (outcome, part) == ("passed", whole)
    assert judged["game_coverage_80"] == judged["date_coverage_80"] == ("not_due", None, None)
    # Its report puts no figure of L3 beside one of L4.
    report = killed.laptop.phase4("report", killed.run_id, "--format", "md")
    assert "| coverage of L1 games | - → " in report.out, report.err


def test_an_undo_takes_back_added_rows_that_no_outcome_knows(killed: Killed) -> None:
    # Last in the file: a killed attempt's rows are known by its load jobs alone.
    undone = killed.laptop.phase4("undo", killed.run_id)
    assert undone.code == 0, undone.err
    assert {
        table.name: row_count(killed.laptop, table.name) for table in ADDED
    } == killed.rows_before
    again = killed.laptop.phase4("undo", killed.run_id)
    assert (again.code, "it wrote no date that could be put back" in again.err) == (2, True)
