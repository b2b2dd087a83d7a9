"""League folders: one Parquet file per table, read with checks and written by the generator."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from local.league.league import OPTIONAL_TABLES, TABLE_NAMES, League, arrow_schema


class LeagueError(ValueError):
    """A league folder cannot be used; the message names the file, the column and the next step."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


def load_league(folder: Path) -> League:
    """Reads a league folder; LeagueError on a missing file or column or a value of a wrong type.

    Columns that the warehouse does not have are ignored, NULLs are kept.
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
    schema = arrow_schema(name)
    _check_columns(path, schema)
    table = pq.read_table(path, columns=schema.names)
    columns = [_cast(path, table[field.name], field) for field in schema]
    return pa.table(columns, schema=schema)


def _check_columns(path: Path, schema: pa.Schema) -> None:
    try:
        present = pq.read_schema(path).names
    except pa.ArrowInvalid as error:
        raise LeagueError(path, f"not a Parquet file ({str(error).splitlines()[0]})") from None
    missing = [name for name in schema.names if name not in present]
    if missing:
        raise LeagueError(path, f"column {', '.join(missing)} missing; the table needs it")


def _cast(path: Path, column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if not field.nullable and column.null_count:
        raise LeagueError(path, f"column {field.name} has {column.null_count} NULLs; none allowed")
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise LeagueError(path, f"column {field.name} is not {field.type}: {reason}") from None
