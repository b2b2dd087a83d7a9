"""What fails in the service when a statement runs: DuckDB has an answer to it, or another one.

A quotient by zero, an element outside of its array, a text that is no INT64, halves on their way to
INT64, sums beyond it. Most become functions of DuckDB.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from bqemulator.sql import translator as translators
from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from sqlglot import exp

from . import date_parts, json_texts, struct_comparisons, text_functions
from .fields import is_huge
from .macros import call
from .value_types import type_of

# DuckDB reads '5.0', '1e3', '1_000' and '0b11' as well: what is no integer is put into the words of
# the service, which DuckDB cannot read.
_BAD_INT64 = r"(?s)^\s*([+-]?(?:[^0-9+\s-].*|[0-9]+(?:[^0-9xX\s]|\s+\S).*)?)$"

# DuckDB reads '2025/01/02' and '2025 1 2' as well.
_BAD_DATE = r"(?s)^(\s*[0-9]+[^0-9-].*)$"

# `typeof` is a constant when a statement is planned: one of the three casts remains.
_INT64 = """
CASE typeof(a)
  WHEN 'VARCHAR' THEN CAST(int64_text(CAST(a AS VARCHAR)) AS BIGINT)
  WHEN 'DOUBLE' THEN CAST(round(CAST(a AS DOUBLE)) AS BIGINT)
  ELSE CAST(a AS BIGINT)
END
"""

FUNCTIONS = {
    "shown(a)": """
CASE WHEN typeof(a) LIKE 'DECIMAL%' THEN text_of_numeric(a) ELSE CAST(a AS VARCHAR) END
""",
    "int64_text(a)": rf"regexp_replace(a, '{_BAD_INT64}', 'Bad int64 value: \1')",
    "bool_text(a)": """
CASE WHEN lower(a) IN ('true', 'false') THEN a ELSE 'Bad bool value: ' || a END
""",
    "double_text(a)": "CASE WHEN contains(a, '_') THEN 'Bad double value: ' || a ELSE a END",
    "date_text(a)": rf"regexp_replace(a, '{_BAD_DATE}', 'Invalid date: \1')",
    "checked_div(a, b)": """
CASE WHEN b = 0 THEN error('division by zero: ' || shown(a) || ' / 0') ELSE a // b END
""",
    "checked_mod(a, b)": """
CASE WHEN b = 0 THEN error('division by zero: MOD(' || shown(a) || ', 0)') ELSE a % b END
""",
    "checked_offset(a, b)": """
CASE
  WHEN b < 0 THEN error('Array index ' || b || ' is out of bounds (underflow)')
  WHEN b >= len(a) THEN error('Array index ' || b || ' is out of bounds (overflow)')
  ELSE a[b + 1]
END
""",
    "checked_ordinal(a, b)": """
CASE
  WHEN b < 1 THEN error('Array index ' || b || ' is out of bounds (underflow)')
  WHEN b > len(a) THEN error('Array index ' || b || ' is out of bounds (overflow)')
  ELSE a[b]
END
""",
    "checked_length(a, b)": """
CASE WHEN a < 0 THEN error(b || ' cannot be negative') ELSE a END
""",
    "length_or_null(a)": "CASE WHEN a < 0 THEN NULL ELSE a END",
    "checked_step(a)": "CASE WHEN a = 0 THEN error('Sequence step cannot be 0.') ELSE a END",
    "checked_interval(a)": """
CASE WHEN a = INTERVAL 0 SECOND THEN error('Sequence step cannot be 0.') ELSE a END
""",
    "checked_int64(a)": _INT64,
    "checked_int64_or_null(a)": _INT64.replace("CAST(", "TRY_CAST("),
    "is_infinite(a)": "coalesce(isinf(CAST(a AS DOUBLE)), FALSE)",
    "double_overflow(a, b, c)": """
error(
  'double overflow: '
  || format('{:g}', CAST(a AS DOUBLE)) || b || format('{:g}', CAST(c AS DOUBLE))
)
""",
    "zero_divisor(a)": """
