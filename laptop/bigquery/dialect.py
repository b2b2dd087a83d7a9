"""GoogleSQL that the emulator's translation gets wrong, put right before or inside it."""

from __future__ import annotations

import re
from typing import Any

import duckdb
from bqemulator.sql.rewriter import aggregate_variants, safe_helpers
from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from sqlglot import exp
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.dialects.duckdb import DuckDB

from .escapes import characters_by_number
from .project_names import same_in_every_project
from .statements import parsed

_STRING = r"'''.*?'''|\"\"\".*?\"\"\"|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_INSERT_ROW = re.compile(r"\bINSERT\s+ROW\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"%%|(?P<flags>%[-+ #0]*)'")
_NUMERIC = (38, 9)
_DUCKDB_DECIMAL = (18, 3)
_NEVER_FAILING = (exp.SafeFunc, exp.Try, exp.TryCast, exp.Concat, exp.DPipe, exp.Dot)


def outside_strings(pattern: str, replacement: Any, sql: str) -> str:
    """`re.sub` (ignoring case) that leaves string literals and comments alone."""
    both = re.compile(rf"(?s:{_STRING}|--[^\n]*|/\*.*?\*/)|(?P<hit>{pattern})", re.IGNORECASE)

    def put(match: re.Match[str]) -> str:
        if match.group("hit") is None:
            return match.group(0)
        return str(replacement(match)) if callable(replacement) else str(replacement)

    return both.sub(put, sql)


@register
class _NumericRule(TranslationRule):
    """NUMERIC is DECIMAL(38, 9), not DuckDB's default DECIMAL(18, 3)."""

    name = "NUMERIC_WIDTH"

    def applies_to(self, node: exp.Expression) -> bool:
        return isinstance(node, exp.DataType) and _decimal_size(node) in ((), _DUCKDB_DECIMAL)

    def rewrite(self, _node: exp.Expression) -> exp.Expression:
        return exp.DataType.build(f"DECIMAL({_NUMERIC[0]}, {_NUMERIC[1]})", dialect="duckdb")


def _decimal_size(node: exp.DataType) -> tuple[int, ...] | None:
    if node.this != exp.DataType.Type.DECIMAL:
        return None
    return tuple(int(part.name) for part in node.expressions)


@register
class _WindowedCountIfRule(TranslationRule):
    """COUNTIF(p) OVER (…): the emulator puts a COALESCE between function and window."""

    name = "COUNTIF_OVER"

    def applies_to(self, node: exp.Expression) -> bool:
        return isinstance(node, exp.Window) and node.this.find(exp.CountIf) is not None

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        counted = node.this.find(exp.CountIf).this
        window = node.copy()
        window.set("this", exp.Count(this=exp.If(this=counted.copy(), true=exp.Literal.number(1))))
        return window


def _reserved_names() -> frozenset[str]:
    sql = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
    return frozenset(row[0] for row in duckdb.connect().execute(sql).fetchall())


@register
class _ReservedNameRule(TranslationRule):
    """Names that only DuckDB reserves (`at`, `end` …) are quoted."""

    name = "RESERVED_NAME"
    reserved = _reserved_names()

    def applies_to(self, node: exp.Expression) -> bool:
        return (
            isinstance(node, exp.Identifier)
            and not node.args.get("quoted")
            and str(node.this).lower() in self.reserved
        )

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        return exp.Identifier(this=node.this, quoted=True)


def _limited_string_agg(tree: exp.Expression) -> bool:
    """STRING_AGG(x, separator ORDER BY … LIMIT n), which passes over NULLs."""
    found = [node for node in tree.find_all(exp.GroupConcat) if isinstance(node.this, exp.Limit)]
    for node in found:
        separator = node.args.get("separator") or exp.Literal.string(",")
        texts = _kept_values(node.this)
        node.replace(exp.Anonymous(this="ARRAY_TO_STRING", expressions=[texts, separator.copy()]))
    return bool(found)


def _ignore_nulls(tree: exp.Expression) -> bool:
    """ARRAY_AGG(x IGNORE NULLS [ORDER BY …] [LIMIT n]) as a filtered, sliced aggregate."""
    found = [node for node in tree.find_all(exp.IgnoreNulls) if isinstance(node.this, exp.ArrayAgg)]
    for node in found:
        node.replace(_kept_values(node.this.this))
    return bool(found)


