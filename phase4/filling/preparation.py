"""What is made of dates before any of them is published: all of a season, for all tables, at once.

A batch then takes its part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from phase4.cloud.warehouse import Warehouse
from phase4.filling import addition, notes, readiness
from phase4.filling.batches import Batch
from phase4.filling.compute import Computed, Provenance, compute
from phase4.filling.fingerprints import of_league
from phase4.filling.liveness import Holder
from phase4.filling.played_games import GamesById, games_by_id
from phase4.filling.publishing import Outcome, publish
from phase4.filling.reading import read_league
from phase4.filling.stopwatch import Stopwatch
from phase4.filling.task import Task
from phase4.tables.filled import FilledTable

NONE_QUARANTINED = pa.table({})
Published = tuple[list[Outcome], pa.Table]


@dataclass(frozen=True)
class Maker:
    """Who prepares dates: an attempt of a task, with the moment as of which it reads."""

    warehouse: Warehouse
    task: Task
    stopwatch: Stopwatch
    read_at: datetime


class Prepared(Protocol):
    """Dates that are computed; `fingerprints` are of what was read for them, None without any."""

    @property
    def fingerprints(self) -> pa.Table | None: ...

    def publish(self, batch: Batch, holder: Holder) -> Published:
        """Outcomes of a batch in the order of its dates, and its quarantined rows."""


def prepare(maker: Maker, tables: Sequence[FilledTable], dates: Sequence[date]) -> Prepared:
    """Reads and computes dates for tables that are read together."""
    made = _additions if tables[0].is_added_to else _season
    return made(maker, tables, dates)


@dataclass(frozen=True)
class _Season:
    maker: Maker
    computed: Computed
    games: GamesById
    fingerprints: pa.Table | None
    told: set[date] = field(default_factory=set)
    """Dates whose quarantine is recorded: of several tables the first one does it."""

    def publish(self, batch: Batch, holder: Holder) -> Published:
        outcomes = publish(
            self.maker.warehouse,
            self.maker.task,
            batch.dates,
            _on(self.computed.by_table[batch.table.name], batch.days),
            _on(self.computed.quarantined, batch.days),
            games=self.games,
            table=batch.table,
            unready=readiness.refusals(self.computed.shortfalls),
            forced=holder.forced,
        )
        code_version = self.maker.warehouse.settings.code_version
        build = notes.other_build(code_version, holder.code_version)
        lacking = readiness.warnings(self.computed.shortfalls)
        untold = [day for day in batch.days if day not in self.told]
        self.told.update(untold)
        quarantined = _on(self.computed.quarantined, untold)
        return notes.add(outcomes, self.computed.noted, lacking, build), quarantined


def _season(maker: Maker, tables: Sequence[FilledTable], dates: Sequence[date]) -> Prepared:
    with maker.stopwatch.during("read"):
        league = read_league(maker.warehouse, dates, maker.read_at)
        fingerprints = of_league(league)
    settings = maker.warehouse.settings
    provenance = Provenance(
        run_id=maker.task.run_id,
        code_version=settings.code_version,
        context_source=settings.player_table,
        created_at=datetime.now(UTC),
        # A source that changes while this computes is newer than the rows: they become STALE.
        processed_at=maker.read_at,
    )
    with maker.stopwatch.during("compute"):
        computed = compute(league, dates, provenance, filled=tables)
    return _Season(maker, computed, games_by_id(league.players, dates), fingerprints)


@dataclass(frozen=True)
class _Additions:
    maker: Maker
    computed: dict[str, addition.Computed]
    fingerprints: pa.Table | None = None

    def publish(self, batch: Batch, _holder: Holder) -> Published:
        warehouse, task = self.maker.warehouse, self.maker.task
        computed = self.computed[batch.table.name]
        outcomes = addition.publish(warehouse, task, batch.table, batch.dates, computed)
        return outcomes, NONE_QUARANTINED


def _additions(maker: Maker, tables: Sequence[FilledTable], dates: Sequence[date]) -> Prepared:
    with maker.stopwatch.during("read"):
        given = addition.read(maker.warehouse, dates, maker.read_at)
    with maker.stopwatch.during("compute"):
        computed = addition.compute(given, tables, dates, maker.read_at)
    return _Additions(maker, computed)


def _on(rows: pa.Table, dates: Sequence[date]) -> pa.Table:
    return rows.filter(pc.is_in(rows["game_date"], pa.array(dates, pa.date32())))
