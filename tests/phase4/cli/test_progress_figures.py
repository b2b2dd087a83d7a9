"""Progress in figures: what a wave line says follows from counts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.runs.progress import Progress, TableProgress, Wave
from phase4.tables.cost_model import seconds_of
from phase4.tables.headline import Headline

START = datetime(2026, 1, 3, 6, tzinfo=UTC)


@st.composite
def waves(draw: st.DrawFn) -> tuple[Wave, ...]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        planned = draw(st.integers(1, 50))
        done = draw(st.integers(0, planned))
        failed = draw(st.integers(0, planned - done))
        players = planned * 20
        made.append(
            Wave(
                wave=number, planned=planned, done=done, unchanged=0, failed=failed,
                players=players, players_done=20 * (done + failed), games_added=5 * done,
                planned_at=START, began_at=START if done + failed else None,
                recorded_at=START + timedelta(seconds=50) if done + failed else None,
            )
        )  # fmt: skip
    return tuple(made)


def progress(of: tuple[Wave, ...], seconds: float = 60) -> Progress:
    return Progress(
        run_id="run", state="RUNNING", started_at=START, finished_at=None,
        looked_at=START + timedelta(seconds=seconds), range_dates=400, due_games=2000,
        covered_before=300, forecast_games=1600, attainable_games=1650, waves=of,
    )  # fmt: skip


@given(waves())
def test_done_and_failed_never_exceed_what_was_planned(made: tuple[Wave, ...]) -> None:
    run = progress(made)
    assert run.done + run.failed <= run.planned


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
    recorded = sum(wave.recorded for wave in made)
    assert (run.seconds_to_go is None) == (recorded == 0)
    if recorded == run.planned:
        assert replace(run, finished_at=run.looked_at).seconds_to_go == 0


def test_the_time_to_go_counts_players_and_dates_as_the_cost_model_does() -> None:
    half = replace(HALF, done=9, players_done=20, began_at=at(0), recorded_at=at(60))
    share = seconds_of(1, 80) / seconds_of(9, 20)
    assert progress((half,), seconds=60).seconds_to_go == pytest.approx(60 * share)


HALF = Wave(0, 10, 5, 0, 0, players=100, players_done=50, games_added=9, planned_at=START)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_what_has_been_waited_since_the_last_date_is_not_waited_again() -> None:
    half = replace(HALF, began_at=at(0), recorded_at=at(60))
    assert progress((half,), seconds=75).seconds_to_go == pytest.approx(45)


def test_the_wave_to_come_is_provisioned_as_the_canary_was_since_its_plan() -> None:
    canary = replace(
        HALF, players_done=100, done=10, planned_at=at(5), began_at=at(80), recorded_at=at(90)
    )
    rest = Wave(1, 50, 0, 0, 0, players=500, players_done=0, games_added=0)
    assert progress((canary, rest), seconds=90).seconds_to_go == pytest.approx(75 + 50)


def test_the_tasks_of_the_wave_to_come_work_side_by_side() -> None:
    canary = replace(HALF, players_done=100, done=10, began_at=at(80), recorded_at=at(90))
    rest = Wave(1, 50, 0, 0, 0, players=500, players_done=0, games_added=0, tasks=5)
    assert progress((canary, rest), seconds=90).seconds_to_go == pytest.approx(80 + 10)


def test_when_every_date_is_recorded_the_last_snapshot_is_awaited() -> None:
    canary = replace(HALF, players_done=100, done=10, began_at=at(80), recorded_at=at(90))
    rest = replace(canary, wave=1, began_at=at(190), recorded_at=at(210))
    assert progress((canary, rest), seconds=215).seconds_to_go == pytest.approx(20 - 5)


def test_the_last_snapshot_takes_as_long_as_that_of_the_canary() -> None:
    canary = replace(HALF, players_done=100, done=10, began_at=at(80), recorded_at=at(90))
    half = replace(HALF, wave=1, began_at=at(190), recorded_at=at(210))
    assert progress((canary, half), seconds=210).seconds_to_go == pytest.approx(20 + 20)


def test_a_run_without_games_has_no_coverage() -> None:
    empty = Progress("run", "RUNNING", START, None, START, 5, 0, 0, 0, 0, ())
    assert empty.coverage_pct is None


def of_two_tables(*numbers: tuple[str, int]) -> list[str]:
    """The labels of waves of a run that fills `first`, then `second`."""
    made = tuple(Wave(number, 1, 1, 0, 0, 1, 1, 0, table) for table, number in numbers)
    figures = Headline(10, 5, 10)
    tables = tuple(TableProgress(name, 1, 1, 0, 0, 5, figures) for name in ("first", "second"))
    run = replace(progress(made), tables=tables)
    return [run.label(wave) for wave in made]


def test_each_stage_has_its_canary() -> None:
    assert of_two_tables(("first", 0), ("first", 1), ("second", 2), ("second", 3)) == [
        "canary of first", "wave 1 of first", "canary of second", "wave 3 of second",
    ]  # fmt: skip


def test_without_canaries_no_wave_is_called_one() -> None:
    assert of_two_tables(("first", 1), ("second", 3)) == ["wave 1 of first", "wave 3 of second"]
