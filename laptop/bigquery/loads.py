"""Load and copy jobs."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from bqemulator.jobs.executor import _build_explicit_schema, execute_copy_job, execute_load_job

from . import locations, schema
from .errors import BigQueryError
from .fields import to_rest
from .jobs import Job, Outcome
from .partitions import TableRef, slice_of
from .writes import Writer


class Loader:
    """Runs load jobs whose data came with the request, and copy jobs."""

    def __init__(self, context: Any, writer: Writer) -> None:
        self._context = context
        self._writer = writer

    def load(self, job: Job, data: bytes) -> Outcome:
        """One uploaded file into a table or partition; BigQueryError changes nothing."""
        config = job.configuration["load"]
        ref = TableRef.parse(config["destinationTable"], job.project)
        locations.check_dataset(self._context, ref.project, ref.dataset, job.location)
        if config.get("sourceFormat", "CSV").upper() != "PARQUET":
            return self._load_text(job, ref, data)
        rows = _read_parquet(data)
        self._create_if_needed(ref, rows, config)
        self._check_schema(ref, rows.schema, config)
        written = self._writer.write(ref, rows, config.get("writeDisposition", "WRITE_APPEND"))
        return Outcome(_load_statistics(len(data), written, rows.nbytes))

    def _check_schema(self, ref: TableRef, file: pa.Schema, config: dict[str, Any]) -> None:
        """Replacing a whole table without a schema is refused where the service would change it."""
        inference = bool((config.get("parquetOptions") or {}).get("enableListInference"))
        if config.get("schemaUpdateOptions"):
            raise BigQueryError("notImplemented", "schemaUpdateOptions are not supported here")
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

    def _load_text(self, job: Job, ref: TableRef, data: bytes) -> Outcome:
        if ref.partition:
            raise BigQueryError(
                "invalid", f"{ref.name}${ref.partition}: here only Parquet loads into a partition"
            )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "upload")
            path.write_bytes(data)
            self._admit(ref)
            load = {**job.configuration["load"], "sourceUris": [f"file://{path}"]}
            with self._context.engine.mutation(), self._context.snapshots.recording(ref):
                run = execute_load_job(job.project, job.job_id, {"load": load}, self._context)
                done = asyncio.run(run)
        return Outcome(_load_statistics(len(data), int(done.statistics["load"]["outputRows"]), 0))

    def _admit(self, ref: TableRef) -> None:
        if self._context.catalog.get_table(ref.project, ref.dataset, ref.table):
            self._writer.admit(ref)

    def copy(self, job: Job) -> Outcome:
        """Copy tables; a decorator on either side copies or replaces just that partition."""
        config = job.configuration["copy"]
        sources = config.get("sourceTables") or [config["sourceTable"]]
        refs = [TableRef.parse(source, job.project) for source in sources]
        target = TableRef.parse(config["destinationTable"], job.project)
        if len(refs) == 1 and not refs[0].partition and not target.partition:
            self._admit(target)
            with self._context.engine.mutation(), self._context.snapshots.recording(target):
                asyncio.run(
                    execute_copy_job(job.project, job.job_id, job.configuration, self._context)
                )
            return Outcome({})
        rows = pa.concat_tables([self._rows(ref) for ref in refs])
        disposition = config.get("writeDisposition", "WRITE_EMPTY")
        written = self._writer.write(target, rows, disposition)
        return Outcome({"copy": {"copiedRows": str(written)}})

    def _rows(self, ref: TableRef) -> pa.Table:
        table = self._writer.table(ref)
        where = slice_of(table, ref.partition).predicate if ref.partition else "TRUE"
        return self._context.engine.fetch_arrow(f"SELECT * FROM {ref.sql} WHERE {where}")


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
