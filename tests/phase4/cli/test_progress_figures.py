"""Progress in figures: what a wave line says follows from counts alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from phase4.cli.ending import show_checks
from phase4.cli.follow import progress_view, wave_line
from phase4.runs.progress import Progress, TableProgress, Wave
from phase4.tables.cost_model import seconds_of
from phase4.tables.filled import DEFAULT
from phase4.tables.headline import Headline
from phase4.tables.rows.runs import Retrying
from phase4.tables.rows.snapshots import CheckFigure, RunSnapshot
from phase4.tables.tally import Tally
from tests.rows import row_of

START = datetime(2026, 1, 3, 6, tzinfo=UTC)


COUNTS = ("published", "unchanged", "failed", "skipped", "died", "not_started")


def tally(**counts: int) -> Tally:
    return Tally(planned=sum(counts.values()), **counts)


tallies = st.builds(tally, **{name: st.integers(0, 20) for name in COUNTS})


@st.composite
def waves(draw: st.DrawFn) -> tuple[Wave, ...]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        counts = draw(tallies.filter(lambda found: found.planned > 0))
        begun = counts.recorded > 0
        made.append(
            Wave(
                wave=number, tally=counts, players=counts.planned * 20,
                players_done=20 * counts.recorded, games_added=5 * counts.done,
                planned_at=START, began_at=START if begun else None,
                recorded_at=START + timedelta(seconds=50) if begun else None,
            )
        )  # fmt: skip
    return tuple(made)


def commands_after(check: CheckFigure) -> list[str]:
    """The runs that the end of a run names for a check that failed."""
    out, day = StringIO(), START.date()
    snapshot = row_of(RunSnapshot, start_date=day, end_date=day, checks=(check,))
    show_checks(Console(file=out, width=200), snapshot, ())
    return [line for line in out.getvalue().splitlines() if "phase4 run" in line]


def test_the_end_of_a_run_names_what_mends_the_dates_that_were_found() -> None:
    shrunk = row_of(CheckFigure, name="absent_from_l3", severity="error", figure=21.0,
                    outcome="failed", to_mend=f"{DEFAULT.name}:BLOCKED_SHRUNK")  # fmt: skip
    assert commands_after(shrunk) == []
    edited = replace(shrunk, name="ledger_mismatch", to_mend="player_shot_zone_analysis:COMPLETE")
    [command] = commands_after(edited)
    assert command.endswith(" --tables player_shot_zone_analysis --force")


def progress(of: tuple[Wave, ...], seconds: float = 60) -> Progress:
    return Progress(
        run_id="run", state="RUNNING", started_at=START, finished_at=None,
        looked_at=START + timedelta(seconds=seconds), range_dates=400, due_games=2000,
        covered_before=300, forecast_games=1600, attainable_games=1650, waves=of,
    )  # fmt: skip


@given(waves())
def test_what_became_of_the_dates_adds_up_to_the_plan_in_every_line(made: tuple[Wave, ...]) -> None:
    run = progress(made)
    planned, parts = run.tally.line.split(" planned = ")
    assert int(planned) == sum(wave.tally.planned for wave in made)
    assert int(planned) == sum(int(part.split()[0]) for part in parts.split(" + "))
    assert run.tally.done + run.tally.undone == run.tally.planned


@given(tallies, st.integers(1, 9))
def test_figures_that_do_not_add_up_are_not_shown(counts: Tally, more: int) -> None:
    with pytest.raises(ValueError, match="are not"):
        replace(counts, planned=counts.planned + more)


@given(waves())
def test_coverage_after_the_last_wave_is_the_coverage_now(made: tuple[Wave, ...]) -> None:
    run = progress(made)
    assert run.coverage_after(made[-1]) == run.coverage_pct


@given(waves())
def test_coverage_never_falls_from_wave_to_wave(made: tuple[Wave, ...]) -> None:
    run = progress(made)
    after = [run.coverage_after(wave) or 0.0 for wave in made]
    assert after == sorted(after)


@given(waves())
def test_nothing_is_left_to_do_exactly_when_every_date_is_recorded(made: tuple[Wave, ...]) -> None:
    run = progress(made)
    recorded = run.tally.recorded
    assert (run.seconds_to_go is None) == (recorded == 0)
    if recorded == run.tally.planned:
        assert replace(run, finished_at=run.looked_at).seconds_to_go == 0


def test_the_time_to_go_counts_players_and_dates_as_the_cost_model_does() -> None:
    nine = tally(published=9, not_started=1)
    half = replace(HALF, tally=nine, players_done=20, began_at=at(0), recorded_at=at(60))
    share = seconds_of(1, 80) / seconds_of(9, 20)
    assert progress((half,), seconds=60).seconds_to_go == pytest.approx(60 * share)


HALF = Wave(
    0, tally(published=5, not_started=5), players=100, players_done=50, games_added=9,
    planned_at=START,
)  # fmt: skip
WHOLE = replace(HALF, tally=tally(published=10), players_done=100)
REST = Wave(1, tally(not_started=50), players=500, players_done=0, games_added=0)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_what_has_been_waited_since_the_last_date_is_not_waited_again() -> None:
    half = replace(HALF, began_at=at(0), recorded_at=at(60))
    assert progress((half,), seconds=75).seconds_to_go == pytest.approx(45)


def test_a_run_that_outlasts_what_was_expected_is_not_about_to_end() -> None:
    half = replace(HALF, began_at=at(0), recorded_at=at(60))
    late = progress((half,), seconds=600)
    assert wave_line(late, half).endswith(", longer than expected")


def test_a_run_whose_dates_are_done_and_whose_snapshot_is_not_there_is_not_at_its_end() -> None:
    done = replace(WHOLE, began_at=at(0), recorded_at=at(60))
    assert wave_line(progress((done,), seconds=61), done).endswith(", its snapshot is awaited")
    ended = replace(progress((done,), seconds=61), finished_at=at(65))
    assert "snapshot" not in wave_line(ended, done)


def test_the_wave_to_come_is_provisioned_as_the_canary_was_since_its_plan() -> None:
    canary = replace(WHOLE, planned_at=at(5), began_at=at(80), recorded_at=at(90))
    assert progress((canary, REST), seconds=90).seconds_to_go == pytest.approx(75 + 50)


def test_the_tasks_of_the_wave_to_come_work_side_by_side() -> None:
    canary = replace(WHOLE, began_at=at(80), recorded_at=at(90))
    rest = replace(REST, tasks=5)
    assert progress((canary, rest), seconds=90).seconds_to_go == pytest.approx(80 + 10)


def test_when_every_date_is_recorded_the_last_snapshot_is_awaited() -> None:
    canary = replace(WHOLE, began_at=at(80), recorded_at=at(90))
    rest = replace(canary, wave=1, began_at=at(190), recorded_at=at(210))
    assert progress((canary, rest), seconds=215).seconds_to_go == pytest.approx(20 - 5)


def test_the_last_snapshot_takes_as_long_as_that_of_the_canary() -> None:
    canary = replace(WHOLE, began_at=at(80), recorded_at=at(90))
    half = replace(HALF, wave=1, began_at=at(190), recorded_at=at(210))
    assert progress((canary, half), seconds=210).seconds_to_go == pytest.approx(20 + 20)


def test_a_run_without_games_has_no_coverage() -> None:
    empty = Progress("run", "RUNNING", START, None, START, 5, 0, 0, 0, 0, ())
    assert empty.coverage_pct is None


def shown(run: Progress) -> list[str]:
    """What a terminal of 80 columns shows of a run."""
    out = StringIO()
    Console(file=out, width=80, highlight=False).print(progress_view(run))
    return out.getvalue().splitlines()


def test_a_run_at_work_is_a_table_a_bar_and_its_sum_within_80_columns() -> None:
    lines = shown(progress((replace(HALF, began_at=at(0), recorded_at=at(60)), REST), seconds=75))
    assert max(map(len, lines)) <= 80
    assert any("5 of 60 dates" in line and "dates/s, about" in line for line in lines)
    assert "60 planned = 5 published + 0 unchanged + 0 failed + 55 not started" in lines


def test_of_what_is_not_known_nothing_is_said() -> None:
    assert not [line for line in shown(progress((REST,))) if "to go" in line or "dates/s" in line]


def test_a_retry_says_which_date_why_how_often_and_until_when() -> None:
    gives_up = datetime.now(UTC) + timedelta(seconds=180)
    retry = Retrying(1, 3, "load", date(2025, 1, 8), 12, "rateLimitExceeded", START, gives_up)
    [line] = [
        line for line in shown(replace(progress((REST,)), retrying=(retry,))) if "try" in line
    ]
    assert re.fullmatch(
        r"retrying 2025-01-08: rateLimitExceeded, attempt 12, gives up in (3 min 00|2 min 59) s",
        line,
    )


def of_two_tables(*numbers: tuple[str, int]) -> list[str]:
    """The labels of waves of a run that fills `first`, then `second`."""
    made = tuple(Wave(number, tally(published=1), 1, 1, 0, table) for table, number in numbers)
    figures = Headline(10, 5, 10)
    tables = tuple(
        TableProgress(name, tally(published=1), 0, 5, figures) for name in ("first", "second")
    )
    run = replace(progress(made), tables=tables)
    return [run.label(wave) for wave in made]


def test_each_stage_has_its_canary() -> None:
    assert of_two_tables(("first", 0), ("first", 1), ("second", 2), ("second", 3)) == [
        "canary of first", "wave 1 of first", "canary of second", "wave 3 of second",
    ]  # fmt: skip


def test_without_canaries_no_wave_is_called_one() -> None:
    assert of_two_tables(("first", 1), ("second", 3)) == ["wave 1 of first", "wave 3 of second"]
