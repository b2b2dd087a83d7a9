"""Loads a league into BigQuery: datasets, partitioned tables and one Parquet load job per table."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
from google.cloud import bigquery

from phase4.cloud.loads import load_config, parquet
from phase4.cloud.settings import Settings
from phase4.tables.catalog import TABLES
from sample.league.league import TABLE_NAMES, League

LOAD_SECONDS = 120


def upload(league: League, client: bigquery.Client, settings: Settings) -> None:
    """Creates the tables of the layers L1, L3 and L4 and replaces their content.

    GoogleAPICallError when the warehouse refuses; a table that the league lacks is left as it is.
    """
    names = table_ids(settings)
    create(client, names, settings)
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda item: load(client, names[item[0]], *item), league.tables()))


def create(client: bigquery.Client, names: Mapping[str, str], settings: Settings) -> None:
    """The tables of these keys under these names, and their datasets, where they are not there."""
    for dataset in sorted({name.rpartition(".")[0] for name in names.values()}):
        resource = bigquery.Dataset(dataset)
        resource.location = settings.location
        client.create_dataset(resource, exists_ok=True)
    for key, name in names.items():
        client.create_table(TABLES[key].table(name), exists_ok=True)


def table_ids(settings: Settings) -> dict[str, str]:
    """`project.dataset.table` of each league table, as configured."""
    configured = settings.league_tables
    return {
        key: settings.table_id(configured[key] or f"{TABLES[key].dataset}.{key}")
        for key in TABLE_NAMES
    }


def load(client: bigquery.Client, destination: str, key: str, table: pa.Table) -> None:
    """Replaces the content of a table by one load job."""
    config = load_config(key, bigquery.WriteDisposition.WRITE_TRUNCATE, {})
    file = parquet(key, table)
    job = client.load_table_from_file(file, destination, rewind=True, job_config=config)
    job.result(timeout=LOAD_SECONDS)