def _kept_values(inner: exp.Expression) -> exp.Expression:
    """An array of the values that are not NULL, ordered and limited as `inner` says."""
    limit = None
    if isinstance(inner, exp.Limit):
        inner, limit = inner.this, inner.expression
    value = inner.this if isinstance(inner, exp.Order) else inner
    if isinstance(value, exp.Distinct):
        value = value.expressions[0]
    kept = exp.Where(this=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null())))
    values = exp.Filter(this=exp.ArrayAgg(this=inner.copy()), expression=kept)
    return values if limit is None else _first_of(values, limit)


def _limited_array_agg(tree: exp.Expression) -> bool:
    """ARRAY_AGG(x ORDER BY … LIMIT n), which the emulator cuts with an ARRAY_SLICE of DuckDB."""
    found = [node for node in tree.find_all(exp.ArrayAgg) if isinstance(node.this, exp.Limit)]
    for node in found:
        node.replace(_first_of(exp.ArrayAgg(this=node.this.this.copy()), node.this.expression))
    return bool(found)


def _first_of(values: exp.Expression, limit: exp.Expression) -> exp.Expression:
    """The first of an array by DuckDB's function, whose name GoogleSQL does not have."""
    bounds = [exp.Literal.number(1), limit.copy()]
    return exp.Anonymous(this="LIST_SLICE", expressions=[values, *bounds])


@same_in_every_project
def name_struct_fields(sql: str) -> str:
    """STRUCT(a, b) with its fields named after the columns, as GoogleSQL infers them."""
    shared = parsed(sql) if "STRUCT(" in sql.upper() else None
    if shared is None:
        return sql
    tree = shared.copy()
    structs = [node for node in tree.find_all(exp.Struct) if _to_name(node, tree)]
    for node in structs:
        node.set("expressions", [_named(one, n) for n, one in enumerate(node.expressions, 1)])
    return tree.sql(dialect="bigquery") if structs else sql


def _to_name(struct: exp.Struct, tree: exp.Expr) -> bool:
    select = struct.find_ancestor(exp.Select)
    assigned = isinstance(tree, exp.Insert) and select is tree.expression
    names = (exp.Column, exp.Alias, exp.PropertyEQ, exp.Dot)
    some = any(isinstance(one, names) for one in struct.expressions)
    bare = any(not isinstance(one, exp.Alias | exp.PropertyEQ) for one in struct.expressions)
    return some and bare and not assigned


def _named(value: exp.Expr, position: int) -> exp.Expr:
    if isinstance(value, exp.Alias | exp.PropertyEQ):
        return value
    return exp.alias_(value.copy(), value.name or f"_field_{position}", copy=False)


def expand_insert_row(sql: str, context: Any, project: str) -> str:
    """MERGE … INSERT ROW with its columns written out."""
    if not _INSERT_ROW.search(sql):
        return sql
    tree = parsed(outside_strings(_INSERT_ROW.pattern, "INSERT (a) VALUES (a)", sql))
    if not isinstance(tree, exp.Merge):
        return sql
    target, using = tree.this, tree.args["using"]
    table = context.catalog.get_table(target.catalog or project, target.db, target.name)
    if table is None:
        return sql
    names = [field.name for field in table.schema_.fields]
    columns = ", ".join(f"`{name}`" for name in names)
    values = ", ".join(f"`{using.alias_or_name}`.`{name}`" for name in names)
    return outside_strings(
        _INSERT_ROW.pattern, lambda _: f"INSERT ({columns}) VALUES ({values})", sql
    )


def before_translation(sql: str, context: Any, project: str) -> str:
    """One statement in the form that the emulator translates rightly."""
    known = characters_by_number(sql)
    return name_struct_fields(expand_insert_row(known, context, project))


def _whole_quotient(generator: Any, division: exp.IntDiv) -> str:
    """DIV(a, b) as DuckDB's operator, which binds its operands closer than they were written."""
    sides = (division.this, division.expression)
    texts = [f"({generator.sql(one)})" for one in sides]
    return f"({' // '.join(texts)})"


def _joined(generator: Any, joined: exp.ArrayToString) -> str:
    """ARRAY_TO_STRING of an array without any value but NULL is empty; DuckDB makes it NULL."""
    # Generating changes a tree, so that each text has one of its own.
    values = joined.this.copy()
    if _is_written_out(values) and not joined.args.get("null"):
        # Faster than an array that is made for it, and no text stands twice.
        parts = [joined.expression.copy(), *values.expressions]
        return f"CONCAT_WS({', '.join(generator.sql(part) for part in parts)})"
    text = generator.arraytostring_sql(joined)
    return f"COALESCE({text}, CASE WHEN {generator.sql(values)} IS NOT NULL THEN '' END)"


