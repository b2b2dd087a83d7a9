"""Rows as dataclasses: the columns that Google's analyzer gives a statement are the fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, get_args, get_origin

import pytest
from zetasql.types import Type, TypeKind

from phase4.cloud import routines
from phase4.tables import rows
from phase4.tables.rows.runs import OpenedRun
from phase4.tables.typed import ColumnsDiffer, typed, types_of
from phase4.validation.checks import Finding
from phase4.validation.run_facts import RunFacts
from phase4.validation.training import Training
from phase4.validation.validator import DateFigures
from tests.sql.googlesql import SETTINGS, GoogleSql
from tests.sql.test_googlesql_accepts import QUERIES, ROUTINES

SCALARS = {
    TypeKind.TYPE_STRING: str,
    TypeKind.TYPE_INT64: int,
    TypeKind.TYPE_DOUBLE: float,
    TypeKind.TYPE_BOOL: bool,
    TypeKind.TYPE_DATE: date,
    TypeKind.TYPE_TIMESTAMP: datetime,
    TypeKind.TYPE_NUMERIC: Decimal,
}
RESULTS = {
    "open_run": OpenedRun,
    "validation_context": RunFacts,
    "date_figures": DateFigures,
    "row_findings": Finding,
    "source_findings": Finding,
    "training_figures": Training,
}


def _classes() -> Iterator[type]:
    for module in iter_modules(rows.__path__):
        found = vars(import_module(f"{rows.__name__}.{module.name}")).values()
        yield from (kind for kind in found if "query" in getattr(kind, "__dict__", {}))


CLASSES = {kind.query: kind for kind in _classes()}  # type: ignore[attr-defined]


def named(columns: dict[str, Type]) -> dict[str, Any]:
    """Columns as names and Python types, structs as dicts in them."""
    return {name: _python(type_) for name, type_ in columns.items()}


def declared(kind: type) -> dict[str, Any]:
    """The fields of a class in the same form."""
    return {name: _plain(type_) for name, type_ in types_of(kind).items()}


def _python(type_: Type) -> Any:
    if type_.is_array():
        return [_python(type_.as_array().element_type)]
    if type_.is_struct():
        return {field.field_name: _python(field.field_type) for field in type_.as_struct().field}
    return SCALARS[type_.type_kind]


def _plain(hint: Any) -> Any:
    if get_origin(hint) is tuple:
        return [_plain(get_args(hint)[0])]
    if get_origin(hint) is Literal:
        return type(get_args(hint)[0])
    return declared(hint) if is_dataclass(hint) else hint  # type: ignore[arg-type]


def test_every_query_has_its_class_and_every_class_its_query() -> None:
    assert sorted(CLASSES) == QUERIES


@pytest.mark.parametrize("name", QUERIES)
def test_the_columns_of_a_query_are_the_fields_of_its_class(google: GoogleSql, name: str) -> None:
    columns = dict(google.analyse(routines.query(name, SETTINGS), {}))
    assert declared(CLASSES[name]) == named(columns)


@pytest.mark.parametrize("name", RESULTS)
def test_the_columns_of_a_routine_are_the_fields_of_its_class(google: GoogleSql, name: str) -> None:
    routine = ROUTINES[name]
    columns = dict(google.analyse(routine.body, dict(routine.arguments)))
    assert declared(RESULTS[name]) == named(columns)


@pytest.mark.parametrize("columns", [("game_date",), ("game_date", "games", "surplus")])
def test_a_row_with_other_columns_is_refused_by_name(columns: tuple[str, ...]) -> None:
    with pytest.raises(ColumnsDiffer, match=r"StoredGames.*deploy routines and code"):
        typed(CLASSES["stored_games"], dict.fromkeys(columns))
