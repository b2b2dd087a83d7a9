"""The default policies: which errors, how often, after which delays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptop.workflows.calls import Surroundings, load
from laptop.workflows.language.errors import WorkflowError
from laptop.workflows.language.interpreter import Interpreter
from laptop.workflows.language.retries import POLICIES, PREDICATES, Policy

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


class Sleeping(Surroundings):
    """Remembers how long an execution has slept instead of sleeping."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "slept", [])

    def sleep(self, seconds: float) -> None:
        self.__dict__["slept"].append(seconds)


def delays(retry: str) -> list[float]:
    """The delays of a step that never succeeds under a retry policy."""
    source = f"- n: {{assign: [{{n: 2}}]}}\n- s: {{try: {{raise: no}}, retry: {retry}}}"
    host = Sleeping()
    with pytest.raises(WorkflowError):
        Interpreter(load(source), host).run(None)
    slept: list[float] = host.__dict__["slept"]
    return slept


def test_delays_and_multiplier_may_be_fractions() -> None:
    policy = "{max_retries: 3, backoff: {initial_delay: 0.5, max_delay: 1.2, multiplier: 1.5}}"
    assert delays(policy) == [0.5, 0.75, 1.125]


def test_numbers_of_a_policy_may_be_expressions() -> None:
    policy = "{max_retries: '${n}', backoff: {initial_delay: '${n * 2}', multiplier: '${1 / n}'}}"
    assert delays(policy) == [4, 2]


def test_a_policy_without_predicate_retries_every_error() -> None:
    assert delays("{max_retries: 2}") == [1.0, 1.25]


def test_what_a_backoff_leaves_out_is_as_by_default() -> None:
    assert delays("{backoff: {initial_delay: 2}}") == [2, 2.5, 3.125, 3.90625, 4.8828125]


@pytest.mark.parametrize("number", ["'${string(n)}'", "'${n / 4}'", "'${-n}'"])
def test_a_number_of_retries_that_is_none_is_an_error(number: str) -> None:
    source = f"""
- n: {{assign: [{{n: 2}}]}}
- s: {{try: {{raise: no}}, retry: {{max_retries: {number}}}}}
"""
    with pytest.raises(WorkflowError) as refused:
        Interpreter(load(source), Sleeping()).run(None)
    assert "retry: max_retries must" in refused.value.value["message"]
