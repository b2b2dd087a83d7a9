"""How many table scans a statement is once every table function and CTE is put in its place.

BigQuery expands both at every reference before it plans a statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from phase4.tables.routines import Routine


@dataclass(frozen=True)
class Counter:
    """Counts in one query; `ctes` are the names that it sees, each with the counter of its own."""

    known: Mapping[str, Routine]
    ctes: Mapping[str, tuple[exp.Expr, Counter]]

    def count(self, node: exp.Expr) -> int:
        """Scans of a node with all that is in it."""
        inner = self._seeing(node)
        own = inner._reference(node) if isinstance(node, exp.Table) else 0
        return own + sum(inner.count(child) for child in _parts(node))

    def _seeing(self, node: exp.Expr) -> Counter:
        """This counter with the CTEs of a query; each sees those before it."""
        counter = self
        for cte in _ctes(node):
            counter = Counter(self.known, {**counter.ctes, cte.alias: (cte.this, counter)})
        return counter

    def _reference(self, table: exp.Table) -> int:
        if not table.db and table.name in self.ctes:
            query, counter = self.ctes[table.name]
            return counter.count(query)
        called = isinstance(table.this, exp.Anonymous)
        name = (table.this if called else table).name.rpartition(".")[2]
        if name in self.known and (called or self.known[name].kind == "VIEW"):
            return sum(scans_per_statement(self.known[name], self.known))
        return 1


def scans_per_statement(routine: Routine, known: Mapping[str, Routine]) -> list[int]:
    """The scans of each statement of a routine's body, in order."""
    statements = sqlglot.parse(routine.body, read="bigquery")
    return [Counter(known, {}).count(statement) for statement in statements if statement]


def _ctes(node: exp.Expr) -> list[exp.CTE]:
    clause = node.args.get("with_")
    return list(clause.expressions) if clause else []


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """What a node is made of, but for its CTEs and for the table that it writes."""
    written = node.this if isinstance(node, exp.Insert | exp.Create) else None
    return (
        child
        for child in node.iter_expressions()
        if not isinstance(child, exp.With) and child is not written
    )
