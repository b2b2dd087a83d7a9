"""A fault strikes where, when and as often as it was armed to; a wrong one is refused by name."""

import concurrent.futures

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptop.faults import FaultRefused, FaultRegistry

POINTS = {"publish": ("error", "delay"), "push": ("error", "duplicate")}
ERROR = {"on": "publish", "action": "error"}


@pytest.fixture
def registry() -> FaultRegistry:
    return FaultRegistry(POINTS)


@given(count=st.integers(1, 20), calls=st.integers(0, 40))
def test_a_fault_strikes_as_often_as_it_counts(count: int, calls: int) -> None:
    registry = FaultRegistry(POINTS)
    registry.arm({**ERROR, "count": count})
    struck = sum(registry.take("publish", "any") is not None for _ in range(calls))
    assert struck == min(count, calls)


def test_count_zero_strikes_for_ever(registry: FaultRegistry) -> None:
    registry.arm({**ERROR, "count": 0})
    assert all(registry.take("publish", "any") for _ in range(100))


def test_only_matching_calls_use_a_fault_up(registry: FaultRegistry) -> None:
    registry.arm({**ERROR, "contains": "date.completed"})
    assert registry.take("publish", "wave.completed") is None
    assert registry.take("push", "date.completed") is None
    assert registry.take("publish", "event date.completed run-1") is not None


def test_the_next_fault_strikes_when_the_first_is_spent(registry: FaultRegistry) -> None:
    registry.arm({**ERROR, "status": 503})
    registry.arm({**ERROR, "status": 429})
    taken = [registry.take("publish", "") for _ in range(3)]
    assert [fault.status if fault else None for fault in taken] == [503, 429, None]


def test_the_listing_tells_how_often_a_fault_struck(registry: FaultRegistry) -> None:
    registry.arm({**ERROR, "count": 2})
    registry.take("publish", "")
    assert [(one["on"], one["struck"]) for one in registry.listing()] == [("publish", 1)]
    assert registry.clear() == 1
    assert registry.listing() == []
    assert registry.take("publish", "") is None


def test_threads_never_take_more_than_the_count(registry: FaultRegistry) -> None:
    registry.arm({**ERROR, "count": 50})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: registry.take("publish", ""), range(400)))
    assert sum(fault is not None for fault in taken) == 50


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({**ERROR, "colour": "red"}, "unknown key 'colour'"),
        ({**ERROR, "count": "2"}, "count = '2'"),
        ({**ERROR, "count": -1}, "count = -1"),
        ({**ERROR, "status": 200}, "status = 200"),
        ({**ERROR, "seconds": -0.5}, "seconds = -0.5"),
        ({**ERROR, "when": "later"}, "when = 'later'"),
        ({**ERROR, "on": "query"}, "on = 'query': known are publish, push"),
        ({**ERROR, "action": "duplicate"}, "action = 'duplicate': on 'publish' it may be error"),
        ({"on": "publish"}, "action"),
        (["publish"], "expected a JSON object, found list"),
    ],
)
def test_a_wrong_fault_is_refused_by_name(
    registry: FaultRegistry, document: object, named: str
) -> None:
    with pytest.raises(FaultRefused, match=r"^fault: ") as refused:
        registry.arm(document)
    assert named in str(refused.value)
    assert registry.listing() == []
