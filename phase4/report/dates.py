"""The dates of a report: their states now, their player-games, and what the run did with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from phase4.runs.receipt import DateDone
from phase4.tables.filled import DEFAULT
from phase4.tables.rows.dates import Gap
from phase4.tables.rows.players import PlayerGames


@dataclass(frozen=True)
class ReportDate(Gap):
    """One date; `run_status` is empty and `rows_changed` None when the run did not plan it."""

    l1_players: int
    l4_players: int
    ready_players: int
    run_status: str
    rows_changed: int | None


def dates_of(
    gaps: Iterable[Gap], players: Iterable[PlayerGames], done: Iterable[DateDone]
) -> list[ReportDate]:
    """The three put together, date by date."""
    games = {row.game_date: row for row in players}
    outcomes = {row.game_date: row for row in done if row.table_name == DEFAULT.name}
    return [_date(gap, games.get(gap.game_date), outcomes.get(gap.game_date)) for gap in gaps]


def _date(gap: Gap, players: PlayerGames | None, done: DateDone | None) -> ReportDate:
    return ReportDate(
        **vars(gap),
        l1_players=players.l1_players if players else 0,
        l4_players=players.l4_players if players else 0,
        ready_players=players.ready_players if players else 0,
        run_status=done.status if done else "",
        rows_changed=done.rows_changed if done else None,
    )
