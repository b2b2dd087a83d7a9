"""Asks the queries of sql/queries; a row comes as the dataclass that names its file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Protocol, TypeVar

from phase4.cloud import routines
from phase4.cloud.warehouse import Parameter, Warehouse
from phase4.tables.typed import typed


class Answer(Protocol):
    """A class of rows."""

    query: ClassVar[str]


A = TypeVar("A", bound=Answer)


def ask(warehouse: Warehouse, kind: type[A], **parameters: Parameter) -> list[A]:
    """The rows of the query that a class names."""
    return ask_at(warehouse, kind, None, **parameters)


def ask_at(
    warehouse: Warehouse, kind: type[A], at: datetime | None, **parameters: Parameter
) -> list[A]:
    """Those rows with the factors as they were at a moment; None for now."""
    sql = routines.query(kind.query, warehouse.settings, at)
    return [typed(kind, row) for row in warehouse.query(sql, parameters)]


def only(rows: Iterable[A]) -> A | None:
    """The first row; None when there is none."""
    return next(iter(rows), None)
