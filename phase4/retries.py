"""Which BigQuery and Pub/Sub errors are worth another try, and how long to keep trying."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from google.api_core import exceptions
from google.auth.exceptions import TransportError
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import Timeout

Result = TypeVar("Result")

TRANSIENT_TYPES = (
    exceptions.TooManyRequests,
    exceptions.InternalServerError,
    exceptions.BadGateway,
    exceptions.ServiceUnavailable,
    exceptions.GatewayTimeout,
    exceptions.Aborted,
    exceptions.RetryError,
    ConnectionError,
    RequestsConnectionError,
    Timeout,
    TransportError,
)
TRANSIENT_REASONS = frozenset(
    {
        "rateLimitExceeded",
        "jobRateLimitExceeded",
        "quotaExceeded",
        "backendError",
        "internalError",
        "jobBackendError",
        "jobInternalError",
    }
)
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 32.0


class DeadlineExceeded(Exception):
    """A transient error did not pass in time; carries the last one as its cause."""

    def __init__(self, what: str, seconds: float, last: BaseException) -> None:
        super().__init__(f"{what}: still failing after {seconds:.0f} s: {one_line(last)[:300]}")
        self.what = what
        self.last = last


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later: 429, 5xx, quota, lost connections, DML conflicts."""
    if isinstance(error, TRANSIENT_TYPES):
        return True
    if not isinstance(error, exceptions.GoogleAPICallError):
        return False
    reasons = {item.get("reason") for item in error.errors if isinstance(item, dict)}
    return bool(reasons & TRANSIENT_REASONS) or "due to concurrent update" in str(error)


def call(what: str, attempt: Callable[[int], Result], seconds: float) -> Result:
    """Calls `attempt(number)` until it succeeds, with full jitter between transient errors.

    Raises the error itself when it is permanent, DeadlineExceeded when `seconds` have passed.
    """
    deadline = time.monotonic() + seconds
    for number, pause in enumerate(_pauses()):
        try:
            return attempt(number)
        except Exception as error:
            if not is_transient(error):
                raise
            if time.monotonic() + pause > deadline:
                raise DeadlineExceeded(what, seconds, error) from error
        time.sleep(pause)
    raise AssertionError("unreachable: pauses never end")


def _pauses() -> Iterator[float]:
    ceiling = FIRST_PAUSE
    while True:
        yield random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
        ceiling = min(2 * ceiling, LONGEST_PAUSE)


def one_line(error: BaseException) -> str:
    """The text of an error without its line breaks."""
    # A client error that stands for a gRPC code without an HTTP status calls itself "None".
    return " ".join(str(error).removeprefix("None ").split())
