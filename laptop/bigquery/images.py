"""Rows before a change, compressed; of all tables together no more than so many bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from .retention import Retention

KEPT_BYTES = 64 * 2**20
_WRITING = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True)
class Change:
    """One committed change of a table: when, of which partitions, and what undoes it.

    `image` are the rows of these partitions before it, or those it `appended`; None for no rows.
    """

    number: int
    at: dt.datetime
    partitions: frozenset[str]
    image: pa.Buffer | None
    appended: bool = False

    @property
    def rows(self) -> pa.Table | None:
        """The rows of the image."""
        if self.image is None:
            return None
        with pa.ipc.open_stream(self.image) as stream:
            return stream.read_all()


def packed(rows: pa.Table | None) -> pa.Buffer | None:
    """Rows as the image of a change."""
    if rows is None or not rows.num_rows:
        return None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=_WRITING) as stream:
        stream.write_table(rows)
    return sink.getvalue()


class Changes:
    """The changes of every table, oldest first; not safe from several threads by itself."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._by_table: dict[str, list[Change]] = {}
        self._retention: Retention[tuple[str, int]] = Retention(kept_bytes)
        self._numbers = 0

    def add(
        self,
        table: str,
        at: dt.datetime,
        partitions: Iterable[str],
        image: pa.Buffer | None,
        appended: bool,
    ) -> dict[str, dt.datetime]:
        """Takes a change; returns since when there is no past of tables that had to forget some."""
        self._numbers += 1
        change = Change(self._numbers, at, frozenset(partitions), image, appended)
        self._by_table.setdefault(table, []).append(change)
        gone = self._retention.add((table, change.number), image.size if image else 0)
        return {name: self._forget_until(name, number) for name, number in gone}

    def since(self, table: str, moment: dt.datetime) -> list[Change]:
        """What changed in a table after a moment."""
        return [change for change in self._by_table.get(table, ()) if change.at > moment]

    def forget(self, table: str) -> None:
        """A table is gone."""
        for change in self._by_table.pop(table, ()):
            self._retention.drop((table, change.number))

    def _forget_until(self, table: str, number: int) -> dt.datetime:
        kept = self._by_table[table]
        last = next(change for change in kept if change.number == number)
        self._by_table[table] = kept[kept.index(last) + 1 :]
        return last.at
