"""TO_JSON_STRING, what stands in JSON for a value of each type, and JSON_TYPE.

DuckDB writes FLOAT64 with `.0`, NUMERIC with nine decimals and moments with a blank; of NULL its
JSON is NULL, not the text null. The values of a STRUCT that is written out are looked at, one by
one, where their types are known; a row that is not stays DuckDB's, which knows no way to take it
apart, and so do INT64 in a STRUCT, which are texts in the service when they are beyond 2^53.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from .macros import call, call_once
from .value_types import type_of

_EXACT = "BETWEEN -9007199254740992 AND 9007199254740992"

FUNCTIONS = {
    "json_of_float64(a)": """
CASE
  WHEN isnan(CAST(a AS DOUBLE)) THEN '"NaN"'
  WHEN isinf(CAST(a AS DOUBLE)) THEN IF(CAST(a AS DOUBLE) > 0, '"Infinity"', '"-Infinity"')
  ELSE text_of_float64(a)
END
""",
    "json_of_digits(a)": f"""
CASE WHEN TRY_CAST(a AS HUGEINT) {_EXACT} AND NOT contains(a, '.') THEN a ELSE '"' || a || '"' END
""",
    "json_of_numeric(a)": "json_of_digits(text_of_numeric(a))",
    "json_of_int64(a)": "json_of_digits(CAST(a AS VARCHAR))",
    "json_of_bytes(a)": "'\"' || to_base64(a) || '\"'",
    "json_kind(a)": """
CASE
  WHEN json_type(a) IN ('OBJECT', 'ARRAY', 'BOOLEAN', 'NULL') THEN lower(json_type(a))
  WHEN json_type(a) = 'VARCHAR' THEN 'string'
  WHEN json_type(a) IS NOT NULL THEN 'number'
END
""",
    "json_of_moment(a)": """
'"' || replace(replace(text_of_time(a), ' ', 'T'), '+00', 'Z') || '"'
""",
}
_OF_TYPES = {
    **dict.fromkeys(exp.DataType.FLOAT_TYPES, "json_of_float64"),
    exp.DType.DECIMAL: "json_of_numeric",
    **dict.fromkeys(exp.DataType.TEMPORAL_TYPES - {exp.DType.DATE}, "json_of_moment"),
    exp.DType.TIME: "json_of_moment",
    exp.DType.VARBINARY: "json_of_bytes",
}


@register
class _JsonRule(TranslationRule):
    """TO_JSON, which both functions are by now, of a value of a known type, or that has such."""

    name = "JSON_OF_A_VALUE"

    def applies_to(self, node: exp.Expression) -> bool:
        return isinstance(node, exp.Anonymous) and str(node.this).upper() == "TO_JSON"

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        value = node.expressions[0]
        kind = type_of(value)
        if kind in _OF_TYPES:
            return call_once(_OF_TYPES[kind], value.copy())
        if kind == exp.DType.BIGINT:
            return call("json_of_int64", value.copy())
        if not any(type_of(field) in _OF_TYPES for field in _fields(value)):
            return node
        made = node.copy()
        for field in list(_fields(made.expressions[0])):
            if name := _OF_TYPES.get(type_of(field)):
                field.replace(exp.cast(call_once(name, field.copy()), exp.DType.JSON))
        return made


def kind_of_json(node: exp.Expr) -> exp.Expr:
    """JSON_TYPE by the names that the service has for the kinds."""
    return call_once("json_kind", node.this.copy())


def _fields(value: exp.Expr) -> Iterator[exp.Expr]:
    """The values of the STRUCTs that are written out in a value."""
    if isinstance(value, exp.Struct):
        for one in value.expressions:
            field = one.expression if isinstance(one, exp.PropertyEQ) else one
            inner = list(_fields(field))
            yield from inner or [field]
    elif isinstance(value, exp.Select):
        if len(value.expressions) == 1:
            yield from _fields(value.expressions[0])
    elif isinstance(value, exp.Coalesce):
        # What stands in for no rows is an empty list, or of another type.
        if all(isinstance(one, exp.Array) and not one.expressions for one in value.expressions):
            yield from _fields(value.this)
    elif isinstance(value, exp.Array):
        if len(value.expressions) == 1:
            yield from _fields(value.expressions[0])
    elif isinstance(value, _AROUND):
        yield from _fields(value.this)


_AROUND = (exp.Paren, exp.Subquery, exp.Alias, exp.ArrayAgg, exp.Order, exp.Filter, exp.AnyValue)


def _json(generator: Any, written: exp.JSONFormat) -> str:
    text = generator.func("TO_JSON", written.this, written.args.get("options"))
    return f"COALESCE(CAST({text} AS TEXT), 'null')"


def install() -> None:
    """Put this module in the place of sqlglot's own translation."""
    DuckDB.Generator.TRANSFORMS[exp.JSONFormat] = _json
