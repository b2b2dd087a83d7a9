"""Errors in the shape of the BigQuery API: a reason, its HTTP status and one message."""

from __future__ import annotations

from bqemulator.domain.errors import DomainError
from bqemulator.scripting.exceptions import ScriptRaise

STATUS_OF_REASON = {
    "accessDenied": 403,
    "backendError": 503,
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


def as_bigquery_error(error: Exception) -> BigQueryError:
    """What the API would say for any error of the emulator, DuckDB or this package."""
    if isinstance(error, BigQueryError):
        return error
    if isinstance(error, ScriptRaise):
        return BigQueryError("invalidQuery", error.message, location="query")
    if isinstance(error, DomainError):
        reason = "invalidQuery" if error.bq_reason == "internalError" else error.bq_reason
        return BigQueryError(reason, error.message, location=error.location)
    return BigQueryError("invalidQuery", str(error) or type(error).__name__, location="query")
