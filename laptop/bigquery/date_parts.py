"""Parts of dates and times as the service counts them: weeks, ISO years, fractions of a second.

DuckDB's weeks begin on Mondays, what it cuts off a DATE becomes a TIMESTAMP, and its microseconds
have the seconds in them. `time_bucket` keeps the type of a value, whatever that is.
"""

from __future__ import annotations

from bqemulator.sql.rules import register
from bqemulator.sql.rules._base import TranslationRule
from sqlglot import exp

from .macros import call
from .value_types import type_of

# How many days behind a Monday, with which `time_bucket` begins, a week begins.
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_WEEK = "time_bucket(INTERVAL 7 DAY, a, to_days(first))"
_ISO_YEAR = "date_trunc('isoyear', a)"

FUNCTIONS = {
    "start_of_day(a)": "time_bucket(INTERVAL 1 DAY, a)",
    "start_of_month(a)": "time_bucket(INTERVAL 1 MONTH, a)",
    "start_of_quarter(a)": "time_bucket(INTERVAL 3 MONTH, a)",
    "start_of_year(a)": "time_bucket(INTERVAL 12 MONTH, a)",
    "start_of_week(a, first)": _WEEK,
    # An ISO year has 364 or 371 days.
    "start_of_isoyear(a)": f"""
time_bucket(
  INTERVAL 371 DAY, a, to_days(CAST(datediff('day', DATE '2000-01-03', {_ISO_YEAR}) AS INT))
)
""",
    "end_of_week(a, first)": f"CAST({_WEEK} + INTERVAL 6 DAY AS DATE)",
    "end_of_isoyear(a)": f"""
CAST(date_trunc('isoyear', {_ISO_YEAR} + INTERVAL 371 DAY) - INTERVAL 1 DAY AS DATE)
""",
    "weeks_between(a, b, first)": f"""
datediff('day', {_WEEK.replace(" a,", " b,")}, {_WEEK}) // 7
""",
    "isoyears_between(a, b)": "isoyear(a) - isoyear(b)",
    "number_of_week(a, first)": "(dayofyear(a) + 6 - (isodow(a) - 1 - first + 7) % 7) // 7",
    "whole_units(a, b)": "(epoch_us(a) - (epoch_us(a) % b + b) % b) // b",
    "days_interval(a, b)": "to_days(CAST(a - b AS INT))",
    "time_interval(a, b)": "to_microseconds(epoch_us(a) - epoch_us(b))",
    "microsecond_of_second(a)": "microsecond(a) % 1000000",
    "millisecond_of_second(a)": "millisecond(a) % 1000",
}


_WEEKS = {"WEEK": _DAYS.index("SUNDAY"), "ISOWEEK": _DAYS.index("MONDAY")}
_STARTS = ("DAY", "MONTH", "QUARTER", "YEAR", "ISOYEAR")
_FRACTIONS = ("MICROSECOND", "MILLISECOND")
# What a text that is written as an argument becomes.
_OF_TEXT: dict[type[exp.Expr], str] = {
    exp.DateTrunc: "DATE",
    exp.DatetimeTrunc: "DATETIME",
    exp.TimestampTrunc: "TIMESTAMP",
    exp.DateDiff: "DATE",
    exp.DatetimeDiff: "DATETIME",
    exp.LastDay: "DATE",
}
_UNIX: dict[type[exp.Expr], int] = {exp.UnixSeconds: 1_000_000, exp.UnixMillis: 1_000}
KINDS = (*_OF_TEXT, *_UNIX, exp.Extract)
NAMES = (
    r"_TRUNC\s*\(|\b(?:LAST_DAY|UNIX_SECONDS|UNIX_MILLIS)\s*\("
    r"|\b(?:WEEK|ISOWEEK|ISOYEAR|MILLISECOND|MICROSECOND)\b"
)


def counted(node: exp.Expr) -> exp.Expr | None:
    """The call of a function of this module that gives what a node says; None where it may stay."""
    if isinstance(node, exp.Extract):
        return _extracted(node.this, node.expression)
    if microseconds := _UNIX.get(type(node)):
        moment = _typed(node.this, "TIMESTAMP")
        return call("whole_units", moment, exp.Literal.number(microseconds))
    part, first = _part(node.args.get("unit"))
    value = _typed(node.this, _OF_TEXT[type(node)])
    if isinstance(node, exp.DateDiff | exp.DatetimeDiff):
        both = [value, _typed(node.expression, _OF_TEXT[type(node)])]
        if first is not None:
            return call("weeks_between", *both, first)
        return call("isoyears_between", *both) if part == "ISOYEAR" else None
    if isinstance(node, exp.LastDay):
        if first is not None:
            return call("end_of_week", value, first)
        return call("end_of_isoyear", value) if part == "ISOYEAR" else None
    # In a zone the emulator knows no week but the service's own.
    if node.args.get("zone") is not None:
        return None
    if first is not None:
        return call("start_of_week", value, first)
    return call(f"start_of_{part.lower()}", value) if part in _STARTS else None


