"""What type a value of a statement has, found once for the whole of it.

The emulator looks at types only where it knows columns, and forgets that of a value that one of its
rules rewrites.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from bqemulator.sql.rules import TranslationRule
from sqlglot import errors, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

# Names and types of the parameters of the query at hand.
PARAMETERS: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("parameters", default=())
# Functions that only fail.
_FAILING = ("error", "zero_divisor", "double_overflow")


def type_of(value: exp.Expr) -> exp.DType:
    """The type of a value in DuckDB's words, UNKNOWN where only DuckDB knows it."""
    return exp.DType.UNKNOWN if value.type is None else value.type.this


def annotated(tree: exp.Expression, schema: dict[str, Any]) -> exp.Expression:
    """A statement of DuckDB whose values have their types; the columns of tables are `schema`."""
    with contextlib.suppress(errors.SqlglotError):
        if schema:
            tree = qualify(tree, schema=schema, dialect="duckdb", infer_schema=True)
    # Of `t.*` sqlglot would look for the column in the table, and break off.
    stars = [one.parent for one in tree.find_all(exp.Star) if isinstance(one.parent, exp.Column)]
    tables = [star.args.get("table") for star in stars]
    for star in stars:
        star.set("table", None)
    with contextlib.suppress(errors.SqlglotError):
        annotate_types(tree, schema=schema, dialect="duckdb")
    for star, table in zip(stars, tables, strict=True):
        star.set("table", table)
    return tree


def rewritten(node: exp.Expression, rules: Iterable[TranslationRule]) -> bool:
    """Whether a rule put something in the place of a value, which has the type of that value."""
    for rule in rules:
        if rule.applies_to(node) and (made := rule.rewrite(node)) is not node:
            if made.type is None:
                made.type = node.type
            node.replace(made)
            return True
    return False


def _type_of_a_call(annotator: Any, called: exp.Anonymous) -> exp.Expr:
    """What only fails has any type, so that the value beside it says which."""
    fails = str(called.this).lower() in _FAILING
    typed: exp.Expr = annotator._set_type(called, exp.DType.NULL if fails else exp.DType.UNKNOWN)
    return typed


def _type_of_a_parameter(annotator: Any, parameter: exp.Placeholder) -> exp.Expr:
    name = dict(PARAMETERS.get()).get(parameter.name.lower(), "")
    kind = exp.DataType.build(name, dialect="bigquery") if name in _SIMPLE else exp.DType.UNKNOWN
    typed: exp.Expr = annotator._set_type(parameter, kind)
    return typed


def _type_of_a_mean(annotator: Any, node: exp.Expr) -> exp.Expr:
    """AVG and ROUND of NUMERIC are NUMERIC, of all else FLOAT64."""
    is_exact = type_of(node.this) == exp.DType.DECIMAL
    typed: exp.Expr = annotator._set_type(node, node.this.type if is_exact else exp.DType.DOUBLE)
    return typed


_SIMPLE = frozenset(
    {"STRING", "INT64", "FLOAT64", "NUMERIC", "BOOL", "DATE", "TIMESTAMP", "DATETIME", "TIME"}
)


def install() -> None:
    """Tell sqlglot what it does not know of parameters and of functions that fail."""
    for dialect in (Dialect, DuckDB):
        dialect.EXPRESSION_METADATA[exp.Anonymous] = {"annotator": _type_of_a_call}
        dialect.EXPRESSION_METADATA[exp.Placeholder] = {"annotator": _type_of_a_parameter}
        for kind in (exp.Avg, exp.Round):
            dialect.EXPRESSION_METADATA[kind] = {"annotator": _type_of_a_mean}
