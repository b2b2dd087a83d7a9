"""BigQuery as this system uses it: parameterised queries, partition loads, Arrow reads.

Every job carries labels, the region and a cap on billed bytes; transient errors are retried with
full jitter inside a deadline; what was used is counted in `usage`.
"""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from typing import Any, TypeVar

import pyarrow as pa
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery import DEFAULT_RETRY, WriteDisposition

from phase4.cloud import emulator, retries
from phase4.cloud.asking import Asking, unheard
from phase4.cloud.bigquery_jobs import Jobs, await_end
from phase4.cloud.clock import Clock
from phase4.cloud.loads import load_config, parquet
from phase4.cloud.settings import Settings
from phase4.cloud.storage_read import StorageReader
from phase4.cloud.usage import Usage
from phase4.tables.cost_model import MODEL

Parameter = str | int | float | bool | date | datetime | Sequence[str]
Row = dict[str, Any]
Result = TypeVar("Result")
# What the id of every job of this system begins with.
JOB_PREFIX = "phase4_"
# Load jobs that one process has under way.
CONCURRENT_LOADS: int = MODEL["loads_at_once"]
# A person at a terminal learns that nobody is there; a task waits until somebody comes back.
PEOPLE = ("command-line", "validate")
UNREACHABLE_SECONDS = 5.0
NOTE_SECONDS = 5.0
# The time-travel window of a dataset that names none.
LONGEST_WINDOW_HOURS = 168


@dataclass(frozen=True)
class Caller:
    """Who asks: becomes the labels of every job."""

    component: str
    run_id: str = ""
    execution: str = ""
    task: str = ""
    wave: str = ""

    def labels(self) -> dict[str, str]:
        """Label values as BigQuery accepts them."""
        return {name: _label(value) for name, value in asdict(self).items() if value}


