"""What only BigQuery refuses, and only when a statement runs: the analyzer and DuckDB take it.

An outer join without an equality: `LEFT OUTER JOIN cannot be used without a condition that is an
equality of fields from both sides of the join`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
import sqlglot
from sqlglot import exp

from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.tables.routines import SQL

SETTINGS = Settings(project="demo")
TEXTS = {
    **{routine.name: routine.body for routine in routines.routines(SETTINGS)},
    **{path.stem: routines.query(path.stem, SETTINGS) for path in (SQL / "queries").glob("*.sql")},
}


@cache
def statements(text: str) -> list[exp.Expr]:
    return [each for each in sqlglot.parse(text, read="bigquery") if each]


def refused_joins(text: str) -> list[str]:
    """The outer joins of a text without an equality between what is joined and something else."""
    joins = (join for each in statements(text) for join in each.find_all(exp.Join))
    return [join.sql("bigquery")[-200:] for join in joins if join.side and not _is_equal(join)]


def _is_equal(join: exp.Join) -> bool:
    return bool(join.args.get("using")) or any(
        len({column.table == join.alias_or_name for column in condition.find_all(exp.Column)}) > 1
        for condition in _conditions(join.args.get("on"))
        if isinstance(condition, exp.EQ)
    )


def _conditions(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """What has to hold of a condition, whatever else holds."""
    if isinstance(node, exp.And):
        yield from _conditions(node.left)
        yield from _conditions(node.right)
    elif isinstance(node, exp.Paren):
        yield from _conditions(node.this)
    elif node is not None:
        yield node


@pytest.mark.parametrize("name", TEXTS)
def test_an_outer_join_has_an_equality_of_both_sides(name: str) -> None:
    assert refused_joins(TEXTS[name]) == []


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ("ON b.k = a.k", 0),
        ("ON b.k = a.k AND b.n > a.n", 0),
        ("USING (k)", 0),
        ("ON b.n > a.n", 1),
        ("ON b.n = 1 AND b.k > a.k", 1),
        ("ON b.k = a.k OR b.n = a.n", 1),
        ("ON TRUE", 1),
    ],
)
def test_a_join_is_refused_by_what_has_to_hold(condition: str, refused: int) -> None:
    for side in ("LEFT", "FULL"):
        assert len(refused_joins(f"SELECT 1 FROM a {side} JOIN b {condition}")) == refused
