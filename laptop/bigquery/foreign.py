"""Functions and forms of other dialects: understood here, and none of BigQuery's."""

from __future__ import annotations

import json
from pathlib import Path

from sqlglot import exp

from . import text_functions

# What Google's analyzer has, without what BigQuery's reference does not list, and with what only
# BigQuery has. A name with a dot is a routine's, or of a group like NET.
FUNCTIONS = frozenset(json.loads(Path(__file__).with_name("functions.json").read_text()))

_OPERATORS: dict[type[exp.Expr], str] = {
    exp.ILike: 'identifier "ILIKE"',
    exp.SimilarTo: 'identifier "SIMILAR"',
    exp.Glob: 'identifier "GLOB"',
    exp.Filter: '"("',
    exp.Fetch: "keyword FETCH",
    exp.Into: "keyword INTO",
    exp.Lock: "keyword FOR",
}
_JOINS = {
    "ASOF": 'identifier "ASOF"',
    "NATURAL": "keyword NATURAL",
    "SEMI": 'identifier "SEMI"',
    "ANTI": 'identifier "ANTI"',
}
# Reserved in GoogleSQL, and a name for the parser that reads it here.
_RESERVED = frozenset(
    {
        *("ASSERT_ROWS_MODIFIED", "CONTAINS", "CUBE", "CURRENT", "DEFINE", "ENUM", "EXCLUDE"),
        *("FOLLOWING", "GROUPING", "GROUPS", "HASH", "IGNORE", "LOOKUP", "NEW", "NULLS", "OF"),
        *("OVER", "PRECEDING", "PROTO", "RANGE", "RECURSIVE", "RESPECT", "ROLLUP", "ROWS"),
        *("SOME", "TO", "TREAT", "UNBOUNDED", "WITHIN"),
    }
)
# Sizes of integers and of text are no types of the service; those of one size have several names.
_TYPES = frozenset(
    exp.DataType.build(name, dialect="bigquery").this
    for name in (
        *("INT64", "INT", "SMALLINT", "INTEGER", "BIGINT", "TINYINT", "BYTEINT", "NUMERIC"),
        *("BIGNUMERIC", "FLOAT64", "BOOL", "STRING", "BYTES", "DATE", "DATETIME", "TIME"),
        *("TIMESTAMP", "GEOGRAPHY", "JSON", "INTERVAL", "RANGE<DATE>", "ARRAY<DATE>"),
        "STRUCT<DATE>",
    )
)
# Every kind of node that `refused_form` looks at.
LOOKED_AT: tuple[type[exp.Expr], ...] = (
    *(exp.Func, exp.Alias, exp.Join, exp.Distinct, exp.Limit, exp.TableSample),
    *(exp.Any, exp.All, exp.DataType),
    *_OPERATORS,
)


def refused_form(node: exp.Expr) -> str:
    """What BigQuery says of a function or a form that it does not have; '' of all others."""
    if isinstance(node, exp.Func):
        name = _written_name(node)
        known = not name or name.upper() in FUNCTIONS or "__" in name
        return text_functions.refused(node) if known else f"Function not found: {name}"
    if isinstance(node, exp.Alias):
        alias = node.args.get("alias")
        quoted = not isinstance(alias, exp.Identifier) or bool(alias.args.get("quoted"))
        word = "" if quoted else node.alias.upper()
        return f"Syntax error: Unexpected keyword {word}" if word in _RESERVED else ""
    if isinstance(node, exp.Any | exp.All):
        word = "" if isinstance(node.parent, exp.Like) else node.key.upper()
        return f"Syntax error: Unexpected keyword {word}" if word else ""
    if isinstance(node, exp.DataType):
        return "" if node.this in _TYPES else f"Type not found: {node.this.name}"
    found = _OPERATORS.get(type(node), "")
    if isinstance(node, exp.Join):
        found = _JOINS.get(node.method, "") or _JOINS.get(node.kind, "")
    elif isinstance(node, exp.Distinct) and node.args.get("on") is not None:
        found = "keyword ON"
    elif isinstance(node, exp.Limit) and _is_percent(node):
        found = '"%"'
    elif isinstance(node, exp.TableSample) and node.args.get("percent") is None:
        found = "keyword USING"
    return f"Syntax error: Expected end of input but got {found}" if found else ""


def _written_name(node: exp.Func) -> str:
    """The name that was written; '' of what is called by no name, or by one with a dot."""
    if isinstance(node, exp.WeekStart) or isinstance(
        node.parent, exp.Dot | exp.NetFunc | exp.Table
    ):
        return ""
    if isinstance(node, exp.Anonymous):
        name = str(node.this)
        return "" if "." in name else name
    return str(node.meta.get("name") or "") if node._meta else ""


def _is_percent(limit: exp.Limit) -> bool:
    options = limit.args.get("limit_options")
    return options is not None and bool(options.args.get("percent"))
