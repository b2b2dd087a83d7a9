"""Errors and pages that the Workflows and the Executions API share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from laptop import labels

T = TypeVar("T")
CODES = {
    "FAILED_PRECONDITION": 400,
    "INVALID_ARGUMENT": 400,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}
RPC_CODES = {"INVALID_ARGUMENT": 3, "NOT_FOUND": 5, "ALREADY_EXISTS": 6, "FAILED_PRECONDITION": 9}
_TERM = re.compile(r'\s*([A-Za-z_.]+)\s*(!=|<=|>=|=|<|>|:)\s*("[^"]*"|[^\s"()]+)\s*')
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    ":": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class ApiError(Exception):
    """A refused request; `status` is a name of google.rpc.Code."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def check_labels(given: Mapping[str, str]) -> None:
    """INVALID_ARGUMENT for a label that the service does not take."""
    if refused := labels.problem(given):
        raise ApiError("INVALID_ARGUMENT", refused)


def chosen(
    items: Sequence[T], expression: str, fields: Callable[[T], Mapping[str, str]]
) -> list[T]:
    """Items for which `field op "value" AND …` holds; anything else in a filter is refused."""
    terms = []
    for part in re.split(r"\s+AND\s+", expression.strip()) if expression.strip() else []:
        match = _TERM.fullmatch(part)
        if match is None:
            raise ApiError(
                "INVALID_ARGUMENT", f"filter: cannot read {part!r}; use field=value AND …"
            )
        terms.append((match[1], _COMPARE[match[2]], match[3].strip('"')))
    return [item for item in items if all(_holds(fields(item), *term) for term in terms)]


def _holds(
    values: Mapping[str, str], name: str, compare: Callable[[str, str], bool], wanted: str
) -> bool:
    if name.startswith("labels."):
        return compare(values.get(name, ""), wanted)
    if name not in values:
        known = ", ".join(key for key in values if not key.startswith("labels."))
        raise ApiError(
            "INVALID_ARGUMENT", f"filter: unknown field {name}; known: {known}, labels.KEY"
        )
    return compare(values[name], wanted)


def page(items: Sequence[T], size: int, token: str, maximum: int) -> tuple[list[T], str]:
    """One page and the token of the next (empty at the end)."""
    if size < 0 or (token and not token.isdecimal()):
        raise ApiError("INVALID_ARGUMENT", f"pageSize {size} or pageToken {token!r} is not valid")
    start = int(token or 0)
    end = start + min(size or 100, maximum)
    return list(items[start:end]), str(end) if end < len(items) else ""


def parts(pattern: str, name: str) -> dict[str, Any]:
    """The named parts of a resource name such as projects/{project}/locations/{location}."""
    regex = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", pattern)
    match = re.fullmatch(regex, name)
    if match is None:
        raise ApiError("INVALID_ARGUMENT", f"not a name of the form {pattern}: {name}")
    return match.groupdict()
