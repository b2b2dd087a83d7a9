"""Rows as dataclasses: the columns of a row are the fields of its class, no more and no fewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from phase4.errors import Unfit

R = TypeVar("R")


class ColumnsDiffer(Unfit):
    """A row has other columns than its class has fields: statement and class are of two builds."""

    def __init__(self, kind: type, columns: set[str], names: set[str]) -> None:
        super().__init__(
            f"{kind.__name__}: the row lacks {sorted(names - columns)} and has"
            f" {sorted(columns - names)} besides: deploy routines and code of one build"
        )


def typed(kind: type[R], row: Mapping[str, Any]) -> R:
    """The row as an object of `kind`, structs and arrays in it as well; ColumnsDiffer otherwise."""
    readers = _readers(kind)  # type: ignore[arg-type]
    if readers.keys() != row.keys():
        raise ColumnsDiffer(kind, set(row), set(readers))
    return kind(**{name: read(row[name]) for name, read in readers.items()})


@cache
def types_of(kind: type) -> dict[str, Any]:
    """The type of each field, without None."""
    hints = get_type_hints(kind)
    return {field.name: _known(hints[field.name]) for field in fields(kind)}


@cache
def _readers(kind: type) -> dict[str, Callable[[Any], Any]]:
    return {name: _reader(hint) for name, hint in types_of(kind).items()}


def _known(hint: Any) -> Any:
    """The type itself of one that may be None."""
    # `|` with a Literal makes the older kind of union.
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    return hint


def _reader(hint: Any) -> Callable[[Any], Any]:
    if is_dataclass(hint):
        return lambda value: None if value is None else typed(hint, value)  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        each = _reader(get_args(hint)[0])
        return lambda values: tuple(each(value) for value in values or ())
    return lambda value: value
