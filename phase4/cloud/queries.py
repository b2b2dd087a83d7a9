"""Asks the queries of sql/queries; a row comes as the dataclass that names its file."""

from __future__ import annotations

from collections.abc import Iterable
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
    sql = routines.query(kind.query, warehouse.settings)
    return [typed(kind, row) for row in warehouse.query(sql, parameters)]


def only(rows: Iterable[A]) -> A | None:
    """The first row; None when there is none."""
    return next(iter(rows), None)
