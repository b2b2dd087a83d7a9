"""What changed when: change times of partitions, and the rows before a change (time travel)."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, groupby
from typing import Any

import pyarrow as pa
from bqemulator.catalog.models import SnapshotMeta
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.domain.events import TableDataChanged
from bqemulator.storage.engine import SNAPSHOTS_SCHEMA
from bqemulator.versioning.snapshots import SnapshotManager

from .engine import SharedEngine
from .images import Change, Changes, packed
from .moments import given
from .partitions import Slice, TableRef, id_expression
from .windows import window_of

# How long DML cannot change what was streamed.
BUFFERED = dt.timedelta(minutes=30)
_WHOLE = "__WHOLE__"
_ALL = "*"
_DML = re.compile(
    r"\s*(?:INSERT(?:\s+INTO)?|UPDATE|DELETE(?:\s+FROM)?|MERGE(?:\s+INTO)?|TRUNCATE\s+TABLE"
    r"|CREATE\s+OR\s+REPLACE\s+TABLE(?!\s+FUNCTION))\s+"
    r"`?((?:[\w-]+`?\.`?)*[\w-]+)`?",
    re.IGNORECASE,
)


@dataclass
class Note:
    """What a writer says of its change: the rows that it appended, as they are stored."""

    appended: pa.Table | None = None


def dml_target(sql: str, project: str) -> TableRef | None:
    """The table whose rows a statement changes; None for all else and for temporary tables."""
    match = _DML.match(sql)
    parts = match.group(1).replace("`", "").split(".") if match else []
    if len(parts) < 2:
        return None
    return TableRef(parts[-3] if len(parts) > 2 else project, parts[-2], parts[-1])


class History(SnapshotManager):
    """The emulator's snapshot manager, at the price of what changed instead of whole tables."""

    _engine: SharedEngine

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._changes = Changes()
        self._floors: dict[str, dt.datetime] = {}
        self._undated: deque[tuple[str, str, dt.datetime]] = deque()
        self._dating = threading.Lock()
        self._streamed: dict[str, dt.datetime] = {}
        self._local = threading.local()
        self._named: set[str] = set()

    def open(self) -> None:
        """Make the table of change times."""
        self._engine.execute(
            f"CREATE TABLE {SNAPSHOTS_SCHEMA}.changes"
            " (name VARCHAR, partition_id VARCHAR, changed TIMESTAMPTZ)"
        )

    def record_change(self, project_id: str, dataset_id: str, table_id: str) -> None:
        """A change without an image (streaming): nothing older can be read any more."""
        ref = TableRef(project_id, dataset_id, table_id)
        if not self._engine.in_session:
            self._floors[ref.name] = self._streamed[ref.name] = dt.datetime.now(dt.UTC)
            self._date(ref, {_ALL}, self._floors[ref.name])
        self._events.publish(TableDataChanged(project_id, dataset_id, table_id))

    def has_buffer(self, ref: TableRef) -> bool:
        """Whether rows were streamed into the table so lately that no DML can change them."""
        streamed = self._streamed.get(ref.name)
        return streamed is not None and dt.datetime.now(dt.UTC) - streamed < BUFFERED

    def drop_snapshots_for_table(
        self, project_id: str, dataset_id: str, table_id: str, *, include_user: bool = True
    ) -> int:
        """Forget a dropped table."""
        name = TableRef(project_id, dataset_id, table_id).name
        self._changes.forget(name)
        self._streamed.pop(name, None)
        return int(
            super().drop_snapshots_for_table(
                project_id, dataset_id, table_id, include_user=include_user
            )
        )

    @contextmanager
    def recording(
        self, ref: TableRef | None, target: Slice | None = None, appending: bool = False
    ) -> Iterator[Note]:
        """Note the change that the block makes to a table, or to one of its partitions.

        A block that is `appending` leaves the rows in the note, and nothing is copied before.
        """
        table = self._catalog.get_table(ref.project, ref.dataset, ref.table) if ref else None
        note = Note()
        if ref is None or table is None:
            yield note
            return
        if appending:
            yield note
            touched, image = self._partitions_of(table, note.appended), packed(note.appended)
        else:
            image = packed(self._rows(ref, target.predicate if target else "TRUE"))
            before = {} if target else self._fingerprints(ref, table)
            yield note
            after = {} if target else self._fingerprints(ref, table)
            touched = {target.id} if target else _differing(before, after)
        at = dt.datetime.now(dt.UTC)
        self._floors |= self._changes.add(ref.name, at, touched, image, appending)
        self._date(ref, touched, at)

    def _rows(self, ref: TableRef, where: str) -> pa.Table | None:
        with self._engine.session() as other:
            # Most partitions are filled for the first time, and no row of many columns is not free.
            if not other.execute(f"SELECT 1 FROM {ref.sql} WHERE {where} LIMIT 1").fetchone():
                return None
            return other.execute(f"SELECT * FROM {ref.sql} WHERE {where}").to_arrow_table()

    def _partitions_of(self, table: Any, rows: pa.Table | None) -> set[str]:
        key = id_expression(table)
        if key is None or rows is None:
            return {_WHOLE}
        with self._engine.session() as other:
            other.register("appended", rows)
            return {
                name for (name,) in other.execute(f"SELECT DISTINCT {key} FROM appended").fetchall()
            }

    def _fingerprints(self, ref: TableRef, table: Any) -> dict[str, tuple[int, int]]:
        key = id_expression(table)
        if key is None:
            return {}
        rows = self._engine.execute(
            f"SELECT {key}, count(*), sum(CAST(hash(rows) AS HUGEINT))"
            f" FROM {ref.sql} AS rows GROUP BY 1"
        ).fetchall()
        return {name: (count, content) for name, count, content in rows}

    def _date(self, ref: TableRef, partitions: set[str], at: dt.datetime) -> None:
        names = (_ALL if one == _WHOLE else one for one in partitions)
        self._undated.extend((ref.name, name, at) for name in names)

    def date_partitions(self) -> None:
        """Writes down when partitions changed, for a statement that may ask for it.

        All that changed since the last statement at once: one by one it was a tenth of a load job.
        """
        # A statement that finds none waits until another has written them.
        with self._dating:
            rows = [self._undated.popleft() for _ in range(len(self._undated))]
            if not rows:
                return
            values = [list(column) for column in zip(*rows, strict=True)]
            with self._engine.session() as other:
                other.execute(
                    f"INSERT INTO {SNAPSHOTS_SCHEMA}.changes"
                    " SELECT unnest(?), unnest(?), unnest(?)",
                    values,
                )

    def resolve_time_travel(
        self, project_id: str, dataset_id: str, table_id: str, target: dt.datetime
    ) -> SnapshotMeta | None:
        """A table with the rows of that moment; None if nothing changed since."""
        ref = TableRef(project_id, dataset_id, table_id)
        table = self._catalog.get_table(project_id, dataset_id, table_id)
        if table is None:
            return None
        moment = given(target if target.tzinfo else target.replace(tzinfo=dt.UTC))
        now = dt.datetime.now(dt.UTC)
        window = window_of(self._catalog.get_dataset(project_id, dataset_id))
        known = self._floors.get(ref.name, table.creation_time)
        floor = max(table.creation_time, known, now - window)
        if not floor <= moment <= now:
            raise InvalidQueryError(_no_such_past(ref, moment, floor))
        with self._engine.mutation():
            later = self._changes.since(ref.name, moment)
            if not later:
                return None
            views = self._views()
            if (ref, moment) not in views:
                views[ref, moment] = self._materialize(ref, table, later, moment)
            return views[ref, moment]

    def _materialize(
        self, ref: TableRef, table: Any, later: list[Change], moment: dt.datetime
    ) -> SnapshotMeta:
        # The same query, asked again, reads tables of the same names: its text is remembered.
        names = (f"past_{number}" for number in count())
        name = next(name for name in names if name not in self._named)
        self._named.add(name)
        past = f'{SNAPSHOTS_SCHEMA}."{name}"'
        try:
            self._engine.execute(f"CREATE TABLE {past} AS SELECT * FROM {ref.sql}")
            key = id_expression(table) or f"'{_WHOLE}'"
            for step in _steps(later):
                self._step_back(past, key, step)
        except BaseException:
            self._drop(name)
            raise
        return SnapshotMeta(
            snapshot_id=name, project_id=ref.project, dataset_id=ref.dataset, table_id=ref.table,
            snapshot_time=moment, duckdb_schema=SNAPSHOTS_SCHEMA, duckdb_table=name,
        )  # fmt: skip

    def _step_back(self, past: str, key: str, step: list[Change]) -> None:
        """The rows before some changes: what was appended is gone, what was replaced is back."""
        connection = self._engine.connection
        if step[0].appended:
            for rows in filter(None, (change.rows for change in step)):
                connection.register("image", rows)
                connection.execute(
                    f"CREATE OR REPLACE TABLE {past} AS"
                    f" (SELECT * FROM {past} EXCEPT ALL SELECT * FROM image)"
                )
            return
        touched = frozenset[str]().union(*(change.partitions for change in step))
        connection.execute(f"DELETE FROM {past} WHERE {key} IN {_tuple(touched)}")
        seen: set[str] = set()
        for change in step:
            rows, missing = change.rows, change.partitions - seen
            if rows is not None and missing:
                connection.register("image", rows)
                kept = f"SELECT * FROM image WHERE {key} IN {_tuple(missing)}"
                connection.execute(f"INSERT INTO {past} BY NAME {kept}")
            seen |= missing

    def _views(self) -> dict[tuple[TableRef, dt.datetime], SnapshotMeta]:
        if not hasattr(self._local, "views"):
            self._local.views = {}
        views: dict[tuple[TableRef, dt.datetime], SnapshotMeta] = self._local.views
        return views

    def release(self) -> None:
        """Drop what this thread's query read of the past."""
        views = self._views()
        while views:
            _, past = views.popitem()
            self._drop(past.duckdb_table)

    def _drop(self, table: str) -> None:
        with self._engine.session() as other:
            other.execute(f'DROP TABLE IF EXISTS {SNAPSHOTS_SCHEMA}."{table}"')
        self._named.discard(table)


def _no_such_past(ref: TableRef, moment: dt.datetime, floor: dt.datetime) -> str:
    wanted, first = (int(one.timestamp() * 1000) for one in (moment, floor))
    bound = f"Cannot read before {first}." if moment < floor else "It is in the future."
    return f"Invalid snapshot time {wanted} for table {ref.name}@{wanted}. {bound}"


def _steps(later: list[Change]) -> Iterator[list[Change]]:
    """Changes in groups of one kind, the newest group first."""
    groups = [list(group) for _, group in groupby(later, key=lambda change: change.appended)]
    return reversed(groups)


def _differing(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    if not before and not after:
        return {_WHOLE}
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def _tuple(names: frozenset[str] | set[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in sorted(names)) + ")" if names else "('')"
