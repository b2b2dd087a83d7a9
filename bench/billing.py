"""Bytes that BigQuery would bill for a statement: by rows and by widths of the columns it names.

An upper estimate: tables are taken whole, whatever the restriction, and a word that is a column of
two tables counts in both. BigQuery bills a least number of bytes for each table of a statement.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from phase4.cloud.routines import environment_names
from phase4.cloud.settings import Settings
from phase4.tables.catalog import TABLES
from phase4.tables.placeholders import render
from phase4.tables.routines import SQL, placeholders_for, rendered
from phase4.tables.widths import value_bytes
from sample.league import League

LEAST_BYTES = 10 * 2**20
NAMED = re.compile(r"`(?:[\w-]+\.)*(\w+)`")
CALLED = re.compile(r"CALL `[\w.-]*\b(\w+)`")
WORD = re.compile(r"\w+")


class Texts:
    """The SQL of this project with every table under the name of its schema."""

    def __init__(self) -> None:
        self._values = placeholders_for(environment_names(Settings(project="any-project")))

    @cached_property
    def routines(self) -> dict[str, str]:
        """The bodies of all routines by name."""
        return {routine.name: routine.body for routine in rendered(self._values)}

    def query(self, name: str) -> str:
        """The text of sql/queries/NAME.sql."""
        return render((SQL / "queries" / f"{name}.sql").read_text(), self._values)

    def named(self, sql: str) -> tuple[set[str], set[str]]:
        """The tables that a statement names, through the routines it calls, and all its words."""
        tables, words = set(), set(WORD.findall(sql))
        for name in set(NAMED.findall(sql)):
            if name in TABLES:
                tables.add(name)
            elif name in self.routines:
                more = self.named(self.routines[name])
                tables |= more[0]
                words |= more[1]
        return tables, words


@dataclass(frozen=True)
class Sizes:
    """Logical bytes of whole columns by table and column; a table that is not known is small."""

    columns: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, league: League, target_rows: int) -> Sizes:
        """The sizes of a league's tables, the target with so many rows of the width it has."""
        columns = {name: _widths(table) for name, table in league.tables()}
        target = league.player_composite_factors
        if target is not None:
            columns["player_composite_factors"] = {
                name: size * target_rows // target.num_rows
                for name, size in _widths(target).items()
            }
        return cls(columns)

    def billed(self, texts: Texts, sql: str) -> int:
        """Bytes that BigQuery would bill for the statements of `sql`, as an upper estimate."""
        return sum(self._billed(*texts.named(statement)) for statement in _statements(sql))

    def _billed(self, tables: set[str], words: set[str]) -> int:
        return sum(max(LEAST_BYTES, self._named(table, words)) for table in tables)

    def _named(self, table: str, words: set[str]) -> int:
        columns = self.columns.get(table, {})
        return sum(size for name, size in columns.items() if name in words)


def calls_of(jobs: Iterable[Any], run_id: str) -> Counter[str]:
    """How often the workflow of a run called each routine, from BigQuery's list of jobs."""
    labels = {"run_id": run_id.lower(), "component": "workflow"}
    called = (CALLED.match(job.query) for job in jobs if labels.items() <= job.labels.items())
    return Counter(call[1] for call in called if call)


def _statements(sql: str) -> list[str]:
    return [part for part in re.split(r";\s*\n", sql) if part.strip()]


def _widths(table: pa.Table) -> dict[str, int]:
    return {name: _logical_bytes(table[name]) for name in table.column_names}


def _logical_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of a column by what its values weigh, with the text that they hold."""
    if pa.types.is_list(column.type):
        return _logical_bytes(pa.chunked_array([column.combine_chunks().flatten()]))
    filled: int = len(column) - column.null_count
    text = pa.types.is_string(column.type)
    letters = int(pc.sum(pc.binary_length(column)).as_py() or 0) if text else 0
    return value_bytes(column.type) * filled + letters
