"""Rows of the past: a moment of the window, if the table was there and keeps it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from phase4.cloud.time_travel import TooOld, rows_at, within_reach
from tests.table_server import TableServer

DAY = date(2024, 11, 5)


def test_a_moment_since_the_table_was_made_can_be_read(tables: TableServer) -> None:
    warehouse, at = tables.warehouse(), datetime.now(UTC)
    assert within_reach(warehouse, at)
    assert rows_at(warehouse, [DAY], at, "game_id").column_names == ["game_id"]


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (timedelta(days=8), "is more than 7 days ago"),
        (timedelta(days=1), "is before the past that player_composite_factors has"),
    ],
)
def test_a_moment_that_nobody_keeps_is_told_before_it_is_read(
    tables: TableServer, age: timedelta, why: str
) -> None:
    warehouse, at = tables.warehouse(), datetime.now(UTC) - age
    assert not within_reach(warehouse, at)
    with pytest.raises(TooOld, match=why):
        rows_at(warehouse, [DAY], at)
