"""The content of one date: comparable, countable, hashable without regard to row order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

Entry = tuple[str, str, str]
KEY = ("game_date", "game_id", "player_lookup")
CONTENT_COLUMNS = (*KEY, "data_hash")


@dataclass(frozen=True)
class Content:
    """The rows of a date as (game_id, player_lookup, data_hash), duplicates included."""

    entries: Counter[Entry]

    @property
    def rows(self) -> int:
        """Rows, duplicates included."""
        return self.entries.total()

    @property
    def games(self) -> int:
        """Distinct games."""
        return len({game for game, _, _ in self.entries})

    @property
    def players(self) -> int:
        """Distinct (game, player) keys."""
        return len({(game, player) for game, player, _ in self.entries})

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted rows."""
        lines = sorted("\x1f".join(entry) for entry in self.entries.elements())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def changed_from(self, other: Content) -> int:
        """Keys that were added, removed or carry another hash than in `other`."""
        difference = (self.entries - other.entries) + (other.entries - self.entries)
        return len({(game, player) for game, player, _ in difference})


EMPTY = Content(Counter())


def contents(rows: pa.Table) -> dict[date, Content]:
    """The content of every date in a table with the columns of a key and its data_hash."""
    by_date: dict[date, list[Entry]] = {}
    for day, *entry in zip(*(rows[name].to_pylist() for name in CONTENT_COLUMNS), strict=True):
        by_date.setdefault(day, []).append(_entry(entry))
    return {day: Content(Counter(entries)) for day, entries in by_date.items()}


def rows_of(rows: pa.Table, day: date) -> pa.Table:
    """The rows of one date."""
    return rows.filter(pc.equal(rows["game_date"], pa.scalar(day, pa.date32())))


def _entry(values: Iterable[str | None]) -> Entry:
    game, player, digest = (value or "" for value in values)
    return game, player, digest
