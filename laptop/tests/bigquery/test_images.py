"""Images of the past: no more bytes than said, and whoever lost some is named."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from laptop.bigquery.images import Changes, packed
from laptop.bigquery.retention import Retention

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def minute(number: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=number)


def image(size: int) -> pa.Buffer:
    return pa.py_buffer(bytes(size))


def test_rows_come_back_from_their_image() -> None:
    rows = pa.table({"day": ["a", None], "parts": [[{"n": 1}], []]})
    changes = Changes()
    changes.add("t", minute(0), {"p"}, packed(rows), appended=False)
    [change] = changes.since("t", NOON - dt.timedelta(seconds=1))
    assert change.rows is not None
    assert change.rows.equals(rows)


def test_texts_that_repeat_take_a_fraction_of_their_bytes() -> None:
    rows = pa.table({"context": ['{"days_rest": 1, "games": 3}'] * 10_000})
    packed_rows = packed(rows)
    assert packed_rows is not None
    assert packed_rows.size < rows.nbytes / 10


def test_beyond_the_bound_the_oldest_past_is_forgotten_and_says_since_when() -> None:
    changes = Changes(kept_bytes=250)
    forgotten = [
        changes.add(table, minute(number), {"p"}, image(100), appended=False)
        for number, table in enumerate(("a", "b", "a", "b"))
    ]
    assert forgotten == [{}, {}, {"a": minute(0)}, {"b": minute(1)}]
    assert [change.at for change in changes.since("a", NOON)] == [minute(2)]


def test_a_table_that_is_gone_takes_its_bytes_along() -> None:
    changes = Changes(kept_bytes=250)
    changes.add("gone", minute(0), {"p"}, image(200), appended=False)
    changes.forget("gone")
    assert changes.add("a", minute(1), {"p"}, image(200), appended=False) == {}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50))))
def test_what_is_kept_is_within_the_bound_or_the_newest_alone(
    additions: list[tuple[int, int]],
) -> None:
    retention: Retention[int] = Retention(100)
    held: dict[int, int] = {}
    for key, size in additions:
        held.pop(key, None)
        held[key] = size
        for gone in retention.add(key, size):
            assert gone == next(iter(held))
            del held[gone]
        assert sum(held.values()) <= 100 or len(held) == 1
