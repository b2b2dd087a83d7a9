"""The cost model in SQL: figures of cost_model.json, and what a row of each source table weighs.

Bytes are an upper estimate: a look at the date states counts every column whose name it mentions,
a task's read counts all columns that every league has.
"""

from __future__ import annotations

import json
import re
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
