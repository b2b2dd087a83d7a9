"""What the project's own SQL gives on the laptop is what Google's own evaluator gives.

A league of seven teams and five weeks is filled, then hurt: evaluating takes a thousand times as
long as DuckDB does.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from phase4.cloud import routines
from phase4.cloud.warehouse import Row
from phase4.tables.catalog import TABLES
from phase4.tables.filled import DEFAULT
from sample.league.files import write_league
from sample.league.league import League
from sample.league.sample import sample_league
from tests.laptop import Laptop
from tests.sql.google_warehouse import GoogleWarehouse
from tests.sql.googlesql import GoogleSql
from tests.sql.test_orders import SETS

TEAMS = pa.array(["ATL", "BKN", "BOS", "CHA", "CHI", "CLE", "DAL"])
FIRST, LAST = date(2024, 10, 29), date(2024, 11, 23)
# Tables with states or dates, of which no text says an order.
SET = re.compile(r"\w+:[\w-]+(?: \w+:[\w-]+)+")
RANGE = f"DATE '{FIRST}', DATE '{LAST}'"
HURT = (
    "UPDATE nba_analytics.player_game_summary SET usage_rate = usage_rate + 1"
    " WHERE game_date = '2024-11-18'",
    "DELETE FROM nba_analytics.player_game_summary WHERE game_date = '2024-11-16'",
    "DELETE FROM nba_analytics.team_defense_game_summary WHERE game_date > '2024-11-21'",
    "UPDATE nba_precompute.player_composite_factors SET fatigue_score = 0"
    " WHERE game_date = '2024-11-13'",
    "DELETE FROM nba_precompute.player_composite_factors WHERE game_date = '2024-11-15'",
    "UPDATE nba_raw.bdl_player_boxscores SET points = 99 WHERE game_date = '2024-11-18'",
)


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first weeks of the sample league, as far as seven of its teams play each other; no L4."""
    folder = tmp_path_factory.mktemp("league")
    tables = {name: _few(table) for name, table in sample_league().tables()}
    write_league(League(**{**tables, DEFAULT.name: None}), folder)
    return folder


def _few(table: pa.Table) -> pa.Table:
    if "game_date" not in table.column_names:
        return table
    teams = pc.extract_regex(table["game_id"], r"\d{8}_(?P<away>\w+)_(?P<home>\w+)")
    chosen = pc.less_equal(table["game_date"], pa.scalar(LAST))
    for side in ("away", "home"):
        chosen = pc.and_(chosen, pc.is_in(pc.struct_field(teams, side), TEAMS))
    return table.filter(chosen)


@pytest.fixture(scope="module")
def run(laptop: Laptop) -> str:
    """A run over all tables, behind which rows are edited, deleted, gone from below others."""
    run = laptop.run(start_date=str(FIRST), end_date=str(LAST), tables=["all"], bootstrap_days=3)
    for statement in HURT:
        laptop.sql(statement)
    return run.run_id


@pytest.fixture(scope="module")
def google(laptop: Laptop, run: str) -> GoogleWarehouse:
    """Google's evaluator with the rows of the project's tables."""
    assert run
    settings = laptop.cloud.settings
    google = GoogleSql(settings)
    warehouse = GoogleWarehouse(google, {one.name: one for one in routines.routines(settings)})
    for key in TABLES:
        warehouse.fill(key, _rows(laptop, google.name_of(key)))
    return warehouse


def _rows(laptop: Laptop, name: str) -> list[Row]:
    return [dict(row.items()) for row in laptop.client.list_rows(laptop.client.get_table(name))]


CALLS = {
    "seasons": "",
    "input_readiness": f"({RANGE})",
    "source_changes": f"({RANGE}, 45)",
    "date_status": f"({RANGE})",
    "box_score_games": f"({RANGE})",
    "player_game_summary_status": f"({RANGE})",
    "team_defense_game_summary_status": f"({RANGE})",
    "player_shot_zone_analysis_status": f"({RANGE}, 45, 3)",
    "team_defense_zone_analysis_status": f"({RANGE}, 45, 3)",
    "training_set": f"({RANGE})",
    "training_figures": f"({RANGE})",
    "layer_bytes": f"({RANGE})",
    "health_ranges": "('2024-11-20')",
}


@pytest.mark.parametrize("routine", CALLS)
def test_the_rows_of_a_routine_are_the_same(
    google: GoogleWarehouse, laptop: Laptop, routine: str
) -> None:
    sql = f"SELECT * FROM `{laptop.cloud.settings.ops(routine)}`{CALLS[routine]}"
    assert _sorted(laptop.sql(sql)) == _sorted(google.query(sql))


def test_the_dates_are_in_many_states(run: str, laptop: Laptop) -> None:
    assert run
    states = {row["state"] for row in laptop.states(str(FIRST), str(LAST)).values()}
    assert states >= {"COMPLETE", "STALE", "MISSING", "BLOCKED_UPSTREAM", "EXEMPT_BOOTSTRAP"}


@dataclass(frozen=True)
class Asked:
    """The arguments of procedures, from what a run was asked."""

    run: str
    request: dict[str, Any]

    @property
    def judged(self) -> tuple[Any, ...]:
        """What the validator judges at the end of a run."""
        return "run", FIRST, LAST, self.run, 3

    def plan(self, run: str, stage: int, **other: Any) -> tuple[Any, ...]:
        """What the workflow asks of a stage's planner, for another run."""
        tables = list(self.request["stages"][stage]["tables"])
        return run, json.dumps({**self.request, "tables": tables, "first_wave": 0, **other})


PROCEDURES: dict[str, Callable[[Asked], tuple[Any, ...]]] = {
    "plan_backfill_stage_1": lambda asked: asked.plan("first", 0),
    "plan_backfill": lambda asked: asked.plan("second", 1, force=True, accept_loss=True),
    "ceiling_once_filled": lambda asked: (json.dumps(asked.request),),
    "date_figures": lambda asked: (*asked.judged, "null"),
    "row_findings": lambda asked: asked.judged,
    "source_findings": lambda asked: asked.judged,
}


@pytest.mark.parametrize("name", PROCEDURES)
def test_the_rows_of_a_procedure_are_the_same(
    google: GoogleWarehouse, laptop: Laptop, run: str, name: str
) -> None:
    [row] = laptop.sql("SELECT request FROM nba_ops.runs WHERE run_id = @run", run=run)
    arguments = PROCEDURES[name](Asked(run, json.loads(row["request"])))
    names = [argument for argument, _ in google.routines[name].arguments]
    called = f"CALL `{laptop.cloud.settings.ops(name)}`({', '.join(f'@{one}' for one in names)})"
    rows = laptop.sql(called, **dict(zip(names, arguments, strict=True)))
    assert _sorted(rows) == _sorted(google.call(name, *arguments))


def _sorted(rows: list[Row]) -> list[str]:
    return sorted(repr([_as_set(name, _plain(row[name])) for name in row]) for row in rows)


def _as_set(name: str, value: Any) -> Any:
    return sorted(value, key=repr) if name in SETS and isinstance(value, list) else value


def _plain(value: Any) -> Any:
    """A value as both sides write it: an array that is NULL is an empty one at the client."""
    match value:
        case dict():
            return [_plain(one) for one in value.values()]
        case list() | tuple():
            return [_plain(one) for one in value] or None
        case float():
            return "nan" if math.isnan(value) else round(value, 9)
        case Decimal():
            return value.normalize()
        case str() if SET.fullmatch(value):
            return sorted(value.split())
        case _:
            return value