error(
  'division by zero: '
  || CASE
    WHEN typeof(a) LIKE 'DECIMAL%' THEN shown(a)
    ELSE format('{:g}', CAST(a AS DOUBLE))
  END
  || ' / 0'
)
""",
}


_LITERALS = r"(?<![-\w.'])\d+\s*[-+*]\s*\(*\d+(?![-\w.'])"
_WORTH_A_LOOK = re.compile(
    rf"/|[\w)\]`]\s*\[|(?:DIV|MOD)\s*\(|{_LITERALS}|{date_parts.NAMES}|{text_functions.NAMES}"
    rf"|\bJSON_TYPE\s*\(|{struct_comparisons.NAMES}",
    re.IGNORECASE,
)


def checked(sql: str) -> str:
    """A statement that fails where the service fails when it runs."""
    if not _WORTH_A_LOOK.search(sql):
        return sql
    try:
        tree = sqlglot.parse_one(sql, read="bigquery")
    except sqlglot.errors.ParseError:
        return sql
    changed = False
    for node in reversed(list(tree.find_all(*_CHECKS))):
        check = _CHECKS.get(type(node))
        made = check(node) if check else None
        if made is not None:
            node.replace(made)
            changed = True
    return str(tree.sql(dialect="bigquery")) if changed else sql


def _quotient(node: exp.Expr) -> exp.Expr | None:
    """`/`, which keeps its operator: the emulator finds the type of its result by it."""
    dividend, divisor = node.this, node.expression
    if _is_never_zero(divisor):
        return None
    if _is_tried(node):
        null = exp.Nullif(this=divisor.copy(), expression=exp.Literal.number(0))
        return exp.Div(this=dividend.copy(), expression=null)
    # Every level of a chain would stand twice in the one around it.
    is_short = dividend.find(exp.Query, exp.AggFunc, exp.Window, exp.Case) is None
    words = exp.Literal.string("division by zero")
    failure = (
        call("zero_divisor", dividend.copy())
        if is_short
        else exp.Anonymous(this="error", expressions=[words])
    )
    is_zero = exp.EQ(this=divisor.copy(), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=is_zero, true=failure)], default=node.copy())


def _whole_quotient(node: exp.Expr) -> exp.Expr | None:
    if _is_never_zero(node.expression) or _is_tried(node):
        return None
    name = "checked_mod" if isinstance(node, exp.Mod) else "checked_div"
    return call(name, node.this, node.expression)


def _element(node: exp.Expr) -> exp.Expr | None:
    """An element by its place; SAFE_OFFSET and SAFE_ORDINAL are NULL outside, as in DuckDB."""
    places = node.expressions
    is_place = len(places) == 1 and not places[0].is_string and not isinstance(places[0], exp.Slice)
    if node.args.get("safe") or not is_place or _is_tried(node):
        return None
    name = "checked_ordinal" if node.args.get("offset") == 1 else "checked_offset"
    return call(name, node.this, places[0])


def _of_literals(node: exp.Expr) -> exp.Expr | None:
    """A sum or product of two literals, which DuckDB computes in 32 bits."""
    sides = (node.this.unnest(), node.expression.unnest())
    if not all(isinstance(side, exp.Literal) and side.is_int for side in sides):
        return None
    wide = node.copy()
    wide.set("this", exp.cast(sides[0].copy(), "INT64", dialect="bigquery"))
    return wide


def _is_never_zero(divisor: exp.Expr) -> bool:
    inner = divisor.unnest()
    if isinstance(inner, exp.Neg):
        return _is_never_zero(inner.this)
    if isinstance(inner, exp.Nullif):
        return inner.expression.is_number and not _is_never_zero(inner.expression)
    if isinstance(inner, exp.Greatest):
        values = (inner.this, *inner.expressions)
        return any(isinstance(value, exp.Literal) and _is_never_zero(value) for value in values)
    return isinstance(inner, exp.Literal) and _is_number_but_zero(inner.this)


def _is_number_but_zero(text: str) -> bool:
    """A number of an interval is written as a text."""
    try:
        return float(text) != 0
    except ValueError:
        return False


def _is_tried(node: exp.Expr) -> bool:
    """Whether SAFE. is around it: there DuckDB allows no error, and its answer is NULL anyway."""
    return node.find_ancestor(exp.Try, exp.SafeFunc) is not None


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]] = {
    exp.Div: _quotient,
    exp.IntDiv: _whole_quotient,
    exp.Mod: _whole_quotient,
    exp.Bracket: _element,
    exp.Add: _of_literals,
    exp.Sub: _of_literals,
    exp.Mul: _of_literals,
    **dict.fromkeys(date_parts.KINDS, date_parts.counted),
    **dict.fromkeys(text_functions.KINDS, text_functions.counted),
    exp.JSONType: json_texts.kind_of_json,
    **dict.fromkeys(struct_comparisons.KINDS, struct_comparisons.compared),
}


def in_int64(rows: pa.Table) -> pa.Table:
    """A result whose sums of integers are INT64: DuckDB's are twice as wide, and overflow later."""
    for place, field in enumerate(rows.schema):
        if is_huge(field.type):
            try:
                sums = pc.cast(rows.column(place), pa.int64())
            except pa.ArrowInvalid as error:
                raise OverflowError("int64 overflow") from error
            rows = rows.set_column(place, field.with_type(pa.int64()), sums)
    return rows


