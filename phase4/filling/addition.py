"""Filling a table that others write, too: the games of L1 that it lacks are appended.

Nothing that is there is touched, so a date is read back by identity: what somebody else wrote
meanwhile is named. Rows of a game carry the moment of their reading as processed_at, by which an
undo knows them again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

import pyarrow as pa
from google.api_core.exceptions import GoogleAPICallError

from phase4.cloud.appends import Append
from phase4.cloud.loads import RowsRefused, lacking_columns
from phase4.cloud.retries import DeadlineExceeded, one_line
from phase4.cloud.warehouse import CONCURRENT_LOADS, Warehouse
from phase4.errors import Unfit
from phase4.filling import notes
from phase4.filling.box_scores import box_scores
from phase4.filling.publishing import Outcome, Status
from phase4.filling.standing_games import NO_GAMES, Games, by_date, read_live
from phase4.filling.task import Task
from phase4.tables.box_scores import SELECTED
from phase4.tables.canonical import side_rows
from phase4.tables.catalog import TABLES
from phase4.tables.filled import FilledTable
from phase4.tables.partition import on_dates
from phase4.tables.rows.plans import PlannedDate

IDS = ("player_lookup", "universal_player_id")


class ColumnsLacking(Unfit):
    """A table that others own has no column for a part of the rows that would be appended."""

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        super().__init__(
            f"{table} has no column {', '.join(columns)}: nothing is appended to it;"
            " ask its owner to add them, or run without it (--tables)"
        )


@dataclass(frozen=True)
class Given:
    """What the rows are computed from: L1's lines of the dates, and the ids that L3 knows."""

    lines: pa.Table
    player_ids: pa.Table


@dataclass(frozen=True)
class Computed:
    """Rows of one table, why games of L1 made none (date and game), and what is unknown of them."""

    rows: pa.Table
    refused: dict[tuple[date, str], str]
    notes: dict[date, tuple[str, ...]]


@dataclass(frozen=True)
class Draft:
    """The games that are to be appended to one date."""

    planned: PlannedDate
    games: Games
    standing: Mapping[str, str]
    """The games that the table lacks and that would be doubled in it, each with the reason."""

    @property
    def day(self) -> date:
        """The date."""
        return self.planned.game_date

    @property
    def rows(self) -> pa.Table:
        """The rows of its games."""
        return pa.concat_tables(self.games.rows.values())

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted rows: what a load job's id names."""
        texts = sorted(json.dumps(row, default=str) for row in self.rows.to_pylist())
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()


@dataclass(frozen=True)
class Load:
    """A load job that has ended, or why there is none."""

    job_id: str = ""
    failure: str = ""


def read(warehouse: Warehouse, dates: Sequence[date], at: datetime) -> Given:
    """L1's lines of the dates and the ids of the players, as of one moment."""
    settings = warehouse.settings
    # Whoever played before keeps his id, however long ago that was.
    known = f"game_date <= '{max(dates)}'"
    found = warehouse.read_all(
        {
            "lines": (settings.raw_table, SELECTED, on_dates(dates)),
            "player_ids": (settings.player_table, IDS, known),
        },
        at,
    )
    return Given(**found)


def compute(
    given: Given, tables: Sequence[FilledTable], dates: Sequence[date], at: datetime
) -> dict[str, Computed]:
    """The rows that L1 makes on these dates, by table, with `at` as their processed_at."""
    made = box_scores(given.lines, given.player_ids, dates, at, tables=tables)
    refused = {(row["game_date"], row["game"]): row["reason"] for row in made.refused.to_pylist()}
    noted = notes.of_dates(made.noted)
    return {name: Computed(rows, refused, noted) for name, rows in made.rows.items()}


