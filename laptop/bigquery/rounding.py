"""ROUND, CEIL, FLOOR and TRUNC: what DuckDB rounds otherwise, or gives another type.

DuckDB multiplies a FLOAT64 by a power of ten and rounds what that gives: 0.15 becomes 1.5, though
it is a little less, and then 0.2. The service rounds the number itself, to 0.1.
"""

from __future__ import annotations

from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from sqlglot import exp

from .macros import call_once
from .value_types import type_of

# Both halves of a factor have so few bits that their products are exact (Dekker, 1971).
_SPLIT = 2**27 + 1
_HIGH = "({0} * {1} - ({0} * {1} - {0}))"
_A, _B = (_HIGH.format(name, f"{_SPLIT}e0") for name in ("a", "b"))

FUNCTIONS = {
    # What a * b lacks to be exact.
    "rest_of_product(a, b)": f"""
(({_A} * {_B} - a * b) + {_A} * (b - {_B}) + (a - {_A}) * {_B}) + (a - {_A}) * (b - {_B})
""",
    "rounded_float64(a, n)": """
CASE
  WHEN n BETWEEN 1 AND 22 AND abs(a) * pow(10, n) = trunc(abs(a) * pow(10, n)) + 0.5e0
    AND rest_of_product(abs(a), pow(10, n)) < 0
  THEN sign(a) * trunc(abs(a) * pow(10, n)) / pow(10, n)
  ELSE round(a, n)
END
""",
}


@register
class _RoundRule(TranslationRule):
    """ROUND and its like of a value whose type is known; of another one they are DuckDB's."""

    name = "ROUNDED"

    def applies_to(self, node: exp.Expression) -> bool:
        if not isinstance(node, exp.Round | exp.Ceil | exp.Floor | exp.Trunc):
            return False
        kind = type_of(node.this)
        if kind in exp.DataType.FLOAT_TYPES:
            return isinstance(node, exp.Round) and not _is_whole(node.args.get("decimals"))
        is_cast = isinstance(node.parent, exp.Cast)
        return not is_cast and (kind in exp.DataType.INTEGER_TYPES or kind == exp.DType.DECIMAL)

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        kind = type_of(node.this)
        if kind in exp.DataType.FLOAT_TYPES:
            return call_once("rounded_float64", node.this.copy(), node.args["decimals"].copy())
        whole = "DOUBLE" if kind in exp.DataType.INTEGER_TYPES else "DECIMAL(38, 9)"
        return exp.cast(node.copy(), whole, dialect="duckdb")


def _is_whole(decimals: exp.Expr | None) -> bool:
    return decimals is None or isinstance(decimals, exp.Neg) or decimals.name == "0"
