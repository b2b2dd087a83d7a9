"""Filling the dates of a shard: read, compute, publish; every date gets an outcome."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby

import pyarrow as pa

from phase4.cloud.in_flight import end_loads
from phase4.cloud.logging import log
from phase4.cloud.retries import FORESEEN, one_line
from phase4.cloud.warehouse import Warehouse
from phase4.filling import addition, liveness, notes, readiness
from phase4.filling.compute import Computed, Provenance, compute
from phase4.filling.fingerprints import of_league
from phase4.filling.played_games import GamesById, games_by_id
from phase4.filling.publishing import Outcome, publish
from phase4.filling.reading import read_league
from phase4.filling.sources import LeagueTables
from phase4.filling.stopwatch import Stopwatch
from phase4.filling.task import Task
from phase4.tables.calendar import season_year
from phase4.tables.filled import FILLED, FilledTable
from phase4.tables.rows.runs import PlannedDate

Filled = tuple[list[Outcome], pa.Table]
NONE_QUARANTINED = pa.table({})


@dataclass(frozen=True)
class Attempt:
    """One attempt of a task at its shard; `read_at` is the moment as of which it reads L3.

    `fingerprints` has a table for every season that was read.
    """

    warehouse: Warehouse
    task: Task
    stopwatch: Stopwatch
    read_at: datetime
    fingerprints: list[pa.Table] = field(default_factory=list)

    def fill(self, shard: Sequence[PlannedDate]) -> Filled:
        """Outcomes of all dates in their order, and the quarantined rows.

        Season after season, so that a task needs the memory of its largest season only, and one
        season that fails leaves the others filled.
        """
        try:
            self._check_lock()
        except Exception as error:
            return self._unfilled(shard, error)
        added = [planned for planned in shard if FILLED[planned.table_name].is_added_to]
        ours = [planned for planned in shard if planned not in added]
        ours.sort(key=lambda planned: planned.game_date)
        seasons = groupby(ours, key=lambda planned: season_year(planned.game_date))
        parts = [self._add(added)] if added else []
        parts += [self._fill_season(list(dates)) for _, dates in seasons]
        quarantined = [rows for _, rows in parts if rows.num_rows]
        return (
            [outcome for outcomes, _ in parts for outcome in outcomes],
            pa.concat_tables(quarantined) if quarantined else NONE_QUARANTINED,
        )

    def _add(self, dates: Sequence[PlannedDate]) -> Filled:
        """Of tables that others write, too: no date reaches behind itself, so all go at once."""
        days = _days(dates)
        tables = _by_table(dates)
        try:
            with self.stopwatch.during("read"):
                given = addition.read(self.warehouse, days, self.read_at)
            with self.stopwatch.during("compute"):
                computed = addition.compute(given, list(tables), days, self.read_at)
            self._check_lock()
        except Exception as error:
            return self._unfilled(dates, error)
        outcomes = [
            outcome
            for table, own in tables.items()
            for outcome in self._append(own, table, computed[table.name])
        ]
        return outcomes, NONE_QUARANTINED

    def _append(
        self, dates: Sequence[PlannedDate], table: FilledTable, computed: addition.Computed
    ) -> list[Outcome]:
        try:
            self._end_earlier_loads(table, _days(dates))
            with self.stopwatch.during("publish"):
                return addition.publish(self.warehouse, self.task, table, dates, computed)
        except Exception as error:
            return self._unfilled(dates, error)[0]

    def _fill_season(self, dates: Sequence[PlannedDate]) -> Filled:
        """All tables of some dates: what is behind the dates is read and computed once."""
        days, tables = _days(dates), _by_table(dates)
        try:
            with self.stopwatch.during("read"):
                league = read_league(self.warehouse, days, self.read_at)
                self.fingerprints.append(of_league(league))
            computed = self._compute(league, days, list(tables))
            # Computing takes a while: the run may have been cancelled or taken over meanwhile.
            run = self._check_lock()
        except Exception as error:
            # Whatever it is, the ledger says why the dates of this season were not filled.
            return self._unfilled(dates, error)
        games = games_by_id(league.players, days)
        build = notes.other_build(self.warehouse.settings.code_version, run.code_version)
        lacking = readiness.warnings(computed.shortfalls)
        outcomes = [
            outcome
            for table, own in tables.items()
            for outcome in self._replace(own, table, computed, games, forced=run.forced)
        ]
        return notes.add(outcomes, computed.noted, lacking, build), computed.quarantined

    def _replace(
        self,
        dates: Sequence[PlannedDate],
        table: FilledTable,
        computed: Computed,
        games: GamesById,
        *,
        forced: bool,
    ) -> list[Outcome]:
        try:
            # Before the live rows are read: what landed after that would be replaced unseen.
            self._end_earlier_loads(table, _days(dates))
            with self.stopwatch.during("publish"):
                return publish(
                    self.warehouse,
                    self.task,
                    dates,
                    computed.by_table[table.name],
                    computed.quarantined,
                    games=games,
                    table=table,
                    unready=readiness.refusals(computed.shortfalls),
                    forced=forced,
                )
        except Exception as error:
            return self._unfilled(dates, error)[0]

    def _check_lock(self) -> liveness.Holder:
        with self.stopwatch.during("lock"):
            return liveness.check(self.warehouse, self.task)

    def _end_earlier_loads(self, table: FilledTable, dates: Sequence[date]) -> None:
        name = self.warehouse.settings.filled_table(table)
        for job_id in end_loads(self.warehouse, name, dates):
            text = f"load job {job_id} of an earlier writer was ended before it landed"
            log("WARNING", text, labels=self.warehouse.caller.labels(), event="load_ended")

    def _compute(
        self, league: LeagueTables, dates: Sequence[date], tables: Sequence[FilledTable]
    ) -> Computed:
        provenance = Provenance(
            run_id=self.task.run_id,
            code_version=self.warehouse.settings.code_version,
            context_source=self.warehouse.settings.player_table,
            created_at=datetime.now(UTC),
            # A source that changes while this computes is newer than the rows: they become STALE.
            processed_at=self.read_at,
        )
        with self.stopwatch.during("compute"):
            return compute(league, dates, provenance, filled=tables)

    def _unfilled(self, dates: Sequence[PlannedDate], error: Exception) -> Filled:
        reason = self._reason(error)
        return [_failed(planned, reason) for planned in dates], NONE_QUARANTINED

    def _reason(self, error: Exception) -> str:
        text = one_line(error)
        if isinstance(error, FORESEEN):
            return text
        # Anything else is a mistake of ours, which a sentence in the ledger does not find.
        log("ERROR", traceback.format_exc(), labels=self.warehouse.caller.labels())
        return f"{type(error).__name__}: {text}"


def _days(dates: Sequence[PlannedDate]) -> list[date]:
    """Each date once, oldest first."""
    return sorted({planned.game_date for planned in dates})


def _by_table(dates: Sequence[PlannedDate]) -> dict[FilledTable, list[PlannedDate]]:
    """The dates of each table, in their order."""
    found: dict[FilledTable, list[PlannedDate]] = {}
    for planned in dates:
        found.setdefault(FILLED[planned.table_name], []).append(planned)
    return found


def _failed(planned: PlannedDate, reason: str) -> Outcome:
    return Outcome(
        game_date=planned.game_date,
        status="FAILED",
        reason=reason,
        expected_games=planned.expected_games,
        expected_players=planned.expected_players,
        table_name=planned.table_name,
        finished_at=datetime.now(UTC),
    )
