"""The result of a query as a table of the service has it: its names, and no NULL in an array."""

from __future__ import annotations

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


def shaped(sql: str, outcome: Outcome) -> Outcome:
    """The outcome with the service's names; BigQueryError where it is none of the service's.

    Columns without a name are f0_, f1_ and so on. Two columns of one name, arrays in arrays and
    arrays with a NULL are refused. Of a script it is not known here what gave its rows.
    """
    names = _names(sql)
    if names:
        outcome = _named(outcome, names)
    if outcome.rows is not None:
        _check_arrays(outcome.rows)
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


def _is_array(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _refused(sentence: str) -> BigQueryError:
    return BigQueryError("invalidQuery", sentence, location="query")