def publish(
    warehouse: Warehouse,
    task: Task,
    table: FilledTable,
    batch: Sequence[PlannedDate],
    computed: Computed,
) -> list[Outcome]:
    """Appends what the table lacks, date by date, and counts it; one outcome per date, in order."""
    check_columns(warehouse, table)
    days = [planned.game_date for planned in batch]
    made = by_date(table, computed.rows)
    live = by_date(table, read_live(warehouse, table, days))
    drafts = [
        drafted(table, planned, made.get(day, NO_GAMES), live.get(day, NO_GAMES))
        for planned, day in zip(batch, days, strict=True)
    ]
    with ThreadPoolExecutor(max_workers=CONCURRENT_LOADS) as pool:
        loads = list(pool.map(partial(_append, warehouse, task, table), drafts))
    counted = by_date(table, read_live(warehouse, table, days))
    at = warehouse.now()
    return [
        replace(
            _outcome(table, draft, load, counted.get(draft.day, NO_GAMES), computed), finished_at=at
        )
        for draft, load in zip(drafts, loads, strict=True)
    ]


def check_columns(warehouse: Warehouse, table: FilledTable) -> None:
    """Refuses a table without a column that its rows have: they would not be whole in it."""
    name = warehouse.settings.filled_table(table)
    columns = TABLES[table.name].column_names
    if lacking := lacking_columns(warehouse.client, warehouse.settings.table_id(name), columns):
        raise ColumnsLacking(name, lacking)


def drafted(table: FilledTable, planned: PlannedDate, made: Games, live: Games) -> Draft:
    """The games that the table has no row of, and of whose teams none stands in another game."""
    least = side_rows(table)
    lacking = {game: rows for game, rows in made.rows.items() if game not in live.rows}
    said = {game: {side.says(game, least) for side in live.sides} - {""} for game in lacking}
    return Draft(
        planned,
        Games({game: rows for game, rows in lacking.items() if not said[game]}),
        {game: ", ".join(sorted(whys)) for game, whys in said.items() if whys},
    )


def _append(warehouse: Warehouse, task: Task, table: FilledTable, draft: Draft) -> Load:
    if not draft.games.rows:
        return Load()
    name = warehouse.settings.filled_table(table)
    append = Append(table.name, draft.day, draft.rows["processed_at"][0].as_py())
    job_id = append.job_id(task.run_id, draft.digest, task.attempt)
    try:
        return Load(warehouse.append_partition(name, draft.day, draft.rows, job_id))
    # One date that is refused costs its neighbours nothing.
    except (GoogleAPICallError, DeadlineExceeded, RowsRefused) as error:
        return Load(failure=one_line(error))


def _outcome(
    table: FilledTable, draft: Draft, load: Load, counted: Games, computed: Computed
) -> Outcome:
    """What became of a date: success only when it holds every game that the plan promised."""
    added = tuple(draft.games.rows) if load.job_id else ()
    refused = {game: why for (day, game), why in computed.refused.items() if day == draft.day}
    stays_out = [
        f"{game} stays out: {why}"
        for game, why in {**refused, **draft.standing}.items()
        if game not in counted.rows
    ]
    doubled = [
        f"OVERCOUNT: {game} has {counted.rows[game].num_rows} rows, {rows.num_rows} of them of this"
        " run: somebody else wrote it meanwhile"
        for game, rows in draft.games.rows.items()
        if load.job_id and counted.rows.get(game, rows).num_rows > rows.num_rows
    ]
    lacking = [game for game in draft.games.rows if game not in counted.rows]
    reasons = [load.failure] if load.failure else [f"{game} is not there" for game in lacking]
    if not reasons and stays_out and len(added) < draft.planned.expected_games:
        reasons = stays_out
    status: Status = "FAILED" if reasons else "PUBLISHED" if added else "UNCHANGED"
    return Outcome(
        game_date=draft.day,
        status=status,
        reason="; ".join(reasons),
        expected_games=draft.planned.expected_games,
        expected_players=draft.planned.expected_players,
        warnings=(*doubled, *stays_out, *computed.notes.get(draft.day, ())),
        counted_games=len(counted.rows),
        counted_players=counted.row_count,
        rows_changed=draft.games.row_count if load.job_id else 0,
        content_hash=draft.digest if added else "",
        load_job_id=load.job_id,
        added_games=added,
        table_name=table.name,
    )