# Functions that know some parts only, and those of one type of their first argument.
_BELOW_A_DAY = ("HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND")
_ABOVE_A_DAY = ("WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR", "ISOYEAR")
_OF_DATES: dict[type[exp.Expr], str] = {
    exp.DateAdd: "DATE_ADD does not support the {} date part when the argument is DATE type",
    exp.DateSub: "DATE_SUB does not support the {} date part when the argument is DATE type",
    exp.DateDiff: "DATE_DIFF does not support the {} date part when the argument is DATE type",
    exp.DateTrunc: "DATE_TRUNC does not support the {} date part",
    exp.Extract: "EXTRACT from DATE does not support the {} date part",
}
_OF_MOMENTS: dict[type[exp.Expr], str] = {
    exp.TimestampAdd: "TIMESTAMP_ADD",
    exp.TimestampSub: "TIMESTAMP_SUB",
    exp.TimestampDiff: "TIMESTAMP_DIFF",
}
LIMITED = (*_OF_DATES, *_OF_MOMENTS)


def refused_part(node: exp.Expr, kind: str) -> str:
    """What is said of a part that the type of a function's first argument, '' if unknown, has not.

    The local BigQuery says so of DATE_ADD of another type than DATE, too, which it would cast.
    """
    is_extract = isinstance(node, exp.Extract)
    unit = node.this if is_extract else node.args.get("unit")
    part, first = _part(unit)
    if first is not None:
        part = "WEEK"
    if name := _OF_MOMENTS.get(type(node)):
        words = f"{name} does not support the {part} date part when the argument is TIMESTAMP type"
        return words if part in _ABOVE_A_DAY and kind != "DATETIME" else ""
    if isinstance(node, exp.DateAdd | exp.DateSub) and kind in ("TIMESTAMP", "DATETIME"):
        name = _OF_DATES[type(node)][:8]
        return f"{name} of a {kind}: the local BigQuery computes it as {kind}{name[4:]} alone"
    known = kind == "DATE" and part in _BELOW_A_DAY
    return _OF_DATES[type(node)].format(part) if known else ""


_DIFFERENCES = {exp.DType.DATE: "days_interval", exp.DType.TIMESTAMPTZ: "time_interval"}


@register
class _DayRule(TranslationRule):
    """DATE_DIFF of two TIMESTAMPs counts whole days of 24 hours, not midnights."""

    name = "DAYS_BETWEEN_MOMENTS"

    def applies_to(self, node: exp.Expression) -> bool:
        if not isinstance(node, exp.DateDiff) or str(node.args.get("unit")).upper() != "DAY":
            return False
        return type_of(node.this) == exp.DType.TIMESTAMPTZ

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        sides = (exp.Literal.string("day"), node.expression.copy(), node.this.copy())
        return exp.Anonymous(this="DATESUB", expressions=list(sides))


@register
class _DifferenceRule(TranslationRule):
    """DATE - DATE is an interval of days, TIMESTAMP - TIMESTAMP one of hours, whatever there is."""

    name = "DIFFERENCE_OF_TIMES"

    def applies_to(self, node: exp.Expression) -> bool:
        kinds = {type_of(node.this), type_of(node.expression)} if type(node) is exp.Sub else set()
        return len(kinds) == 1 and kinds <= _DIFFERENCES.keys()

    def rewrite(self, node: exp.Expression) -> exp.Expression:
        name = _DIFFERENCES[type_of(node.this)]
        return call(name, node.this.copy(), node.expression.copy())


def _extracted(unit: exp.Expr, value: exp.Expr) -> exp.Expr | None:
    part, first = _part(unit)
    if isinstance(unit, exp.WeekStart) and first is not None:
        return call("number_of_week", value.copy(), first)
    return call(f"{part.lower()}_of_second", value.copy()) if part in _FRACTIONS else None


def _part(unit: exp.Expr | None) -> tuple[str, exp.Expr | None]:
    """The name of a part, and the first day of a week, which has no other name."""
    if isinstance(unit, exp.WeekStart):
        return "", exp.Literal.number(_DAYS.index(unit.name.upper()))
    part = "" if unit is None else unit.name.upper()
    return part, exp.Literal.number(_WEEKS[part]) if part in _WEEKS else None


def _typed(value: exp.Expr, name: str) -> exp.Expr:
    is_text = isinstance(value, exp.Literal) and value.is_string
    return exp.cast(value.copy(), name, dialect="bigquery") if is_text else value.copy()
