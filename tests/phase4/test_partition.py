"""The content of a date: what is equal, what is counted, what has changed."""

from __future__ import annotations

from collections import Counter
from random import Random

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from phase4.partition import EMPTY, Content, Entry, contents
from tests.jobs.precompute.shards import new_day, rows_of

WORDS = st.text("abc", min_size=1, max_size=2)
ENTRIES = st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=8)


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
    before, after = [("g", "p", "h1"), ("g", "q", "h")], [("g", "p", "h2"), ("g", "q", "h")]
    assert content(after).changed_from(content(before)) == 1


def test_duplicates_count_as_rows_and_not_as_players() -> None:
    twice = content([("g", "p", "h"), ("g", "p", "h")])
    assert (twice.rows, twice.players, twice.games) == (2, 1, 1)
    assert twice != content([("g", "p", "h")])


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


def test_nothing_is_the_content_of_a_date_without_rows() -> None:
    assert (EMPTY.rows, EMPTY.games, EMPTY.players) == (0, 0, 0)
