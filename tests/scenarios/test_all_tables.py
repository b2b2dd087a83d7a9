"""One run over all tables: L3 gets what L1 has, then L4 what L3 gained (layers.md 3 and 5)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from phase4.cli.ending import describe
from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from phase4.formats import percent
from phase4.tables.filled import DEFAULT, FILLED, STAGES
from phase4.tables.headline import share
from tests.laptop import Laptop

# L4 is there until the 6th, though L3 lacks a game of the 4th; on the 9th to the 11th L3 has none.
FIRST, LAST = "2024-12-02", "2024-12-15"
SPAN = {"start_date": FIRST, "end_date": LAST}
ADDED = [table for table in FILLED.values() if table.is_added_to]
OURS = [table for table in FILLED.values() if not table.is_added_to]
# The contexts that a run wrote, each beside the rows of its player and of his opponent.
AGREEMENT = """
WITH contexts AS (
  SELECT
    factors.game_date,
    factors.player_lookup,
    players.opponent_team_abbr,
    PARSE_JSON(factors.shot_zone_context_json) AS context
  FROM nba_precompute.player_composite_factors AS factors
  JOIN nba_analytics.player_game_summary AS players USING (game_date, game_id, player_lookup)
  WHERE
    factors.run_id = @run
    AND factors.shot_zone_context_json NOT LIKE '%missing_data%'
)
SELECT
  COUNT(*) AS compared,
  COUNTIF(
    JSON_VALUE(context, '$.player_primary_zone') != zones.primary_scoring_zone
    OR JSON_VALUE(context, '$.opponent_weak_zone') != defense.weakest_zone
    OR CAST(JSON_VALUE(context, '$.primary_zone_frequency') AS FLOAT64) != CASE
      WHEN zones.primary_scoring_zone = 'mid_range' THEN zones.mid_range_rate_last_10
      WHEN zones.primary_scoring_zone = 'perimeter' THEN zones.three_pt_rate_last_10
      ELSE zones.paint_rate_last_10 END
    OR CAST(JSON_VALUE(context, '$.opponent_defense_vs_league') AS FLOAT64) != CASE
      WHEN zones.primary_scoring_zone = 'mid_range' THEN defense.mid_range_defense_vs_league_avg
      WHEN zones.primary_scoring_zone = 'perimeter' THEN defense.three_pt_defense_vs_league_avg
      ELSE defense.paint_defense_vs_league_avg END) AS differing
FROM contexts
JOIN nba_precompute.player_shot_zone_analysis AS zones USING (game_date, player_lookup)
JOIN nba_precompute.team_defense_zone_analysis AS defense
  ON defense.game_date = contexts.game_date AND defense.team_abbr = contexts.opponent_team_abbr
