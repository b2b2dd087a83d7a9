"""Publishing a batch: check each date, replace what changed, then count what the table holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

from phase4.cloud.retries import FORESEEN, one_line
from phase4.cloud.warehouse import CONCURRENT_LOADS, JOB_PREFIX, Warehouse
from phase4.filling.gate import check
from phase4.filling.played_games import GamesById
from phase4.filling.reading import read_live
from phase4.filling.survival import refusal
from phase4.filling.task import Task
from phase4.tables.filled import DEFAULT, FilledTable
from phase4.tables.partition import EMPTY, Content, contents, rows_of
from phase4.tables.rows.plans import PlannedDate

Status = Literal["PUBLISHED", "UNCHANGED", "FAILED", "SKIPPED"]

NOTHING: Mapping[date, str] = MappingProxyType({})


@dataclass(frozen=True)
class Outcome:
    """What became of one date; counted figures are what the table holds afterwards."""

    game_date: date
    status: Status
    reason: str
    expected_games: int
    expected_players: int
    warnings: tuple[str, ...] = ()
    counted_games: int = 0
    counted_players: int = 0
    games: tuple[str, ...] = ()
    quarantined_rows: int = 0
    rows_changed: int = 0
    content_hash: str = ""
    load_job_id: str = ""
    added_games: tuple[str, ...] = ()
    table_name: str = DEFAULT.name
    finished_at: datetime = datetime.min


def unfilled(planned: PlannedDate, status: Status, reason: str, at: datetime) -> Outcome:
    """The outcome of a date that nothing was done to."""
    return Outcome(
        game_date=planned.game_date,
        status=status,
        reason=reason,
        expected_games=planned.expected_games,
        expected_players=planned.expected_players,
        table_name=planned.table_name,
        finished_at=at,
    )


@dataclass(frozen=True)
class Draft:
    """The new rows of one date next to what is live."""

    table: FilledTable
    planned: PlannedDate
    rows: pa.Table
    quarantined: int
    new: Content
    live: Content
    unready: str = ""
    """Why the date may not be computed at all."""

    @property
    def due(self) -> int:
        """Players due: what the plan expected, or what L3 shows now if that is more."""
        return max(self.planned.expected_players, int(self.rows.num_rows) + self.quarantined)

    def outcome(self, status: Status, reason: str = "") -> Outcome:
        """The outcome before anything has been counted."""
        return Outcome(
            game_date=self.planned.game_date,
            status=status,
            reason=reason,
            expected_games=self.planned.expected_games,
            expected_players=self.due,
            quarantined_rows=self.quarantined,
            content_hash=self.new.digest,
            table_name=self.table.name,
        )


def publish(
    warehouse: Warehouse,
    task: Task,
    batch: Sequence[PlannedDate],
    rows: pa.Table,
    quarantined: pa.Table,
    *,
    games: GamesById,
    table: FilledTable = DEFAULT,
    unready: Mapping[date, str] = NOTHING,
    forced: bool = False,
) -> list[Outcome]:
    """Publishes every date of a batch; one outcome per date, in their order.

    A date whose every stored value is what was computed is not written again, unless forced.
    """
    dates = [planned.game_date for planned in batch]
    live = contents(read_live(warehouse, dates, table), table)
    drafts = _drafts(table, batch, rows, quarantined, live, unready)
    with ThreadPoolExecutor(max_workers=CONCURRENT_LOADS) as pool:
        written = list(
            pool.map(lambda draft: _publish_date(warehouse, task, draft, forced), drafts)
        )
    # A job that succeeded does not say what the table holds: another may have written since.
    counted = contents(read_live(warehouse, dates, table), table)
    at = warehouse.now()
    return [
        replace(
            _count(draft, outcome, counted.get(outcome.game_date, EMPTY), games), finished_at=at
        )
        for draft, outcome in zip(drafts, written, strict=True)
    ]


def _drafts(
    table: FilledTable,
    batch: Sequence[PlannedDate],
    rows: pa.Table,
    quarantined: pa.Table,
    live: dict[date, Content],
    unready: Mapping[date, str],
) -> list[Draft]:
    new = contents(rows, table)
    # Whoever is kept out is a player: rows about teams owe nothing for him.
    kept_out = quarantined if table.who == "player_lookup" else quarantined.slice(0, 0)
    return [
        Draft(
            table=table,
            planned=planned,
            rows=rows_of(rows, planned.game_date),
            quarantined=rows_of(kept_out, planned.game_date).num_rows,
            new=new.get(planned.game_date, EMPTY),
            live=live.get(planned.game_date, EMPTY),
            unready=unready.get(planned.game_date, ""),
        )
        for planned in batch
    ]


def _publish_date(warehouse: Warehouse, task: Task, draft: Draft, forced: bool) -> Outcome:
    if draft.unready:
        return draft.outcome("FAILED", f"not published: {draft.unready}")
    gate = check(draft.rows, draft.due, draft.table)
    if not gate.open:
        return draft.outcome("FAILED", "not published: " + "; ".join(gate.reasons))
    if lost := refusal(draft.planned, draft.live, draft.new, draft.table):
        return draft.outcome("FAILED", f"not published: {lost}")
    if draft.new == draft.live and not forced:
        return replace(draft.outcome("UNCHANGED"), warnings=gate.warnings)
    day = draft.planned.game_date
    # Sent again after a lost answer it is the same job; other rows, or a retry, are another one.
    place = f"{day:%Y%m%d}" if draft.table.is_default else f"{draft.table.name}_{day:%Y%m%d}"
    job_id = f"{JOB_PREFIX}{task.run_id}_{place}_{draft.new.digest[:16]}_{task.attempt}"
    name = warehouse.settings.filled_table(draft.table)
    try:
        job = warehouse.replace_partition(name, day, draft.rows, job_id)
    # One date that is refused costs its neighbours nothing.
    except FORESEEN as error:
        return draft.outcome("FAILED", one_line(error))
    outcome = draft.outcome("PUBLISHED")
    return replace(
        outcome,
        warnings=gate.warnings,
        load_job_id=job,
        rows_changed=draft.new.changed_from(draft.live),
    )


def _count(draft: Draft, outcome: Outcome, counted: Content, games: GamesById) -> Outcome:
    """The outcome with what the table holds; success only when it holds exactly the new rows."""
    day = outcome.game_date
    counts = replace(
        outcome,
        games=tuple(sorted({games.get((day, each), each) for each, *_ in counted.entries})),
        counted_games=counted.games,
        counted_players=counted.players,
    )
    # By identity and values: a count would take the wrong players for the right ones.
    if outcome.status == "FAILED" or counted == draft.new:
        return counts
    return replace(
        counts,
        status="FAILED",
        reason=f"the table holds {counted.rows} rows after the write,"
        f" {counted.changed_from(draft.new)} of them not those of the {draft.new.rows} written",
    )
