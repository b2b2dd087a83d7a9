"""A report tells the dates as its run left them, with a mark on those that changed since."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from phase4.cloud.job_executions import TaskEnd
from phase4.report import calendar, charts
from phase4.report.dates import ReportDate, dates_of
from phase4.report.task_chart import task_chart
from phase4.report.waterfall import steps_of
from phase4.runs.receipt import DateDone
from phase4.tables.filled import DEFAULT
from phase4.tables.rows.dates import Gap
from phase4.tables.rows.plans import PlanDate
from phase4.tables.rows.players import PlayerGames
from tests.rows import row_of

DAY = date(2025, 1, 8)


def left(
    now: str, outcome: str, *, later: str | None = None, planned: str = "MISSING", players: int = 0
) -> ReportDate:
    """A date of this state now, planned in another one, with this outcome."""
    gap = row_of(Gap, game_date=DAY, state=now, reason="as it is now", expected_players=20)
    plan = row_of(PlanDate, game_date=DAY, state=planned, reason="as planned", due_games=3,
                  attainable_games=3, forecast_games=3)  # fmt: skip
    done = row_of(DateDone, game_date=DAY, table_name=DEFAULT.name, status=outcome, later_run=later)
    held = row_of(PlayerGames, game_date=DAY, l4_players=players)
    [row] = dates_of([gap], [plan], [held], [done])
    return row


def test_what_is_still_as_the_run_left_it_carries_no_mark() -> None:
    row = left("COMPLETE", "PUBLISHED", players=20)
    assert (row.state, row.since) == ("COMPLETE", "")


def test_a_date_that_lost_its_rows_since_was_complete() -> None:
    row = left("MISSING", "UNCHANGED", players=20)
    assert (row.state, row.since, row.missing_players) == ("COMPLETE", "now missing", 0)


@pytest.mark.parametrize(
    ("run", "said"), [("r2", "written by r2"), ("undo-7", "taken back by undo-7")]
)
def test_a_later_run_is_named(run: str, said: str) -> None:
    assert left("COMPLETE", "PUBLISHED", later=run).since == said


@pytest.mark.parametrize("outcome", ["FAILED", "DIED", "SKIPPED", "NOT_STARTED"])
def test_what_the_run_did_not_do_was_as_it_was_planned(outcome: str) -> None:
    row = left("COMPLETE", outcome, later="r2")
    assert (row.state, row.since) == ("MISSING", "written by r2, now complete")


def test_a_task_that_died_behind_its_write_left_a_complete_date() -> None:
    assert left("COMPLETE", "DIED", players=20).state == "COMPLETE"


def test_rows_of_a_date_that_upstream_blocks_now_are_there_all_the_same() -> None:
    gap = row_of(Gap, state="BLOCKED_UPSTREAM", expected_players=20, present_players=19)
    held = row_of(PlayerGames, game_date=gap.game_date, l1_players=21, ready_players=18)
    steps = steps_of(dates_of([gap], [], [held], []))
    assert [step.players for step in steps] == [21, 20, 19, 19, 18]


def test_the_calendar_marks_what_changed_for_eyes_and_ears() -> None:
    row = ReportDate(**{**vars(left("MISSING", "PUBLISHED")), "l1_games": 3, "season_year": 2024})
    [season] = calendar.seasons_of([row])
    [day] = season.months[0].days
    assert day.since == "now missing"
    assert day.label.endswith("; since then now missing")


def test_a_task_without_an_outcome_is_drawn_with_its_signal() -> None:
    at = datetime(2026, 1, 3, 6, tzinfo=UTC)
    drawn = task_chart([], [TaskEnd(1, 2, "killed by SIGKILL", "log", at, at.replace(minute=4))])
    assert drawn.count('class="task died"') == 1
    assert "wave 1 task 2: killed by SIGKILL" in drawn


def test_a_bar_begins_at_nothing_and_names_every_threshold() -> None:
    drawn = charts.threshold_chart("l4_coverage_pct", 40.0)
    assert 'width="116.8"' in drawn
    assert charts.COVERAGE_MARKS == [80, 85, 90, 95]
    assert all(f">{mark:g}</text>" in drawn for mark in (80, 90, 95))
