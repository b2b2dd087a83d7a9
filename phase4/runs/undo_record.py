"""The record of an undo: its plan and its outcomes, so that ledger and tables keep agreeing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import JOB_PREFIX, Row, Warehouse
from phase4.runs.undo_added import TakenBack
from phase4.runs.undo_plan import Restoration, Undo
from phase4.tables.arrow import table_of
from phase4.tables.rows.dates import ExaminedDate, StoredGames


@dataclass(frozen=True)
class Restored:
    """The load job that put a date back, and why it failed."""

    load_job_id: str
    failure: str = ""


def span_of(undo: Undo) -> dict[str, date]:
    """The range of an undo, as queries over dates are asked with it."""
    return dict(zip(("start_date", "end_date"), undo.span, strict=True))


def record(
    warehouse: Warehouse,
    undo: Undo,
    undo_id: str,
    restored: Mapping[date, Restored],
    taken: Sequence[TakenBack],
    found: Mapping[date, ExaminedDate],
) -> None:
    """Writes plan and outcomes of an undo: what it restored and took back.

    `found` are the states in which it found its dates.
    """
    settings = warehouse.settings
    # What is there now, which the ledger remembers from here on.
    stored = ask(warehouse, StoredGames, **span_of(undo))
    games = {row.game_date: sorted(row.games) for row in stored}
    # Of two who write a date the later one counts, and an operator's clock may be any.
    now = warehouse.now()
    shared = {"run_id": undo_id, "wave": 0, "task": 0}
    plan = [
        {**_planned(undo, each, found[each.game_date], now), **shared} for each in undo.restorations
    ]
    outcomes = [
        {
            **_outcome(undo, each, restored[each.game_date], now),
            **shared,
            "games": games.get(each.game_date, []),
        }
        for each in undo.restorations
    ]
    plan += [{**_planned_to_go(undo, each, now), **shared} for each in taken]
    outcomes += [{**_gone(undo, each, now), **shared, "games": []} for each in taken]
    for table, rows in (("plan", plan), ("outcomes", outcomes)):
        warehouse.append(
            f"{settings.ops_dataset}.{table}",
            table_of(table, rows),
            f"{JOB_PREFIX}{undo_id}_{table}",
        )


def _planned(undo: Undo, each: Restoration, status: ExaminedDate, now: datetime) -> Row:
    return {
        **_plan_row(
            undo, each.game_date, status.state, each.before.games, each.before.players, now
        ),
        "l1_games": status.l1_games,
        "present_games": each.now.games,
        "due_games": status.due_games,
        "covered_games": status.covered_games,
        "attainable_games": status.attainable_games,
        # A restored game that is not due covers nothing.
        "forecast_games": min(each.before.games, status.due_games),
    }


def _outcome(undo: Undo, each: Restoration, restored: Restored, now: datetime) -> Row:
    return {
        **_outcome_row(undo, each.game_date, each.before.games, each.before.players, now),
        "status": "FAILED" if restored.failure else "PUBLISHED",
        "reason": restored.failure or f"undo of {undo.run.run_id}",
        "rows_changed": each.before.changed_from(each.now),
        "content_hash": each.before.digest,
        "load_job_id": restored.load_job_id,
    }


def _planned_to_go(undo: Undo, each: TakenBack, now: datetime) -> Row:
    return {
        **_plan_row(undo, each.game_date, "OVERCOUNT", each.games_left, each.rows_left, now),
        "l1_games": 0,
        "present_games": each.games_left + each.games,
        "covered_games": each.games_left + each.games,
        "forecast_games": each.games_left,
        "table_name": each.table_name,
    }


def _gone(undo: Undo, each: TakenBack, now: datetime) -> Row:
    return {
        **_outcome_row(undo, each.game_date, each.games_left, each.rows_left, now),
        "status": "PUBLISHED",
        "reason": f"undo of {undo.run.run_id}",
        "rows_changed": each.rows,
        "content_hash": "",
        "load_job_id": "",
        "table_name": each.table_name,
    }


def _plan_row(undo: Undo, day: date, state: str, games: int, players: int, now: datetime) -> Row:
    return {
        "game_date": day,
        "action": "PLANNED",
        "state": state,
        "reason": f"undo of {undo.run.run_id}",
        "expected_games": games,
        "expected_players": players,
        "planned_at": now,
    }


def _outcome_row(undo: Undo, day: date, games: int, players: int, now: datetime) -> Row:
    return {
        "game_date": day,
        "attempt": 0,
        "expected_games": games,
        "expected_players": players,
        "counted_games": games,
        "counted_players": players,
        "quarantined_rows": 0,
        "warnings": [],
        "read_at": undo.at,
        "finished_at": now,
        "execution": "",
        "code_version": "",
    }
