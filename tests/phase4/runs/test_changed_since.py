"""Whether anything happened to a date after a run wrote it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from phase4.runs.written import changed_since
from phase4.tables.filled import FILLED
from phase4.tables.partition import EMPTY, Content
from phase4.tables.rows.plans import RunDate
from tests.rows import row_of

RUN = "run-1"
DAY = date(2024, 12, 1)
WRITTEN = Content(Counter([("game", "player", "hash", "written")]))
OTHER = Content(Counter([("game", "player", "hash", "other")]))
REPLACED = [table.name for table in FILLED.values() if not table.is_added_to]
every_table = pytest.mark.parametrize("table", REPLACED)


def wrote(table: str, status: str = "PUBLISHED", later_run: str | None = None) -> RunDate:
    """The date of a table on which the run is on record."""
    recorded = WRITTEN.digest if status == "PUBLISHED" else None
    return row_of(
        RunDate, table_name=table, game_date=DAY, status=status, later_run=later_run,
        content_hash=recorded,
    )  # fmt: skip


@every_table
def test_nothing_happened_to_rows_that_are_as_the_run_wrote_them(table: str) -> None:
    assert changed_since(RUN, wrote(table), WRITTEN, EMPTY, {RUN}) == ""


@every_table
def test_other_rows_than_the_run_wrote_are_named_with_the_date(table: str) -> None:
    said = changed_since(RUN, wrote(table), OTHER, EMPTY, {"somebody"})
    assert said.startswith(str(DAY))
    assert said.endswith(f"holds other rows than the run wrote: phase4 explain {DAY}")


@every_table
def test_what_a_killed_undo_had_put_back_is_no_change(table: str) -> None:
    assert changed_since(RUN, wrote(table), OTHER, OTHER, {"somebody"}) == ""


@every_table
def test_rows_of_a_killed_attempt_are_the_runs_by_who_wrote_them(table: str) -> None:
    assert changed_since(RUN, wrote(table, "DIED"), WRITTEN, EMPTY, {RUN}) == ""


@every_table
def test_a_later_run_is_named(table: str) -> None:
    said = changed_since(RUN, wrote(table, later_run="run-2"), WRITTEN, EMPTY, {RUN})
    assert said.startswith(f"run run-2 wrote {DAY}")


@every_table
def test_a_later_undo_that_brought_the_rows_back_is_no_change(table: str) -> None:
    assert changed_since(RUN, wrote(table, later_run="undo-2"), WRITTEN, EMPTY, {RUN}) == ""
