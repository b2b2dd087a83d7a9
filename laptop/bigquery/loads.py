"""Load jobs."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from bqemulator.jobs.executor import _build_explicit_schema

from . import locations, schema
from .errors import BigQueryError
from .fields import to_rest
from .jobs import Job, Outcome
from .partitions import TableRef
from .writes import Writer


class Loader:
    """Runs load jobs of Parquet files that came with the request."""

    def __init__(self, context: Any, writer: Writer) -> None:
        self._context = context
        self._writer = writer

    def load(self, job: Job, data: bytes) -> Outcome:
        """One uploaded file into a table or partition; BigQueryError changes nothing."""
        config = job.configuration["load"]
        ref = TableRef.parse(config["destinationTable"], job.project)
        locations.check_dataset(self._context, ref.project, ref.dataset, job.location)
        if (source := config.get("sourceFormat", "CSV")) != "PARQUET":
            raise BigQueryError("invalid", f"sourceFormat = {source}: here only PARQUET is loaded")
        rows = _read_parquet(data)
        self._create_if_needed(ref, rows, config)
        self._check_schema(ref, rows.schema, config)
        written = self._writer.write(ref, rows, config.get("writeDisposition", "WRITE_APPEND"))
        return Outcome(_load_statistics(len(data), written, rows.nbytes))

    def _check_schema(self, ref: TableRef, file: pa.Schema, config: dict[str, Any]) -> None:
        """Replacing a whole table without a schema is refused where the service would change it."""
        inference = bool((config.get("parquetOptions") or {}).get("enableListInference"))
        sent = (config.get("schema") or {}).get("fields")
        own = [to_rest(field) for field in self._writer.table(ref).schema_.fields]
        schema.check_against_table(sent or schema.fields_of(file, inference), own, ref.name)
        if sent:
            schema.check_against_file(sent, file, inference)

    def _create_if_needed(self, ref: TableRef, rows: pa.Table, config: dict[str, Any]) -> None:
        if self._context.catalog.get_table(ref.project, ref.dataset, ref.table):
            return
        never = config.get("createDisposition") == "CREATE_NEVER"
        if never or not self._context.catalog.get_dataset(ref.project, ref.dataset):
            self._writer.table(ref)
        if ref.partition:
            raise BigQueryError(
                "notFound",
                f"Not found: Table {ref.name}; create it with its partitioning "
                f"before loading into ${ref.partition}",
            )
        fields = (config.get("schema") or {}).get("fields") or schema.fields_of(rows.schema)
        create_table(self._context, ref, fields)


def create_table(context: Any, ref: TableRef, fields: list[dict[str, Any]]) -> None:
    """A plain table with these fields (the API's field list)."""
    from bqemulator.catalog.models import TableMeta

    now = context.clock.now()
    made = _build_explicit_schema(context, ref.sql, fields)
    meta = TableMeta(
        project_id=ref.project,
        dataset_id=ref.dataset,
        table_id=ref.table,
        schema=made,
        creation_time=now,
        last_modified_time=now,
        etag=now.isoformat(),
    )
    context.catalog.create_table(meta)


def _read_parquet(data: bytes) -> pa.Table:
    try:
        return pq.ParquetFile(pa.BufferReader(data)).read()
    except pa.ArrowException as error:
        raise BigQueryError(
            "invalid", f"Error while reading data, error message: not a Parquet file: {error}"
        ) from None


def _load_statistics(read: int, written: int, size: int) -> dict[str, Any]:
    counts = {"inputFiles": 1, "inputFileBytes": read, "outputRows": written, "outputBytes": size}
    return {"load": {key: str(value) for key, value in counts.items()}}
