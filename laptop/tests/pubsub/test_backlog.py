"""The backlog of a subscription against a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from laptop.pubsub.backlog import Backlog, Lease, Message, RetryPolicy, Rules

DEADLINE = 10.0


def message(number: int) -> Message:
    return Message(str(number), b"x", {}, 0.0)


def backlog(rules: Rules | None = None) -> Backlog:
    """A backlog whose dead letters nobody takes."""
    return Backlog("sub", rules or Rules(), lambda _message, _attempts: False)


@given(low=st.floats(1e-9, 600), high=st.floats(1e-9, 600), attempts=st.integers(1, 10_000))
def test_backoff_doubles_from_the_minimum_to_the_maximum(
    low: float, high: float, attempts: int
) -> None:
    policy = RetryPolicy(min(low, high), max(low, high))
    assert policy.backoff(1) == policy.minimum
    assert policy.minimum <= policy.backoff(attempts) <= policy.maximum
    assert policy.backoff(attempts + 1) == min(2 * policy.backoff(attempts), policy.maximum)


def test_a_nack_makes_a_message_due_after_its_backoff() -> None:
    waiting = backlog(Rules(retry=RetryPolicy(1.0, 60.0)))
    waiting.offer(message(1), now=0.0)
    due = []
    now = 0.0
    for _ in range(8):
        (lease,) = waiting.lease(1, now, DEADLINE)
        waiting.extend([lease.ack_id], now, 0)
        assert waiting.lease(1, now, DEADLINE) == []
        due.append((waiting.next_due() or now) - now)
        now = waiting.next_due() or now
    assert due == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_lapsed_lease_counts_as_a_nack() -> None:
    waiting = backlog(Rules(retry=RetryPolicy(3.0, 3.0)))
    waiting.offer(message(1), now=0.0)
    waiting.lease(1, 0.0, DEADLINE)
    assert waiting.lease(1, 9.9, DEADLINE) == []
    assert waiting.lease(1, 10.0, DEADLINE) == []
    assert waiting.outstanding == 0
    (again,) = waiting.lease(1, 13.0, DEADLINE)
    assert again.attempt == 2


def test_an_extended_lease_holds() -> None:
    waiting = backlog()
    waiting.offer(message(1), now=0.0)
    (lease,) = waiting.lease(1, 0.0, DEADLINE)
    waiting.extend([lease.ack_id], 9.0, 30)
    assert waiting.lease(1, 38.0, DEADLINE) == []
    assert len(waiting.lease(1, 39.0, DEADLINE)) == 1


def test_a_late_acknowledgement_is_ignored() -> None:
    waiting = backlog()
    waiting.offer(message(1), now=0.0)
    (lease,) = waiting.lease(1, 0.0, DEADLINE)
    waiting.lapse(11.0)
    waiting.acknowledge([lease.ack_id])
    assert len(waiting) == 1


class Deliveries(RuleBasedStateMachine):
    """Any order of publishing, leasing, acknowledging, nacking and waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.buried: list[str] = []
        rules = Rules(DEADLINE, RetryPolicy(1.0, 8.0), max_attempts=4)
        self.backlog = Backlog("sub", rules, self.bury)
        self.now = 0.0
        self.published: list[str] = []
        self.acknowledged: list[str] = []
        self.held: dict[str, tuple[Lease, float]] = {}

    def bury(self, dead: Message, attempts: int) -> bool:
        assert attempts >= 4
        self.buried.append(dead.id)
        return True

    @rule()
    def publish(self) -> None:
        self.published.append(str(len(self.published)))
        self.backlog.offer(message(len(self.published) - 1), self.now)

    @rule(limit=st.integers(1, 3))
    def lease(self, limit: int) -> None:
        self.drop_lapsed()
        leases = self.backlog.lease(limit, self.now, DEADLINE)
        held = {lease.message.id for lease, _ in self.held.values()}
        assert not held & {lease.message.id for lease in leases}
        assert all(lease.attempt <= 4 for lease in leases)
        self.held |= {lease.ack_id: (lease, self.now + DEADLINE) for lease in leases}

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        self.drop_lapsed()
        if self.held:
            lease, _ = self.held.pop(data.draw(st.sampled_from(sorted(self.held))))
            self.backlog.acknowledge([lease.ack_id])
            self.acknowledged.append(lease.message.id)

    @rule(data=st.data())
    def nack(self, data: st.DataObject) -> None:
        self.drop_lapsed()
        if self.held:
            lease, _ = self.held.pop(data.draw(st.sampled_from(sorted(self.held))))
            self.backlog.extend([lease.ack_id], self.now, 0)

    @rule(seconds=st.sampled_from([0.5, 1.0, 5.0, 20.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    def drop_lapsed(self) -> None:
        self.backlog.lapse(self.now)
        self.held = {key: one for key, one in self.held.items() if one[1] > self.now}

    @invariant()
    def every_message_is_in_exactly_one_place(self) -> None:
        gone = self.acknowledged + self.buried
        assert len(gone) == len(set(gone))
        assert len(self.backlog) == len(self.published) - len(gone)

    @invariant()
    def nothing_is_forgotten_while_something_waits(self) -> None:
        assert (self.backlog.next_due() is None) == (len(self.backlog) == 0)


TestDeliveries = Deliveries.TestCase
