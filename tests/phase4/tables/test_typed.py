"""Rows as dataclasses: structs and arrays in a row become what the class says."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from phase4.tables.typed import ColumnsDiffer, typed


@dataclass(frozen=True)
class Inner:
    """A struct."""

    name: str


@dataclass(frozen=True)
class Outer:
    """A row with a struct, an array and an array of structs."""

    count: int | None
    one: Inner | None
    words: tuple[str, ...]
    many: tuple[Inner, ...]


ROW = {"count": 1, "one": {"name": "a"}, "words": ["x", "y"], "many": [{"name": "b"}]}


def test_structs_and_arrays_come_as_the_class_says() -> None:
    assert typed(Outer, ROW) == Outer(1, Inner("a"), ("x", "y"), (Inner("b"),))


def test_nothing_stays_nothing_and_an_array_that_is_null_is_empty() -> None:
    assert typed(Outer, dict.fromkeys(ROW)) == Outer(None, None, (), ())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**ROW, "more": 1}, r"Outer: the row lacks \[\] and has \['more'\] besides"),
        ({name: ROW[name] for name in ("count", "one")}, r"lacks \['many', 'words'\]"),
        ({**ROW, "one": {"title": "a"}}, r"Inner: the row lacks \['name'\] and has \['title'\]"),
    ],
)
def test_a_row_of_another_build_is_refused_with_what_differs(
    row: dict[str, object], said: str
) -> None:
    with pytest.raises(ColumnsDiffer, match=said):
        typed(Outer, row)
