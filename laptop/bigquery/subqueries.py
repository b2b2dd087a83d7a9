"""Subqueries that BigQuery cannot run: it makes joins of them, and not of every one it can.

A table's columns are told by their qualifiers: a name without one may be anybody's, and passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from .joins import REFUSAL
from .statements import conjuncts

IN_A_JOIN = "Unsupported subquery with table in join predicate."
IN_AN_UPDATE = "Correlated Subquery is unsupported in UPDATE clause."
NOT_DECORRELATED = (
    "Correlated subqueries that reference other tables are not supported unless they can be"
    " de-correlated, such as by transforming them into an efficient JOIN."
)


def refused_subquery(tree: exp.Expr) -> str:
    """What BigQuery says of a statement with such a subquery; '' where there is none."""
    for join in tree.find_all(exp.Join, exp.Merge):
        condition = join.args.get("on")
        if condition is not None and any(map(_reads_a_table, condition.find_all(exp.Query))):
            return IN_A_JOIN
    for query in tree.find_all(exp.Select):
        if _is_an_expression(query) and (outer := _outer_columns(query)) and _reads_a_table(query):
            if query.find_ancestor(exp.EQ) in _assignments(query):
                return IN_AN_UPDATE
            if refused := _refused(query, outer):
                return refused
    return ""


def _refused(query: exp.Select, outer: set[str]) -> str:
    if query.args.get("limit") or query.args.get("offset"):
        return NOT_DECORRELATED
    conditions = [where.this for where in query.find_all(exp.Where)]
    if any(_binds(part, outer) for where in conditions for part in conjuncts(where)):
        return ""
    parent = query.parent
    is_scalar = isinstance(parent, exp.Subquery)
    if isinstance(parent.parent if is_scalar and parent else parent, exp.In):
        return ""  # That the value is among those of the query is the equality.
    return REFUSAL.format(side="LEFT") if is_scalar else NOT_DECORRELATED


def _is_an_expression(query: exp.Select) -> bool:
    """Whether it gives a value: what a FROM reads cannot know its row."""
    parent = query.parent
    while isinstance(parent, exp.SetOperation | exp.Paren):
        parent = parent.parent
    if isinstance(parent, exp.Subquery):
        return not isinstance(parent.parent, exp.From | exp.Join | exp.CTE)
    return isinstance(parent, exp.Exists | exp.In | exp.Array | exp.ArrayAgg | exp.Anonymous)


def _outer_columns(query: exp.Select) -> set[str]:
    """The qualifiers in a query that name sources of the queries around it."""
    own = set(_aliases(query))
    around: set[str] = set()
    ancestor = query.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Merge)
    while ancestor is not None:
        around |= set(_sources(ancestor))
        ancestor = ancestor.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Merge)
    used = {column.table.lower() for column in query.find_all(exp.Column)}
    return (used & around) - own


def _aliases(query: exp.Expr) -> Iterator[str]:
    for source in query.find_all(exp.Table, exp.Subquery, exp.Unnest, exp.CTE):
        yield source.alias_or_name.lower()
        yield from (column.name.lower() for column in _alias_columns(source))


def _alias_columns(source: exp.Expr) -> list[exp.Expr]:
    alias = source.args.get("alias")
    return list(alias.args.get("columns") or ()) if isinstance(alias, exp.TableAlias) else []


def _sources(node: exp.Expr) -> Iterator[str]:
    """The names by which a statement's own FROM, joins and target are called."""
    parts = [node.args.get("from_") or node.args.get("from"), *(node.args.get("joins") or ())]
    found = [part.this for part in parts if part is not None]
    if isinstance(node, exp.Update | exp.Delete | exp.Merge):
        found += [node.this, *filter(None, [node.args.get("using")])]
    for source in found:
        if isinstance(source, exp.Expr) and source.alias_or_name:
            yield source.alias_or_name.lower()


def _reads_a_table(query: exp.Expr) -> bool:
    """Whether a table or what WITH names is read; an array of a row is none."""
    paths = {name for select in query.find_all(exp.Select) for name in _sources(select)}
    ancestor = query.find_ancestor(exp.Select)
    while ancestor is not None:
        paths |= set(_sources(ancestor))
        ancestor = ancestor.find_ancestor(exp.Select)
    return any(table.db.lower() not in paths for table in query.find_all(exp.Table) if table.name)


def _binds(part: exp.Expr, outer: set[str]) -> bool:
    """Whether it is an equality of a column of the query and one around it."""
    if not isinstance(part, exp.EQ | exp.NullSafeEQ):
        return False
    sides = [
        {column.table.lower() for column in side.find_all(exp.Column)}
        for side in (part.left, part.right)
    ]
    return any(
        one and other and one <= outer and not other & outer
        for one, other in (sides, reversed(sides))
    )


def _assignments(query: exp.Select) -> list[exp.Expr]:
    update = query.find_ancestor(exp.Update)
    return list(update.expressions) if update is not None else []
