"""Which errors are worth another try, and for how long."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import requests
from google.api_core import exceptions
from google.auth.exceptions import TransportError
from hypothesis import given
from hypothesis import strategies as st

from phase4.cloud import retries


def api_error(kind: Callable[..., Exception], message: str) -> Exception:
    """An API error with a message, without a reason."""
    return kind(message)


def with_reason(kind: Callable[..., Exception], reason: str) -> Exception:
    """An API error as the BigQuery client raises it."""
    return kind(reason, errors=({"reason": reason, "message": reason},))


def conflict(message: str, reason: str = "invalidQuery") -> Exception:
    """A refused statement with its message, as the BigQuery client raises it."""
    listed = ({"reason": reason, "message": message},)
    return exceptions.BadRequest(f"400 POST: {message}", errors=listed)


TRANSIENT = [
    api_error(exceptions.TooManyRequests, "429"),
    api_error(exceptions.InternalServerError, "500"),
    api_error(exceptions.BadGateway, "502"),
    api_error(exceptions.ServiceUnavailable, "503"),
    api_error(exceptions.GatewayTimeout, "504"),
    api_error(exceptions.ResourceExhausted, "quota of the Storage API"),
    with_reason(exceptions.Forbidden, "rateLimitExceeded"),
    with_reason(exceptions.BadRequest, "jobRateLimitExceeded"),
    with_reason(exceptions.BadRequest, "backendError"),
    conflict("Could not serialize access to table p:d.t due to concurrent update"),
    conflict("Query error: Transaction is aborted due to concurrent update against table p:d.t"),
    retries.Transient("not yet"),
    requests.exceptions.ConnectionError("refused"),
    requests.exceptions.ReadTimeout("no answer"),
    ConnectionResetError("reset by peer"),
    api_error(TransportError, "no route to the token server"),
]
PERMANENT = [
    api_error(exceptions.BadRequest, "Unrecognized name: usage_rate"),
    api_error(exceptions.NotFound, "no such table"),
    api_error(exceptions.Conflict, "job id in use"),
    with_reason(exceptions.Forbidden, "accessDenied"),
    with_reason(exceptions.Forbidden, "bytesBilledLimitExceeded"),
    with_reason(exceptions.InternalServerError, "bytesBilledLimitExceeded"),
    with_reason(exceptions.Forbidden, "quotaExceeded"),
    with_reason(exceptions.TooManyRequests, "quotaExceeded"),
    api_error(exceptions.BadRequest, "SELECT 'rateLimitExceeded backendError'"),
    api_error(
        exceptions.BadRequest, "Could not serialize access to table due to concurrent update"
    ),
    conflict("Syntax error in 'Could not serialize access to table t due to concurrent update'"),
    conflict("Could not serialize access to table t due to concurrent update", "invalid"),
    ValueError("due to concurrent update"),
    KeyError("rateLimitExceeded"),
]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first pause is a millisecond at most."""
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.001)


def failing(errors: list[Exception]) -> Callable[[], int]:
    """A call that raises these errors in turn and then returns how many it has raised."""
    left = list(errors)

    def attempt() -> int:
        if left:
            raise left.pop(0)
        return len(errors)

    return attempt


@pytest.mark.parametrize("error", TRANSIENT, ids=repr)
def test_a_transient_error_is_tried_again(error: Exception) -> None:
    assert retries.call("the call", failing([error, error]), seconds=30) == 2


@pytest.mark.parametrize("error", PERMANENT, ids=repr)
def test_a_permanent_error_is_raised_as_it_is_at_once(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        retries.call("the call", failing([error]), seconds=30)
    assert raised.value is error


def test_a_transient_error_for_ever_ends_at_the_deadline_with_the_last_error() -> None:
    error = api_error(exceptions.ServiceUnavailable, "not now")
    with pytest.raises(retries.DeadlineExceeded) as raised:
        retries.call("load into t", failing([error] * 100), seconds=0)
    assert raised.value.__cause__ is error
    assert str(raised.value) == "load into t: still failing after 0 s: 503 not now"


def test_an_error_without_an_http_status_is_its_message() -> None:
    assert retries.one_line(exceptions.Unknown("no such\ntable")) == "no such table"


def test_the_message_of_a_deadline_is_one_line() -> None:
    error = api_error(exceptions.ServiceUnavailable, "line one\n\nline two")
    with pytest.raises(retries.DeadlineExceeded, match=r"503 line one line two$"):
        retries.call("query", failing([error] * 100), seconds=0)


@given(st.integers(1, 40))
def test_every_pause_lies_between_nothing_and_a_doubling_ceiling(number: int) -> None:
    pauses = list(itertools.islice(retries._pauses(), number))
    ceiling = min(retries.FIRST_PAUSE * 2 ** (number - 1), retries.LONGEST_PAUSE)
    assert 0 <= pauses[-1] <= ceiling


def test_pauses_are_jittered() -> None:
    pauses = {next(iter(retries._pauses())) for _ in range(20)}
    assert len(pauses) > 1
