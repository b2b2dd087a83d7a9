"""Errors in the shape of the BigQuery API: a reason, its HTTP status and one message."""

from __future__ import annotations

import re
from typing import Any

from bqemulator.domain.errors import DomainError, ResourceRef
from bqemulator.scripting.exceptions import ScriptRaise

STATUS_OF_REASON = {
    "accessDenied": 403,
    "backendError": 503,
    "bytesBilledLimitExceeded": 400,
    "duplicate": 409,
    "internalError": 500,
    "invalid": 400,
    "invalidQuery": 400,
    "notFound": 404,
    "notImplemented": 501,
    "quotaExceeded": 403,
    "rateLimitExceeded": 403,
    "resourceInUse": 400,
    "stopped": 499,
}


def _bad_text(found: re.Match[str]) -> str:
    names = {"DOUBLE": "Bad double value: {}", "BOOL": "Bad bool value: {}"}
    return names.get(found[2], "Invalid NUMERIC value: {}").format(found[1])


_NOT_FINITE = r"Illegal conversion of non-finite floating point number to an integer: \1"
_TOO_LARGE = r"int64 out of range: \1"
_NOT_GROUPED = (
    r"SELECT list expression references column \1 which is neither grouped nor aggregated"
)
_AMBIGUOUS = r"Column name \1 is ambiguous"
_NO_WINDOW = "Analytic function not allowed in WHERE clause"
_NESTED = "Aggregations of aggregations are not allowed"
_NOT_IN_HAVING = (
    r"HAVING clause expression references column \1 which is neither grouped nor aggregated"
)
_LIKE_ENDS = "LIKE pattern ends with a backslash"
_NEGATIVE_LIMIT = "LIMIT expects a non-negative integer literal or parameter"
_WRONG_COUNT = r"Inserted row has wrong column count; Has \2, expected \1"
_NO_SUCH_COLUMN = "ORDER BY is out of SELECT column number range"
_MANY_ROWS = "Scalar subquery produced more than one element"

_WORDS: list[tuple[re.Pattern[str], Any]] = [
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"^(?:Query execution|EXECUTE IMMEDIATE|Script SQL execution) failed: ", ""),
        # The emulator has one sentence for all of a kind, and DuckDB's own behind it.
        (r"^division by zero: 1 / 0 \((?:Invalid Input Error: )?(division by zero.*)\)$", r"\1"),
        (r"^Integer Overflow .*Overflow in \w+ of INT64 \((.*)\)!.*", r"int64 overflow: \1"),
        (r".*Type INT128 with value \S+ can't be cast.* type INT64.*", "int64 overflow"),
        (r".*string ['\"](Bad \w+ value: .*)['\"] to (?:INT64|DOUBLE|BOOL)\b.*", r"\1"),
        (r".*Could not convert string '(0[xX].*)' to INT64.*", r"Bad int64 value: \1"),
        (r".*Type DOUBLE with value (-?(?:nan|inf)) can't be cast .* type INT64.*", _NOT_FINITE),
        (r".*Type \w+(?:\(.*\))? with value (\S+) can't be cast .* type INT64.*", _TOO_LARGE),
        (r".*Could not convert string ['\"](.*)['\"] to (DOUBLE|BOOL|DECIMAL)\b.*", _bad_text),
        (r'.*date field value out of range: "(.*)".*', r"Invalid date: '\1'"),
        (r"Invalid date: 'Invalid date: (.*)'", r"Invalid date: '\1'"),
        (r".*Date out of range: .*", "Input calculates to invalid date"),
        (r".*Could not cast value (\S+?)(?:\.0+)? to DECIMAL.*", r"numeric out of range: \1"),
        (r"^Binder Error: Ambiguous reference to column name \"(\w+)\".*", _AMBIGUOUS),
        (r"^Binder Error: WHERE clause cannot contain window functions.*", _NO_WINDOW),
        (r"^Binder Error: aggregate function calls cannot be nested.*", _NESTED),
        (r"^Binder Error: column (\w+) must appear in the GROUP BY clause.*", _NOT_IN_HAVING),
        (r".*Overflow in \w+ of DECIMAL\(38\).*", "numeric overflow"),
        (r".*Overflow in HUGEINT addition.*", "numeric overflow: SUM"),
        (r".*Like pattern must not end with escape character.*", _LIKE_ENDS),
        (r".*cannot take square root of .*", "Floating point error in function: SQRT"),
        (r".*cannot take logarithm of .*", "Floating point error in function: LN"),
        (r"^Binder Error: column \"(\w+)\" must appear in the GROUP BY clause.*", _NOT_GROUPED),
        (r"^Binder Error: LIMIT/OFFSET cannot be negative.*", _NEGATIVE_LIMIT),
        (
            r"^Binder Error: ORDER term out of range.*",
            "ORDER BY is out of SELECT column number range",
        ),
        (r"^Binder Error: table \w+ has (\d+) columns but (\d+) values were .*", _WRONG_COUNT),
        (r".*mismatch for insert on \w+: expected (\d+) columns but (\d+) values .*", _WRONG_COUNT),
        (r".*More than one row returned by a subquery .*", _MANY_ROWS),
        (r"^Invalid Input Error: ", ""),
        (r"\x1b\[[0-9;]*m", ""),
        (r"^Already Exists: Table ([\w-]+)\.", r"Already Exists: Table \1:"),
        (r" \(Invalid Input Error: [^)]*\)$", ""),
        (r'^Binder Error: Referenced column "([^"]+)" not found.*', r"Unrecognized name: \1"),
        (
            r".*unction with name .* exists in the spatial extension.*",
            "GEOGRAPHY functions are not supported here",
        ),
        (r"Table ([\w-]+)\.(\w+\.\S+ was not found)", r"Table \1:\2"),
    )
]


