"""What changed when: change times of partitions, and the rows before a change (time travel)."""

from __future__ import annotations

import datetime as dt
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bqemulator.catalog.models import SnapshotMeta
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.domain.events import TableDataChanged
from bqemulator.storage.engine import SNAPSHOTS_SCHEMA
from bqemulator.versioning.snapshots import SnapshotManager

from .engine import SharedEngine
from .partitions import Slice, TableRef, id_expression

KEPT_ROWS = 500_000
_WHOLE = "__WHOLE__"
_ALL = "*"
_DML = re.compile(
    r"\s*(?:INSERT(?:\s+INTO)?|UPDATE|DELETE(?:\s+FROM)?|MERGE(?:\s+INTO)?|TRUNCATE\s+TABLE"
    r"|CREATE\s+OR\s+REPLACE\s+TABLE(?!\s+FUNCTION))\s+"
    r"`?((?:[\w-]+`?\.`?)*[\w-]+)`?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Change:
    """One committed change: its partitions, and a table with their rows before if they had any."""

    at: dt.datetime
    partitions: frozenset[str]
    image: str | None
    rows: int


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
        self._changes: dict[str, list[Change]] = {}
        self._floors: dict[str, dt.datetime] = {}
        self._kept_rows = 0
        self._local = threading.local()

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
            self._floors[ref.name] = dt.datetime.now(dt.UTC)
            self._date(ref, {_ALL}, self._floors[ref.name])
        self._events.publish(TableDataChanged(project_id, dataset_id, table_id))

    def drop_snapshots_for_table(
        self, project_id: str, dataset_id: str, table_id: str, *, include_user: bool = True
    ) -> int:
        """Forget a dropped table."""
        self._forget(TableRef(project_id, dataset_id, table_id).name)
        return int(
            super().drop_snapshots_for_table(
                project_id, dataset_id, table_id, include_user=include_user
            )
        )

    @contextmanager
    def recording(self, ref: TableRef | None, target: Slice | None = None) -> Iterator[None]:
        """Note the change that the block makes to a table, or to one of its partitions."""
        table = self._catalog.get_table(ref.project, ref.dataset, ref.table) if ref else None
        if ref is None or table is None:
            yield
            return
        image, rows = self._copy(ref, target.predicate if target else "TRUE")
        before = {} if target else self._fingerprints(ref, table)
        try:
            yield
        except BaseException:
            self._drop(image)
            raise
        touched = {target.id} if target else _differing(before, self._fingerprints(ref, table))
        change = Change(dt.datetime.now(dt.UTC), frozenset(touched), image, rows)
        self._changes.setdefault(ref.name, []).append(change)
        self._kept_rows += rows
        self._date(ref, touched, change.at)
        self._prune()

    def _copy(self, ref: TableRef, where: str) -> tuple[str | None, int]:
        """The table with a copy of these rows, and how many; None when there are none."""
        image, source = f"i_{uuid.uuid4().hex}", f"FROM {ref.sql} WHERE {where}"
        with self._engine.session() as other:
            if other.execute(f"SELECT 1 {source} LIMIT 1").fetchone() is None:
                return None, 0
            done = other.execute(f'CREATE TABLE {SNAPSHOTS_SCHEMA}."{image}" AS SELECT * {source}')
            return image, int(done.fetchone()[0])

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
        with self._engine.session() as other:
            other.execute(
                f"INSERT INTO {SNAPSHOTS_SCHEMA}.changes SELECT ?, unnest(?), ?",
                [ref.name, [_ALL if one == _WHOLE else one for one in partitions], at],
            )

    def resolve_time_travel(
        self, project_id: str, dataset_id: str, table_id: str, target: dt.datetime
    ) -> SnapshotMeta | None:
        """A table with the rows of that moment; None if nothing changed since."""
        ref = TableRef(project_id, dataset_id, table_id)
        table = self._catalog.get_table(project_id, dataset_id, table_id)
        if table is None:
            return None
        moment = target if target.tzinfo else target.replace(tzinfo=dt.UTC)
        floor = max(table.creation_time, self._floors.get(ref.name, table.creation_time))
        if not floor <= moment <= dt.datetime.now(dt.UTC):
            raise InvalidQueryError(
                f"Invalid time travel timestamp {moment.isoformat()} for table {ref.name}: "
                f"its history reaches from {floor.isoformat()} to now"
            )
        with self._engine.mutation():
            later = [one for one in self._changes.get(ref.name, ()) if one.at > moment]
            return self._materialize(ref, table, later, moment) if later else None

    def _materialize(
        self, ref: TableRef, table: Any, later: list[Change], moment: dt.datetime
    ) -> SnapshotMeta:
        key = id_expression(table) or f"'{_WHOLE}'"
        seen: set[str] = set()
        parts = []
        for change in later:
            if change.image:
                source = f'{SNAPSHOTS_SCHEMA}."{change.image}"'
                parts.append(
                    f"SELECT * FROM {source} WHERE {key} IN {_tuple(change.partitions - seen)}"
                )
            seen |= change.partitions
        current = f"SELECT * FROM {ref.sql} WHERE {key} NOT IN {_tuple(seen)}"
        name = f"t_{uuid.uuid4().hex}"
        union = " UNION ALL BY NAME ".join([current, *parts])
        self._engine.execute(f'CREATE TABLE {SNAPSHOTS_SCHEMA}."{name}" AS {union}')
        self._views().append(name)
        return SnapshotMeta(
            snapshot_id=name, project_id=ref.project, dataset_id=ref.dataset, table_id=ref.table,
            snapshot_time=moment, duckdb_schema=SNAPSHOTS_SCHEMA, duckdb_table=name,
        )  # fmt: skip

    def _views(self) -> list[str]:
        if not hasattr(self._local, "views"):
            self._local.views = []
        views: list[str] = self._local.views
        return views

    def release(self) -> None:
        """Drop what this thread's query read of the past."""
        views = self._views()
        while views:
            self._drop(views.pop())

    def _prune(self) -> None:
        while self._kept_rows > KEPT_ROWS:
            name, changes = min(self._changes.items(), key=lambda item: item[1][0].at)
            oldest = changes.pop(0)
            self._floors[name] = oldest.at
            self._drop(oldest.image)
            self._kept_rows -= oldest.rows
            if not changes:
                del self._changes[name]

    def _forget(self, name: str) -> None:
        for change in self._changes.pop(name, []):
            self._drop(change.image)
            self._kept_rows -= change.rows

    def _drop(self, table: str | None) -> None:
        if table is None:
            return
        with self._engine.session() as other:
            other.execute(f'DROP TABLE IF EXISTS {SNAPSHOTS_SCHEMA}."{table}"')


def _differing(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    if not before and not after:
        return {_WHOLE}
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def _tuple(names: frozenset[str] | set[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in sorted(names)) + ")" if names else "('')"
