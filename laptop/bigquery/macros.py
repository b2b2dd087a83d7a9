"""Functions of DuckDB that statements are translated to: their definitions, and calls of them.

What a function is called with stands in its body as often as the body says: DuckDB plans and
computes it each time.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp


def definitions(*functions: Mapping[str, str]) -> str:
    """Statements that make functions, each a signature and a body; those that others call first.

    Each also comes with `_once` behind its name, for values that are computed before it.
    """
    bodies = {signature: body for some in functions for signature, body in some.items()}
    return "\n".join(
        [f"CREATE OR REPLACE MACRO {signature} AS {body};" for signature, body in bodies.items()]
        + [_once(signature) for signature in bodies]
    )


def _once(signature: str) -> str:
    name, _, names = signature.rstrip(")").partition("(")
    fields = ", ".join(f"'{one}': {one}" for one in names.split(", "))
    values = ", ".join(f"row.{one}" for one in names.split(", "))
    body = f"list_transform([{{{fields}}}], lambda row: {name}({values}))[1]"
    return f"CREATE OR REPLACE MACRO {name}_once({names}) AS {body};"


def call(name: str, *values: exp.Expr) -> exp.Anonymous:
    """A call of one of the functions, whose values are computed before it if they are queries."""
    once = "_once" if any(value.find(exp.Query) for value in values) else ""
    return exp.Anonymous(this=name + once, expressions=list(values))


def call_once(name: str, *values: exp.Expr) -> exp.Anonymous:
    """A call of a function with a long body, whose values are computed before it if at all."""
    once = "" if all(map(_is_there, values)) else "_once"
    return exp.Anonymous(this=name + once, expressions=list(values))


def _is_there(value: exp.Expr) -> bool:
    """Whether it is read or written, not computed."""
    inner = value.unnest()
    if isinstance(inner, exp.Cast | exp.Neg):
        return _is_there(inner.this)
    return isinstance(inner, exp.Column | exp.Literal | exp.Placeholder | exp.Null)
