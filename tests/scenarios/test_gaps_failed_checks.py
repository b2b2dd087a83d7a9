"""G6, G12: a check that cannot be made is an error with its reason, never "no gaps".

And a look that changes nothing: the dry run.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import yaml

from laptop.ports import HOST
from phase4.cloud.workflow_executions import WEEKLY_HEALTH, Execution, Executions
from phase4.tables.catalog import TABLES
from sample.endpoints import needed_columns, workflow_environment
from sample.environment import WORKFLOWS
from tests.laptop import Laptop, reason

L3 = "nba_analytics.player_game_summary"
RANGE = {"start_date": "2025-11-10", "end_date": "2025-11-12"}
WORDS = ("--start-date", "2025-11-10", "--end-date", "2025-11-12")
PERMANENT = {"on": "query", "contains": "plan_backfill", "status": 400, "count": 0}
pytestmark = pytest.mark.slow
numbers = itertools.count()


@contextmanager
def fault(laptop: Laptop, **changes: object) -> Iterator[None]:
    """The planning statement fails for good while the block runs."""
    laptop.arm("bigquery", **{**PERMANENT, **changes})
    try:
        yield
    finally:
        laptop.disarm()


@contextmanager
def renamed_column(laptop: Laptop, table: str, column: str) -> Iterator[None]:
    """A table lacks a column while the block runs."""
    laptop.sql(f"ALTER TABLE {table} RENAME COLUMN {column} TO {column}_before")
    try:
        yield
    finally:
        laptop.sql(f"ALTER TABLE {table} RENAME COLUMN {column}_before TO {column}")


def run_elsewhere(laptop: Laptop, **environment: str) -> Execution:
    """The backfill, deployed once more with other environment variables, and run."""
    return started_elsewhere(laptop, RANGE, environment)


def started_elsewhere(
    laptop: Laptop, arguments: Mapping[str, Any], environment: Mapping[str, str]
) -> Execution:
    """The same with arguments of its own."""
    name = f"backfill-{next(numbers)}"
    settings, port = laptop.cloud.settings, laptop.cloud.ports.workflows
    httpx.post(
        f"http://{HOST}:{port}/v1/{settings.place}/workflows?workflowId={name}",
        json={
            "sourceContents": (WORKFLOWS / "phase4-backfill.yaml").read_text(),
            "userEnvVars": {**workflow_environment(settings), **environment},
        },
        timeout=30,
    ).raise_for_status()
    executions = Executions(settings, name)
    return finished(executions, executions.start(dict(arguments)))


def target(table: str) -> dict[str, str]:
    """The variables of an environment that fills another table."""
    filled = [{"planner": "plan_backfill", "tables": {"player_composite_factors": table}}]
    return {"TARGET_TABLE": table, "FILLED_TABLES": json.dumps(filled)}


def finished(executions: Executions, execution: Execution) -> Execution:
    """An execution after its end."""
    while execution.active:
        time.sleep(0.05)
        execution = executions.get(execution.run_id)
    return execution


def ops_tables(laptop: Laptop) -> dict[str, object]:
    """A digest of every row of every operations table."""
    names = [key for key, spec in TABLES.items() if spec.layer == "ops"]
    filters = {
        key: f"WHERE {TABLES[key].partition_field} >= '2020-01-01'"
        for key in names
        if TABLES[key].partition_field
    }
    digest = "TO_HEX(SHA256(IFNULL(STRING_AGG(row_json, '' ORDER BY row_json), '')))"
    parts = (
        f"SELECT '{key}' AS name, {digest} AS digest FROM ("
        f"SELECT TO_JSON_STRING(t) AS row_json FROM nba_ops.{key} AS t {filters.get(key, '')})"
        for key in names
    )
    return {row["name"]: row["digest"] for row in laptop.sql(" UNION ALL ".join(parts))}


def test_a_dry_run_writes_nothing_into_any_operations_table(laptop: Laptop) -> None:
    before = ops_tables(laptop)
    run = laptop.run(**RANGE, dry_run=True)
    assert run.result["plan"]["planned_dates"] == 3
    assert ops_tables(laptop) == before


def test_a_dry_run_forecasts_the_coverage_in_numbers(laptop: Laptop) -> None:
    plan = laptop.run(**RANGE, dry_run=True).result["plan"]
    share = 100 * plan["forecast_games"] / plan["l1_games"]
    assert (plan["coverage_pct"], plan["forecast_pct"]) == (0.0, share)


@pytest.mark.parametrize(
    "table", ["nba_raw.bdl_player_boxscores", "nba_analytics.player_game_summary"]
)
def test_a_column_that_l3_needs_is_missed_at_the_door_and_l4_alone_goes_on(
    laptop: Laptop, table: str
) -> None:
    needed = needed_columns(laptop.cloud.settings)
    more = {"NEEDED_COLUMNS": json.dumps({**needed, table: (*needed[table], "nowhere")})}
    refused = started_elsewhere(laptop, {**RANGE, "tables": "all"}, more)
    assert (refused.state, reason(refused)) == ("FAILED", "PREFLIGHT_FAILED")
    assert refused.error["message"].startswith(f"{table} has no column nowhere;")
    assert "run without tables" in refused.error["message"]
    alone = started_elsewhere(laptop, {**RANGE, "dry_run": True}, more)
    assert alone.state == "SUCCEEDED"


@pytest.mark.parametrize("dry_run", [False, True], ids=["run", "dry run"])
@pytest.mark.parametrize(
    ("action", "why"),
    [("error", "invalidQuery"), ("job_error", "timeout")],
    ids=["raises", "times out"],
)
def test_g6_a_run_fails_with_the_reason_of_the_failed_gap_query(
    laptop: Laptop, action: str, why: str, dry_run: bool
) -> None:
    with fault(laptop, action=action, reason=why):
        run = laptop.run(**RANGE, dry_run=dry_run)
    assert (run.state, reason(run)) == ("FAILED", "QUERY_FAILED")
    assert why in run.error["message"]
    assert "plan_backfill" in run.error["message"]


def test_health_that_may_start_no_backfill_says_so_with_the_call(laptop: Laptop) -> None:
    denied = "Permission 'workflows.executions.create' denied on resource (or it may not exist)."
    weekly = Executions(laptop.cloud.settings, "weekly-health")
    laptop.arm("workflows", on="create", action="error", status=403, reason=denied,
               contains="dry_run")  # fmt: skip
    run = finished(weekly, weekly.start({"auto_backfill": True, "as_of": "2026-01-03"}))
    laptop.disarm()
    assert (run.state, reason(run)) == ("FAILED", "CALL_REFUSED")
    assert "/workflows/phase4-backfill: Permission 'workflows.exec" in run.error["message"]


def test_g6_the_weekly_check_fails_with_the_reason_too(laptop: Laptop) -> None:
    weekly = Executions(laptop.cloud.settings, "weekly-health")
    with fault(laptop, contains="health_ranges", action="error", reason="invalidQuery"):
        run = finished(weekly, weekly.start({}))
    assert (run.state, reason(run)) == ("FAILED", "QUERY_FAILED")
    assert "invalidQuery" in run.error["message"]


@pytest.mark.parametrize("shared", ["query_row", "is_transient", "fail_saying_why"])
def test_g6_both_workflows_ask_bigquery_in_the_same_way(shared: str) -> None:
    definitions = [
        yaml.load(file.read_text(), yaml.CSafeLoader) for file in WORKFLOWS.glob("*.yaml")
    ]
    assert len(definitions) == 2
    assert definitions[0][shared] == definitions[1][shared]


def test_g6_a_missing_column_fails_the_run_by_its_name(laptop: Laptop) -> None:
    with renamed_column(laptop, L3, "usage_rate"):
        run = laptop.run(**RANGE)
    assert (run.state, reason(run)) == ("FAILED", "QUERY_FAILED")
    assert "usage_rate" in run.error["message"]


def test_g6_the_failed_run_is_on_record_with_its_reason(laptop: Laptop) -> None:
    with fault(laptop, action="job_error", reason="timeout"):
        run = laptop.run(**RANGE)
    [row] = laptop.sql("SELECT state, error FROM nba_ops.runs WHERE run_id = @run", run=run.run_id)
    assert row["state"] == "FAILED"
    assert "timeout" in json.loads(row["error"])["message"]


def test_g6_nothing_was_planned_or_computed(laptop: Laptop) -> None:
    with fault(laptop, action="job_error", reason="timeout"):
        run = laptop.run(**RANGE)
    assert laptop.plan(run.run_id) == laptop.outcomes(run.run_id) == []


def test_g6_the_command_line_exits_1_and_prints_the_reason(laptop: Laptop) -> None:
    with fault(laptop, action="job_error", reason="timeout"):
        done = laptop.phase4("run", *WORDS)
    assert done.code == 1
    assert "plan_backfill" in done.err
    assert "timeout" in done.err


UNKNOWN_SEASON = ("--start-date", "2031-11-11", "--end-date", "2031-11-11")


@pytest.mark.parametrize("command", ["run", "plan", "gaps", "validate"])
def test_u18_a_season_that_nobody_knows_is_refused_at_the_door(
    laptop: Laptop, command: str
) -> None:
    done = laptop.phase4(command, *UNKNOWN_SEASON)
    [line] = done.err.splitlines()
    assert (done.code, done.out) == (2, "")
    assert "phase4/tables/calendar.json has no season 2031" in line
    assert "add its opener there" in line


@pytest.mark.parametrize("player", [(), ("somebody",)], ids=["date", "player"])
def test_u18_no_date_of_such_a_season_is_explained(laptop: Laptop, player: tuple[str, ...]) -> None:
    done = laptop.phase4("explain", *player, "2031-11-11")
    assert (done.code, done.out) == (2, "")
    assert "phase4/tables/calendar.json has no season 2031" in done.err


@pytest.mark.parametrize(
    ("as_of", "why"),
    [
        ("2024-02-30", "there is no such day"),
        ("0001-01-01", "no season that the calendar knows had begun"),
        (
            "2021-10-18",
            "no season that the calendar knows had begun, the first one did on 2021-10-19",
        ),
        ("2031-11-12", "the calendar does not know the season of 2031-11-11"),
    ],
)
def test_u18_the_health_run_refuses_what_it_cannot_look_at(
    laptop: Laptop, as_of: str, why: str
) -> None:
    health = Executions(laptop.cloud.settings, WEEKLY_HEALTH)
    ended = health.ended(health.start({"as_of": as_of}), pause=0.2)
    assert (ended.state, reason(ended)) == ("FAILED", "INVALID_ARGUMENT")
    assert f"as_of={as_of}: {why}" in ended.error["message"]


def test_u18_the_workflow_refuses_it_too_whether_there_are_rows_or_not(laptop: Laptop) -> None:
    days = {"start_date": "2031-11-11", "end_date": "2031-11-11"}
    without_rows = laptop.run(**days)
    laptop.sql(
        "INSERT INTO nba_raw.bdl_player_boxscores (game_id, game_date, player_lookup)"
        " VALUES ('20311111_AAA_BBB', '2031-11-11', 'somebody')"
    )
    for run in (without_rows, laptop.run(**days)):
        assert (run.state, reason(run)) == ("FAILED", "INVALID_ARGUMENT")
        assert "the calendar has no season 2031" in run.error["message"]
    assert laptop.sql("SELECT * FROM nba_ops.runs WHERE start_date = '2031-11-11'") == []


def test_g12_another_location_than_the_tables_names_both_and_the_table(laptop: Laptop) -> None:
    run = run_elsewhere(laptop, BIGQUERY_LOCATION="eu-west1")
    assert run.error == {
        "reason": "PREFLIGHT_FAILED",
        "message": "target_table nba_precompute.player_composite_factors in eu-west1"
        " is in us-west2; create it anew where its jobs run, or deploy this to where it is",
    }


def test_g12_a_dataset_that_does_not_exist_is_named_with_the_location(laptop: Laptop) -> None:
    run = run_elsewhere(laptop, **target("nba_nowhere.player_composite_factors"))
    assert run.error["reason"] == "PREFLIGHT_FAILED"
    assert run.error["message"].startswith(
        "target_table nba_nowhere.player_composite_factors in us-west2 cannot be read: Not found:"
    )


def test_a_view_in_the_place_of_the_target_is_refused_by_what_it_is(laptop: Laptop) -> None:
    laptop.sql(
        "CREATE OR REPLACE VIEW nba_precompute.factors_view AS"
        " SELECT * FROM nba_precompute.player_composite_factors"
    )
    run = run_elsewhere(laptop, **target("nba_precompute.factors_view"))
    assert run.error == {
        "reason": "PREFLIGHT_FAILED",
        "message": "target_table nba_precompute.factors_view in us-west2 is a VIEW, not a table;"
        " no job loads into it and no read session reads it",
    }


def test_a_target_that_the_environment_does_not_fill_is_refused_before_the_lock(
    laptop: Laptop,
) -> None:
    run = run_elsewhere(laptop, TARGET_TABLE="nba_precompute.others")
    assert run.error["reason"] == "PREFLIGHT_FAILED"
    assert run.error["message"].startswith("target_table nba_precompute.others is none of")


def test_g12_another_operations_dataset_is_named_with_the_location(laptop: Laptop) -> None:
    run = run_elsewhere(laptop, OPS_DATASET="nba_nowhere")
    assert run.error["reason"] == "QUERY_FAILED"
    assert "`nba_nowhere.open_run`" in run.error["message"]
    assert "in us-west2: " in run.error["message"]


def test_g12_the_command_line_in_another_location_is_refused_in_one_line(laptop: Laptop) -> None:
    done = laptop.phase4("run", *WORDS, PHASE4_LOCATION="eu-west1")
    [line] = done.err.splitlines()
    assert done.code == 2
    assert "eu-west1" in line
    assert "phase4-backfill" in line
