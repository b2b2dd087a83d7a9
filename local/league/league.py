"""A league: the tables that a run reads, as Arrow tables in the types of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import pyarrow as pa

from phase4.tables import TABLES

FIXED_TYPES = {
    "STRING": pa.string(),
    "INTEGER": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
}


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


def arrow_schema(name: str) -> pa.Schema:
    """The warehouse columns of one table as Arrow fields."""
    return pa.schema(
        pa.field(column["name"], _arrow_type(column), nullable=column.get("mode") != "REQUIRED")
        for column in TABLES[name].columns
    )


def _arrow_type(column: dict[str, str]) -> pa.DataType:
    if column["type"] == "NUMERIC":
        scalar = pa.decimal128(int(column["precision"]), int(column["scale"]))
    else:
        scalar = FIXED_TYPES[column["type"]]
    return pa.list_(scalar) if column.get("mode") == "REPEATED" else scalar
