"""Strips: every date is drawn exactly once, and neighbours of one kind are one piece."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from phase4.site.strips import LABEL, LAST_LABEL, Axis, pieces, strip

FIRST = date(2025, 1, 1)


@st.composite
def marks(draw: st.DrawFn) -> list[tuple[date, str, str]]:
    """Some of the dates of a hundred, each of one kind."""
    days = draw(st.lists(st.integers(0, 99), unique=True, min_size=1).map(sorted))
    kinds = draw(st.lists(st.sampled_from("ab"), min_size=len(days), max_size=len(days)))
    return [(FIRST + timedelta(days=n), kind, kind) for n, kind in zip(days, kinds, strict=True)]


@given(marks())
def test_every_date_lies_in_exactly_one_piece_of_its_kind(
    given: list[tuple[date, str, str]],
) -> None:
    drawn = [
        (piece.first + timedelta(days=n), piece.kind)
        for piece in pieces(given)
        for n in range((piece.last - piece.first).days + 1)
    ]
    assert drawn == [(day, kind) for day, kind, _ in given]


@given(marks())
def test_two_pieces_side_by_side_differ_in_kind(given: list[tuple[date, str, str]]) -> None:
    drawn = pieces(given)
    for left, right in pairwise(drawn):
        assert left.kind != right.kind or right.first - left.last > timedelta(days=1)


@given(st.dates(date(2019, 10, 1), date(2025, 6, 1)), st.integers(0, 365 * 10))
def test_names_of_months_have_room_and_no_january_is_left_out(first: date, days: int) -> None:
    axis = Axis(first, first + timedelta(days=days))
    named = list(axis.months())
    assert all(right - left >= LABEL for (left, _), (right, _) in pairwise(named))
    assert max((len(name) for _, name in named), default=0) <= len("2025")
    januaries = [date(year, 1, 1) for year in range(first.year, axis.last.year + 1)]
    shown = [day for day in januaries if first <= day <= axis.last and axis.x(day) < LAST_LABEL]
    assert [name for _, name in named if name.isdigit()] == [str(day.year) for day in shown]


def test_what_a_piece_says_is_escaped() -> None:
    axis = Axis(FIRST, FIRST)
    assert "<b>" not in strip(pieces([(FIRST, "a", "<b>")]), axis, "<b>")
