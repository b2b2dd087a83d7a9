"""The tables of a laptop cloud that was stopped: Parquet files in its folder, for the next one."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
from google.cloud import bigquery

from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Warehouse
from phase4.tables.catalog import TABLES
from sample.environment import own_tables
from sample.league.upload import create, load, table_ids


def folder_of(folder: Path) -> Path:
    """Where a cloud that lives in `folder` keeps its tables."""
    return folder / "tables"


def are_kept(folder: Path) -> bool:
    """Whether a cloud that lived in `folder` left its tables."""
    return folder_of(folder).is_dir()


def keep(folder: Path, settings: Settings) -> None:
    """Writes every table; what was kept before stays until all of them are written."""
    warehouse = Warehouse(settings, Caller("laptop"))
    new = folder_of(folder).with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for key, name in _names(settings).items():
        spec = TABLES[key]
        every = f"{spec.partition_field} >= '1900-01-01'" if spec.require_partition_filter else ""
        rows = warehouse.read(name.partition(".")[2], spec.column_names, every)
        pq.write_table(rows, new / f"{key}.parquet")
    shutil.rmtree(folder_of(folder), ignore_errors=True)
    new.rename(folder_of(folder))


def bring_back(folder: Path, client: bigquery.Client, settings: Settings) -> None:
    """Loads what was kept; a table that was not there then stays empty."""
    names = _names(settings)
    create(client, names, settings)
    files = {key: folder_of(folder) / f"{key}.parquet" for key in names}

    def bring(key: str) -> None:
        load(client, names[key], key, pq.read_table(files[key]))

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(bring, (key for key, file in files.items() if file.exists())))


def _names(settings: Settings) -> dict[str, str]:
    return {**table_ids(settings), **own_tables(settings)}