@register
class _Int64Rule(TranslationRule):
    """CAST(x AS INT64): of texts only integers, of FLOAT64 halves away from zero."""

    name = "CHECKED_INT64"

    def applies_to(self, node: exp.Expression) -> bool:
        return type(node) in (exp.Cast, exp.TryCast) and node.args["to"].this == exp.DType.BIGINT

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        value = node.this
        cast = partial(type(node), to=node.args["to"].copy())
        kind = type_of(value)
        if _is_hexadecimal(value):
            return node
        if kind in exp.DataType.TEXT_TYPES:
            checked_text = exp.Anonymous(this="int64_text", expressions=[value.copy()])
            return cast(this=checked_text)
        if kind in exp.DataType.FLOAT_TYPES and not _is_whole(value):
            return cast(this=exp.Round(this=value.copy()))
        if kind != exp.DType.UNKNOWN or _is_whole(value) or _is_of_a_table(value):
            return node
        safe = isinstance(node, exp.TryCast)
        return call("checked_int64_or_null" if safe else "checked_int64", value.copy())


_TEXTS: dict[exp.DType, str] = {
    exp.DType.BOOLEAN: "bool_text",
    exp.DType.DATE: "date_text",
    exp.DType.DOUBLE: "double_text",
}


@register
class _TextRule(TranslationRule):
    """CAST of a text to BOOL, DATE or FLOAT64: DuckDB reads more texts than the service."""

    name = "CHECKED_TEXT"

    def applies_to(self, node: exp.Expression) -> bool:
        if type(node) not in (exp.Cast, exp.TryCast) or node.args["to"].this not in _TEXTS:
            return False
        value = node.this
        if isinstance(value, exp.Anonymous) and str(value.this) in _TEXTS.values():
            return False
        return not _is_a_date(node) and type_of(value) in exp.DataType.TEXT_TYPES

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        made = node.copy()
        name = _TEXTS[made.args["to"].this]
        made.set("this", exp.Anonymous(this=name, expressions=[node.this.copy()]))
        return made


def _is_a_date(cast: exp.Expression) -> bool:
    """Whether it is the date of a text that stands there, as most are."""
    text = cast.this
    is_date = cast.args["to"].this == exp.DType.DATE
    return is_date and isinstance(text, exp.Literal) and not re.match(_BAD_DATE, text.this)


@register
class _SumRule(TranslationRule):
    """SUM of INT64 is INT64 wherever it stands, and fails beyond it."""

    name = "INT64_SUM"

    def applies_to(self, node: exp.Expression) -> bool:
        around = (exp.Filter, exp.Window)
        summed = node.this if isinstance(node, around) else node
        summed = summed.this if isinstance(summed, exp.Filter) else summed
        if not isinstance(summed, exp.Sum) or isinstance(node.parent, around):
            return False
        value = summed.this
        if isinstance(value, exp.Distinct):
            value = value.expressions[0]
        return value.type is not None and value.type.this in exp.DataType.INTEGER_TYPES

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        return exp.cast(node.copy(), exp.DType.BIGINT, dialect="duckdb")


# The argument that cannot be negative, and how the service names it.
_LENGTHS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Left: ("expression", "Second argument in LEFT()"),
    exp.Right: ("expression", "Second argument in RIGHT()"),
    exp.Repeat: ("times", "Second argument in REPEAT()"),
    exp.Substring: ("length", "Third argument in SUBSTR()"),
    exp.Pad: ("expression", "Second argument (output size) for LPAD/RPAD"),
}


@register
class _LengthRule(TranslationRule):
    """LEFT, RIGHT, REPEAT, SUBSTR, LPAD of a negative length, which DuckDB counts from the end.

    SAFE. makes it NULL.
    """

    name = "CHECKED_LENGTH"

    def applies_to(self, node: exp.Expression) -> bool:
        known = _LENGTHS.get(type(node))
        length = node.args.get(known[0]) if known else None
        return length is not None and not _is_fixed(length)

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        place, words = _LENGTHS[type(node)]
        made = node.copy()
        length = made.args[place]
        checked_length = (
            call("length_or_null", length)
            if _is_tried(node)
            else call("checked_length", length, exp.Literal.string(words))
        )
        made.set(place, checked_length)
        return made


@register
class _StepRule(TranslationRule):
    """GENERATE_ARRAY and those of dates and times in steps of 0, which are empty in DuckDB."""

    name = "CHECKED_STEP"

    def applies_to(self, node: exp.Expression) -> bool:
        step = node.args.get("step") if isinstance(node, exp.GenerateSeries) else None
        if step is None or isinstance(step, exp.Anonymous) or _is_tried(node):
            return False
        return not _is_never_zero(step.this if isinstance(step, exp.Interval) else step)

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        made = node.copy()
        step = made.args["step"]
        name = "checked_interval" if isinstance(step, exp.Interval) else "checked_step"
        made.set("step", call(name, step))
        return made


