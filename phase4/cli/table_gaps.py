"""The gaps of a filled table other than the factors, which have figures of their own."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from phase4.cli import terminal
from phase4.cli.stated import first_of_each, show_states
from phase4.site.states import TableDate
from phase4.tables.filled import FilledTable

COLUMNS = ("game_date", "state", "reason", "due_games", "covered_games", "attainable_games")


def show_table_gaps(
    console: Console, table: FilledTable, rows: Sequence[TableDate], dates: int, shown: int
) -> None:
    """The dates, at most `shown` of each state, and what mends them."""
    made = terminal.table(
        "date", "state", "due", "covered", "attainable", "reason", words=("state", "reason")
    )
    for row in first_of_each(rows, shown):
        made.add_row(
            str(row.game_date), terminal.coloured(row.state), f"{row.due_games}",
            f"{row.covered_games}", f"{row.attainable_games}", row.reason,
        )  # fmt: skip
    if rows:
        console.print(made)
    show_states(console, table, rows, dates, shown)
