"""Arrow tables in the shape of the warehouse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from phase4.tables.arrow import schema_of, table_of
from phase4.tables.catalog import TABLES


@pytest.mark.parametrize("key", TABLES)
def test_every_table_has_an_arrow_schema_of_its_columns(key: str) -> None:
    assert tuple(schema_of(key).names) == TABLES[key].column_names


@pytest.mark.parametrize("key", TABLES)
def test_exactly_the_required_columns_take_no_null(key: str) -> None:
    required = [c["name"] for c in TABLES[key].columns if c.get("mode") == "REQUIRED"]
    assert [field.name for field in schema_of(key) if not field.nullable] == required


def test_decimals_keep_precision_and_scale() -> None:
    fields = {c["name"]: c for c in TABLES["player_game_summary"].columns}
    usage = fields["usage_rate"]
    expected = pa.decimal128(int(usage["precision"]), int(usage["scale"]))
    assert schema_of("player_game_summary").field("usage_rate").type == expected


def test_a_repeated_column_is_a_list() -> None:
    found = schema_of("player_composite_factors").field("data_quality_issues").type
    assert found == pa.list_(pa.string())


def test_a_repeated_record_is_a_list_of_structs() -> None:
    losses = schema_of("coverage_snapshots").field("losses").type
    assert pa.types.is_list(losses)
    assert pa.types.is_struct(losses.value_type)


def test_rows_come_back_as_they_went_in() -> None:
    row = {
        "game_id": "20250120_BKN_MIL",
        "game_date": date(2025, 1, 20),
        "player_lookup": "somebody",
        "minutes_played": Decimal("31.5"),
        "is_active": True,
        "processed_at": datetime(2025, 1, 21, 6, tzinfo=UTC),
    }
    [read] = table_of("player_game_summary", [row]).to_pylist()
    assert {name: read[name] for name in row} == row


def test_what_a_row_does_not_say_is_null() -> None:
    [read] = table_of("player_game_summary", [{"game_id": "g"}]).to_pylist()
    assert read["points"] is None


def test_no_rows_are_a_table_with_all_columns() -> None:
    table = table_of("runs", [])
    assert (table.num_rows, tuple(table.column_names)) == (0, TABLES["runs"].column_names)


def test_a_name_that_is_no_column_is_an_error() -> None:
    with pytest.raises(KeyError, match="runs has no column 'run'"):
        table_of("runs", [{"run_id": "a"}, {"run": "b"}])


def test_a_value_of_another_type_is_an_error() -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        table_of("runs", [{"run_id": "a", "start_date": "not a date"}])
