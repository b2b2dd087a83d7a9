"""Errors in the shape of the BigQuery API: a reason, its HTTP status and one message."""

from __future__ import annotations

import re

from bqemulator.domain.errors import DomainError
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


_WORDS = [
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"^(?:Query execution|EXECUTE IMMEDIATE|Script SQL execution) failed: ", ""),
        # The emulator has one sentence for all of a kind, and DuckDB's own behind it.
        (r"^division by zero: 1 / 0 \((?:Invalid Input Error: )?(division by zero.*)\)$", r"\1"),
        (r"^Integer Overflow .*Overflow in \w+ of INT64 \((.*)\)!.*", r"int64 overflow: \1"),
        (r".*Type INT128 with value \S+ can't be cast.* type INT64.*", "int64 overflow"),
        (r".*Could not convert string '(Bad int64 value: .*)' to INT64.*", r"\1"),
        (r".*Could not convert string '(0[xX].*)' to INT64.*", r"Bad int64 value: \1"),
        (r"^Invalid Input Error: ", ""),
        (r" \(Invalid Input Error: [^)]*\)$", ""),
        (r'^Binder Error: Referenced column "([^"]+)" not found.*', r"Unrecognized name: \1"),
        (
            r".*unction with name .* exists in the spatial extension.*",
            "GEOGRAPHY functions are not supported here",
        ),
        (r"Table ([\w-]+)\.(\w+\.\S+ was not found)", r"Table \1:\2"),
    )
]


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
