"""STRUCTs that are written out are compared field by field.

DuckDB compares their names as well, and takes NULL in a field for a value.
"""

from __future__ import annotations

from sqlglot import exp

KINDS = (exp.EQ, exp.NEQ, exp.In)
# A list of two values at least beside a comparison, or a STRUCT.
_LIST = r"\([^()]*,[^()]*\)"
_COMPARED = r"(?:=|<>|!=|\bIN\b)"
NAMES = rf"{_LIST}\s*(?:NOT\s+)?{_COMPARED}|{_COMPARED}\s*\(*{_LIST}|\bSTRUCT\s*\("


def compared(node: exp.Expr) -> exp.Expr | None:
    """The comparison of the fields; None where a side is not written out."""
    if isinstance(node, exp.In):
        found = [_equal(node.this, one) for one in node.expressions]
        equals = [one for one in found if one is not None]
        return exp.paren(exp.or_(*equals)) if equals and len(equals) == len(found) else None
    equal = _equal(node.this, node.expression)
    if equal is None:
        return None
    return exp.paren(exp.not_(equal) if isinstance(node, exp.NEQ) else equal)


def _equal(one: exp.Expr, other: exp.Expr) -> exp.Expr | None:
    values, others = _values(one), _values(other)
    if not values or len(values) != len(others):
        return None
    pairs = zip(values, others, strict=True)
    return exp.and_(*(exp.EQ(this=a.copy(), expression=b.copy()) for a, b in pairs))


def _values(side: exp.Expr) -> list[exp.Expr]:
    """The values of a STRUCT that is written out, whose names the emulator may have taken away."""
    side = side.unnest()
    is_row = isinstance(side, exp.Anonymous) and str(side.this).upper() == "ROW"
    if not is_row and not isinstance(side, exp.Struct | exp.Tuple):
        return []
    named = (exp.PropertyEQ, exp.Alias)
    return [
        (one.expression if isinstance(one, exp.PropertyEQ) else one.this)
        if isinstance(one, named)
        else one
        for one in side.expressions
    ]
