"""DuckDB shared by many threads: a session of its own for every job, one writer at a time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import duckdb
from bqemulator.storage.engine import DuckDBEngine

from . import (
    date_parts,
    json_texts,
    macros,
    matches,
    rounding,
    run_time_errors,
    text_functions,
    value_texts,
)
from .errors import BigQueryError
from .memory import trim_heap
from .run_time_errors import in_int64

# Deleted rows are given back after so long, or as soon as there may be so many of them: a
# checkpoint costs as much as a small load.
CHECKPOINT_SECONDS = 4.0
CHECKPOINT_BYTES = 32 * 2**20

_MACROS = macros.definitions(
    value_texts.FUNCTIONS,
    run_time_errors.FUNCTIONS,
    rounding.FUNCTIONS,
    date_parts.FUNCTIONS,
    text_functions.FUNCTIONS,
    json_texts.FUNCTIONS,
)


class Result:
    """A cursor of which no row is taken without the others: a result that is still open keeps its
    transaction open, and with it every checkpoint from freeing a row."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._rows: Iterator[Any] | None = None

    def fetchone(self) -> Any:
        """The next row, or None."""
        if self._rows is None:
            self._rows = iter(self._cursor.fetchall())
        return next(self._rows, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class SharedEngine(DuckDBEngine):
    """One database; `connection` is a cursor of the calling thread, never shared with another."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self._local = threading.local()
        self._catalog_lock = threading.Lock()
        self._mutation_lock = threading.RLock()
        self._gave_back, self._held_then = time.monotonic(), 0

    @property
    def connection(self) -> Any:
        """The cursor of this thread's session, opened on first use."""
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._open()
        return cursor

    def execute(self, sql: str, parameters: list[Any] | None = None) -> Any:
        """The result of a statement in this thread's session."""
        self._check_matches(sql, parameters)
        return Result(super().execute(sql, parameters))

    def fetch_arrow(self, sql: str, parameters: list[Any] | None = None) -> Any:
        """The rows of a statement in this thread's session."""
        self._check_matches(sql, parameters)
        return in_int64(super().fetch_arrow(sql, parameters))

    def _check_matches(self, sql: str, parameters: list[Any] | None) -> None:
        """Refuse to change a row by several others."""
        question = matches.question(sql)
        if question and super().execute(question, parameters).fetchone():
            raise BigQueryError("invalidQuery", matches.REFUSAL, location="query")

    @property
    def in_session(self) -> bool:
        """Whether the calling thread runs a job."""
        return getattr(self._local, "depth", 0) > 0

    @contextmanager
    def session(self) -> Iterator[Any]:
        """A fresh session (own transaction, own temporary tables), closed at the end."""
        outer = getattr(self._local, "cursor", None)
        cursor = self._local.cursor = self._open()
        self._local.depth = getattr(self._local, "depth", 0) + 1
        try:
            yield cursor
        finally:
            cursor.close()
            self._local.cursor = outer
            self._local.depth -= 1

    @contextmanager
    def mutation(self) -> Iterator[None]:
        """Keep other writing jobs waiting, as the service queues DML on one table."""
        with self._mutation_lock:
            yield
            grown = self._held_bytes() - self._held_then
            if grown > CHECKPOINT_BYTES or time.monotonic() - self._gave_back > CHECKPOINT_SECONDS:
                self._give_back()
                self._gave_back, self._held_then = time.monotonic(), self._held_bytes()

    def _held_bytes(self) -> int:
        """What the rows of tables hold, deleted ones included; not what queries work with."""
        sql = "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'"
        return int(self.execute(sql).fetchone()[0])

    def _give_back(self) -> None:
        """Frees the rows that were deleted: in memory DuckDB keeps them until a checkpoint."""
        # Another session may be writing to the catalog: then the next time will do.
        with contextlib.suppress(duckdb.TransactionException), self.session() as other:
            other.execute("CHECKPOINT")
        trim_heap()

    @asynccontextmanager
    async def write_lock(self) -> AsyncIterator[None]:
        """The emulator's own lock around catalog changes, usable from any event loop."""
        if not self._catalog_lock.acquire(blocking=False):
            await asyncio.to_thread(self._catalog_lock.acquire)
        try:
            yield
        finally:
            self._catalog_lock.release()

    def _register_builtin_udfs(self) -> None:
        super()._register_builtin_udfs()
        self.connection.execute(_MACROS)

    def _load_spatial(self) -> None:
        """GEOGRAPHY is left out: its extension is a download of its own per release of DuckDB."""

    def _apply_session_pragmas(self) -> None:
        super()._apply_session_pragmas()
        self.connection.execute("SET GLOBAL TimeZone = 'UTC'")
        # Jobs run side by side. A second thread for each costs buffers and a third more work on
        # tables of this size, and answers no sooner.
        self.connection.execute("SET GLOBAL threads = 1")

    def _open(self) -> Any:
        return super().connection.cursor()


@contextmanager
def transaction(connection: Any) -> Iterator[Any]:
    """BEGIN … COMMIT around a block; ROLLBACK when it raises."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
