"""What a plan says it will cost: the cost model over its shards, at the pace of the last runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from phase4.cloud.routines import placeholders
from phase4.cloud.warehouse import Warehouse
from phase4.tables.calendar import season_of
from phase4.tables.cost_model import MODEL, staffing
from phase4.tables.filled import DEFAULT
from tests.phase4.planning import FIRST, REPLACED, Planner, Status, over

NOTHING, MISSING = Status("NO_GAMES"), Status("MISSING", 100)
OPENER = season_of(FIRST).opener
PLAYERS = "player_game_summary"
# Tables that are planned with the default one, and all of that stage.
REPLACED_TABLES = tuple(name.removesuffix("_status") for name in REPLACED)
TOGETHER = (DEFAULT.name, *REPLACED_TABLES)
# Three runs of the reference case on a laptop as slow as the service (bench.service, scale 1),
# whose machine was more and less busy with other things.
RECORDED_SECONDS = (366.1, 382.8, 484.6)
RECORDED_DATES, RECORDED_PLAYERS = 234, 34_648
# As an environment staffs a run unless told.
STAFFED: dict[str, Any] = {
    "tasks": None,
    "parallelism": staffing().most_tasks,
    "dates_per_task": staffing().dates_per_task,
    "canary_dates": 5,
}
_runs = count()


@pytest.fixture(scope="module")
def made(warehouse: Warehouse) -> Planner:
    return Planner(warehouse, "forecasts")


@pytest.fixture
def planner(made: Planner) -> Iterator[Planner]:
    """A planner before the first run."""
    yield made
    made.forget_runs()


def forecast(planner: Planner, statuses: list[Status], **options: Any) -> dict[str, Any]:
    """The forecast of a dry run over these dates."""
    planner.hold(statuses)
    request = over(statuses, **{"canary_dates": 0, "dry_run": True, **options})
    return dict(planner.plan("dry", request)["forecast"])


def past_run(planner: Planner, times: float, state: str = "SUCCEEDED") -> None:
    """A run over one date that took so many times what the model says."""
    told = forecast(planner, [MISSING])
    modelled = told["seconds"] / told["pace"]
    run_id = f"past-{next(_runs)}"
    planner.plan(run_id, over([MISSING], canary_dates=0))
    planner.finish(run_id, times * modelled, state)


@pytest.fixture
def weight(warehouse: Warehouse) -> dict[str, int]:
    """Bytes of one player row: as a look at the date states counts it, and as a task does."""
    known = placeholders(warehouse.settings)
    return {what: int(known[f"player_{what}_bytes"]) for what in ("look", "task")}


class TestSeconds:
    def test_of_nothing_to_do_are_those_of_the_start(self, planner: Planner) -> None:
        assert forecast(planner, [NOTHING])["seconds"] == MODEL["run_seconds"]

    def test_of_one_date_are_start_wave_date_and_players(self, planner: Planner) -> None:
        work = MODEL["date_seconds"] + 100 * MODEL["player_seconds"]
        expected = MODEL["run_seconds"] + MODEL["wave_seconds"] + work
        assert forecast(planner, [MISSING])["seconds"] == pytest.approx(expected, abs=0.05)

    def test_of_a_later_stage_are_without_the_start(self, planner: Planner) -> None:
        alone = forecast(planner, [MISSING])["seconds"]
        later = forecast(planner, [MISSING], first_wave=2)["seconds"]
        assert alone - later == pytest.approx(MODEL["run_seconds"], abs=0.1)
        assert forecast(planner, [NOTHING], first_wave=2)["seconds"] == 0

    def test_of_waves_follow_one_another(self, planner: Planner) -> None:
        one = forecast(planner, [MISSING])["seconds"]
        two = forecast(planner, [MISSING] * 2, canary_dates=1)["seconds"]
        assert two - one == pytest.approx(one - MODEL["run_seconds"], abs=0.1)

    def test_of_a_lighter_shard_beside_a_heavier_one_are_none(self, planner: Planner) -> None:
        heavy, light = Status("MISSING", 300), Status("MISSING", 20)
        alone = forecast(planner, [heavy])["seconds"]
        assert forecast(planner, [heavy, light], tasks=2)["seconds"] == alone
        assert forecast(planner, [heavy, light], tasks=1)["seconds"] > alone

    def test_are_told_in_minutes_too(self, planner: Planner) -> None:
        told = forecast(planner, [MISSING])
        assert told["minutes"] == pytest.approx(told["seconds"] / 60, abs=0.01)


class TestPace:
    def test_without_a_past_run_is_that_of_the_model(self, planner: Planner) -> None:
        told = forecast(planner, [MISSING])
        assert (told["pace"], told["calibrated_by"]) == (1, 0)

    @pytest.mark.parametrize("times", [0.05, 3.0])
    def test_is_that_of_the_past_run(self, planner: Planner, times: float) -> None:
        modelled = forecast(planner, [MISSING] * 3)["seconds"]
        past_run(planner, times)
        told = forecast(planner, [MISSING] * 3)
        assert (told["pace"], told["calibrated_by"]) == (pytest.approx(times, rel=0.02), 1)
        assert told["seconds"] == pytest.approx(times * modelled, rel=0.02)

    def test_is_that_of_the_last_runs_together(self, planner: Planner) -> None:
        for times in (1, 3):
            past_run(planner, times)
        told = forecast(planner, [MISSING])
        assert (told["pace"], told["calibrated_by"]) == (pytest.approx(2, rel=0.02), 2)

    def test_is_that_of_all_tables_of_the_past_run(self, planner: Planner) -> None:
        told = forecast(planner, [MISSING] * 60, tables=TOGETHER)
        planner.plan("all", over([MISSING] * 60, canary_dates=0, tables=TOGETHER))
        planner.finish("all", 2 * told["seconds"])
        found = forecast(planner, [MISSING] * 3)
        assert (found["pace"], found["calibrated_by"]) == (pytest.approx(2, rel=0.02), 1)

    def test_does_not_follow_a_run_over_other_tables_alone(self, planner: Planner) -> None:
        planner.hold([MISSING])
        planner.plan("zones", over([MISSING], canary_dates=0, tables=REPLACED_TABLES))
        planner.finish("zones", 500)
        assert forecast(planner, [MISSING])["calibrated_by"] == 0

    def test_forgets_what_is_long_ago(self, planner: Planner) -> None:
        past_run(planner, 50)
        for _ in range(MODEL["calibration_runs"]):
            past_run(planner, 2)
        told = forecast(planner, [MISSING])
        assert told["calibrated_by"] == MODEL["calibration_runs"]
        assert told["pace"] == pytest.approx(2, rel=0.02)

    @pytest.mark.parametrize("state", ["RUNNING", "FAILED", "CANCELLED"])
    def test_does_not_follow_a_run_that_did_not_succeed(self, planner: Planner, state: str) -> None:
        past_run(planner, 50, state)
        assert forecast(planner, [MISSING])["calibrated_by"] == 0

    def test_does_not_follow_a_run_that_had_nothing_to_do(self, planner: Planner) -> None:
        planner.hold([NOTHING])
        planner.plan("idle", over([NOTHING]))
        planner.finish("idle", 500)
        assert forecast(planner, [MISSING])["calibrated_by"] == 0


class TestRecordedRuns:
    @pytest.mark.parametrize("seconds", RECORDED_SECONDS)
    def test_are_forecast_within_a_quarter_by_the_others_of_their_environment(
        self, planner: Planner, seconds: float
    ) -> None:
        reference = [Status("MISSING", RECORDED_PLAYERS // RECORDED_DATES)] * RECORDED_DATES
        planner.hold(reference)
        for number, other in enumerate(set(RECORDED_SECONDS) - {seconds}):
            planner.plan(f"recorded-{number}", over(reference, **STAFFED))
            planner.finish(f"recorded-{number}", other)
        told = forecast(planner, reference, **STAFFED)
        assert told["calibrated_by"] == len(RECORDED_SECONDS) - 1
        assert told["seconds"] == pytest.approx(seconds, rel=0.25)


class TestBytes:
    def test_written_are_those_of_the_planned_players(self, planner: Planner) -> None:
        told = forecast(planner, [MISSING, NOTHING, Status("COMPLETE", 40), MISSING])
        assert told["bytes_written"] == 200 * MODEL["bytes_per_row"]

    def test_read_are_those_of_the_season_from_its_opener_to_the_last_date_of_a_shard(
        self, planner: Planner, weight: dict[str, int]
    ) -> None:
        after = FIRST + timedelta(days=1)
        planner.fill(PLAYERS, {OPENER - timedelta(days=1): 1, OPENER: 2, FIRST: 4, after: 8})
        assert forecast(planner, [MISSING, NOTHING])["bytes_read"] == 6 * weight["task"]

    def test_read_are_counted_for_every_shard(
        self, planner: Planner, weight: dict[str, int]
    ) -> None:
        planner.fill(PLAYERS, {OPENER: 2, FIRST + timedelta(days=1): 8})
        told = forecast(planner, [MISSING] * 2, tasks=2)
        assert told["bytes_read"] == (2 + 10) * weight["task"]

    def test_read_are_those_of_every_season_of_a_shard(
        self, planner: Planner, weight: dict[str, int]
    ) -> None:
        later = season_of(date(FIRST.year + 1, 12, 1)).opener
        planner.fill(PLAYERS, {OPENER: 1, FIRST + timedelta(days=1): 4, later: 2})
        statuses = [MISSING, *[NOTHING] * ((later - FIRST).days), MISSING]
        assert forecast(planner, statuses, tasks=1)["bytes_read"] == (1 + 2) * weight["task"]

    def test_scanned_are_those_of_the_range_at_every_look(
        self, planner: Planner, weight: dict[str, int]
    ) -> None:
        planner.fill(PLAYERS, {OPENER: 7, FIRST: 3, FIRST + timedelta(days=3): 7})
        told = forecast(planner, [MISSING] * 2, validate_every=1)
        looks = 1 + MODEL["scans_per_validation"] * (2 + 1)
        assert told["bytes_scanned"] == looks * 3 * weight["look"]

    @pytest.mark.parametrize("table", ["bdl_player_boxscores", "team_offense_game_summary"])
    def test_scanned_are_those_of_every_layer(self, planner: Planner, table: str) -> None:
        before = forecast(planner, [MISSING])["bytes_scanned"]
        planner.fill(table, {FIRST: 5})
        assert forecast(planner, [MISSING])["bytes_scanned"] > before

    def test_of_nothing_to_do_are_those_of_looking(self, planner: Planner) -> None:
        planner.fill(PLAYERS, {FIRST: 5})
        told = forecast(planner, [NOTHING])
        assert (told["bytes_read"], told["bytes_written"]) == (0, 0)
        assert told["bytes_scanned"] > 0
