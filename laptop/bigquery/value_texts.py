"""A value as a text: CAST(x AS STRING), and what CONCAT and || make of one that is no text.

FLOAT64 has no `.0` behind a whole number and as many digits as it takes to read it again; seconds
have no fraction, or one of three or six digits; NUMERIC ends with a digit that counts. A column
whose type is not known is asked for it by DuckDB, which does so once per statement; any other such
value becomes DuckDB's text of it.
"""

from __future__ import annotations

from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from sqlglot import exp

from .macros import call_once
from .value_types import type_of

FUNCTIONS = {
    "text_of_numeric(a)": r"""
regexp_replace(CAST(a AS VARCHAR), '^(-?[0-9]+)(?:\.0+|(\.[0-9]*[1-9])0*)$', '\1\2')
""",
    "text_of_double(a)": """
CASE
  WHEN a = 0 THEN '0'
  WHEN NOT isfinite(a) THEN CAST(a AS VARCHAR)
  WHEN CAST(printf('%.15g', a) AS DOUBLE) = a THEN printf('%.15g', a)
  ELSE printf('%.17g', a)
END
""",
    "text_of_float64(a)": "text_of_double(CAST(a AS DOUBLE))",
    "text_of_time(a)": r"""
CASE
  WHEN contains(CAST(a AS VARCHAR), '.') THEN regexp_replace(
    regexp_replace(CAST(a AS VARCHAR), '\.(\d|\d{4})([+]00)?$', '.\100\2'),
    '\.(\d\d|\d{5})([+]00)?$', '.\10\2')
  ELSE CAST(a AS VARCHAR)
END
""",
    # Every branch is planned for every type, so that each begins with the text.
    "text_of_column(a)": """
CASE
  WHEN typeof(a) LIKE 'DECIMAL%' THEN text_of_numeric(a)
  WHEN typeof(a) = 'DOUBLE' THEN text_of_double(TRY_CAST(CAST(a AS VARCHAR) AS DOUBLE))
  WHEN typeof(a) LIKE 'TIME%' THEN text_of_time(a)
  ELSE CAST(a AS VARCHAR)
END
""",
}

_OF_TYPES = {
    **dict.fromkeys(exp.DataType.FLOAT_TYPES, "text_of_float64"),
    exp.DType.DECIMAL: "text_of_numeric",
    **dict.fromkeys(exp.DataType.TEMPORAL_TYPES - {exp.DType.DATE}, "text_of_time"),
    exp.DType.TIME: "text_of_time",
}


@register
class _TextRule(TranslationRule):
    """CAST(x AS STRING), and what stands beside || and is no text."""

    name = "TEXT_OF_A_VALUE"

    def applies_to(self, node: exp.Expression) -> bool:
        if _is_cast_to_text(node):
            return bool(_function_for(node.this))
        return isinstance(node.parent, exp.DPipe) and type_of(node) in _OF_TYPES

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        value = node.this if _is_cast_to_text(node) else node
        made = call_once(_function_for(value), value.copy())
        made.type = exp.DType.TEXT
        return made


def _function_for(value: exp.Expr) -> str:
    if isinstance(value, exp.Column) and type_of(value) == exp.DType.UNKNOWN:
        return "text_of_column"
    return _OF_TYPES.get(type_of(value), "")


def _is_cast_to_text(node: exp.Expr) -> bool:
    return type(node) in (exp.Cast, exp.TryCast) and node.args["to"].this in exp.DataType.TEXT_TYPES