_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_CURVES: dict[type[exp.Expr], str] = {exp.Exp: "EXP", exp.Pow: "POW"}


@register
class _FloatRule(TranslationRule):
    """A sum, product or power of finite FLOAT64 is finite or an error; in DuckDB it is infinite.

    The outermost operation alone is looked at, where its type is known: what is infinite stays so.
    """

    name = "CHECKED_FLOAT"

    def applies_to(self, node: exp.Expression) -> bool:
        if type(node) not in (*_ARITHMETIC, *_CURVES) or _is_looked_at(node):
            return False
        if type(node) in _ARITHMETIC and _is_tried(node):
            return False
        parent = node.parent
        while isinstance(parent, exp.Paren | exp.Neg):
            parent = parent.parent
        if type(parent) in _ARITHMETIC or node.find(exp.Query, exp.AggFunc, exp.Window, exp.Case):
            return False
        return type(node) in _CURVES or any(map(_is_float, _operands(node)))

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        # Numbers that are written are finite.
        computed = (one for one in _operands(node) if not isinstance(one, exp.Literal))
        infinite = [_is_infinite(one) for one in computed]
        overflown: exp.Expr = _is_infinite(node)
        if infinite:
            overflown = exp.and_(overflown, exp.not_(exp.or_(*infinite)))
        failure = exp.Null() if _is_tried(node) else _float_failure(node)
        return exp.Case(ifs=[exp.If(this=overflown, true=failure)], default=node.copy())


def _operands(node: exp.Expr) -> Iterator[exp.Expr]:
    """What is not computed here but read, written or called."""
    for side in (node.this, node.expression) if node.args.get("expression") else (node.this,):
        inner = side.unnest()
        if isinstance(inner, exp.Neg):
            inner = inner.this.unnest()
        if type(inner) in _ARITHMETIC:
            yield from _operands(inner)
        else:
            yield inner


def _is_looked_at(node: exp.Expr) -> bool:
    """A text that is translated twice has the check already."""
    around = node.parent
    if isinstance(around, exp.Case) and node.arg_key == "default":
        around = around.find(exp.Anonymous)
    return isinstance(around, exp.Anonymous) and str(around.this).lower() == "is_infinite"


def _is_float(value: exp.Expr) -> bool:
    """Whether it is known to be FLOAT64, which makes all of the operation FLOAT64."""
    if isinstance(value, exp.Literal):
        return not value.is_string and not value.is_int
    if isinstance(value, exp.Cast):
        return value.to.this in exp.DataType.FLOAT_TYPES
    return value.type is not None and value.type.this in exp.DataType.FLOAT_TYPES


def _is_infinite(value: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="is_infinite", expressions=[value.copy()])


def _float_failure(node: exp.Expr) -> exp.Expr:
    if name := _CURVES.get(type(node)):
        words = exp.Literal.string(f"Floating point error in function: {name}")
        return exp.Anonymous(this="error", expressions=[words])
    operator = exp.Literal.string(f" {_ARITHMETIC[type(node)]} ")
    values = [node.this.copy(), operator, node.expression.copy()]
    return exp.Anonymous(this="double_overflow", expressions=values)


def _is_fixed(length: exp.Expr) -> bool:
    """Whether it is a number that is not negative, or looked at already."""
    looked_at = ("checked_length", "length_or_null")
    return isinstance(length.unnest(), exp.Literal) or (
        isinstance(length, exp.Anonymous) and str(length.this).startswith(looked_at)
    )


def _is_whole(value: exp.Expr) -> bool:
    """Whether it is rounded already."""
    known = isinstance(value, exp.Round | exp.Floor | exp.Ceil)
    return known and value.args.get("decimals") is None


def _is_of_a_table(value: exp.Expr) -> bool:
    """Whether it is a column that may be a table's, of which the emulator has not said the type.

    It says nothing inside of a table function, where hundreds of columns may be cast.
    """
    tables = value.root().find_all(exp.Table) if isinstance(value, exp.Column) else ()
    return any(table.db for table in tables)


def _is_hexadecimal(value: exp.Expr) -> bool:
    """Whether it is a text that begins with 0x: such a one DuckDB reads as the service does."""
    first = value.unnest()
    # The emulator's own rule has cast what CONCAT makes to text.
    while isinstance(first, exp.Concat | exp.DPipe) or _is_text_cast(first):
        first = (first.this or first.expressions[0]).unnest()
    return isinstance(first, exp.Literal) and first.is_string and first.this[:2] in ("0x", "0X")


def _is_text_cast(value: exp.Expr) -> bool:
    return isinstance(value, exp.Cast) and value.is_type(*exp.DataType.TEXT_TYPES)


def install() -> None:
    """Put the checks in the place of the emulator's own, which knows `/` alone."""
    vars(translators).update(rewrite_division_by_zero=checked)
