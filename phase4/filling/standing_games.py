"""What a table that others write, too, holds of a date: its games, and whose teams stand where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from phase4.cloud.warehouse import Warehouse
from phase4.filling.engine import database
from phase4.tables.canonical import game_of_id_sql, game_sql, team_sql
from phase4.tables.filled import FilledTable
from phase4.tables.partition import on_dates, rows_of


@dataclass(frozen=True)
class Side:
    """The rows of one team under one id and game; `meant` is the game that the id names."""

    game: str
    team: str | None
    meant: str | None
    row_count: int

    def says(self, game: str, least: int) -> str:
        """What keeps another game out, as its rows or its team stand here; empty when nothing."""
        told = self.row_count >= least and self.team in game.split("-")
        if self.game == game or not (told or self.meant == game):
            return ""
        return f"{self.team or 'nobody'} stands in {self.game} here"


@dataclass(frozen=True)
class Games:
    """What a table holds of a date: its rows by canonical game, and by team."""

    rows: dict[str, pa.Table]
    sides: tuple[Side, ...] = ()

    @property
    def row_count(self) -> int:
        """Rows of all games."""
        return sum(rows.num_rows for rows in self.rows.values())


NO_GAMES = Games({})


def read_live(warehouse: Warehouse, table: FilledTable, dates: Sequence[date]) -> pa.Table:
    """Who is in which game, of the rows that the table holds now."""
    columns = tuple(dict.fromkeys((*table.key, *table.teams)))
    return warehouse.read(warehouse.settings.filled_table(table), columns, on_dates(dates))


def by_date(table: FilledTable, rows: pa.Table) -> dict[date, Games]:
    """The rows of every date by canonical game; one without teams and id is of no game."""
    with database() as connection:
        connection.register("filled_rows", rows)
        connection.execute(
            f"CREATE TEMP TABLE named AS SELECT *, {game_sql(*table.teams)} AS game"
            " FROM filled_rows WHERE game IS NOT NULL"
        )
        named = connection.table("named").to_arrow_table()
        sides = connection.execute(
            f"SELECT game_date, game, {team_sql(table.teams[0])} AS team,"
            f" {game_of_id_sql('game_id')} AS meant, count(*) FROM named GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    found: dict[date, Games] = {}
    for day in named["game_date"].unique().to_pylist():
        of_day = rows_of(named, day)
        names = of_day["game"]
        found[day] = Games(
            {
                game: of_day.filter(pc.equal(names, game)).drop_columns("game")
                for game in sorted(names.unique().to_pylist())
            },
            tuple(Side(*side) for on, *side in sides if on == day),
        )
    return found
