"""A value as a text: CAST(x AS STRING), and what CONCAT and || make of one that is no text.

FLOAT64 has no `.0` behind a whole number and as many digits as it takes to read it again; seconds
have no fraction, or one of three or six digits; NUMERIC ends with a digit that counts. A value
whose type is not known becomes DuckDB's text of it.
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
            return type_of(node.this) in _OF_TYPES
        return isinstance(node.parent, exp.DPipe) and type_of(node) in _OF_TYPES

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        value = node.this if _is_cast_to_text(node) else node
        made = call_once(_OF_TYPES[type_of(value)], value.copy())
        made.type = exp.DType.TEXT
        return made


def _is_cast_to_text(node: exp.Expr) -> bool:
    return type(node) in (exp.Cast, exp.TryCast) and node.args["to"].this in exp.DataType.TEXT_TYPES