"""
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Filled:
    """A league before a run over all tables, the run, and what a second one had to do."""

    laptop: Laptop
    rows_before: dict[str, Counter[str]]
    run: Execution
    again: Execution

    def outcomes(self, table: str) -> dict[date, Row]:
        """The ledger of the first run for a table."""
        rows = self.laptop.outcomes(self.run.run_id)
        return {row["game_date"]: row for row in rows if row["table_name"] == table}


@pytest.fixture(scope="module")
def filled(laptop: Laptop) -> Filled:
    """The sample league filled twice over two weeks."""
    before = {table.name: rows_of(laptop, table.name) for table in ADDED}
    run = laptop.run(tables="all", **SPAN)
    return Filled(laptop, before, run, laptop.run(tables=["all"], **SPAN))


def rows_of(laptop: Laptop, table: str) -> Counter[str]:
    """Every row of a table as text; of the dates that nobody asked to fill a digest of all rows."""
    rows = laptop.sql(
        "SELECT TO_JSON_STRING(t) AS line"
        f" FROM nba_analytics.{table} AS t WHERE game_date BETWEEN '{FIRST}' AND '{LAST}'"
        " UNION ALL SELECT TO_HEX(SHA256(STRING_AGG(TO_JSON_STRING(t), '' ORDER BY"
        " TO_JSON_STRING(t))))"
        f" FROM nba_analytics.{table} AS t WHERE game_date > '2000-01-01'"
        f" AND NOT game_date BETWEEN '{FIRST}' AND '{LAST}'"
    )
    return Counter(row["line"] for row in rows)


def games(laptop: Laptop, table: str) -> Counter[date]:
    """How many games a table has on each date."""
    return Counter(
        {
            row["game_date"]: row["games"]
            for row in laptop.sql(
                f"SELECT game_date, COUNT(DISTINCT game_id) AS games FROM {table}"
                " WHERE game_date BETWEEN @a AND @b GROUP BY game_date",
                a=date.fromisoformat(FIRST), b=date.fromisoformat(LAST),
            )
        }
    )  # fmt: skip


def receipt(filled: Filled, run_id: str) -> dict[str, Any]:
    """The receipt of a run."""
    done = filled.laptop.phase4("receipt", run_id, "--json")
    assert done.code == 0, done.err
    return dict(json.loads(done.out))


@pytest.fixture(scope="module")
def received(filled: Filled) -> dict[str, Any]:
    """The receipt of the first run before its undo."""
    return receipt(filled, filled.run.run_id)


def games_added(receipt: Mapping[str, Any]) -> dict[str, int]:
    """What a run added to each table, by its receipt."""
    return {table["name"]: table["games_added"] for table in receipt["tables"]}


@pytest.mark.parametrize("table", [table.name for table in ADDED])
def test_l3_has_every_game_of_l1(filled: Filled, table: str) -> None:
    l1 = games(filled.laptop, "nba_raw.bdl_player_boxscores")
    assert games(filled.laptop, f"nba_analytics.{table}") == l1


@pytest.mark.parametrize("table", [table.name for table in ADDED])
def test_the_rows_that_were_there_are_as_they_were(filled: Filled, table: str) -> None:
    now = rows_of(filled.laptop, table)
    assert filled.rows_before[table] <= now
    added = sum(row["rows_changed"] for row in filled.outcomes(table).values())
    assert (now - filled.rows_before[table]).total() == added > 0


def test_what_l3_gained_is_planned_in_l4_by_the_same_run(filled: Filled) -> None:
    states = {
        row["game_date"]: row["state"]
        for row in filled.laptop.plan(filled.run.run_id)
        if row["table_name"] == "player_composite_factors" and row["action"] == "PLANNED"
    }
    # Two dates had been filled from a history without the game of the 4th.
    assert states[date(2024, 12, 4)] == "PARTIAL"
    assert states[date(2024, 12, 5)] == states[date(2024, 12, 6)] == "STALE"
    assert {states[date(2024, 12, day)] for day in range(9, 12)} == {"MISSING"}


def test_every_date_of_l4_is_complete(filled: Filled) -> None:
    states = filled.laptop.states(FIRST, LAST)
    assert {row["state"] for row in states.values()} == {"COMPLETE"}
    assert {row["covered_games"] == row["l1_games"] for row in states.values()} == {True}


@pytest.mark.parametrize("table", [table.name for table in OURS])
def test_every_table_of_ours_has_every_game(filled: Filled, table: str) -> None:
    l1 = games(filled.laptop, "nba_raw.bdl_player_boxscores")
    assert games(filled.laptop, f"nba_precompute.{table}") == l1


def test_the_zone_tables_say_what_the_contexts_of_the_factors_say(filled: Filled) -> None:
    [found] = filled.laptop.sql(AGREEMENT, run=filled.run.run_id)
    assert found["compared"] > 500
    assert found["differing"] == 0


def test_a_copy_of_a_game_without_opponents_makes_no_player_due_twice(filled: Filled) -> None:
    players, zones = "nba_analytics.player_game_summary", "nba_ops.player_shot_zone_analysis_status"
    due = f"SELECT expected_rows FROM {zones}('{LAST}', '{LAST}', 0, 14)"
    before = filled.laptop.sql(due)
    # A null that BigQuery is told the type of.
    nobody = "CAST(NULL AS STRING) AS opponent_team_abbr"
    game = f"SELECT MIN(game_id) FROM {players} WHERE game_date = '{LAST}'"
    filled.laptop.sql(
        f"INSERT INTO {players} SELECT * REPLACE ({nobody}) FROM {players}"
        f" WHERE game_date = '{LAST}' AND game_id = ({game})"
    )
    after = filled.laptop.sql(due)
    filled.laptop.sql(
        f"DELETE FROM {players} WHERE game_date = '{LAST}' AND opponent_team_abbr IS NULL"
    )
    assert after == before


def test_rows_that_are_not_due_are_kept_from_a_forced_run_and_named(filled: Filled) -> None:
    zones = "nba_precompute.player_shot_zone_analysis"
    of_nobody = f"{zones} WHERE game_date = '{LAST}' AND player_lookup = 'nobody'"
    filled.laptop.sql(
        f"INSERT INTO {zones} SELECT * REPLACE ('nobody' AS player_lookup) FROM {zones}"
        f" WHERE game_date = '{LAST}' LIMIT 1"
    )
    asked = {"tables": ["player_shot_zone_analysis"], "dates": [LAST], "dry_run": True}
    forced = filled.laptop.run(**asked, force=True).result["plan"]["states"]
    letting_go = filled.laptop.run(**asked, accept_loss=True).result["plan"]["states"]
    filled.laptop.sql(f"DELETE FROM {of_nobody}")
    told = [(row["state"], row["action"]) for row in (*forced, *letting_go)]
    assert told == [("BLOCKED_SHRUNK", "SKIPPED"), ("BLOCKED_SHRUNK", "PLANNED")]
    assert forced[0]["blocked_by"] == f"{LAST}: 1 rows are not due and would go: nobody"


def test_the_run_passes_and_says_what_it_did_of_each_table(filled: Filled) -> None:
    assert filled.run.state == "SUCCEEDED", filled.run.error
    ended = filled.laptop.phase4("receipt", filled.run.run_id)
    for table in FILLED:
        assert table in ended.out


def test_its_headline_is_that_of_the_factors(filled: Filled) -> None:
    plan, told = filled.run.result["plan"], StringIO()
    [factors] = [each for each in plan["tables"] if each["table_name"] == DEFAULT.name]
    games = ("due_games", "covered_games", "forecast_games", "attainable_games")
    assert [plan[name] for name in games] == [factors[name] for name in games]
    describe(Console(file=told, width=200), filled.run.result)
    before, due = share(factors["covered_games"], factors["due_games"]), factors["due_games"]
    assert f"coverage {percent(before)} → " in told.getvalue()
    assert f" of {due:,} due games" in told.getvalue()


def test_its_forecast_is_that_of_all_its_stages(filled: Filled, received: dict[str, Any]) -> None:
    stages = (*filled.run.result["upstream"], filled.run.result["plan"])
    assert len(stages) == len(STAGES)
    told = received["forecast"]
    for name in ("seconds", "bytes_read", "bytes_scanned", "bytes_written"):
        assert told[name] == pytest.approx(sum(stage["forecast"][name] for stage in stages))


def test_waves_are_numbered_through_and_belong_to_one_stage(filled: Filled) -> None:
    plan = [row for row in filled.laptop.plan(filled.run.run_id) if row["wave"] is not None]
    waves = [
        {row["wave"] for row in plan if row["table_name"] in {table.name for table in stage}}
        for stage in STAGES
    ]
    assert max(waves[0]) < min(waves[1])
    assert sorted(waves[0] | waves[1]) == list(range(max(waves[1]) + 1))


def test_a_second_run_finds_nothing_to_do(filled: Filled) -> None:
    assert filled.again.state == "SUCCEEDED", filled.again.error
    summary: dict[str, Any] = filled.again.result
    assert summary["dates_planned"] == 0


def test_a_dry_run_says_both_ceilings(laptop: Laptop) -> None:
    hole = {"start_date": "2025-01-13", "end_date": "2025-01-18"}
    answer = laptop.run(tables="all", dry_run=True, **hole).result
    now = {table["table_name"]: table["attainable_games"] for table in answer["plan"]["tables"]}
    then = {ahead["table_name"]: ahead for ahead in answer["once_filled"]}
    assert set(now) == set(then) == {table.name for table in OURS}
    [owed] = {ahead["due_games"] for ahead in then.values()}
    for table, ahead in then.items():
        assert now[table] < ahead["attainable_games"] == owed


@pytest.mark.parametrize(
    "asked",
    [
        {"dates": ["2025-01-08", "2025-02-08"]},
        {"start_date": "2024-10-22", "end_date": "2024-11-08", "bootstrap_days": 0},
    ],
)
def test_both_ceilings_are_of_the_dates_that_the_plan_is_of(
    laptop: Laptop, asked: dict[str, object]
) -> None:
    tables = ["player_game_summary", "player_composite_factors"]
    answer = laptop.run(tables=tables, dry_run=True, **asked).result
    plan, [ahead] = answer["plan"], answer["once_filled"]
    assert ahead["due_games"] == plan["due_games"]
    assert plan["attainable_games"] <= ahead["attainable_games"] <= plan["due_games"]


def test_a_plan_names_the_tables_of_its_ceilings_and_forecasts_no_others(laptop: Laptop) -> None:
    zones = ("player_shot_zone_analysis", "team_defense_zone_analysis")
    tables = ("player_game_summary", *zones)
    told = [word for table in tables for word in ("--tables", table)]
    hole = ("--start-date", "2025-01-13", "--end-date", "2025-01-18")
    done = laptop.phase4("plan", *hole, *told, COLUMNS="200")
    lines = [line for line in done.out.splitlines() if line.startswith("once ")]
    assert all(f"the ceiling of {t} is 100" in line for t, line in zip(zones, lines, strict=True))
    assert done.out.count("\nin all: ") == 1
    dues = re.findall(r"coverage of (\w+) .* of (\d+) due games", done.out)
    assert [table for table, _ in dues] == list(zones)
    assert len({games for _, games in dues}) == 1


def test_without_tables_l4_alone_is_filled(laptop: Laptop) -> None:
    plan = laptop.run(dry_run=True, **SPAN).result["plan"]
    assert [table["table_name"] for table in plan["tables"]] == ["player_composite_factors"]


def test_a_table_that_nobody_fills_is_refused_by_name(laptop: Laptop) -> None:
    refused = laptop.run(tables=["players"], **SPAN)
    assert refused.state == "FAILED"
    assert refused.error["argument"] == "tables"


def test_an_undo_takes_back_exactly_what_the_run_brought(
    filled: Filled, received: dict[str, Any]
) -> None:
    # Last in the file: the module's league is as before afterwards.
    brought = games_added(received)
    undone = filled.laptop.phase4("undo", filled.run.run_id, "--json")
    assert undone.code == 0, undone.err
    undo_id = json.loads(undone.out)["undo_id"]
    taken = games_added(receipt(filled, undo_id))
    assert taken == {name: -added for name, added in brought.items()}
    for view in ("status", "receipt", "report"):
        told = filled.laptop.phase4(view, undo_id)
        assert (told.code, "+-" in told.out) == (0, False), told.err
    for table in ADDED:
        assert rows_of(filled.laptop, table.name) == filled.rows_before[table.name]
    for table in (table for table in OURS if not table.is_default):
        assert games(filled.laptop, f"nba_precompute.{table.name}") == Counter()
    assert filled.laptop.phase4("undo", filled.run.run_id).code != 0
