"""Rows on their way into a table: in its schema, or refused with the reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phase4.cloud.loads import RowsRefused, conform, load_config, parquet
from phase4.tables.arrow import schema_of, table_of
from phase4.tables.catalog import TABLES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OUTCOME = {
    "run_id": "run", "wave": 1, "task": 0, "attempt": 0, "game_date": date(2025, 1, 20),
    "status": "FAILED", "finished_at": NOON,
}  # fmt: skip
FACTORS = "player_composite_factors"


def outcomes(**changes: Any) -> pa.Table:
    """Two outcomes as a query engine gives them: every column may be null; the second changed."""
    rows = pa.Table.from_pylist([OUTCOME, {**OUTCOME, **changes}])
    return rows.select(sorted(rows.column_names))


def test_columns_come_in_the_order_types_and_nullability_of_the_table() -> None:
    assert conform("outcomes", outcomes()).schema.equals(schema_of("outcomes"))


def test_a_column_that_is_not_there_is_null() -> None:
    assert conform("outcomes", outcomes())["reason"].null_count == 2


@pytest.mark.parametrize("key", TABLES)
def test_the_file_requires_exactly_what_the_table_requires(key: str) -> None:
    file = pq.ParquetFile(parquet(key, schema_of(key).empty_table()))
    required = [column["name"] for column in TABLES[key].columns if column["mode"] == "REQUIRED"]
    assert [field.name for field in file.schema_arrow if not field.nullable] == required


@pytest.mark.parametrize("key", TABLES)
def test_a_load_job_sends_the_columns_of_the_table(key: str) -> None:
    sent = load_config(key, "WRITE_APPEND", {}).to_api_repr()["load"]["schema"]["fields"]
    names = ("name", "type", "mode", "precision", "scale")
    expected = [{n: column[n] for n in names if n in column} for column in TABLES[key].columns]
    assert [{n: field[n] for n in names if n in field} for field in sent] == expected


def test_a_null_in_a_required_column_names_table_column_and_row() -> None:
    message = (
        r"outcomes: column status is REQUIRED and NULL in row 2"
        r" \(.*run_id=run, game_date=2025-01-20\)"
    )
    with pytest.raises(RowsRefused, match=message):
        conform("outcomes", outcomes(status=None))


def test_a_required_column_that_is_missing_is_named() -> None:
    with pytest.raises(RowsRefused, match="outcomes: column wave is REQUIRED and missing"):
        conform("outcomes", outcomes().drop_columns(["wave"]))


def test_a_column_that_the_table_lacks_is_named() -> None:
    with pytest.raises(RowsRefused, match="outcomes: column mood is not one of the table"):
        conform("outcomes", outcomes().append_column("mood", pa.array(["good", "bad"])))


def test_a_decimal_with_more_digits_than_the_column_is_refused() -> None:
    rows = pa.table({"player_lookup": ["p"], "game_date": [date(2025, 1, 20)], "game_id": ["g"],
                     "pace_score": [Decimal("1.25")]})  # fmt: skip
    with pytest.raises(RowsRefused, match=rf"{FACTORS}: column pace_score is not decimal"):
        conform(FACTORS, rows)


def test_a_decimal_that_fits_gets_the_precision_of_the_column() -> None:
    rows = pa.table({"player_lookup": ["p"], "game_date": [date(2025, 1, 20)], "game_id": ["g"],
                     "pace_score": pa.array([Decimal("1.5")], pa.decimal128(38, 9))})  # fmt: skip
    found = conform(FACTORS, rows)["pace_score"]
    assert (found.type, found.to_pylist()) == (pa.decimal128(3, 1), [Decimal("1.5")])


def test_what_is_loaded_is_what_was_given() -> None:
    rows = table_of("outcomes", [{**OUTCOME, "warnings": ["a", "b"], "usage": {"queries": 3}}])
    assert pq.read_table(parquet("outcomes", rows)).to_pylist() == rows.to_pylist()


class TestNestedColumns:
    """A REQUIRED field inside a record."""

    @pytest.fixture(autouse=True)
    def table(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A table with a REQUIRED field in a record in a repeated record."""
        part = {"name": "part", "type": "RECORD", "mode": "NULLABLE",
                "fields": [{"name": "id", "type": "INTEGER", "mode": "REQUIRED"}]}  # fmt: skip
        parts = {"name": "parts", "type": "RECORD", "mode": "REPEATED", "fields": [part]}
        spec = TABLES["heartbeats"]
        monkeypatch.setitem(spec.__dict__, "columns", (parts,))

    def rows(self, *parts: Any) -> pa.Table:
        inner = pa.struct([("part", pa.struct([("id", pa.int64())]))])
        return pa.table({"parts": pa.array(parts, pa.list_(inner))})

    def test_a_null_is_found_with_its_path_and_row(self) -> None:
        rows = self.rows([{"part": {"id": 1}}], [{"part": {"id": 2}}, {"part": {"id": None}}])
        with pytest.raises(RowsRefused, match=r"parts\.part\.id is REQUIRED and NULL in row 2"):
            conform("heartbeats", rows)

    def test_a_record_that_is_null_lacks_nothing(self) -> None:
        rows = self.rows(None, [{"part": None}], [])
        assert conform("heartbeats", rows).num_rows == 3
