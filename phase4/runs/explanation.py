"""The life of one date: the rules behind its state, its rows, attempts, snapshots and alerts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from phase4.cloud import routines
from phase4.cloud.warehouse import Row, Warehouse

PARTS = ("games", "players", "life", "sources", "snapshots", "alerts")


@dataclass(frozen=True)
class Rule:
    """One rule in the order of its examination; `state` is what a date gets that breaks it."""

    name: str
    figure: str
    holds: bool
    state: str


@dataclass(frozen=True)
class Explanation:
    """One date: its row of date_status, the rules with figures, and rows of sql/queries/date_*."""

    game_date: date
    status: Row
    rules: tuple[Rule, ...]
    games: list[Row]
    players: list[Row]
    life: list[Row]
    sources: list[Row]
    snapshots: list[Row]
    alerts: list[Row]

    @property
    def deciding(self) -> Rule | None:
        """The rule that gave the state; None when every rule holds."""
        return next((rule for rule in self.rules if not rule.holds), None)


def explanation_of(warehouse: Warehouse, day: date) -> Explanation:
    """Everything known about one date; each part is one query."""
    settings = warehouse.settings
    with ThreadPoolExecutor() as pool:
        status = pool.submit(
            warehouse.row,
            f"SELECT * FROM `{settings.ops('date_status')}`(@game_date, @game_date)",
            {"game_date": day},
        )
        parts = {
            part: pool.submit(
                warehouse.query, routines.query(f"date_{part}", settings), {"game_date": day}
            )
            for part in PARTS
        }
        row = status.result()
        answers = {part: future.result() for part, future in parts.items()}
    return Explanation(day, row, rules_of(row), **answers)


def rules_of(status: Row) -> tuple[Rule, ...]:
    """The rules behind the state of a row of date_status; without games no other one is asked."""
    there, *others = (
        Rule(each["rule"], each["figure"], each["holds"], each["state"]) for each in status["rules"]
    )
    return (there, *others) if there.holds else (there,)
