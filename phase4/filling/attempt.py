"""Filling the dates of a shard: a season is read and computed, its batches published one by one."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from phase4.cloud.in_flight import end_loads
from phase4.cloud.logging import log
from phase4.cloud.retries import FORESEEN, one_line
from phase4.filling import liveness
from phase4.filling.batches import Batch, key_of
from phase4.filling.liveness import Holder, RunStopped
from phase4.filling.preparation import NONE_QUARANTINED, Maker, Prepared, prepare
from phase4.filling.publishing import Outcome, unfilled
from phase4.filling.reading import PlannedShard
from phase4.tables.filled import FilledTable


class Read(NamedTuple):
    """What a season was computed from; comes before the first batch, whose number it has."""

    fingerprints: pa.Table
    batch: int


class Filled(NamedTuple):
    """What became of those dates of a batch that earlier attempts had left.

    `is_reading`: these outcomes refer to what the attempt has `Read`. `stopped`: why the dates were
    not begun, and with them all that was left.
    """

    batch: Batch
    outcomes: Sequence[Outcome] = ()
    quarantined: pa.Table = NONE_QUARANTINED
    is_reading: bool = False
    stopped: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether no date failed or was left."""
        return all(outcome.status in ("PUBLISHED", "UNCHANGED") for outcome in self.outcomes)


@dataclass(frozen=True)
class Attempt(Maker):
    """One attempt of a task at its shard."""

    def fill(self, shard: PlannedShard) -> Iterator[Read | Filled]:
        """Every batch as it is done, in order; one that an earlier attempt did has no outcomes.

        Season after season, so that a task needs the memory of its largest season only, and one
        season that fails leaves the others filled. When the run may not go on, the rest comes as
        one batch that was not begun.
        """
        left = shard.batches
        try:
            for season in shard.seasons:
                todo = [batch.without(shard.done) for batch in season]
                for step in self._fill_season(todo):
                    yield step
                    if isinstance(step, Filled):
                        left.pop(0)
        except RunStopped as stop:
            yield self._not_begun(left, shard, stop)

    def _fill_season(self, batches: Sequence[Batch]) -> Iterator[Read | Filled]:
        if not any(batch.dates for batch in batches):
            yield from (Filled(batch) for batch in batches)
            return
        try:
            self._go_on()
            season = self._prepare([batch for batch in batches if batch.dates])
        except RunStopped:
            raise
        except Exception as error:
            # Whatever it is, the ledger says why the dates of this season were not filled.
            reason = self._reason(error)
            yield from (self._failed(batch, reason) for batch in batches)
            return
        if season.fingerprints is not None:
            first = next(batch.number for batch in batches if batch.dates)
            yield Read(season.fingerprints, first)
        for batch in batches:
            if not batch.dates:
                yield Filled(batch)
                continue
            is_reading = season.fingerprints is not None
            yield self._publish(batch, season)._replace(is_reading=is_reading)

    def _prepare(self, batches: Sequence[Batch]) -> Prepared:
        days: dict[FilledTable, list[date]] = {}
        for batch in batches:
            days.setdefault(batch.table, []).extend(batch.days)
        season = prepare(self, list(days), sorted({day for own in days.values() for day in own}))
        # Before the live rows are read: what landed after that would be replaced unseen.
        for table, own in days.items():
            self._end_earlier_loads(table, own)
        return season

    def _end_earlier_loads(self, table: FilledTable, days: Sequence[date]) -> None:
        name = self.warehouse.settings.filled_table(table)
        for job_id in end_loads(self.warehouse, name, days):
            text = f"load job {job_id} of an earlier writer was ended before it landed"
            log("WARNING", text, labels=self.warehouse.caller.labels(), event="load_ended")

    def _publish(self, batch: Batch, season: Prepared) -> Filled:
        try:
            # Computing and every batch take a while: much may have happened to the run meanwhile.
            holder = self._go_on()
            with self.stopwatch.during("publish"):
                outcomes, quarantined = season.publish(batch, holder)
        except RunStopped:
            raise
        except Exception as error:
            return self._failed(batch, self._reason(error))
        return Filled(batch, outcomes, quarantined)

    def _go_on(self) -> Holder:
        with self.stopwatch.during("lock"):
            return liveness.check(self.warehouse, self.task)

    def _reason(self, error: Exception) -> str:
        text = one_line(error)
        if isinstance(error, FORESEEN):
            return text
        # Anything else is a mistake of ours, which a sentence in the ledger does not find.
        log("ERROR", traceback.format_exc(), labels=self.warehouse.caller.labels())
        return f"{type(error).__name__}: {text}"

    def _failed(self, batch: Batch, reason: str) -> Filled:
        at = self.warehouse.now()
        return Filled(batch, [unfilled(planned, "FAILED", reason, at) for planned in batch.dates])

    def _not_begun(self, left: Sequence[Batch], shard: PlannedShard, stop: RunStopped) -> Filled:
        """The rest of a shard; what is on record of it already stays as it is."""
        dates = tuple(
            planned
            for batch in left
            for planned in batch.dates
            if key_of(planned) not in shard.recorded
        )
        at = self.warehouse.now()
        outcomes = [unfilled(planned, "SKIPPED", str(stop), at) for planned in dates]
        return Filled(Batch(left[0].number, left[0].table, dates), outcomes, stopped=stop.why)
