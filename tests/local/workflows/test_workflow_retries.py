"""The default policies: which errors, how often, after which delays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.workflows.language.retries import POLICIES, PREDICATES, Policy

IDEMPOTENT = PREDICATES["http.default_retry_predicate"]
NON_IDEMPOTENT = PREDICATES["http.default_retry_predicate_non_idempotent"]


def http(code: int) -> dict[str, Any]:
    return {"tags": ["HttpError"], "code": code, "message": ""}


def tagged(tag: str) -> dict[str, Any]:
    return {"tags": [tag], "message": ""}


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_the_idempotent_predicate_retries_these_codes(code: int) -> None:
    assert IDEMPOTENT(http(code))


@pytest.mark.parametrize("code", [400, 403, 404, 409, 500])
def test_neither_predicate_retries_these_codes(code: int) -> None:
    assert not IDEMPOTENT(http(code))
    assert not NON_IDEMPOTENT(http(code))


def test_the_non_idempotent_predicate_retries_only_what_was_not_done() -> None:
    assert [code for code in (429, 500, 502, 503, 504) if NON_IDEMPOTENT(http(code))] == [429, 503]
    assert NON_IDEMPOTENT(tagged("ConnectionFailedError"))
    assert not NON_IDEMPOTENT(tagged("ConnectionError"))
    assert not NON_IDEMPOTENT(tagged("TimeoutError"))


@pytest.mark.parametrize("tag", ["ConnectionError", "ConnectionFailedError", "TimeoutError"])
def test_the_idempotent_predicate_retries_lost_connections(tag: str) -> None:
    assert IDEMPOTENT(tagged(tag))


@pytest.mark.parametrize("error", ["text", {"code": 503}, {"tags": ["ValueError"]}, None])
def test_what_is_no_http_error_is_not_retried(error: Any) -> None:
    assert not IDEMPOTENT(error)


def test_the_default_policies_wait_five_times() -> None:
    for policy in POLICIES.values():
        assert list(policy.delays()) == [1.0, 1.25, 1.5625, 1.953125, 2.44140625]


def test_the_documented_example_of_delays() -> None:
    policy = Policy("retry.always", 8, 1, 60, 2)
    assert list(policy.delays()) == [1, 2, 4, 8, 16, 32, 60, 60]


@given(
    st.integers(0, 20),
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(1, 10),
)
def test_delays_never_shrink_nor_pass_the_maximum(
    retries: int, initial: float, maximum: float, multiplier: float
) -> None:
    delays = list(Policy("retry.always", retries, initial, maximum, multiplier).delays())
    assert len(delays) == retries
    assert delays == sorted(delays)
    assert all(delay <= maximum for delay in delays)
