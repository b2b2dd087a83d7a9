"""The cost model: figures of cost_model.json for SQL, how many tasks they make worth their start.

Bytes are an upper estimate: a look at the date states counts every column whose name it mentions,
a task's read counts all columns that every league has.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phase4.tables.catalog import TABLES
from phase4.tables.filled import DEFAULT
from phase4.tables.widths import row_bytes

MODEL: dict[str, Any] = json.loads(Path(__file__).with_name("cost_model.json").read_text())
LAYERS = {
    "raw": "bdl_player_boxscores",
    "player": "player_game_summary",
    "defense": "team_defense_game_summary",
    "offense": "team_offense_game_summary",
    "target": DEFAULT.name,
}
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Staffing:
    """How a wave is dealt out when nobody says how: dates that are worth a task, tasks at most."""

    dates_per_task: int
    most_tasks: int

    @property
    def reason(self) -> str:
        """Where the two figures come from, in words."""
        rounds = f"{MODEL['loads_at_once']} loads at once, {MODEL['load_seconds']:g} s each"
        return (
            f"{self.dates_per_task} dates ({rounds}) fill the {MODEL['billed_seconds_at_least']} s"
            f" that a task is billed at least; the loads of {self.most_tasks} tasks change a table"
            f" {10 * MODEL['table_changes_per_second']} times in 10 s, which is what it takes"
        )


def staffing() -> Staffing:
    """What follows from billing and limits of the service."""
    seconds_per_date = MODEL["load_seconds"] / MODEL["loads_at_once"]
    return Staffing(
        dates_per_task=round(MODEL["billed_seconds_at_least"] / seconds_per_date),
        most_tasks=round(MODEL["table_changes_per_second"] * seconds_per_date),
    )


def seconds_of(dates: int, players: int) -> float:
    """How long a task works on dates with so many players, by the model."""
    return float(dates * MODEL["date_seconds"] + players * MODEL["player_seconds"])


def placeholders(look: str) -> dict[str, str]:
    """What `${…}` stands for in the SQL of the forecast; `look` is the SQL of the date states."""
    named = frozenset(WORD.findall(look))
    return {
        **{name: str(figure) for name, figure in MODEL.items()},
        **{f"{layer}_look_bytes": _width(table, named) for layer, table in LAYERS.items()},
        **{
            f"{layer}_task_bytes": _width(table, frozenset(TABLES[table].needed_columns))
            for layer, table in LAYERS.items()
        },
    }


def _width(table: str, columns: frozenset[str]) -> str:
    return str(row_bytes(table, columns, MODEL["bytes_per_text"]))
