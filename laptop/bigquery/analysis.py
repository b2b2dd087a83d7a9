"""What a statement reads: the bytes it is billed for, and whether it may read a table at all."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bqemulator.catalog.models import TableMeta
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from .errors import BigQueryError
from .partition_view import row_width
from .partitions import TableRef
from .statements import REMEMBERED, parsed

_MEGABYTE = 2**20
_LEAST_BILLED = 10 * _MEGABYTE


@dataclass
class Meter:
    """Bytes processed by the statements of one job so far, and the job's limit."""

    limit: int | None = None
    processed: int = 0
    tables: set[str] = field(default_factory=set)

    @property
    def billed(self) -> int:
        """Rounded up to megabytes, at least ten per table."""
        whole = -(-self.processed // _MEGABYTE) * _MEGABYTE
        return max(whole, _LEAST_BILLED * len(self.tables))

    def add(self, table: str, size: int) -> None:
        """Count a table scan; refuse it beyond the limit."""
        self.processed += size
        self.tables.add(table)
        if self.limit is not None and self.billed > self.limit:
            raise BigQueryError(
                "bytesBilledLimitExceeded",
                f"Query exceeded limit for bytes billed: {self.limit}. "
                f"{self.billed} or higher required.",
            )


METER: contextvars.ContextVar[Meter | None] = contextvars.ContextVar("meter", default=None)


class Analyst:
    """Looks at statements before they run, with the catalog at hand."""

    def __init__(self, context: Any, project: str) -> None:
        self._context = context
        self._project = project

    def admit(self, sql: str, constants: frozenset[str] = frozenset()) -> None:
        """Refuse a scan without the partition filter its table demands; count the bytes.

        `constants` are names of function arguments and script variables.
        """
        tree = parsed(sql)
        if tree is None or (
            isinstance(tree, exp.Create) and tree.kind in ("FUNCTION", "PROCEDURE")
        ):
            return
        lowered = frozenset(name.lower() for name in constants)
        for table, node, scope in self._scans(tree):
            if _demands_filter(table) and not _filtered(node, scope, tree, table, lowered):
                raise _unfiltered(table)
            meter = METER.get()
            if meter is not None:
                meter.add(_name(table), self._size(table, _columns_of(sql)))
        for routine in self._functions(tree):
            arguments = frozenset(argument.name for argument in routine.arguments)
            self.admit(routine.definition_body, arguments)

    def _scans(self, tree: exp.Expr) -> Iterator[tuple[TableMeta, exp.Table, Scope | None]]:
        for scope in _scopes(tree):
            for _, source in scope.selected_sources.values():
                if isinstance(source, exp.Table) and (table := self._table(source)):
                    yield table, source, scope
        target = tree.this if isinstance(tree, exp.Update | exp.Delete | exp.Merge) else None
        if isinstance(target, exp.Table) and (table := self._table(target)):
            yield table, target, None

    def _table(self, node: exp.Table) -> TableMeta | None:
        if isinstance(node.this, exp.Anonymous) or not node.db:
            return None
        found = self._context.catalog.get_table(node.catalog or self._project, node.db, node.name)
        return found if isinstance(found, TableMeta) else None

    def _functions(self, tree: exp.Expr) -> Iterator[Any]:
        for node in tree.find_all(exp.Table):
            if isinstance(node.this, exp.Anonymous) and node.db:
                owner = node.catalog or self._project
                found = self._context.catalog.get_routine(owner, node.db, node.this.name)
                if found is not None and found.routine_type == "TABLE_VALUED_FUNCTION":
                    yield found

    def _size(self, table: TableMeta, columns: frozenset[str] | None) -> int:
        ref = TableRef(table.project_id, table.dataset_id, table.table_id)
        if table.table_type != "TABLE":
            return 0
        rows = self._context.engine.execute(f"SELECT count(*) FROM {ref.sql}").fetchone()[0]
        return int(rows) * row_width(table, columns)


@lru_cache(maxsize=REMEMBERED)
def _columns_of(sql: str) -> frozenset[str] | None:
    """The names of all columns in a statement; None where a star may stand for any."""
    tree = parsed(sql)
    if tree is None or tree.find(exp.Star) is not None:
        return None
    return frozenset(column.name.lower() for column in tree.find_all(exp.Column))


def _scopes(tree: exp.Expr) -> list[Scope]:
    queries = [tree] if isinstance(tree, exp.Query) else _inner_queries(tree)
    return [scope for query in queries for scope in traverse_scope(query)]


def _inner_queries(tree: exp.Expr) -> list[exp.Expr]:
    """The outermost queries inside a DML or CREATE statement."""
    return [node for node in tree.find_all(exp.Query) if node.find_ancestor(exp.Query) is None]


def _demands_filter(table: TableMeta) -> bool:
    layout = table.time_partitioning
    return layout is not None and layout.require_partition_filter and layout.field is not None


def _filtered(
    node: exp.Expr, scope: Scope | None, tree: exp.Expr, table: TableMeta, constants: frozenset[str]
) -> bool:
    column = str(table.time_partitioning.field).lower() if table.time_partitioning else ""
    alias = node.alias_or_name.lower()
    if scope is None:
        return any(_limits(one, column, {alias, ""}, constants) for one in _conjuncts(tree))
    names: set[str] | None = {alias, ""}
    while scope is not None:
        if any(_limits(one, column, names, constants) for one in _conjuncts(scope.expression)):
            return True
        scope, names = scope.parent, None
    return False


def _conjuncts(query: exp.Expr) -> Iterator[exp.Expr]:
    where = query.args.get("where")
    conditions = [where.this] if where else []
    conditions += [join.args["on"] for join in query.args.get("joins") or () if join.args.get("on")]
    conditions += [query.args["on"]] if query.args.get("on") else []
    for condition in conditions:
        yield from condition.flatten() if isinstance(condition, exp.And) else (condition,)


def _limits(
    condition: exp.Expr, column: str, aliases: set[str] | None, constants: frozenset[str]
) -> bool:
    """Whether a condition compares the partition column (of these aliases) with constants only."""
    if condition.find(exp.Query):
        return False
    compared = False
    for one in condition.find_all(exp.Column):
        mine = one.name.lower() == column and (aliases is None or one.table.lower() in aliases)
        if not mine and (one.table or one.name).lower() not in constants:
            return False
        compared |= mine
    return compared


def _name(table: TableMeta) -> str:
    return f"{table.project_id}.{table.dataset_id}.{table.table_id}"


def _unfiltered(table: TableMeta) -> BigQueryError:
    column = table.time_partitioning.field if table.time_partitioning else ""
    return BigQueryError(
        "invalidQuery",
        f"Cannot query over table '{_name(table)}' without a filter over column(s) '{column}' "
        "that can be used for partition elimination",
        location="query",
    )
