"""Retry policies: which errors are tried again, how often and after which delay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from laptop.workflows.language.errors import failure
from laptop.workflows.language.operators import number

Predicate = Callable[[Any], bool]


@dataclass(frozen=True)
class Policy:
    """Delays in seconds; `predicate` names a library predicate or a subworkflow."""

    predicate: str
    max_retries: int = 5
    initial_delay: float = 1.0
    max_delay: float = 60.0
    multiplier: float = 1.25

    def delays(self) -> Iterator[float]:
        """The wait before each retry."""
        delay = self.initial_delay
        for _ in range(self.max_retries):
            yield min(delay, self.max_delay)
            delay *= self.multiplier

    def with_values(self, values: Mapping[str, Any]) -> Policy:
        """The policy with these numbers, or a TypeError or ValueError map for what is none."""
        for name, value in values.items():
            if not (type(value) is int if name == "max_retries" else number(value)):
                raise failure("TypeError", f"retry: {name} must be a number, not {value!r}")
            if value < 0:
                raise failure("ValueError", f"retry: {name} must not be below 0, it is {value}")
        return replace(self, **values)


def matcher(codes: set[int], tags: set[str]) -> Predicate:
    """A predicate over an error map's HTTP code and tags."""

    def matches(error: Any) -> bool:
        if not isinstance(error, dict):
            return False
        found = set(error.get("tags") or [])
        return bool(found & tags) or ("HttpError" in found and error.get("code") in codes)

    return matches


PREDICATES: dict[str, Predicate] = {
    "http.default_retry_predicate": matcher(
        {429, 502, 503, 504}, {"ConnectionError", "ConnectionFailedError", "TimeoutError"}
    ),
    "http.default_retry_predicate_non_idempotent": matcher({429, 503}, {"ConnectionFailedError"}),
    "retry.always": lambda _: True,
    "retry.never": lambda _: False,
}
NO_RETRY = Policy("retry.never", max_retries=0)
# What a policy does not say: every error is retried, as often and after as long as by default.
DEFAULT_POLICY = Policy("retry.always")
POLICIES = {
    "http.default_retry": Policy("http.default_retry_predicate"),
    "http.default_retry_non_idempotent": Policy("http.default_retry_predicate_non_idempotent"),
}
