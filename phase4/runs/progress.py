"""How far a run is: planned, done and failed dates per wave, coverage now, rate, time to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Warehouse
from phase4.runs.time_to_go import seconds_to_go
from phase4.runs.written import landed_games
from phase4.tables.filled import DEFAULT, FILLED
from phase4.tables.headline import Headline, share
from phase4.tables.rows.plans import RunDate
from phase4.tables.rows.runs import Retrying, WaveProgress
from phase4.tables.tally import Tally

P = TypeVar("P", "Wave", "Progress")
LIVE = ("RUNNING", "WAITING")


@dataclass(frozen=True)
class Wave:
    """One table of a wave in dates, rows and games."""

    wave: int
    tally: Tally
    players: int
    players_done: int
    games_added: int
    table_name: str = DEFAULT.name
    tasks: int = 1
    planned_at: datetime | None = None
    began_at: datetime | None = None
    """When the first task read for it; None while nothing of it is recorded."""
    recorded_at: datetime | None = None
    """When the last of its outcomes was found."""

    @property
    def planned(self) -> int:
        """Dates that it is to fill."""
        return self.tally.planned

    @property
    def recorded(self) -> int:
        """Dates that were tried and have an outcome."""
        return self.tally.recorded

    @property
    def label(self) -> str:
        """`canary` or `wave 3`."""
        return "canary" if self.wave == 0 else f"wave {self.wave}"


@dataclass(frozen=True)
class TableProgress:
    """One table of a run, in dates and games."""

    name: str
    tally: Tally
    games_added: int
    covered_before: int
    headline: Headline

    @property
    def before_pct(self) -> float | None:
        """Coverage when the table was planned, in per cent."""
        return share(self.covered_before, self.headline.due_games)


def named_apart(tables: Sequence[TableProgress]) -> Sequence[TableProgress]:
    """The tables of a run where they need to be named: none for the default alone."""
    return () if [table.name for table in tables] == [DEFAULT.name] else tables


@dataclass(frozen=True)
class Progress:
    """A run at one moment; `state` is empty when nba_ops.runs does not know it (a dry run).

    Games are those of its plan: due, covered before it, forecast for its end, attainable at best;
    of several tables, of the one that was planned last. `tables` has them all.
    """

    run_id: str
    state: str
    started_at: datetime | None
    finished_at: datetime | None
    looked_at: datetime
    range_dates: int
    due_games: int
    covered_before: int
    forecast_games: int
    attainable_games: int
    waves: tuple[Wave, ...]
    kind: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    table_name: str | None = None
    tables: tuple[TableProgress, ...] = ()
    retrying: tuple[Retrying, ...] = ()
    """What its tasks are trying again at the moment."""

    @classmethod
    def of(
        cls, run_id: str, rows: Sequence[WaveProgress], retrying: Sequence[Retrying] = ()
    ) -> Progress:
        """The progress in the rows of sql/queries/progress.sql."""
        waves = tuple(_part(Wave, row, tally=Tally.of(row)) for row in rows if row.wave is not None)
        (headline, *_) = (row for row in rows if row.is_headline)
        found = {row.table_name: _table(row, waves) for row in rows if row.table_name}
        tables = tuple(found[name] for name in FILLED if name in found)
        tried = tuple(retrying)
        return _part(cls, headline, run_id=run_id, waves=waves, tables=tables, retrying=tried)

    @property
    def live(self) -> bool:
        """Whether the run still holds or waits for its lock."""
        return self.state in LIVE

    @property
    def tally(self) -> Tally:
        """What became of the planned dates."""
        return Tally.total(wave.tally for wave in self.waves)

    @property
    def games_added(self) -> int:
        """Games that the table has now and had not when the run was planned."""
        return sum(wave.games_added for wave in self._of_headline)

    @property
    def _of_headline(self) -> list[Wave]:
        last = self.table_name or DEFAULT.name
        return [wave for wave in self.waves if wave.table_name == last]

    @property
    def covered_games(self) -> int:
        """Games of the planned range that L4 has now."""
        return self.covered_before + self.games_added

    @property
    def headline(self) -> Headline:
        """The headline figures now."""
        return Headline(self.due_games, self.covered_games, self.attainable_games)

    @property
    def seconds(self) -> float:
        """How long the run has taken so far, or took."""
        if self.started_at is None:
            return 0.0
        return ((self.finished_at or self.looked_at) - self.started_at).total_seconds()

    @property
    def dates_per_second(self) -> float | None:
        """Recorded dates per second of the run; None before the first."""
        recorded = self.tally.recorded
        return recorded / self.seconds if recorded and self.seconds > 0 else None

    @property
    def seconds_to_go(self) -> float | None:
        """What is left at the pace so far; None before the first outcome, 0 at the end."""
        return 0.0 if self.finished_at else seconds_to_go(self.looked_at, self.waves)

    def coverage_after(self, wave: Wave) -> float | None:
        """Coverage of its table with the games of all waves up to this one; None without games."""
        own = [each for each in self.waves if each.table_name == wave.table_name]
        added = sum(each.games_added for each in own if each.wave <= wave.wave)
        for table in self.tables:
            if table.name == wave.table_name:
                return share(table.covered_before + added, table.headline.due_games)
        return share(self.covered_before + added, self.due_games)

    def label(self, wave: Wave) -> str:
        """`wave 3`, with its table in a run over several."""
        if len(self.tables) < 2:
            return wave.label
        # Waves are numbered through. Without a canary a stage leaves the number out.
        own = min(each.wave for each in self.waves if each.table_name == wave.table_name)
        earlier = [each.wave for each in self.waves if each.wave < own]
        follows = own == max(earlier, default=-1) + 1
        name = "canary" if wave.wave == own and follows else wave.label
        return f"{name} of {wave.table_name}"

    @property
    def coverage_pct(self) -> float | None:
        """Coverage of the planned range now, in per cent."""
        return self.headline.coverage_pct

    def as_dict(self) -> dict[str, Any]:
        """All figures, derived ones included."""
        derived = (
            "live", "tally", "games_added", "covered_games", "coverage_pct", "seconds",
            "dates_per_second", "seconds_to_go",
        )  # fmt: skip
        return {**asdict(self), **{name: getattr(self, name) for name in derived}}


def progress_of(warehouse: Warehouse, run_id: str) -> Progress:
    """How far a run is, by its row, plan and ledger, and by the table where these do not tell."""
    rows = ask(warehouse, WaveProgress, run_id=run_id)
    ended = any(row.state not in LIVE for row in rows)
    if ended and any(row.failed or row.died for row in rows):
        dates = ask(warehouse, RunDate, run_id=run_id)
        landed = landed_games(warehouse, run_id, dates, rows[0].finished_at)
        rows = [_gained(row, landed) for row in rows]
    retrying = [] if ended else ask(warehouse, Retrying, run_id=run_id)
    return Progress.of(run_id, rows, retrying)


def _gained(row: WaveProgress, landed: dict[int, int]) -> WaveProgress:
    if row.wave is None or row.table_name != DEFAULT.name:
        return row
    return replace(row, games_added=(row.games_added or 0) + landed.get(row.wave, 0))


def _table(row: WaveProgress, waves: Sequence[Wave]) -> TableProgress:
    own = [wave for wave in waves if wave.table_name == row.table_name]
    added = sum(wave.games_added for wave in own)
    return TableProgress(
        name=row.table_name or "",
        tally=Tally.total(wave.tally for wave in own),
        games_added=added,
        covered_before=row.covered_before,
        headline=Headline(row.due_games, row.covered_before + added, row.attainable_games),
    )


def _part(kind: type[P], row: WaveProgress, **more: Any) -> P:
    """The part of a row that a class holds, with what the row has not."""
    known = {field.name: getattr(row, field.name, None) for field in fields(kind)}
    return kind(**{**known, **more})
