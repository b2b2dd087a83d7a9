"""UPDATE … FROM and MERGE change a row by one row of their source, or not at all.

DuckDB takes any of several. It is asked beforehand, in the session of the statement.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

import sqlglot
from sqlglot import exp

from .dialect import outside_strings
from .statements import REMEMBERED

REFUSAL = "UPDATE/MERGE must match at most one source row for each target row"
_MAY_MATCH = re.compile(r"\s*(?:MERGE\b|UPDATE\b.*\bFROM\b)", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(r"\$\w+")


def question(sql: str) -> str:
    """A query of DuckDB for a row that a statement of DuckDB would change by several others.

    It has the same parameters as the statement; '' where there is nothing to ask.
    """
    return _question(sql) if _MAY_MATCH.match(sql) else ""


@lru_cache(maxsize=REMEMBERED)
def _question(sql: str) -> str:
    # The question asks for the parameters in another order.
    numbers = itertools.count(1)
    sql = outside_strings(r"\?", lambda _: f"${next(numbers)}", sql)
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except sqlglot.errors.SqlglotError:
        return ""
    pairs = _matched_pairs(tree)
    if pairs is None:
        return ""
    row = exp.column("rowid", table=tree.this.alias_or_name)
    asked = pairs.group_by(row, copy=False).having("COUNT(*) > 1", copy=False).limit(1, copy=False)
    if (ctes := tree.args.get("with_")) is not None:
        asked.set("with_", ctes.copy())
    text = asked.sql(dialect="duckdb")
    # DuckDB takes no parameter that it is not asked for.
    lacking = sorted(set(_PARAMETER.findall(sql)) - set(_PARAMETER.findall(text)))
    named = ", ".join([*lacking, "1"])
    return f"SELECT * FROM ({text}) WHERE ({named}) IS NOT NULL" if lacking else text


def _matched_pairs(tree: exp.Expr) -> exp.Select | None:
    """The rows of the target, each as often as a row of the source would change it."""
    pairs = exp.select("1").from_(tree.this.copy())
    if isinstance(tree, exp.Update) and (source := tree.args.get("from_")) is not None:
        pairs = pairs.join(source.this.copy(), join_type="cross")
        where = tree.args.get("where")
        return pairs.where(where.this.copy()) if where is not None else pairs
    if not isinstance(tree, exp.Merge):
        return None
    whens = tree.args["whens"].expressions
    conditions = [one.args.get("condition") or exp.true() for one in whens if one.args["matched"]]
    if not conditions:
        return None
    pairs = pairs.join(tree.args["using"].copy(), on=tree.args["on"].copy())
    return pairs.where(exp.or_(*conditions))
