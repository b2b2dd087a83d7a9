"""Outer joins that BigQuery cannot run: no equality of both sides is among what has to hold."""

from __future__ import annotations

from sqlglot import exp

from .statements import conjuncts

REFUSAL = (
    "{side} OUTER JOIN cannot be used without a condition that is an equality of fields from both"
    " sides of the join."
)


def refused_join(tree: exp.Expr) -> str:
    """What BigQuery says of a statement with such a join; '' where there is none.

    Constant conditions, and those on one side alone, are said to pass.
    """
    joins = (join for join in tree.find_all(exp.Join) if join.side)
    found = next(filter(_is_unbound, joins), None)
    return REFUSAL.format(side=found.side.upper()) if found else ""


def _is_unbound(join: exp.Join) -> bool:
    condition = join.args.get("on")
    if condition is None or isinstance(join.this, exp.Unnest):
        return False
    tables = {column.table for column in condition.find_all(exp.Column)}
    has_both = "" not in tables and len(tables) > 1 and join.alias_or_name in tables
    return has_both and not any(_binds(part) for part in conjuncts(condition))


def _binds(part: exp.Expr) -> bool:
    """Whether it is an equality of two tables, or one that holds for two NULLs as well."""
    if isinstance(part, exp.Or):
        return any(_is_of_null(inner) for inner in part.find_all(exp.Is))
    sides = (part.left, part.right) if isinstance(part, exp.EQ | exp.NullSafeEQ) else ()
    named = [{column.table for column in side.find_all(exp.Column)} for side in sides]
    return bool(named) and all(named) and named[0] != named[1]


def _is_of_null(test: exp.Is) -> bool:
    return isinstance(test.expression, exp.Null)
