"""Whether the tables of others can be appended to: their columns, and those of L1 behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from phase4.cloud.loads import lacking_columns
from phase4.cloud.settings import Settings
from phase4.doctor.finding import Finding, looked_at, ok
from phase4.tables.box_scores import LINES, SELECTED
from phase4.tables.catalog import TABLES
from phase4.tables.filled import DEFAULT, FILLED, FilledTable

if TYPE_CHECKING:
    from google.cloud import bigquery


def appending(client: bigquery.Client, settings: Settings) -> Iterator[Finding]:
    """A finding for each filled table that others write, too."""
    for table in FILLED.values():
        if table.is_added_to:
            subject = f"appending to {settings.filled_table(table)}"
            cure = "create it, or name another one"
            yield from looked_at(subject, cure, _appending, subject, client, settings, table)


def _appending(
    subject: str, client: bigquery.Client, settings: Settings, table: FilledTable
) -> Iterator[Finding]:
    needed = {
        settings.filled_table(table): TABLES[table.name].column_names,
        settings.league_tables[LINES]: SELECTED,
    }
    problems = [
        f"{name} has no column {', '.join(lacking)}"
        for name, columns in needed.items()
        if (lacking := lacking_columns(client, settings.table_id(name), columns))
    ]
    if problems:
        # Nothing that a run of the default table needs.
        next_step = f"ask the owner to add them; runs without --tables fill {DEFAULT.name} alone"
        yield Finding(subject, "absent", f"not possible: {'; '.join(problems)}: {next_step}")
    else:
        yield ok(subject, f"its {len(needed[settings.filled_table(table)])} columns are there")
