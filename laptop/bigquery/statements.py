"""Single GoogleSQL statements as syntax trees."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator

import sqlglot
from sqlglot import exp

logging.getLogger("sqlglot").setLevel(logging.ERROR)


# Texts whose trees and translations are kept, per kind of work on them.
REMEMBERED = 512
_POSITIONS = frozenset({"line", "col", "start", "end"})


def without_positions(tree: exp.Expr) -> exp.Expr:
    """The same tree, in which no name says where it stood: its copies take a third of the time."""
    for node in tree.walk():
        if node._meta is not None and node._meta.keys() <= _POSITIONS:
            node._meta = None
    return tree


@functools.lru_cache(maxsize=REMEMBERED)
def parsed(sql: str) -> exp.Expr | None:
    """The tree of one query or DML, or of CREATE TABLE/VIEW; None for all else and for scripts.

    The tree is shared: copy it before changing it.
    """
    try:
        trees = sqlglot.parse(sql, read="bigquery")
    except sqlglot.errors.SqlglotError:
        return None
    tree = without_positions(trees[0]) if len(trees) == 1 and trees[0] else None
    if isinstance(tree, exp.Query | exp.Insert | exp.Update | exp.Delete | exp.Merge):
        return tree
    made = isinstance(tree, exp.Create) and tree.kind in ("TABLE", "VIEW")
    return tree if made else None


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """What has to hold of a condition, whatever else holds; brackets around it change nothing."""
    waiting = [condition]
    while waiting:
        inner = waiting.pop().unnest()
        if isinstance(inner, exp.And):
            waiting += (inner.right, inner.left)
        else:
            yield inner
