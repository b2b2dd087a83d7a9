"""The content of a date: what is equal, what is counted, what has changed."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.tables.partition import CONTENT_COLUMNS, EMPTY, PROVENANCE, Content, Entry, contents
from tests.phase4.filling.shards import new_day, rows_of

WORDS = st.text("abc", min_size=1, max_size=2)
# The hash over the values covers the others.
ENTRIES = st.lists(
    st.tuples(WORDS, WORDS, WORDS).map(lambda entry: (*entry, " ".join(entry))), max_size=8
)


def content(entries: list[Entry]) -> Content:
    return Content(Counter(entries))


@given(entries=ENTRIES, order=st.randoms())
def test_the_order_of_rows_does_not_matter(entries: list[Entry], order: Random) -> None:
    shuffled = list(entries)
    order.shuffle(shuffled)
    assert content(shuffled) == content(entries)
    assert content(shuffled).digest == content(entries).digest


@given(one=ENTRIES, other=ENTRIES)
def test_digests_are_equal_exactly_when_contents_are(one: list[Entry], other: list[Entry]) -> None:
    assert (content(one).digest == content(other).digest) == (content(one) == content(other))


@given(one=ENTRIES, other=ENTRIES)
def test_changes_are_counted_alike_in_both_directions(one: list[Entry], other: list[Entry]) -> None:
    assert content(one).changed_from(content(other)) == content(other).changed_from(content(one))
    assert (content(one).changed_from(content(other)) == 0) == (content(one) == content(other))


def test_a_row_with_another_hash_is_one_change() -> None:
    before = [("g", "p", "h1", "v"), ("g", "q", "h", "v")]
    after = [("g", "p", "h2", "v"), ("g", "q", "h", "v")]
    assert content(after).changed_from(content(before)) == 1


def test_duplicates_count_as_rows_and_not_as_players() -> None:
    twice = content([("g", "p", "h", "v"), ("g", "p", "h", "v")])
    assert (twice.rows, twice.players, twice.games) == (2, 1, 1)
    assert twice != content([("g", "p", "h", "v")])


def test_contents_are_told_apart_by_date() -> None:
    one, other = new_day(), new_day()
    found = contents(pa.concat_tables([rows_of(one, 3), rows_of(other, 4, games=2)]))
    assert {day: (c.rows, c.games) for day, c in found.items()} == {one: (3, 1), other: (4, 2)}


def test_a_row_without_a_hash_is_not_equal_to_one_with_a_hash() -> None:
    day = new_day()
    rows = rows_of(day, 1)
    bare = rows.set_column(rows.schema.get_field_index("data_hash"), "data_hash",
                           pa.array([None], pa.string()))  # fmt: skip
    assert contents(bare)[day] != contents(rows)[day]


@pytest.mark.parametrize("name", [name for name in CONTENT_COLUMNS if name != "game_date"])
def test_every_content_column_makes_a_difference(name: str) -> None:
    day = new_day()
    rows = rows_of(day, 2)
    kind = rows.schema.field(name).type
    changed = {pa.string(): "x", pa.int64(): 900, pa.bool_(): True, pa.date32(): day}
    value = changed.get(kind, ["x"] if pa.types.is_list(kind) else Decimal("9.0"))
    other = rows.set_column(rows.schema.get_field_index(name), name, pa.array([value, value], kind))
    assert contents(other)[day] != contents(rows)[day]
    assert contents(other)[day].changed_from(contents(rows)[day]) > 0


@pytest.mark.parametrize("name", PROVENANCE)
def test_where_rows_come_from_makes_none(name: str) -> None:
    day = new_day()
    rows = rows_of(day, 2)
    index = rows.schema.get_field_index(name)
    other = rows.set_column(index, name, pa.nulls(2, rows.schema.field(name).type))
    assert contents(other) == contents(rows)


def test_wider_types_of_the_same_values_make_no_difference() -> None:
    day = new_day()
    rows = rows_of(day, 2)
    wide = rows.cast(
        pa.schema(
            pa.field(f.name, pa.decimal128(38, 9)) if pa.types.is_decimal(f.type) else f
            for f in rows.schema
        )
    )
    assert contents(wide) == contents(rows)


def test_absent_is_not_empty() -> None:
    day = new_day()
    rows = rows_of(day, 1)
    index = rows.schema.get_field_index("missing_data_fields")
    empty = rows.set_column(index, "missing_data_fields", pa.array([""], pa.string()))
    assert contents(empty) != contents(rows)


def test_nothing_is_the_content_of_a_date_without_rows() -> None:
    assert (EMPTY.rows, EMPTY.games, EMPTY.players) == (0, 0, 0)
