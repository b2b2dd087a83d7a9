"""League folders: one Parquet file per table, read with checks and written by the generator."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from phase4.cloud.loads import RowsRefused, conform
from phase4.errors import WrongInput
from phase4.tables.catalog import TABLES, TableSpec
from sample.league.league import OPTIONAL_TABLES, TABLE_NAMES, League


class LeagueError(WrongInput):
    """A league folder cannot be used; the message names the file, the column and the next step."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


def load_league(folder: Path) -> League:
    """Reads a league folder; LeagueError on a missing file or column or a value of a wrong type.

    Columns that the warehouse does not have are ignored, those that a table may lack are NULL.
    """
    if not folder.is_dir():
        raise LeagueError(folder, f"not a folder; expected one with {TABLE_NAMES[0]}.parquet")
    return League(**{name: _table(folder, name) for name in TABLE_NAMES})


def write_league(league: League, folder: Path) -> None:
    """Writes `<table>.parquet` for every table of the league."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in league.tables():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _table(folder: Path, name: str) -> pa.Table | None:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        if name in OPTIONAL_TABLES:
            return None
        raise LeagueError(path, "file missing; a league folder needs it")
    present = _columns(path, TABLES[name])
    try:
        return conform(name, pq.read_table(path, columns=present))
    except RowsRefused as error:
        raise LeagueError(path, error.problem) from None


def _columns(path: Path, spec: TableSpec) -> list[str]:
    """The columns of the table that the file has; LeagueError when one lacks that is needed."""
    try:
        present = pq.read_schema(path).names
    except pa.ArrowInvalid as error:
        raise LeagueError(path, f"not a Parquet file ({str(error).splitlines()[0]})") from None
    missing = [name for name in spec.needed_columns if name not in present]
    if missing:
        raise LeagueError(path, f"column {', '.join(missing)} missing; the table needs it")
    return [name for name in spec.column_names if name in present]
