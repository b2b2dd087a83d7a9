"""The scans that the text of a statement makes: found once per text, whatever the catalog holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from .project_names import same_in_every_project
from .statements import conjuncts, parsed

# Owner ('' where the text names none), dataset, name; the columns that a condition compares with
# constants, any of which may be what the table is partitioned by; the moment that is read ('' now).
Scan = tuple[str, str, str, tuple[str, ...], str]


@dataclass(frozen=True)
class Reads:
    """What a statement reads: tables, table functions, and the columns it names (None for any)."""

    scans: tuple[Scan, ...]
    functions: tuple[tuple[str, str, str], ...]
    columns: frozenset[str] | None


def reads_of(sql: str, constants: frozenset[str]) -> Reads:
    """`constants` are names of function arguments and script variables."""
    named = tuple(sorted(name.lower() for name in constants))
    scans, functions, columns = _reads(sql, named)
    return Reads(scans, functions, None if columns is None else frozenset(columns))


@same_in_every_project
def _reads(
    sql: str, constants: tuple[str, ...]
) -> tuple[tuple[Scan, ...], tuple[tuple[str, str, str], ...], tuple[str, ...] | None]:
    tree = parsed(sql)
    if tree is None or (isinstance(tree, exp.Create) and tree.kind in ("FUNCTION", "PROCEDURE")):
        return (), (), ()
    return tuple(_scans(tree, frozenset(constants))), tuple(_functions(tree)), _columns(tree)


def _scans(tree: exp.Expr, constants: frozenset[str]) -> Iterator[Scan]:
    for scope in _scopes(tree):
        for _, source in scope.selected_sources.values():
            if isinstance(source, exp.Table) and _is_stored(source):
                limiting = _limiting(source, scope, tree, constants)
                yield source.catalog, source.db, source.name, limiting, _moment(source)
    target = tree.this if isinstance(tree, exp.Update | exp.Delete | exp.Merge) else None
    if isinstance(target, exp.Table) and _is_stored(target):
        limiting = _limiting(target, None, tree, constants)
        yield target.catalog, target.db, target.name, limiting, ""


def _moment(node: exp.Table) -> str:
    version = node.args.get("version")
    return "" if version is None else version.expression.sql(dialect="bigquery")


def _is_stored(node: exp.Table) -> bool:
    return bool(node.db) and not isinstance(node.this, exp.Anonymous)


def _functions(tree: exp.Expr) -> Iterator[tuple[str, str, str]]:
    for node in tree.find_all(exp.Table):
        if isinstance(node.this, exp.Anonymous) and node.db:
            yield node.catalog, node.db, node.this.name


def _columns(tree: exp.Expr) -> tuple[str, ...] | None:
    """The names of all columns in a statement; None where a star may stand for any."""
    if tree.find(exp.Star) is not None:
        return None
    return tuple(sorted({column.name.lower() for column in tree.find_all(exp.Column)}))


def _scopes(tree: exp.Expr) -> list[Scope]:
    queries = [tree] if isinstance(tree, exp.Query) else _inner_queries(tree)
    return [scope for query in queries for scope in traverse_scope(query)]


def _inner_queries(tree: exp.Expr) -> list[exp.Expr]:
    """The outermost queries inside a DML or CREATE statement."""
    return [node for node in tree.find_all(exp.Query) if node.find_ancestor(exp.Query) is None]


def _limiting(
    node: exp.Expr, scope: Scope | None, tree: exp.Expr, constants: frozenset[str]
) -> tuple[str, ...]:
    """The columns of a scan that its statement, or one around it, compares with constants."""
    alias = node.alias_or_name.lower()
    found: set[str] = set()
    if scope is None:
        for condition in _conditions(tree):
            found |= _compared(condition, {alias, ""}, constants)
    names: set[str] | None = {alias, ""}
    while scope is not None:
        for condition in _conditions(scope.expression):
            found |= _compared(condition, names, constants)
        scope, names = scope.parent, None
    return tuple(sorted(found))


def _conditions(query: exp.Expr) -> Iterator[exp.Expr]:
    where = query.args.get("where")
    conditions = [where.this] if where else []
    conditions += [join.args["on"] for join in query.args.get("joins") or () if join.args.get("on")]
    conditions += [query.args["on"]] if query.args.get("on") else []
    for condition in conditions:
        yield from conjuncts(condition)


def _compared(condition: exp.Expr, aliases: set[str] | None, constants: frozenset[str]) -> set[str]:
    """The columns (of these aliases) that a condition compares with nothing but constants."""
    if condition.find(exp.Query):
        return set()
    # By name, or None of another scan; and whether it may be a constant.
    columns = [
        (
            one.name.lower() if aliases is None or one.table.lower() in aliases else None,
            (one.table or one.name).lower() in constants,
        )
        for one in condition.find_all(exp.Column)
    ]
    names = {mine for mine, _ in columns if mine is not None}
    return {name for name in names if all(name == mine or known for mine, known in columns)}
