"""Loading a league into a running BigQuery of the laptop cloud."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from phase4.cloud.settings import Settings
from phase4.tables.catalog import TABLES
from sample.league import League
from sample.league.upload import table_ids, upload

SETTINGS = Settings("demo")


@pytest.fixture(scope="module")
def client() -> Iterator[bigquery.Client]:
    command = [sys.executable, "-m", "laptop.bigquery", "--port", "0", "--grpc-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        yield bigquery.Client(
            project="demo",
            location="us-west2",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://127.0.0.1:{port}"},
        )
        process.terminate()


@pytest.fixture(scope="module")
def loaded(client: bigquery.Client, league: League) -> dict[str, bigquery.Table]:
    """The tables as the warehouse describes them after two uploads."""
    for _ in range(2):
        upload(league, client, SETTINGS)
    return {key: client.get_table(name) for key, name in table_ids(SETTINGS).items()}


def test_every_row_arrives_once(loaded: dict[str, bigquery.Table], league: League) -> None:
    arrived = {key: table.num_rows for key, table in loaded.items()}
    assert arrived == {name: table.num_rows for name, table in league.tables()}


def test_tables_are_partitioned_by_game_date(loaded: dict[str, bigquery.Table]) -> None:
    fields = {
        key: table.time_partitioning and table.time_partitioning.field
        for key, table in loaded.items()
    }
    assert fields == {key: TABLES[key].partition_field for key in loaded}


def test_columns_are_those_of_the_warehouse(loaded: dict[str, bigquery.Table]) -> None:
    for key, table in loaded.items():
        assert tuple(field.name for field in table.schema) == TABLES[key].column_names


def test_decimals_and_nulls_survive(
    client: bigquery.Client, loaded: dict[str, bigquery.Table], league: League
) -> None:
    query = f"""
        SELECT COUNT(minutes_played) AS timed, SUM(usage_rate) AS usage
        FROM `{table_ids(SETTINGS)["player_game_summary"]}`
    """
    [row] = client.query_and_wait(query)
    column = league.player_game_summary["minutes_played"]
    assert row.timed == len(column) - column.null_count
    assert row.usage == sum(v for v in league.player_game_summary["usage_rate"].to_pylist() if v)


def test_league_without_factors_leaves_an_empty_target(
    client: bigquery.Client, league: League
) -> None:
    bare = League(**{n: t for n, t in league.tables() if n != "player_composite_factors"})
    settings = Settings("demo", target_table="bare.player_composite_factors")
    upload(bare, client, settings)
    assert client.get_table(settings.table_id(settings.target_table)).num_rows == 0


def test_roster_goes_to_its_configured_table() -> None:
    named = table_ids(Settings("demo", roster_table="people.births"))
    assert named["player_birthdates"] == "demo.people.births"
    assert table_ids(SETTINGS)["player_birthdates"] == "demo.nba_analytics.player_birthdates"
