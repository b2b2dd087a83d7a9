"""The content of one date: comparable, countable, hashable without regard to row order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from phase4.tables.catalog import TABLES
from phase4.tables.filled import DEFAULT, FilledTable

# Game, who it is about, data_hash as stored, and a hash over the values of every content column.
# The check of the ledger makes the same hash in SQL (content_sql).
Entry = tuple[str, str, str, str]
KEY = DEFAULT.key
# Who wrote a row, and when, is nothing that the row says.
PROVENANCE = ("run_id", "code_version", "created_at", "processed_at")


@cache
def content_columns(table: FilledTable = DEFAULT) -> tuple[str, ...]:
    """The columns by which rows of a table are told apart: everything but who wrote them."""
    names = _identity(table)
    others = TABLES[table.name].column_names
    return (*names, *(name for name in others if name not in (*names, *PROVENANCE)))


def _identity(table: FilledTable) -> tuple[str, ...]:
    return ("game_date", "game_id", table.who, "data_hash")


CONTENT_COLUMNS = content_columns()
# No text of a row holds these: absent is not empty.
NULL, SEPARATOR = "\x1e", "\x1f"
# Zero with more decimals has no plain text any more.
DECIMALS = 6
# Digits behind the point that tell any two fractions of 64 bits apart.
FRACTION = ".16e"
WIDEST = pa.decimal128(38, DECIMALS)


@dataclass(frozen=True)
class Content:
    """The rows of a date, duplicates included: equal when every stored value of them is.

    A hash that a row carries says nothing about its values, as anybody can change them.
    """

    entries: Counter[Entry]

    @property
    def rows(self) -> int:
        """Rows, duplicates included."""
        return self.entries.total()

    @property
    def games(self) -> int:
        """Distinct games."""
        return len({game for game, *_ in self.entries})

    @property
    def players(self) -> int:
        """Distinct keys: a game, and who in it."""
        return len({(game, player) for game, player, *_ in self.entries})

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted rows, every stored value of them."""
        lines = sorted(content for *_, content in self.entries.elements())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def changed_from(self, other: Content) -> int:
        """Keys that were added, removed or have other values than in `other`."""
        difference = (self.entries - other.entries) + (other.entries - self.entries)
        return len({(game, player) for game, player, *_ in difference})


EMPTY = Content(Counter())


def contents(rows: pa.Table, table: FilledTable = DEFAULT) -> dict[date, Content]:
    """The content of every date in rows of a table with all its content columns."""
    by_date: dict[date, list[Entry]] = {}
    columns = [rows[name].to_pylist() for name in _identity(table)]
    for day, *entry, values in zip(*columns, _values(rows, table), strict=True):
        by_date.setdefault(day, []).append(_entry((*entry, values)))
    return {day: Content(Counter(entries)) for day, entries in by_date.items()}


def content_sql(table: FilledTable = DEFAULT) -> str:
    """The hash of a row's content as an expression over the columns of a table."""
    schema = {column["name"]: column for column in TABLES[table.name].columns}
    texts = [_text_sql(schema[name]) for name in content_columns(table)]
    listed = ",\n        ".join(f"IFNULL({text}, CHR({ord(NULL)}))" for text in texts)
    return f"TO_HEX(SHA256(ARRAY_TO_STRING([\n        {listed}], CHR({ord(SEPARATOR)}))))"


def _text_sql(column: Mapping[str, str]) -> str:
    name = column["name"]
    if column.get("mode") == "REPEATED":
        length = f"[CAST(ARRAY_LENGTH({name}) AS STRING)]"
        return f"ARRAY_TO_STRING(ARRAY_CONCAT({length}, {name}), CHR({ord(NULL)}))"
    if column["type"] == "NUMERIC":
        return f"FORMAT('%.{DECIMALS}f', {name})"
    if column["type"] == "FLOAT":
        return f"FORMAT('%{FRACTION}', IF({name} = 0, 0, {name}))"
    return name if column["type"] == "STRING" else f"CAST({name} AS STRING)"


def on_dates(dates: Iterable[date]) -> str:
    """SQL for the rows of these dates, by the column that every filled table is partitioned by."""
    listed = ", ".join(f"'{day}'" for day in dates)
    return f"game_date IN ({listed})"


def rows_of(rows: pa.Table, day: date) -> pa.Table:
    """The rows of one date."""
    return rows.filter(pc.equal(rows["game_date"], pa.scalar(day, pa.date32())))


def _entry(values: Iterable[str | None]) -> Entry:
    game, player, digest, content = (value or "" for value in values)
    return game, player, digest, content


def _values(rows: pa.Table, table: FilledTable) -> list[str]:
    """One hash a row over its content, the same however wide the types are that carry it."""
    columns = [_text(rows[name]) for name in content_columns(table)]
    texts = pc.binary_join_element_wise(*columns, SEPARATOR)
    return [hashlib.sha256(text.encode()).hexdigest() for text in texts.to_pylist()]


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        lists = [each or () for each in column.to_pylist()]
        joined = [NULL.join((str(len(items)), *items)) for items in lists]
        return pa.chunked_array([pa.array(joined, pa.string())])
    if pa.types.is_floating(column.type):
        # Zero has no sign: a Parquet file keeps one of the two zeros of a column.
        numbers = (each if each is None else each or 0.0 for each in column.to_pylist())
        texts = [NULL if each is None else format(each, FRACTION) for each in numbers]
        return pa.chunked_array([pa.array(texts, pa.string())])
    if pa.types.is_decimal(column.type):
        column = column.cast(WIDEST)
    return pc.fill_null(column.cast(pa.string()), NULL)
