"""The clock that BigQuery sets."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from phase4.cloud.clock import Clock
from tests.table_server import TableServer


def test_it_goes_on_from_what_it_heard() -> None:
    clock, then = Clock(), datetime(2024, 11, 20, tzinfo=UTC)
    clock.hear(then)
    time.sleep(0.05)
    assert timedelta(seconds=0.05) <= clock.now() - then < timedelta(seconds=5)


def test_an_answer_that_took_long_does_not_set_it_back() -> None:
    clock, then = Clock(), datetime(2024, 11, 20, tzinfo=UTC)
    clock.hear(then)
    clock.hear(then - timedelta(seconds=30))
    assert clock.now() >= then


def test_before_the_service_has_told_anything_it_says_nothing() -> None:
    clock = Clock()
    assert not clock.is_set
    with pytest.raises(ValueError, match="ask it first"):
        clock.now()


def test_a_warehouse_asks_where_it_has_not_asked_anything_yet(tables: TableServer) -> None:
    warehouse = tables.warehouse()
    first = warehouse.now()
    (row,) = warehouse.query("SELECT CURRENT_TIMESTAMP() AS moment")
    assert first <= row["moment"] <= warehouse.now() + timedelta(milliseconds=1)
    assert warehouse.usage.queries == 2
