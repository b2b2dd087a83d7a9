"""`phase4 gaps`: every date that is not as it should be, with the reason."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from enum import Enum, StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from phase4.cli import table_gaps, terminal
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson, EndDate, StartDate, check_range
from phase4.cli.stated import first_of_each, show_states
from phase4.cloud.queries import ask
from phase4.cloud.settings import Settings
from phase4.errors import WrongInput
from phase4.site.states import dates_of
from phase4.tables.filled import DEFAULT, FILLED
from phase4.tables.rows.dates import Gap
from phase4.tables.states import GAPS, STATES

COLUMNS = (
    "game_date", "season_year", "state", "reason", "l1_games", "l3_games", "playable_games",
    "l4_games", "expected_players", "present_players", "missing_players",
    "extra_players", "duplicate_rows", "age_days", "ledger", "last_run", "last_outcome",
    "last_reason",
)  # fmt: skip
SHOWN_DATES = 10
# Typer takes choices from an Enum alone, and the states stand in one place.
StateName = Enum("StateName", {name: name for name in STATES}, type=str)  # type: ignore[misc]
TableName = Enum("TableName", {name: name for name in FILLED}, type=str)  # type: ignore[misc]
THE_FACTORS = TableName(DEFAULT.name)


class Ledger(StrEnum):
    """How table and ledger agree."""

    recorded = "recorded"
    lost = "lost"
    unrecorded = "unrecorded"
    failed = "failed"
    none = "none"


def gaps(
    start_date: StartDate,
    end_date: EndDate,
    states: Annotated[
        list[StateName] | None,
        typer.Option(
            "--state",
            case_sensitive=False,
            help="Only this state, every date of it (all gaps, the first ten of each); repeatable.",
        ),
    ] = None,
    ledger: Annotated[
        Ledger | None,
        typer.Option(
            case_sensitive=False, help="Only dates on which table and ledger stand like this."
        ),
    ] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Only dates on which L3 has fewer games than L1.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Every date, complete ones too.")] = False,
    of_table: Annotated[
        TableName, typer.Option("--table", case_sensitive=False, help="Of which filled table.")
    ] = THE_FACTORS,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the dates that are missing, partial, stale, overcounted or blocked, and why.

    The ledger column tells when table and ledger disagree: lost was recorded done and is not
    there, unrecorded is there and no run knows it.

    Example: phase4 gaps --start-date 2024-10-01 --end-date 2026-01-02 --state BLOCKED_UPSTREAM
    """
    check_range(start_date, end_date)
    warehouse = open_warehouse(Settings.from_environment())
    table = FILLED[of_table.value]
    wanted = _wanted(states, every=every or incomplete or ledger is not None)
    chosen = states is not None or ledger is not None or incomplete or every
    if table is not DEFAULT:
        if ledger or incomplete:
            raise WrongInput(f"--ledger, --incomplete: of {DEFAULT.name} alone, not {table.name}")
        dates = dates_of(warehouse, table, start_date, end_date)
        listed = [row for row in dates if row.state in wanted]
        if not _is_printed_as_data(table_gaps.COLUMNS, listed, as_json, as_csv):
            shown = len(dates) if chosen else SHOWN_DATES
            table_gaps.show_table_gaps(terminal.results(), table, listed, len(dates), shown)
        return
    rows = ask(warehouse, Gap, start_date=start_date, end_date=end_date)
    found = [
        row
        for row in rows
        if row.state in wanted
        and (ledger is None or row.ledger == ledger.value)
        and (not incomplete or _is_incomplete(row))
    ]
    if _is_printed_as_data(COLUMNS, found, as_json, as_csv):
        return
    _table(terminal.results(), found, len(rows), shown=len(rows) if chosen else SHOWN_DATES)
    if not chosen:
        _incomplete(terminal.results(), [row for row in rows if row.state not in wanted])


def _is_printed_as_data(
    columns: Sequence[str], rows: Sequence[Any], as_json: bool, as_csv: bool
) -> bool:
    if as_json:
        terminal.print_json([{name: getattr(row, name) for name in columns} for row in rows])
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([getattr(row, name) for name in columns] for row in rows)
    return as_json or as_csv


def _is_incomplete(row: Gap) -> bool:
    """Whether L3 has the date, but not every game of L1 with players: by identity, not by count."""
    return row.l3_games > 0 and row.refilled_games < row.l1_games


def _incomplete(console: Console, rows: list[Gap]) -> None:
    """The dates that are no gaps, as L4 has all that L3 has, and lack games all the same."""
    short = [row for row in rows if STATES[row.state].is_eligible and _is_incomplete(row)]
    if not short:
        return
    games = sum(row.l1_games - row.refilled_games for row in short)
    console.print(
        "besides, on dates that are no gaps, L3 lacks games of L1:"
        f" dates {len(short):,}, games {games:,}\n"
        f"  next  phase4 gaps --start-date {short[0].game_date} --end-date {short[-1].game_date}"
        " --incomplete",
        soft_wrap=True,
    )


def _wanted(states: list[StateName] | None, *, every: bool) -> set[str]:
    if states:
        return {state.value for state in states}
    return set(STATES if every else GAPS)


def _table(console: Console, rows: list[Gap], dates: int, *, shown: int) -> None:
    """The dates, at most `shown` of each state; how many there are is said of all."""
    made = terminal.table(
        "date", "state", "L1", "L3", "L4", "players", "ledger", "reason",
        words=("state", "ledger", "reason"),
    )  # fmt: skip
    for row in first_of_each(rows, shown):
        made.add_row(
            str(row.game_date), terminal.coloured(row.state),
            f"{row.l1_games}", f"{row.l3_games}", f"{row.l4_games}",
            f"{row.present_players} of {row.expected_players}", row.ledger, row.reason,
        )  # fmt: skip
    if rows:
        console.print(made)
    show_states(console, DEFAULT, rows, dates, shown)
