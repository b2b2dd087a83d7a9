"""A league: the tables that a run reads, as Arrow tables in the types of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import pyarrow as pa


@dataclass(frozen=True)
class League:
    """Arrow tables in the schema of the warehouse; the field names are table and file names."""

    bdl_player_boxscores: pa.Table
    player_game_summary: pa.Table
    team_defense_game_summary: pa.Table
    team_offense_game_summary: pa.Table
    player_birthdates: pa.Table | None = None
    player_composite_factors: pa.Table | None = None

    def tables(self) -> Iterator[tuple[str, pa.Table]]:
        """Name and table of every table that is there."""
        for name in TABLE_NAMES:
            table = getattr(self, name)
            if table is not None:
                yield name, table


TABLE_NAMES = tuple(field.name for field in fields(League))
OPTIONAL_TABLES = ("player_birthdates", "player_composite_factors")
