"""The parameters of a query: each that its text names is there, and is a value of its type."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .dialect import outside_strings
from .errors import BigQueryError

# Not the system's (@@row_count); quoted names are no parameters either.
_NAMED = r"(?<!@)@(?!@)(?P<name>\w+)|`[^`]*`"
_POSITIONAL = r"\?"
_MOST = 10_000
_COMPOUND = ("ARRAY", "STRUCT", "RANGE")


Parameters = list[dict[str, Any]]


def checked(sql: str, parameters: Parameters | None, mode: str | None) -> Parameters | None:
    """The parameters, named as the text spells them, whose letters may be small or capital.

    BigQueryError for a query that the service does not run with them.
    """
    given = parameters or []
    if len(given) > _MOST:
        raise _invalid(f"Too many query parameters: {len(given)}, at most {_MOST}")
    for entry in given:
        _check_value(entry.get("name", ""), entry["parameterType"], entry.get("parameterValue", {}))
    names = [entry["name"].lower() for entry in given if entry.get("name")]
    if names and len(names) < len(given):
        raise _invalid("Query parameters are either all named or all positional")
    used, marks = _uses(sql)
    said = (mode or "").upper()
    if used and (said == "POSITIONAL" or (given and not names)):
        raise _invalid("Named parameters are not supported")
    if marks and (said == "NAMED" or names):
        raise _invalid("Positional parameters are not supported")
    if missing := [name for name in used if name.lower() not in names]:
        raise _invalid(f"Query parameter '{missing[0]}' not found")
    if marks > len(given):
        raise _invalid(
            f"Query parameter number {len(given) + 1} is not defined ({len(given)} provided)"
        )
    spelled = [
        {**entry, "name": name}
        for entry in given
        for name in dict.fromkeys(used)
        if name.lower() == (entry.get("name") or "").lower()
    ]
    return spelled if names else parameters


def _uses(sql: str) -> tuple[list[str], int]:
    """The names of the parameters in a text, and how many are positional."""
    names: list[str] = []
    marks = 0

    def note(match: re.Match[str]) -> str:
        nonlocal marks
        if name := match.group("name"):
            names.append(name)
        marks += match.group(0) == "?"
        return match.group(0)

    if "@" in sql or "?" in sql:
        outside_strings(f"{_NAMED}|{_POSITIONAL}", note, sql)
    return names, marks


def _check_value(name: str, kind: dict[str, Any], value: dict[str, Any]) -> None:
    known = str(kind.get("type", "")).upper()
    if known == "ARRAY":
        for item in value.get("arrayValues") or ():
            _check_value(name, kind.get("arrayType") or {}, item)
    elif known == "STRUCT":
        for field in kind.get("structTypes") or ():
            inner = (value.get("structValues") or {}).get(field.get("name"), {})
            _check_value(name, field.get("type") or {}, inner)
    elif known not in _READERS and known not in _COMPOUND:
        raise BigQueryError("invalid", f"Invalid value for type: {kind.get('type')!r}")
    elif known in _READERS and (text := value.get("value")) is not None:
        _check_text(name, known, str(text))


def _check_text(name: str, kind: str, text: str) -> None:
    reader, words = _READERS[kind]
    try:
        reader(text)
    except (ValueError, ArithmeticError):
        raise _invalid(
            f"Unparseable query parameter `{name}` in type `TYPE_{_STANDARD.get(kind, kind)}`, "
            f"{words.format(text)} value: '{text}'"
        ) from None


def _integer(text: str) -> int:
    if not re.fullmatch(r"\s*[-+]?\d+\s*", text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError(text)
    return int(text)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _date(text: str) -> dt.date:
    return dt.datetime.strptime(text, "%Y-%m-%d").date()


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.strip().removesuffix(" UTC").replace("Z", "+00:00"))


def _invalid(message: str) -> BigQueryError:
    return BigQueryError("invalidQuery", message, location="query")


Reader = tuple[Callable[[str], object], str]
_STANDARD = {"INTEGER": "INT64", "FLOAT64": "DOUBLE", "FLOAT": "DOUBLE", "BOOLEAN": "BOOL"}
_READERS: dict[str, Reader] = {
    **dict.fromkeys(("INT64", "INTEGER"), (_integer, "Bad int64 value: {}")),
    **dict.fromkeys(("FLOAT64", "FLOAT"), (float, "Bad double value: {}")),
    **dict.fromkeys(("BOOL", "BOOLEAN"), (_boolean, "Bad bool value: {}")),
    **dict.fromkeys(("NUMERIC", "BIGNUMERIC"), (_decimal, "Invalid NUMERIC value: {}")),
    "DATE": (_date, "Invalid date: '{}'"),
    "DATETIME": (_moment, 'Invalid datetime string "{}"'),
    "TIME": (dt.time.fromisoformat, 'Invalid time string "{}"'),
    "TIMESTAMP": (_moment, "Invalid timestamp: '{}'"),
    **dict.fromkeys(("STRING", "BYTES", "JSON", "GEOGRAPHY", "INTERVAL"), (str, "{}")),
}
