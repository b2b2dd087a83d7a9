"""Rows about dates: their states, games, players, and what runs did with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True)
class DateStatus:
    """One date as date_status sees it, but for the rules behind its state."""

    game_date: date
    season_year: int
    state: str
    reason: str
    is_reachable: bool
    is_exhibition: bool
    due_games: int
    covered_games: int
    attainable_games: int
    refilled_games: int
    l1_games: int
    postponed_games: int
    l3_games: int
    playable_games: int
    l4_games: int
    l3_covered_games: int
    reachable_games: int
    reachable_covered_games: int
    unconfirmed_games: int
    active_rows: int
    timed_rows: int
    played_rows: int
    usage_rows: int
    expected_players: int
    present_players: int
    missing_players: int
    missing_names: str | None
    present_pct: float | None
    extra_players: int
    lost_players: int
    forgotten_games: int
    known_games: int
    kept_games: int
    duplicate_rows: int
    old_version_rows: int
    changed_dates: int
    input_pct: float | None
    input_shortfall: str
    l3_changed_at: datetime | None
    l4_computed_at: datetime | None
    gap_since: datetime | None
    age_days: int | None
    sound_games: tuple[str, ...]
    removable_rows: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One rule in the order of its examination; `state` is what a date gets that breaks it."""

    name: str
    figure: str
    holds: bool
    state: str


@dataclass(frozen=True)
class ExaminedDate(DateStatus):
    """One date with all rules behind its state."""

    query: ClassVar[str] = "examined_dates"

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Gap(DateStatus):
    """One date next to what the ledger recorded of it last."""

    query: ClassVar[str] = "gaps"

    last_run: str | None
    last_outcome: str | None
    last_reason: str | None
    last_finished_at: datetime | None
    ledger: str


@dataclass(frozen=True)
class DateGame:
    """One game of a date in every layer."""

    query: ClassVar[str] = "date_games"

    teams: str | None
    l1_players: int
    l3_players: int
    l3_without_minutes: int
    l4_players: int
    l4_rows: int


@dataclass(frozen=True)
class DatePlayer:
    """A player of a date on whom L3 and L4 do not agree."""

    query: ClassVar[str] = "date_players"

    game_id: str
    player_lookup: str
    player_name: str | None
    minutes_played: Decimal | None
    is_expected: bool
    copies: int
    other_version: str | None
    quarantine_reason: str | None
    disagreement: str


@dataclass(frozen=True)
class DateAttempt:
    """What one run planned for a date and, per attempt, did with it."""

    query: ClassVar[str] = "date_life"

    table_name: str
    run_id: str
    action: str
    planned_state: str
    planned_reason: str
    planned_at: datetime
    wave: int | None
    task: int | None
    attempt: int | None
    status: str | None
    reason: str | None
    expected_players: int | None
    counted_games: int | None
    counted_players: int | None
    quarantined_rows: int | None
    rows_changed: int | None
    load_job_id: str | None
    read_at: datetime | None
    finished_at: datetime | None
    execution: str | None
    code_version: str | None


@dataclass(frozen=True)
class DateSource:
    """Where rows of a date in L4 come from."""

    query: ClassVar[str] = "date_sources"

    run_id: str | None
    calculation_version: str | None
    code_version: str | None
    context_source: str | None
    processed_at: datetime | None
    stored_rows: int
    completeness_pct: Decimal | None
    not_ready_rows: int
    warned_rows: int


@dataclass(frozen=True)
class DateSnapshot:
    """A snapshot over a date, and its failed checks that name it."""

    query: ClassVar[str] = "date_snapshots"

    snapshot_at: datetime
    kind: str
    trigger: str
    run_id: str | None
    start_date: date
    end_date: date
    verdict: str
    coverage_pct: float | None
    due_games: int
    naming_checks: str


@dataclass(frozen=True)
class DateAlert:
    """The newest transition of an alert over a date."""

    query: ClassVar[str] = "date_alerts"

    alert_key: str
    metric: str
    transition: str
    severity: str
    noted_at: datetime
    message: str
    fix: str


@dataclass(frozen=True)
class StoredGames:
    """The canonical games that L4 holds on a date."""

    query: ClassVar[str] = "stored_games"

    game_date: date
    games: tuple[str, ...]
