"""What a task reads: its dates from the plan, and the league's facts behind them once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Warehouse
from phase4.filling.batches import Batch, Key, by_season, key_of
from phase4.filling.compute import history_range
from phase4.filling.sources import BOXSCORES, DEFENSE, OFFENSE, PLAYERS, ROSTER, LeagueTables
from phase4.filling.task import Task
from phase4.tables.filled import DEFAULT, FilledTable
from phase4.tables.partition import content_columns, on_dates
from phase4.tables.rows.plans import PlannedDate, ShardDate


@dataclass(frozen=True)
class PlannedShard:
    """The dates of a task, table by table, and when BigQuery was asked for them, by its clock.

    Of those in `recorded` an earlier attempt told the outcome; those in `done` succeeded.
    """

    dates: Sequence[PlannedDate]
    asked_at: datetime
    recorded: frozenset[Key] = frozenset()
    done: Mapping[Key, ShardDate] = field(default_factory=dict)

    @property
    def seasons(self) -> list[list[Batch]]:
        """Its batches, by what is read at once."""
        return by_season(self.dates)

    @property
    def batches(self) -> list[Batch]:
        """All of them, in order."""
        return [batch for season in self.seasons for batch in season]


def read_shard(warehouse: Warehouse, task: Task) -> PlannedShard | None:
    """The shard of a task; None when the plan has no such task."""
    rows = ask(warehouse, ShardDate, run_id=task.run_id, wave=task.wave, task=task.index)
    if not rows:
        return None
    return PlannedShard(
        dates=[row.planned for row in rows],
        asked_at=rows[0].asked_at,
        recorded=frozenset(key_of(row) for row in rows if row.status),
        done={key_of(row): row for row in rows if row.status in ("PUBLISHED", "UNCHANGED")},
    )


def read_league(warehouse: Warehouse, dates: Sequence[date], at: datetime) -> LeagueTables:
    """The facts of every season that the dates touch, from its opener to the last date.

    All tables are read as of one moment: a writer between two of them is seen in both or in none.
    """
    settings = warehouse.settings
    spans = " OR ".join(
        f"(game_date BETWEEN '{first}' AND '{last}')" for first, last in history_range(dates)
    )
    requests = {
        "players": (settings.player_table, PLAYERS.selected, spans),
        "defense": (settings.defense_table, DEFENSE.selected, spans),
        "offense": (settings.offense_table, OFFENSE.selected, spans),
        "boxscores": (settings.raw_table, BOXSCORES.selected, spans),
    }
    if settings.roster_table:
        requests["roster"] = (settings.roster_table, ROSTER.selected, "")
    return LeagueTables(**warehouse.read_all(requests, at))


def read_live(
    warehouse: Warehouse, dates: Sequence[date], table: FilledTable = DEFAULT
) -> pa.Table:
    """The content of the rows that a table holds for the dates."""
    # Of now, not of the moment of L3: these are the rows that would be replaced.
    name = warehouse.settings.filled_table(table)
    return warehouse.read(name, content_columns(table), on_dates(dates))
