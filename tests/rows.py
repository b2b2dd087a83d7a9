"""Rows for tests that care about few of their columns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, TypeVar, get_type_hints

from phase4.tables.typed import types_of

R = TypeVar("R")
BLANK: dict[Any, Any] = {
    int: 0, float: 0.0, str: "", bool: False,
    date: date(2025, 1, 1), datetime: datetime(2025, 1, 1, tzinfo=UTC),
}  # fmt: skip


def row_of(kind: type[R], **values: Any) -> R:
    """A row with these values and nothing in the other columns."""
    hints = get_type_hints(kind)
    blank = {
        name: None if "None" in str(hints[name]) else BLANK.get(type_, ())
        for name, type_ in types_of(kind).items()  # type: ignore[arg-type]
    }
    return kind(**{**blank, **values})
