"""Logical bytes as BigQuery's documentation counts them."""

from __future__ import annotations

import pytest

from phase4.tables.arrow import schema_of
from phase4.tables.widths import row_bytes, value_bytes

WIDTHS = {
    "player_lookup": 2, "game_date": 8, "points": 8, "processed_at": 8, "usage_rate": 16,
    "is_active": 1,
}  # fmt: skip


@pytest.mark.parametrize(("column", "width"), WIDTHS.items())
def test_a_value_weighs_what_its_type_weighs(column: str, width: int) -> None:
    assert value_bytes(schema_of("player_game_summary").field(column).type) == width


def test_a_row_weighs_its_columns_and_the_text_in_them() -> None:
    columns = frozenset({"player_lookup", "usage_rate", "no_such_column"})
    assert row_bytes("player_game_summary", columns, text_bytes=10) == 2 + 10 + 16
