"""The rows that L1's box-score lines make, and what they do not: L3, and what else others write.

A game is written under the id `YYYYMMDD_AWAY_HOME` with canonical team codes, whatever ids its
lines have: that is how player_game_summary names games. Zone attempts need play-by-play: NULL.

A game is written whole or not at all. What L1 contradicts itself about (a player of two teams, two
lines of one moment that differ, a team with two games on a date) refuses the game, and so does a
line that cannot be, as every figure of a team is made of all its lines. A player in two games of a
date is written in both: L4 quarantines him.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from phase4.cloud.loads import conform
from phase4.filling.engine import connect, filled
from phase4.filling.sources import ColumnMissing
from phase4.tables.arrow import schema_of
from phase4.tables.bounds import refusal_sql
from phase4.tables.box_scores import (
    CLOCK_TIME,
    ISO_TIME,
    LINES,
    PLAIN_TIME,
    SELECTED,
    STATISTICS,
    unknown_team_sql,
)
from phase4.tables.canonical import game_sql, team_sql
from phase4.tables.filled import FILLED, FilledTable
from phase4.tables.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ADDED = tuple(table for table in FILLED.values() if table.is_added_to)
NO_IDS = pa.table(
    {"player_lookup": pa.array([], pa.string()), "universal_player_id": pa.array([], pa.string())}
)


@dataclass(frozen=True)
class BoxScores:
    """Rows by table, date, game and key, and the games that L1 cannot feed.

    Refused has game_date, game (the canonical one, as DAL-DEN) and reason, one row per game that
    was played and is not written. Noted has game_date, game_id, player_lookup, reason, row_json:
    what of a written line is unknown.
    """

    rows: dict[str, pa.Table]
    refused: pa.Table
    noted: pa.Table


def box_scores(
    lines: pa.Table,
    player_ids: pa.Table | None,
    dates: Sequence[date],
    read_at: datetime,
    *,
    tables: Collection[FilledTable] = ADDED,
) -> BoxScores:
    """What L1's lines say of the dates, in one pass; in any order and any split the same.

    `tables` are those whose rows are made; all that are made of box scores unless told.
    `player_ids` has player_lookup and universal_player_id; `read_at` becomes processed_at.
    ColumnMissing names a column of SELECTED that the lines lack.
    """
    for column in SELECTED:
        if column not in lines.column_names:
            raise ColumnMissing(LINES, column, lines.column_names)
    with connect() as connection:
        connection.register("requested", _requested(dates))
        connection.register("source_rows", lines)
        connection.register("player_ids", NO_IDS if player_ids is None else player_ids)
        fragments = _fragments()
        for name in ("box_lines", "box_games"):
            connection.execute(filled(name, **fragments))
        return BoxScores(
            {table.name: _rows(connection, table, read_at) for table in tables},
            connection.execute("FROM refused_games ORDER BY ALL").to_arrow_table(),
            connection.execute(filled("box_notes", **fragments)).to_arrow_table(),
        )


def _requested(dates: Sequence[date]) -> pa.Table:
    return pa.table({"game_date": pa.array(sorted(set(dates)), pa.date32())})


def _rows(connection: DuckDBPyConnection, table: FilledTable, read_at: datetime) -> pa.Table:
    """The rows of a filled table, in the columns of its schema."""
    rows = connection.execute(table.text("rows")).to_arrow_table()
    moment = pa.scalar(read_at, pa.timestamp("us", "UTC"))
    rows = rows.append_column("processed_at", pa.repeat(moment, rows.num_rows))
    known = schema_of(table.name).names
    return conform(table.name, rows.select([name for name in rows.column_names if name in known]))


def _fragments() -> dict[str, str]:
    return {
        "raw_game": game_sql("home_team_abbr", "away_team_abbr"),
        "line_team": team_sql("team_abbr"),
        "clock_time": CLOCK_TIME,
        "plain_time": PLAIN_TIME,
        "iso_time": ISO_TIME,
        "home_team": team_sql("home_team_abbr"),
        "away_team": team_sql("away_team_abbr"),
        "statistics": ",\n  ".join(f"coalesce({name}, 0) AS {name}" for name in STATISTICS),
        "impossible_line": refusal_sql(lambda name: f"source_rows.{name}"),
        "is_unknown_team": unknown_team_sql("team_abbr"),
        "statistic_names": ", ".join(STATISTICS),
        **{name: str(figure) for name, figure in THRESHOLDS["box_scores"].items()},
    }
