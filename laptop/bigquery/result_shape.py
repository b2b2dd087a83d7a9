"""The result of a query as a table of the service has it: names, arrays without NULL, years."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from .errors import BigQueryError
from .jobs import Outcome
from .project_names import same_in_every_project
from .statements import parsed

_FIRST = dt.date(1, 1, 1).toordinal() - dt.date(1970, 1, 1).toordinal()
_LAST = dt.date.max.toordinal() - dt.date(1970, 1, 1).toordinal()
_MICROSECONDS = 86_400_000_000
_MOMENTS = (_FIRST * _MICROSECONDS, (_LAST + 1) * _MICROSECONDS - 1)
# Types of Arrow: what the service calls them, and the first and the last value of each.
_UNITS: dict[str, tuple[str, int, int, str]] = {
    "date32[day": ("date", _FIRST, _LAST, "days"),
    "timestamp[us": ("timestamp", *_MOMENTS, "microseconds"),
}
_RANGES = {"date": ", 9999-12-31", "timestamp": " 00:00:00, 9999-12-31 23:59:59.999999"}


def shaped(sql: str, outcome: Outcome) -> Outcome:
    """The outcome with the service's names; BigQueryError where it is none of the service's.

    Columns without a name are f0_, f1_ and so on. Two columns of one name, arrays in arrays and
    arrays with a NULL are refused, as are years before 1 and behind 9999. Of a script it is not
    known here what gave its rows.
    """
    names = _names(sql)
    if names:
        outcome = _named(outcome, names)
    if outcome.rows is not None:
        _check_arrays(outcome.rows)
        _check_years(outcome.rows)
    return outcome


@same_in_every_project
def _names(sql: str) -> tuple[str, ...]:
    """The names that a query gives its columns, '' where it gives none; a star stays one."""
    tree = parsed(sql)
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    if not isinstance(tree, exp.Select):
        return ()
    names = ("*" if one.is_star else one.output_name for one in tree.selects)
    literal = [isinstance(one, exp.Literal) for one in tree.selects]
    return tuple("" if bare else name for bare, name in zip(literal, names, strict=True))


def _named(outcome: Outcome, names: tuple[str, ...]) -> Outcome:
    known = [field["name"] for field in outcome.fields]
    if outcome.rows is not None:
        known = list(outcome.rows.column_names)
    if "*" not in names and len(names) == len(known):
        anonymous = iter(range(len(names)))
        known = [name or f"f{next(anonymous)}_" for name in names]
    elif "" in names:
        return outcome
    counted = Counter(name.lower() for name in known)
    if doubled := [name for name, times in counted.items() if times > 1]:
        raise _refused(
            "Duplicate column names in the result are not supported. "
            f"Found duplicate(s): {', '.join(doubled)}"
        )
    fields: list[dict[str, Any]] = [
        {**field, "name": name} for field, name in zip(outcome.fields, known, strict=True)
    ]
    rows = outcome.rows
    return replace(outcome, rows=rows and rows.rename_columns(known), fields=fields)


def _check_arrays(rows: pa.Table) -> None:
    for field, column in zip(rows.schema, rows.columns, strict=True):
        if not _is_array(field.type):
            continue
        if _is_array(field.type.value_type):
            raise _refused(
                "Cannot construct array with element type ARRAY because nested arrays are not"
                " supported"
            )
        if pc.list_flatten(column).null_count:
            raise _refused(f"Array cannot have a null element; error in writing field {field.name}")


def _check_years(rows: pa.Table) -> None:
    """The service has no date and no moment outside of the years 1 to 9999; DuckDB has."""
    for field, column in zip(rows.schema, rows.columns, strict=True):
        unit = _UNITS.get(str(field.type).partition(",")[0].rstrip("]"))
        if unit is None or not rows.num_rows:
            continue
        name, first, last, words = unit
        found = pc.min_max(column.cast(pa.int32() if name == "date" else pa.int64())).as_py()
        outside = [one for one in found.values() if one is not None and not first <= one <= last]
        if outside:
            raise _refused(
                f"Cannot return an invalid {name} value of {outside[0]} {words} relative to the"
                f" Unix epoch. The range of valid {name} values is [0001-01-1{_RANGES[name]}];"
                f" error in writing field {field.name}"
            )


def _is_array(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _refused(sentence: str) -> BigQueryError:
    return BigQueryError("invalidQuery", sentence, location="query")
