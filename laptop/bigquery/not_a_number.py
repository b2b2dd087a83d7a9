"""NaN as the service has it: equal to nothing, less than nothing, and in front when sorted.

DuckDB takes it for the greatest number, which equals itself. Columns of FLOAT64 and casts to it are
looked at; what an expression computes of them is not, or each would be computed twice.
"""

from __future__ import annotations

from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from sqlglot import exp


class _Compared(TranslationRule):
    """`a > b` is false where the greater one is NaN, `a = b` where either is."""

    name = "NAN_COMPARED"

    def applies_to(self, node: exp.Expression) -> bool:
        # What UPDATE sets is written like a comparison.
        if isinstance(node.parent, exp.Update) and node.arg_key == "expressions":
            return False
        return any(_may_be_nan(node.args[side]) for side in _SIDES.get(type(node), ()))

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        side = next(one for one in _SIDES[type(node)] if _may_be_nan(node.args[one]))
        other = node.args["expression" if side == "this" else "this"]
        nan = _is_nan(node.args[side])
        unknown = exp.Is(this=exp.paren(other.copy(), copy=False), expression=exp.Null())
        is_literal = isinstance(other, exp.Literal)
        if isinstance(node, exp.NEQ):
            told = nan if is_literal else exp.and_(nan, exp.not_(unknown))
            return exp.paren(exp.or_(node.copy(), told), copy=False)
        told = exp.not_(nan)
        if not is_literal:
            told = exp.or_(unknown, told)
        return exp.paren(exp.and_(node.copy(), told), copy=False)


# The sides on which NaN makes DuckDB say another thing.
_SIDES: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.GT: ("this",),
    exp.GTE: ("this",),
    exp.LT: ("expression",),
    exp.LTE: ("expression",),
    exp.EQ: ("this", "expression"),
    exp.NEQ: ("this", "expression"),
}


class _Sorted(TranslationRule):
    """ORDER BY x: NaN comes before every number, behind NULL."""

    name = "NAN_SORTED"

    def applies_to(self, node: exp.Expression) -> bool:
        if not isinstance(node, exp.Order):
            return False
        window = node.parent
        spec = window.args.get("spec") if isinstance(window, exp.Window) else None
        # A frame that is a range of values has one key.
        ranged = spec is not None and spec.args.get("kind") == "RANGE"
        return not ranged and any(_may_be_nan(key.this) for key in node.expressions)

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        keys: list[exp.Expr] = []
        for key in node.expressions:
            if _may_be_nan(key.this):
                first = key.copy()
                first.set("this", _is_nan(key.this))
                first.set("desc", not key.args.get("desc"))
                keys.append(first)
            keys.append(key.copy())
        ordered = node.copy()
        ordered.set("expressions", keys)
        return ordered


def _may_be_nan(value: exp.Expr) -> bool:
    if isinstance(value, exp.Cast):
        return value.to.this in exp.DataType.FLOAT_TYPES and not value.this.is_number
    kind = value.type if isinstance(value, exp.Column) else None
    return kind is not None and kind.this in exp.DataType.FLOAT_TYPES


def _is_nan(value: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="isnan", expressions=[value.copy()])


def install() -> None:
    """Make both part of the emulator's translation."""
    register(_Compared)
    register(_Sorted)
