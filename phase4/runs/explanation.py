"""The life of one date: the rules behind its state, its rows, attempts, snapshots and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

from phase4.cloud import routines
from phase4.cloud.warehouse import Row, Warehouse
from phase4.formats import percent
from phase4.tables.calendar import Season, bootstrap_days, bootstrap_end, season_of
from phase4.tables.readiness import READINESS
from phase4.tables.thresholds import THRESHOLDS

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
    return Explanation(day, row, rules_of(day, row), **answers)


def rules_of(day: date, row: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules of domain.md section 6 with their figures; the first that breaks names the state.

    Without games in L1 and L3 no other rule is looked at.
    """
    games = row["l1_games"] + row["l3_games"]
    there = Rule(
        "there are games", f"L1 {row['l1_games']}, L3 {row['l3_games']}", games > 0,
        _without_games(row),
    )  # fmt: skip
    if not games:
        return (there,)
    season = season_of(day)
    return (
        there,
        *_calendar(day, season),
        *_upstream(row),
        _kept(row),
        _inputs(row),
        *_target(row),
    )


def _without_games(row: Mapping[str, Any]) -> str:
    if row["lost_players"] or row["forgotten_games"]:
        return "BLOCKED_SHRUNK"
    return "OVERCOUNT" if row["l4_games"] else "NO_GAMES"


def _kept(row: Mapping[str, Any]) -> Rule:
    return Rule(
        "every row of L4 stays, or something contradicts it",
        f"L3 has {row['kept_games']} of {row['known_games']} games known to L4 and the ledger,"
        f" {row['lost_players']} rows would go without proof",
        not row["lost_players"] and not row["forgotten_games"],
        "BLOCKED_SHRUNK",
    )


def _inputs(row: Mapping[str, Any]) -> Rule:
    limit, share = READINESS["minimum_pct"], row["input_pct"]
    return Rule(
        f"≥ {limit} % of the team-games behind it have offence and defence",
        "none needed" if share is None else percent(share),
        share is None or share >= limit,
        "BLOCKED_UPSTREAM",
    )


def _calendar(day: date, season: Season) -> tuple[Rule, ...]:
    last = bootstrap_end(season)
    return (
        Rule("season has begun", f"opener {season.opener}", day >= season.opener,
             "EXEMPT_PRESEASON"),
        Rule(f"after the first {bootstrap_days()} days", f"bootstrap until {last}", day > last,
             "EXEMPT_BOOTSTRAP"),
        Rule("no All-Star date", f"break {season.all_star_start} … {season.all_star_end}",
             not season.is_all_star(day), "EXEMPT_ALL_STAR"),
    )  # fmt: skip


def _upstream(row: Mapping[str, Any]) -> tuple[Rule, ...]:
    limit = THRESHOLDS["l3_quality_pct"]
    return (
        Rule(
            "L3 has games",
            f"{row['l3_games']}",
            row["l3_games"] > 0,
            "BLOCKED_SHRUNK"
            if row["lost_players"] or row["forgotten_games"]
            else "BLOCKED_UPSTREAM",
        ),
        Rule(
            f"≥ {limit} % of active rows have minutes",
            f"{row['timed_rows']} of {row['active_rows']}",
            row["played_rows"] > 0 and row["timed_rows"] * 100 >= row["active_rows"] * limit,
            "BLOCKED_QUALITY",
        ),
        Rule(
            f"≥ {limit} % of played rows have usage",
            f"{row['usage_rows']} of {row['played_rows']}",
            row["usage_rows"] * 100 >= row["played_rows"] * limit,
            "BLOCKED_QUALITY",
        ),
    )


def _target(row: Mapping[str, Any]) -> tuple[Rule, ...]:
    surplus = f"{row['extra_players']} not in L3, {row['duplicate_rows']} duplicates"
    return (
        Rule("L4 has rows", f"{row['l4_games']} games", row["l4_games"] > 0, "MISSING"),
        Rule(
            "every player who played is there",
            f"{row['present_players']} of {row['expected_players']}",
            row["missing_players"] == 0,
            "PARTIAL",
        ),
        Rule(
            "nobody else, nobody twice",
            surplus,
            row["extra_players"] == 0 and row["duplicate_rows"] == 0,
            "OVERCOUNT",
        ),
        Rule(
            "current calculation version",
            f"{row['old_version_rows']} rows of another",
            row["old_version_rows"] == 0,
            "STALE",
        ),
        Rule(
            "no fact behind it changed since",
            f"{row['changed_dates']} dates changed after {row['l4_computed_at'] or 'never'}",
            row["changed_dates"] == 0,
            "STALE",
        ),
    )
