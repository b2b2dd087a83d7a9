"""What a task reads: its dates from the plan, and the league's facts behind them once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Warehouse
from phase4.filling.compute import history_range
from phase4.filling.sources import BOXSCORES, DEFENSE, OFFENSE, PLAYERS, ROSTER, LeagueTables
from phase4.filling.task import Task
from phase4.tables.filled import DEFAULT, FilledTable
from phase4.tables.partition import content_columns
from phase4.tables.rows.runs import PlannedDate, ShardDate


@dataclass(frozen=True)
class PlannedShard:
    """The dates of a task, table by table, and when BigQuery was asked for them, by its clock."""

    dates: Sequence[PlannedDate]
    asked_at: datetime


def read_shard(warehouse: Warehouse, task: Task) -> PlannedShard | None:
    """The shard of a task; None when the plan has no such task."""
    rows = ask(warehouse, ShardDate, run_id=task.run_id, wave=task.wave, task=task.index)
    return PlannedShard([row.planned for row in rows], rows[0].asked_at) if rows else None


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
    listed = ", ".join(f"'{day}'" for day in dates)
    name = warehouse.settings.filled_table(table)
    return warehouse.read(name, content_columns(table), f"game_date IN ({listed})")