class Warehouse:
    """One process's connection to the project's tables."""

    def __init__(self, settings: Settings, caller: Caller) -> None:
        self.settings = settings
        self.caller = caller
        self.usage = Usage()
        self.client = connect(settings)
        self._clock = Clock()
        waits = UNREACHABLE_SECONDS if caller.component in PEOPLE else None
        self._jobs = Jobs(self.client, settings.location, settings.deadline_seconds, waits)
        self._storage = StorageReader(settings)
        self._polling = DEFAULT_RETRY.with_timeout(settings.deadline_seconds)

    @cached_property
    def time_travel_window(self) -> timedelta:
        """How far behind now the rows of the target table can be read: its dataset says so."""
        dataset, _, _ = self.settings.table_id(self.settings.target_table).rpartition(".")
        hours = self.client.get_dataset(dataset).max_time_travel_hours
        return timedelta(hours=int(hours or LONGEST_WINDOW_HOURS))

    def now(self) -> datetime:
        """The moment by BigQuery's clock, by which what several hosts put on record is ordered."""
        if not self._clock.is_set:
            self._clock.hear(self.row("SELECT CURRENT_TIMESTAMP() AS moment")["moment"])
        return self._clock.now()

    def heard_by(self, telling: Callable[[retries.Retry], None], asking: Asking = unheard) -> None:
        """Has `telling` hear of every call that is tried again, in the thread that waits for it.

        Every call is made inside of `asking`, for as long as it takes.
        """
        self._jobs.telling, self._jobs.asking = telling, asking

    def note(self, table: str, row: Row) -> None:
        """Streams one row into `dataset.table` at once, or raises: for what is soon out of date."""
        # No load job: these may be what is refused at the moment.
        errors = self.client.insert_rows_json(
            self.settings.table_id(table), [row], timeout=NOTE_SECONDS, **_ONCE
        )
        if errors:
            raise ValueError(f"{table} does not take {row}: {errors}")

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        """Runs one statement (or CALL) and returns its rows; errors of the statement are raised."""
        return self._asked(sql, parameters, self._rows)

    def query_table(self, sql: str, parameters: Mapping[str, Parameter]) -> pa.Table:
        """The rows of one SELECT, in no order, through the Storage Read API: for many of them."""
        return self._asked(sql, parameters, self._result_table)

    def _asked(
        self,
        sql: str,
        parameters: Mapping[str, Parameter] | None,
        result: Callable[[bigquery.QueryJob], Result],
    ) -> Result:
        config = bigquery.QueryJobConfig(
            query_parameters=[
                _parameter(name, value) for name, value in (parameters or {}).items()
            ],
            labels=self.caller.labels(),
            maximum_bytes_billed=self.settings.maximum_bytes_billed,
        )
        return self._jobs.run(
            "query",
            f"{JOB_PREFIX}{uuid.uuid4().hex}",
            lambda job_id: self.client.query(
                sql, config, job_id=job_id, timeout=self.settings.deadline_seconds, **_NO_RETRY
            ),
            result,
        )

    def _rows(self, job: bigquery.QueryJob) -> list[Row]:
        result = job.result(job_retry=None, retry=self._polling)
        if job.ended is not None:
            self._clock.hear(job.ended)
        rows = [dict(row.items()) for row in result]
        self.usage.add(queries=1, bytes_processed=int(job.total_bytes_processed or 0))
        return rows

    def _result_table(self, job: bigquery.QueryJob) -> pa.Table:
        # Rows that are not asked for are not sent: only the end of the job is waited for.
        columns = [field.name for field in job.result(job_retry=None, retry=self._polling).schema]
        kept = job.destination
        rows = self._storage.read(f"{kept.dataset_id}.{kept.table_id}", columns, "")
        scanned = int(job.total_bytes_processed or 0)
        self.usage.add(queries=1, bytes_processed=scanned, read_sessions=1, bytes_read=rows.nbytes)
        return rows

    def row(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> Row:
        """The only row of a statement's result; LookupError when there is not exactly one."""
        rows = self.query(sql, parameters)
        if len(rows) != 1:
            raise LookupError(f"expected one row, found {len(rows)}: {sql[:80]}")
        return rows[0]

    def replace_partition(self, table: str, day: date, rows: pa.Table, job_id: str) -> str:
        """Replaces one partition of `dataset.table` by `rows` in one atomic load job.

        The same `job_id` again means the same rows, already submitted: its result is awaited.
        Returns the id of the job that succeeded.
        """
        # Never DML: a load job is atomic and free, and refuses rows of another date.
        destination = f"{table}${day:%Y%m%d}"
        return self._load(destination, rows, WriteDisposition.WRITE_TRUNCATE, job_id)

    def append(self, table: str, rows: pa.Table, job_id: str) -> str:
        """Appends `rows` to `dataset.table` by one load job; once per `job_id`."""
        return self._load(table, rows, WriteDisposition.WRITE_APPEND, job_id)

    def append_partition(self, table: str, day: date, rows: pa.Table, job_id: str) -> str:
        """Appends `rows` of one date to `dataset.table`; what is there stays as it is."""
        # The partition is named, so that who looks for loads in flight into a date finds it.
        return self.append(f"{table}${day:%Y%m%d}", rows, job_id)

    def read(
        self, table: str, columns: Sequence[str], restriction: str, at: datetime | None = None
    ) -> pa.Table:
        """Columns of the rows of `dataset.table` that meet `restriction`, now or as of a moment."""
        with self._jobs.asking("BigQuery"):
            return retries.call(
                f"read {table}",
                lambda: self._read(table, columns, restriction, at),
                self.settings.deadline_seconds,
                telling=self._jobs.telling,
            )

    def read_all(
        self, requests: Mapping[str, tuple[str, Sequence[str], str]], at: datetime
    ) -> dict[str, pa.Table]:
        """Several reads (table, columns, restriction) of one moment, side by side, by name."""
        with ThreadPoolExecutor(max_workers=max(len(requests), 1)) as pool:
            tables = {
                name: pool.submit(self.read, *request, at) for name, request in requests.items()
            }
            return {name: future.result() for name, future in tables.items()}

    def _load(self, table: str, rows: pa.Table, disposition: str, base: str) -> str:
        """One load job into `dataset.table` or its `$day`; RowsRefused before it is sent."""
        destination, key = self.settings.table_id(table), self.settings.key_of(table.split("$")[0])
        config = load_config(key, disposition, self.caller.labels())
        buffer = parquet(key, rows)
        size = buffer.tell()

        def loaded(job: bigquery.LoadJob) -> str:
            # A job that the service accepted may hang, too: only this bound ends the wait.
            await_end(job, self.settings.deadline_seconds)
            self.usage.add(load_jobs=1, bytes_loaded=size)
            return str(job.job_id)

        return self._jobs.run(
            f"load into {destination}",
            base,
            lambda job_id: self._start_load(job_id, buffer, destination, config),
            loaded,
        )

    def _start_load(
        self, job_id: str, rows: io.BytesIO, destination: str, config: bigquery.LoadJobConfig
    ) -> bigquery.LoadJob:
        return self.client.load_table_from_file(
            rows, destination, rewind=True, size=rows.getbuffer().nbytes, job_id=job_id,
            job_config=config, num_retries=0, location=self.settings.location,
            timeout=self.settings.deadline_seconds,
        )  # fmt: skip

    def _read(
        self, table: str, columns: Sequence[str], restriction: str, at: datetime | None
    ) -> pa.Table:
        rows = self._storage.read(table, columns, restriction, at)
        self.usage.add(read_sessions=1, bytes_read=rows.nbytes)
        return rows


_NO_RETRY: dict[str, Any] = {"retry": None, "job_retry": None}
_ONCE: dict[str, Any] = {"retry": None}


def connect(settings: Settings) -> bigquery.Client:
    """The ordinary client; against the emulator when BIGQUERY_EMULATOR_HOST is set."""
    endpoint = os.environ.get(emulator.BIGQUERY, "")
    return _client(settings.project, settings.location, endpoint)


@cache
def _client(project: str, location: str, endpoint: str) -> bigquery.Client:
    """One client per process: a warm function must not make one per message."""
    if not endpoint:
        return bigquery.Client(project=project, location=location)
    return bigquery.Client(
        project=project,
        location=location,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint if "://" in endpoint else f"http://{endpoint}"},
    )


def _parameter(name: str, value: Parameter) -> Any:
    if isinstance(value, (list, tuple)):
        return bigquery.ArrayQueryParameter(name, "STRING", list(value))
    return bigquery.ScalarQueryParameter(name, _type_of(value), value)  # type: ignore[arg-type]


def _type_of(value: object) -> str:
    # To Python a bool is an int and a datetime a date: the narrower type stands first.
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "BOOL"),
        (int, "INT64"),
        (float, "FLOAT64"),
        (datetime, "TIMESTAMP"),
        (date, "DATE"),
        (str, "STRING"),
    )
    for type_, name in kinds:
        if isinstance(value, type_):
            return name
    raise TypeError(f"no BigQuery parameter type for {type(value).__name__} {value!r}")


def _label(value: str) -> str:
    # BigQuery refuses a job for a label with anything else, or longer.
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in value.lower())[:63]