_UNQUALIFIED = re.compile(r"Not found: Table (\w+) was not found")
_DENIED = re.compile(r"Access Denied: Table ([\w-]+:\w+)\.\S+: User does not have permission")


class BigQueryError(Exception):
    """A failed request or job; `reason` is one of the API's, e.g. `notFound`."""

    def __init__(
        self, reason: str, message: str, status: int | None = None, location: str | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.status = status or STATUS_OF_REASON.get(reason, 400)
        self.location = location

    def result(self) -> dict[str, str]:
        """The `errorResult` of a job (ErrorProto)."""
        proto = {"reason": self.reason, "message": self.message}
        return proto if self.location is None else {**proto, "location": self.location}

    def body(self) -> dict[str, object]:
        """The JSON body of an HTTP answer."""
        entry = {"domain": "global", **self.result()}
        return {"error": {"code": self.status, "message": self.message, "errors": [entry]}}


def as_bigquery_error(error: Exception, location: str = "US") -> BigQueryError:
    """What the API would say, in a job of that location, for any error raised in this process."""
    if isinstance(error, BigQueryError):
        return error
    known = _known(error)
    known.message = known.message.replace("in location US", f"in location {location}")
    if bare := _UNQUALIFIED.match(known.message):
        name = bare[1]
        sentence = f'Table "{name}" must be qualified with a dataset (e.g. dataset.table).'
        return BigQueryError("invalidQuery", sentence, location="query")
    denied = _DENIED.match(known.message)
    if denied:
        name = f"Dataset {denied[1]} was not found in location {location}"
        return BigQueryError("notFound", f"Not found: {name}")
    return known


def _known(error: Exception) -> BigQueryError:
    if isinstance(error, ScriptRaise):
        return BigQueryError("invalidQuery", plain(error.message), location="query")
    if isinstance(error, DomainError):
        reason = "invalidQuery" if error.bq_reason == "internalError" else error.bq_reason
        return BigQueryError(reason, plain(error.message), location=error.location)
    message = plain(str(error)) or type(error).__name__
    return BigQueryError("invalidQuery", message, location="query")


def plain(message: str) -> str:
    """A message in the service's words, without the layers that it came through."""
    for pattern, words in _WORDS:
        message = pattern.sub(words, message)
    return message


def _called(ref: ResourceRef) -> str:
    """A resource as the service calls it: Table project:dataset.table."""
    parts = [part for part in (ref.dataset_id, ref.resource_id) if part is not None]
    name = f"{ref.project_id}:{'.'.join(parts)}" if parts else ref.project_id
    return f"{ref.kind.capitalize()} {name}"


def install() -> None:
    """Let the emulator call resources as the service does."""
    ResourceRef.format = _called  # type: ignore[assignment,method-assign]
