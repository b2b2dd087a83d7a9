"""The core of the server: which message of a subscription is held by whom, and until when.

Nothing here waits or speaks to anyone: the clock is an argument, in seconds. Every message has
one `due` time: while it waits, when it may next be delivered; while it is leased, when the lease
lapses, which counts as a nack.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MOST_DOUBLINGS = 64  # beyond it every backoff has long reached its maximum


@dataclass(frozen=True)
class Message:
    """A published message; `published` is in seconds of the Unix epoch."""

    id: str
    data: bytes
    attributes: dict[str, str]
    published: float
    ordering_key: str = ""


@dataclass(frozen=True)
class Lease:
    """One delivery of a message: acknowledged by its `ack_id` before its deadline."""

    ack_id: str
    message: Message
    attempt: int


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff between redeliveries, in seconds."""

    minimum: float = 0.0
    maximum: float = 0.0

    def backoff(self, attempts: int) -> float:
        """Seconds to wait after so many failed deliveries (1 = after the first)."""
        doublings = min(max(attempts, 1) - 1, MOST_DOUBLINGS)
        return min(self.minimum * 2.0**doublings, self.maximum)


@dataclass(frozen=True)
class Rules:
    """How one subscription redelivers; `max_attempts` None means for ever."""

    ack_deadline: float = 10.0
    retry: RetryPolicy = RetryPolicy()
    max_attempts: int | None = None


@dataclass
class Counts:
    """What a subscription has done since it was created."""

    delivered: int = 0
    acknowledged: int = 0
    dead_lettered: int = 0


@dataclass
class _Entry:
    message: Message
    due: float
    attempts: int = 0
    ack_id: str | None = None


Bury = Callable[[Message, int], bool]


class Backlog:
    """The unacknowledged messages of one subscription, delivered at least once, in any order."""

    def __init__(self, name: str, rules: Rules, bury: Bury) -> None:
        """`bury(message, attempts)` dead-letters a message; False leaves it in the backlog."""
        self.name = name
        self.rules = rules
        self.counts = Counts()
        self._bury = bury
        self._entries: dict[int, _Entry] = {}
        self._leases: dict[str, int] = {}
        self._due: list[tuple[float, int]] = []
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def outstanding(self) -> int:
        """Messages that are delivered and neither acknowledged nor lapsed."""
        return len(self._leases)

    def offer(self, message: Message, now: float) -> None:
        """Take in a message, deliverable at once."""
        number = next(self._numbers)
        self._entries[number] = _Entry(message, now)
        self._set_due(number, now)

    def lease(self, limit: int, now: float, seconds: float) -> list[Lease]:
        """Deliver up to `limit` messages that are due, each leased for `seconds`."""
        leases: list[Lease] = []
        while len(leases) < limit and (due := self.next_due()) is not None and due <= now:
            _, number = heapq.heappop(self._due)
            if self._entries[number].ack_id is None:
                leases.append(self._deliver(number, now + seconds))
            else:
                self._release(number, now)
        return leases

    def next_due(self) -> float | None:
        """When a message next becomes deliverable or a lease lapses; None when nothing waits."""
        while self._due and self._is_stale(*self._due[0]):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def lapse(self, now: float) -> None:
        """Take back every lease whose deadline has passed."""
        for number in list(self._leases.values()):
            if self._entries[number].due <= now:
                self._release(number, now)

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """Forget delivered messages; ids of lapsed leases are ignored, as the service does."""
        for ack_id in ack_ids:
            number = self._leases.pop(ack_id, None)
            if number is not None:
                del self._entries[number]
                self.counts.acknowledged += 1

    def extend(self, ack_ids: Iterable[str], now: float, seconds: float) -> None:
        """Move the deadlines of leases; 0 seconds is a nack."""
        for ack_id in ack_ids:
            number = self._leases.get(ack_id)
            if number is None:
                continue
            if seconds > 0:
                self._set_due(number, now + seconds)
            else:
                self._release(number, now)

    def is_leased(self, ack_id: str) -> bool:
        """Whether this delivery still waits for its acknowledgement."""
        return ack_id in self._leases

    def _deliver(self, number: int, until: float) -> Lease:
        entry = self._entries[number]
        entry.attempts += 1
        entry.ack_id = f"{self.name}:{number}-{entry.attempts}"
        self._leases[entry.ack_id] = number
        self._set_due(number, until)
        self.counts.delivered += 1
        return Lease(entry.ack_id, entry.message, entry.attempts)

    def _release(self, number: int, now: float) -> None:
        entry = self._entries[number]
        self._leases.pop(entry.ack_id or "", None)
        entry.ack_id = None
        limit = self.rules.max_attempts
        if limit and entry.attempts >= limit and self._bury(entry.message, entry.attempts):
            del self._entries[number]
            self.counts.dead_lettered += 1
        else:
            self._set_due(number, now + self.rules.retry.backoff(entry.attempts))

    def _set_due(self, number: int, due: float) -> None:
        self._entries[number].due = due
        heapq.heappush(self._due, (due, number))

    def _is_stale(self, due: float, number: int) -> bool:
        entry = self._entries.get(number)
        return entry is None or entry.due != due
