"""R7 and R8: a dry run plans and writes nothing; a wrong argument is refused at once, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from phase4.tables.catalog import TABLES
from tests.laptop import Laptop, reason

FIRST, LAST = "2025-11-01", "2026-01-02"
TARGET = "nba_precompute.player_composite_factors"
L1 = "nba_raw.bdl_player_boxscores"
SQL = f"{TARGET}`; DROP TABLE {TARGET}; --"
RANGE = {"start_date": FIRST, "end_date": LAST}
ESTIMATES = ("seconds", "minutes", "bytes_scanned", "bytes_read", "bytes_written")
pytestmark = pytest.mark.slow


def sizes(laptop: Laptop) -> dict[str, int]:
    """Rows of L4 and of every table of the operations dataset."""
    tables = [TARGET, *(f"nba_ops.{key}" for key, spec in TABLES.items() if spec.layer == "ops")]
    return {
        table: laptop.sql(f"SELECT COUNT(*) AS size FROM {table}{everything(table)}")[0]["size"]
        for table in tables
    }


def everything(table: str) -> str:
    """A filter that keeps all rows, for the table that demands one."""
    return " WHERE snapshot_date >= '2000-01-01'" if table.endswith("coverage_snapshots") else ""


@pytest.fixture(scope="module")
def dry(laptop: Laptop) -> tuple[Mapping[str, Any], bool]:
    """The plan of a dry run, and whether every table has kept its size."""
    before = sizes(laptop)
    run = laptop.run(**RANGE, dry_run=True, tasks=3, canary_dates=2, validate_every=20)
    assert run.state == "SUCCEEDED"
    return run.result["plan"], sizes(laptop) == before


def test_r7_a_dry_run_writes_nothing(dry: tuple[Mapping[str, Any], bool]) -> None:
    assert dry[1]


def test_r7_every_date_of_the_range_is_planned_or_skipped(
    dry: tuple[Mapping[str, Any], bool],
) -> None:
    plan = dry[0]
    assert plan["dates"] == 63
    assert plan["planned_dates"] + plan["skipped_dates"] == 63
    assert sum(state["dates"] for state in plan["states"]) == 63


def test_r7_the_plan_names_dates_and_games_of_every_state(
    laptop: Laptop, dry: tuple[Mapping[str, Any], bool]
) -> None:
    told = {state["state"]: set(state["game_dates"].split()) for state in dry[0]["states"]}
    seen: dict[str, set[str]] = {}
    for day, row in laptop.states(FIRST, LAST).items():
        seen.setdefault(row["state"], set()).add(str(day))
    assert told == seen


def test_r7_the_plan_names_waves_and_shards(dry: tuple[Mapping[str, Any], bool]) -> None:
    plan = dry[0]
    waves = {wave["wave"]: (wave["dates"], wave["tasks"]) for wave in plan["waves"]}
    planned = plan["planned_dates"]
    assert waves[0] == (2, 2)
    assert sum(dates for dates, _ in waves.values()) == planned
    assert waves[1] == (planned - 2, 3)
    assert sum(shard["dates"] for shard in plan["shards"]) == planned


def test_r7_the_plan_forecasts_coverage(dry: tuple[Mapping[str, Any], bool]) -> None:
    plan = dry[0]
    assert plan["forecast_games"] == plan["covered_games"] + plan["planned_games"]
    assert float(plan["coverage_pct"]) < float(plan["forecast_pct"]) <= float(plan["ceiling_pct"])


def test_r7_the_plan_estimates_bytes_and_minutes(dry: tuple[Mapping[str, Any], bool]) -> None:
    told = dry[0]["forecast"]
    assert min(told[name] for name in ESTIMATES) > 0
    assert (told["pace"], told["calibrated_by"]) == (1, 0)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "end before start": ({"start_date": LAST, "end_date": FIRST}, "end_date"),
    "not a date": ({"start_date": "last tuesday", "end_date": LAST}, "start_date"),
    "no such day": ({"start_date": "2025-02-30", "end_date": LAST}, "start_date"),
    "no such last day": ({"start_date": FIRST, "end_date": "2025-13-01"}, "end_date"),
    "a day with a time": ({**RANGE, "end_date": f"{LAST}T00:00:00"}, "end_date"),
    "no start": ({"end_date": LAST}, "start_date"),
    "no end": ({"start_date": FIRST}, "end_date"),
    "nothing": ({}, "start_date"),
    "2,000 tasks": ({**RANGE, "tasks": 2000}, "tasks"),
    "no task": ({**RANGE, "tasks": 0}, "tasks"),
    "half a task": ({**RANGE, "tasks": 2.5}, "tasks"),
    "a quoted number": ({**RANGE, "tasks": "5"}, "tasks"),
    "a negative canary": ({**RANGE, "canary_dates": -1}, "canary_dates"),
    "no dates per snapshot": ({**RANGE, "validate_every": 0}, "validate_every"),
    "a rate above 1": ({**RANGE, "max_failure_rate": 1.5}, "max_failure_rate"),
    "a rate in words": ({**RANGE, "max_failure_rate": "few"}, "max_failure_rate"),
    "history without end": ({**RANGE, "stale_history_days": 4000}, "stale_history_days"),
    "an unknown reason": ({**RANGE, "reasons": ["because"]}, "reasons"),
    "no reasons": ({**RANGE, "reasons": []}, "reasons"),
    "reasons as a text": ({**RANGE, "reasons": "missing"}, "reasons"),
    "dates and a range": ({**RANGE, "dates": [FIRST]}, "dates"),
    "a date twice": ({"dates": [FIRST, LAST, FIRST]}, "dates"),
    "no such date": ({"dates": [FIRST, "2025-11-31"]}, "dates"),
    "dates as a text": ({"dates": FIRST}, "dates"),
    "SQL in a table name": ({**RANGE, "target_table": SQL}, "target_table"),
    "a table elsewhere": ({**RANGE, "target_table": L1}, "target_table"),
    "SQL in the purpose": ({**RANGE, "purpose": 'x" OR 1=1'}, "purpose"),
    "yes for true": ({**RANGE, "dry_run": "yes"}, "dry_run"),
    "1 for true": ({**RANGE, "force": 1}, "force"),
    "null for true": ({**RANGE, "dry_run": None}, "dry_run"),
    "null for a number": ({**RANGE, "tasks": None}, "tasks"),
    "null for a date": ({"start_date": None, "end_date": LAST}, "start_date"),
    "null for a list": ({"dates": None}, "dates"),
    "null for a text": ({**RANGE, "purpose": None}, "purpose"),
    "an unknown trigger": ({**RANGE, "trigger": "cosmic rays"}, "trigger"),
    "an unknown key": ({**RANGE, "seasons": 2}, "seasons"),
    "a key in other letters": ({**RANGE, "Tasks": 5}, "Tasks"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "argument"), WRONG.values(), ids=list(WRONG))
def test_r8_a_wrong_argument_is_refused_by_its_name(
    laptop: Laptop, given: dict[str, Any], argument: str
) -> None:
    refused = laptop.run(**given)
    assert (reason(refused), refused.error["argument"]) == ("INVALID_ARGUMENT", argument)
    assert argument in refused.error["message"]


TOO_MUCH: dict[str, tuple[dict[str, Any], str]] = {
    "26 years": (
        {"start_date": "2000-01-01", "end_date": LAST},
        "start_date=2000-01-01: 9499 dates to end_date, at most 3660",
    ),
    "since 1970": (
        {"start_date": "1970-01-01", "end_date": LAST},
        "start_date=1970-01-01: 20456 dates to end_date, at most 3660",
    ),
    "a season to come": (
        {"start_date": "2031-11-11", "end_date": "2031-11-12"},
        "start_date=2031-11-11: the calendar has no season 2031",
    ),
    "null for a dry run": ({**RANGE, "dry_run": None}, "dry_run=null: expected "),
}


@pytest.mark.parametrize(("given", "words"), TOO_MUCH.values(), ids=list(TOO_MUCH))
def test_u13_u18_what_no_run_can_carry_is_refused_by_the_deployed_workflow(
    laptop: Laptop, given: dict[str, Any], words: str
) -> None:
    refused = laptop.run(**given)
    assert (refused.state, reason(refused)) == ("FAILED", "INVALID_ARGUMENT")
    assert refused.error["message"].startswith(words)


def test_r8_an_argument_that_is_no_object_is_refused(laptop: Laptop) -> None:
    refused = laptop.wait(laptop.executions.start([FIRST, LAST]))  # type: ignore[arg-type]
    assert (reason(refused), refused.error["argument"]) == ("INVALID_ARGUMENT", "data")


def test_r8_nothing_was_planned_or_locked_for_any_of_them(laptop: Laptop) -> None:
    assert sizes(laptop)["nba_ops.runs"] == sizes(laptop)["nba_ops.plan"] == 0


ORDERED_WRONGLY = ("--start-date", LAST, "--end-date", FIRST)
COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "end before start": (ORDERED_WRONGLY, "end_date"),
    "2,000 tasks": (("--start-date", FIRST, "--end-date", LAST, "--tasks", "2000"), "tasks"),
    "an unknown option": (("--seasons", "2"), "--seasons"),
}


@pytest.mark.parametrize(("words", "name"), COMMANDS.values(), ids=list(COMMANDS))
def test_r8_the_command_line_exits_2_and_names_the_argument(
    laptop: Laptop, words: tuple[str, ...], name: str
) -> None:
    refused = laptop.phase4("run", *words)
    assert refused.code == 2
    assert name in refused.err


def test_r7_once_a_run_has_ended_a_dry_run_expects_its_pace(
    laptop: Laptop, dry: tuple[Mapping[str, Any], bool]
) -> None:
    run = laptop.run(start_date=FIRST, end_date="2025-11-20", canary_dates=0, tasks=1)
    told = laptop.run(**RANGE, dry_run=True, force=True).result["plan"]["forecast"]
    assert (run.state, run.result["plan"]["forecast"]["calibrated_by"]) == ("SUCCEEDED", 0)
    assert told["calibrated_by"] == 1
    assert 0 < told["seconds"] < dry[0]["forecast"]["seconds"]
