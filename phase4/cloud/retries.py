"""Which BigQuery and Pub/Sub errors are worth another try, and how long to keep trying."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError, TransportError
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import Timeout

from phase4.errors import NoAnswer, Phase4Error

Result = TypeVar("Result")


class Transient(NoAnswer):
    """An error of our own that another try may not meet."""


# What a line is enough for; anything else is a bug and keeps its traceback.
FORESEEN = (
    Phase4Error,
    exceptions.GoogleAPICallError,
    exceptions.RetryError,
    GoogleAuthError,
    RequestsConnectionError,
    Timeout,
)
TRANSIENT_TYPES = (
    Transient,
    exceptions.TooManyRequests,
    exceptions.InternalServerError,
    exceptions.BadGateway,
    exceptions.ServiceUnavailable,
    exceptions.GatewayTimeout,
    exceptions.Aborted,
    exceptions.RetryError,
    ConnectionError,
    TimeoutError,
    RequestsConnectionError,
    Timeout,
    TransportError,
)
# Nobody listens, or the name leads nowhere.
UNREACHABLE_TYPES = (ConnectionError, RequestsConnectionError, TransportError)
TRANSIENT_REASONS = frozenset(
    {
        "rateLimitExceeded",
        "jobRateLimitExceeded",
        "backendError",
        "internalError",
        "jobBackendError",
        "jobInternalError",
    }
)
DENIALS = frozenset({"accessDenied", "forbidden"})
# What another try meets again. An error of a job with a reason that the client does not
# know is to it an internal one, status 500: there the reason decides.
PERMANENT_REASONS = frozenset({"quotaExceeded", "bytesBilledLimitExceeded"})
# A conflict of two DML statements has no reason of its own, so that here the sentence decides: from
# its beginning, where no statement can be quoted.
CONFLICT = re.compile(
    r"(Query error: )?(Could not serialize access to table \S+|Transaction is aborted)"
    r" due to concurrent update"
)
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 32.0


@dataclass(frozen=True)
class Retry:
    """A call that is about to be tried again: how often it was, for how long, and until when."""

    what: str
    tries: int
    error: str
    waited: float
    seconds_left: float


class DeadlineExceeded(NoAnswer):
    """A transient error did not pass in time; carries the last one as its cause."""

    def __init__(self, what: str, seconds: float, last: BaseException) -> None:
        super().__init__(f"{what}: still failing after {seconds:.0f} s: {one_line(last)[:300]}")
        self.what = what
        self.last = last


class Unreachable(NoAnswer):
    """Nobody answers where the service should be."""

    def __init__(self, what: str, seconds: float, last: BaseException) -> None:
        super().__init__(
            f"{what}: nobody answered in {seconds:.0f} s ({one_line(last)[:200]}): is the address"
            " right, and the network up? `phase4 local up` starts the laptop cloud"
        )


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed in seconds: 429, 5xx, lost connections, DML conflicts.

    By code and reason; a message may quote anything. quotaExceeded is a limit of hours.
    """
    if isinstance(error, TRANSIENT_TYPES):
        return not _reasons(error) & PERMANENT_REASONS
    return bool(_reasons(error) & TRANSIENT_REASONS) or _is_conflict(error)


def is_quota(error: BaseException) -> bool:
    """Whether a service refused a call because there were too many."""
    return isinstance(error, exceptions.TooManyRequests)


def is_denied(error: BaseException) -> bool:
    """Whether a right lacks; a quota of BigQuery that is used up has the same code."""
    return isinstance(error, exceptions.Forbidden) and _reasons(error) <= DENIALS


def _reasons(error: BaseException) -> set[str]:
    return {str(item.get("reason")) for item in _items(error)}


def _is_conflict(error: BaseException) -> bool:
    return any(
        item.get("reason") == "invalidQuery" and CONFLICT.match(str(item.get("message")))
        for item in _items(error)
    )


def _items(error: BaseException) -> list[Mapping[str, Any]]:
    """The errors of an API answer as it lists them."""
    listed = error.errors if isinstance(error, exceptions.GoogleAPICallError) else ()
    return [item for item in listed if isinstance(item, Mapping)]


def call(
    what: str,
    attempt: Callable[[], Result],
    seconds: float,
    unreachable_seconds: float | None = None,
    telling: Callable[[Retry], None] | None = None,
) -> Result:
    """Calls `attempt` until it succeeds, with full jitter between transient errors.

    Raises the error itself when it is permanent, DeadlineExceeded when `seconds` have passed, and
    Unreachable when nobody has answered for `unreachable_seconds`. `telling` hears of each retry.
    """
    started = time.monotonic()
    for tries, pause in enumerate(_pauses(), start=1):
        try:
            return attempt()
        except Exception as error:
            if not is_transient(error):
                raise
            waited = time.monotonic() + pause - started
            limit = unreachable_seconds if isinstance(error, UNREACHABLE_TYPES) else None
            if limit is not None and waited > limit:
                raise Unreachable(what, limit, error) from error
            if waited > seconds:
                raise DeadlineExceeded(what, seconds, error) from error
            if telling:
                said = ", ".join(sorted(_reasons(error))) or one_line(error)[:200]
                telling(Retry(what, tries, said, waited, seconds - waited))
        time.sleep(pause)
    raise AssertionError("unreachable: pauses never end")


def _pauses() -> Iterator[float]:
    ceiling = FIRST_PAUSE
    while True:
        # Over the whole span: what was refused together must not come back together.
        yield random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
        ceiling = min(2 * ceiling, LONGEST_PAUSE)


def one_line(error: BaseException) -> str:
    """The text of an error without its line breaks; its kind where it has none."""
    # A client error that stands for a gRPC code without an HTTP status calls itself "None".
    return " ".join(str(_reason(error)).removeprefix("None ").split()) or type(error).__name__


def _reason(error: BaseException) -> BaseException:
    """What kept a connection from being made, without the pool and the address of the call."""
    while isinstance(error, UNREACHABLE_TYPES):
        inner = error.args[0] if error.args else None
        reason = getattr(inner, "reason", inner)
        if not isinstance(reason, Exception):
            break
        error = reason
    return error