def _is_written_out(values: exp.Expr) -> bool:
    """Whether an array is a list of values: no subquery, no unknown length."""
    if not isinstance(values, exp.Array) or not values.expressions:
        return False
    return not any(isinstance(value, exp.Query) for value in values.expressions)


def _tried(generator: Any, tried: exp.Try) -> str:
    """What SAFE. became keeps its name between two rewritings, which read it as GoogleSQL."""
    return f"TRY({generator.sql(tried.this.copy())})"


def _safe_calls(tree: exp.Expr) -> bool:
    """SAFE.F(x): NULL where F fails, an error where its argument does."""
    calls = [call for call in tree.find_all(exp.SafeFunc) if call.this is not None]
    for call in reversed(calls):
        tried: exp.Expr = exp.Anonymous(this="TRY", expressions=[call.this.copy()])
        arguments = [one for one in call.this.iter_expressions() if _may_fail(one)]
        for argument in arguments:
            # Both ways lead to the same: the argument is computed where its error is one.
            is_null = exp.Is(this=exp.paren(argument.copy(), copy=False), expression=exp.Null())
            tried = exp.Case(ifs=[exp.If(this=is_null, true=tried)], default=tried.copy())
        call.replace(tried)
    return bool(calls)


def _may_fail(argument: exp.Expr) -> bool:
    """Whether it computes something; queries are not looked at, nor what is SAFE. itself."""
    if argument.find(exp.Query) is not None:
        return False
    nodes = argument.walk(prune=lambda node: isinstance(node, _NEVER_FAILING))
    return any(isinstance(node, exp.Func | exp.Binary | exp.Bracket) for node in nodes)


def _formatted(generator: Any, formatted: exp.Format) -> str:
    """FORMAT, whatever its text: of '%s' alone the emulator makes '{}', which stays as it is.

    Thousands are parted by a comma; to DuckDB the sign behind the percent is the one to part by.
    """
    text = formatted.this
    if isinstance(text, exp.Literal) and "'" in text.this:
        made = formatted.copy()
        made.set("this", exp.Literal.string(_THOUSANDS.sub(_with_comma, text.this)))
        formatted = made
    return str(generator.function_fallback_sql(formatted))


def _with_comma(found: re.Match[str]) -> str:
    return f"{found['flags']}," if found["flags"] else found[0]


def _like(generator: Any, like: exp.Like) -> str:
    r"""LIKE, in which a backslash takes `%` and `_` literally; in DuckDB it is a character."""
    pattern = like.expression
    text = str(generator.like_sql(like))
    # What is written without a backslash is as fast as before.
    plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.this
    if plain or isinstance(like.parent, exp.Escape) or isinstance(pattern, exp.Any | exp.All):
        return text
    return f"({text} ESCAPE '\\')"


def _whole_intervals(generator: Any, difference: exp.TimestampDiff) -> str:
    """TIMESTAMP_DIFF counts whole units between two moments, not the boundaries that they cross."""
    unit = exp.Literal.string(str(difference.args["unit"]))
    moments = (_moment(one) for one in (difference.expression, difference.this))
    return str(generator.func("DATESUB", unit, *moments))


def _moment(value: exp.Expr) -> exp.Expr:
    """A literal is a text, which DuckDB takes for any kind of time."""
    return exp.cast(value, exp.DType.TIMESTAMPTZ) if isinstance(value, exp.Literal) else value


def install() -> None:
    """Put the rules of this module to work in the emulator's translator."""
    transforms = DuckDB.Generator.TRANSFORMS
    transforms[exp.IntDiv] = _whole_quotient
    transforms[exp.ArrayToString] = _joined
    transforms[exp.Format] = _formatted
    transforms[exp.Like] = _like
    transforms[exp.TimestampDiff] = _whole_intervals
    BigQuery.Generator.TRANSFORMS[exp.Try] = _tried
    vars(safe_helpers).update(_rewrite_safe_funcs=_safe_calls)
    vars(aggregate_variants).update(
        _rewrite_ignore_nulls=_ignore_nulls,
        _rewrite_string_agg_limit=_limited_string_agg,
        _rewrite_array_agg_limit=_limited_array_agg,
    )
