"""The warehouse tables, each written down once: domain.md sections 1 and 4."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from phase4.tables.catalog import HERE, TABLES
from phase4.tables.filled import FILLED

OUTPUT_ROW = (
    "player_lookup",
    "universal_player_id",
    "game_date",
    "game_id",
    "analysis_date",
    "fatigue_score",
    "shot_zone_mismatch_score",
    "pace_score",
    "usage_spike_score",
    "referee_favorability_score",
    "look_ahead_pressure_score",
    "travel_impact_score",
    "opponent_strength_score",
    "total_composite_adjustment",
    "fatigue_context_json",
    "shot_zone_context_json",
    "pace_context_json",
    "usage_context_json",
    "calculation_version",
    "data_completeness_pct",
    "missing_data_fields",
    "has_warnings",
    "warning_details",
    "data_hash",
    "early_season_flag",
    "is_production_ready",
    "data_quality_issues",
    "context_source",
    "run_id",
    "code_version",
    "created_at",
    "processed_at",
)


def test_every_schema_belongs_to_a_table() -> None:
    assert {file.stem for file in (HERE / "schemas").glob("*.json")} == set(TABLES) - set(FILLED)


@pytest.mark.parametrize("key", TABLES)
def test_partition_and_cluster_fields_are_columns(key: str) -> None:
    spec = TABLES[key]
    named = {*spec.cluster_fields, *([spec.partition_field] if spec.partition_field else [])}
    assert named <= set(spec.column_names)


WITHOUT_PARTITIONS = {
    "runs": "two UPDATEs of it must conflict: that is the lock",
    "plan": "one INSERT a run, and DML has no such limit",
    "heartbeats": "one INSERT a week",
    "events": "written by the BigQuery subscription, not by jobs",
}


@pytest.mark.parametrize("key", [key for key, spec in TABLES.items() if spec.layer == "ops"])
def test_ops_tables_are_partitioned_unless_no_load_job_writes_them(key: str) -> None:
    """Partitioned tables take 50 load jobs in ten seconds, others 5."""
    assert (TABLES[key].partition_field is None) == (key in WITHOUT_PARTITIONS)


@pytest.mark.parametrize("key", TABLES)
def test_no_column_is_named_twice(key: str) -> None:
    names = TABLES[key].column_names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("key", TABLES)
def test_what_a_table_may_lack_are_columns_of_it_that_no_partition_needs(key: str) -> None:
    spec = TABLES[key]
    assert set(spec.optional_columns) <= set(spec.column_names)
    assert not {spec.partition_field, *spec.cluster_fields} & set(spec.optional_columns)


@pytest.mark.parametrize("key", TABLES)
def test_the_client_takes_the_table_as_it_is_described(key: str) -> None:
    spec = TABLES[key]
    table = spec.table(f"project.{spec.dataset}.{key}")
    assert [field.to_api_repr()["name"] for field in table.schema] == list(spec.column_names)
    assert bool(table.require_partition_filter) == spec.require_partition_filter


@pytest.mark.parametrize("key", TABLES)
def test_every_column_says_its_mode_and_the_client_changes_none(key: str) -> None:
    written = deepcopy(TABLES[key].columns)
    assert TABLES[key].schema
    assert TABLES[key].columns == written
    assert all("mode" in column for column in written)


@pytest.mark.parametrize("key", TABLES)
def test_no_table_loses_its_rows_by_itself(key: str) -> None:
    table = TABLES[key].table(f"project.dataset.{key}")
    assert table.expires is None
    assert table.time_partitioning is None or table.time_partitioning.expiration_ms is None


def test_the_league_tables_are_partitioned_by_game_date() -> None:
    layers = {"raw", "analytics", "precompute"}
    dated = {spec.partition_field for spec in TABLES.values()
             if spec.layer in layers and not spec.optional}  # fmt: skip
    assert dated == {"game_date"}


def test_two_league_tables_demand_a_partition_filter() -> None:
    demanding = {key for key, spec in TABLES.items() if spec.require_partition_filter}
    assert {"bdl_player_boxscores", "team_offense_game_summary"} <= demanding


def test_the_output_row_has_its_columns_in_order() -> None:
    assert TABLES["player_composite_factors"].column_names == OUTPUT_ROW


def test_scores_are_stored_with_their_precision() -> None:
    columns = {c["name"]: c for c in TABLES["player_composite_factors"].columns}
    names = ("fatigue_score", "shot_zone_mismatch_score", "total_composite_adjustment")
    stored = [(columns[name]["type"], columns[name].get("scale")) for name in names]
    assert json.loads(json.dumps(stored)) == [
        ["INTEGER", None],
        ["NUMERIC", "1"],
        ["NUMERIC", "2"],
    ]
