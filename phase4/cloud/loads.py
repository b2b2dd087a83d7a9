"""What a load job sends: rows in the schema of their table, and that schema with the job.

Without a schema BigQuery takes the one of the file, where every column is NULLABLE, and refuses it
for a table with REQUIRED ones.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from google.cloud import bigquery

from phase4.errors import Unfit
from phase4.tables.arrow import schema_of
from phase4.tables.catalog import TABLES


class RowsRefused(Unfit):
    """Rows that their table cannot take; the message names table, column and first row."""

    def __init__(self, key: str, column: str, problem: str) -> None:
        self.problem = f"column {column} {problem}"
        super().__init__(f"{key}: {self.problem}")


def conform(key: str, rows: pa.Table) -> pa.Table:
    """Rows as the table takes them: its columns in its order, types and nullability.

    RowsRefused when a value does not fit. A NULLABLE column that is not there is all NULL.
    """
    schema = schema_of(key)
    for name in rows.column_names:
        if name not in schema.names:
            raise RowsRefused(key, name, "is not one of the table")
    places = pa.array(range(rows.num_rows), pa.int64())
    columns = [_column(key, rows, field, places) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def load_config(key: str, disposition: str, labels: Mapping[str, str]) -> bigquery.LoadJobConfig:
    """The configuration of a load job into a table: its schema is sent, never guessed."""
    parquet = bigquery.ParquetOptions()
    # Without it a list of Parquet fits no REPEATED column.
    parquet.enable_list_inference = True
    config = bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET,
        schema=TABLES[key].schema,
        write_disposition=disposition,
        # A table that is not there is a fault to be named: made here it had no partitions.
        create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
        labels=dict(labels),
    )
    config.parquet_options = parquet
    return config


def lacking_columns(client: bigquery.Client, table_id: str, columns: Sequence[str]) -> list[str]:
    """Those of these columns that a table, `project.dataset.table`, does not have, in order."""
    there = {field.name for field in client.get_table(table_id).schema}
    return [column for column in columns if column not in there]


def parquet(key: str, rows: pa.Table) -> io.BytesIO:
    """The file of a load job into a table; RowsRefused when a row does not fit."""
    buffer = io.BytesIO()
    pq.write_table(conform(key, rows), buffer, compression="zstd")
    return buffer


def _column(key: str, rows: pa.Table, field: pa.Field, places: pa.Array) -> pa.ChunkedArray:
    if field.name not in rows.column_names:
        if not field.nullable:
            raise RowsRefused(key, field.name, "is REQUIRED and missing")
        return pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
    column = rows[field.name]
    if found := _first_null(column.combine_chunks(), field, places, field.name):
        path, place = found
        raise RowsRefused(key, path, f"is REQUIRED and NULL in {_row(key, rows, place)}")
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise RowsRefused(key, field.name, f"is not {field.type}: {reason}") from None


def _first_null(
    values: pa.Array, field: pa.Field, places: pa.Array, path: str
) -> tuple[str, int] | None:
    """Where a column that takes no NULL has one first; `places` are the rows of the values."""
    if not field.nullable and values.null_count:
        return path, int(places[pc.index(values.is_null(), True).as_py()].as_py())
    if pa.types.is_list(field.type) and pa.types.is_list(values.type):
        inner = places.take(pc.list_parent_indices(values))
        return _first_null(values.flatten(), field.type.value_field, inner, path)
    if pa.types.is_struct(field.type) and pa.types.is_struct(values.type):
        there = values.is_valid()
        kept, rows = values.filter(there), places.filter(there)
        names = {child.name for child in values.type}
        for child in (child for child in field.type if child.name in names):
            inner = kept.field(child.name)
            if found := _first_null(inner, child, rows, f"{path}.{child.name}"):
                return found
    return None


def _row(key: str, rows: pa.Table, place: int) -> str:
    spec = TABLES[key]
    names = dict.fromkeys([*filter(None, [spec.partition_field]), *spec.cluster_fields])
    known = [f"{name}={rows[name][place]}" for name in names if name in rows.column_names]
    return f"row {place + 1} ({', '.join(known)})"
