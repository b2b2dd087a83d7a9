"""The life of one date: the rules behind its state, its rows, attempts, snapshots and alerts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Warehouse
from phase4.tables.rows.dates import (
    DateAlert,
    DateAttempt,
    DateGame,
    DatePlayer,
    DateSnapshot,
    DateSource,
    ExaminedDate,
    Rule,
)


@dataclass(frozen=True)
class Explanation:
    """One date: its state with the rules behind it, and rows of sql/queries/date_*."""

    game_date: date
    status: ExaminedDate
    games: list[DateGame]
    players: list[DatePlayer]
    life: list[DateAttempt]
    sources: list[DateSource]
    snapshots: list[DateSnapshot]
    alerts: list[DateAlert]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules behind the state; without games no other one is asked."""
        rules = self.status.rules
        return rules if rules[0].holds else rules[:1]

    @property
    def deciding(self) -> Rule | None:
        """The rule that gave the state; None when every rule holds."""
        return next((rule for rule in self.rules if not rule.holds), None)


def explanation_of(warehouse: Warehouse, day: date) -> Explanation:
    """Everything known about one date; each part is one query."""
    with ThreadPoolExecutor() as pool:
        status = pool.submit(ask, warehouse, ExaminedDate, start_date=day, end_date=day)
        games = pool.submit(ask, warehouse, DateGame, game_date=day)
        players = pool.submit(ask, warehouse, DatePlayer, game_date=day)
        life = pool.submit(ask, warehouse, DateAttempt, game_date=day)
        sources = pool.submit(ask, warehouse, DateSource, game_date=day)
        snapshots = pool.submit(ask, warehouse, DateSnapshot, game_date=day)
        alerts = pool.submit(ask, warehouse, DateAlert, game_date=day)
        (examined,) = status.result()
        return Explanation(
            day, examined, games.result(), players.result(), life.result(), sources.result(),
            snapshots.result(), alerts.result(),
        )  # fmt: skip
