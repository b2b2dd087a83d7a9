"""A subscription as the server serves it: its definition, its backlog, and waiting for messages."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable

from google.pubsub_v1.types import pubsub

from laptop.pubsub.backlog import Backlog, Bury, Lease, Message, RetryPolicy, Rules
from laptop.pubsub.definitions import seconds
from laptop.pubsub.filters import compile_filter

PUSH_RETRY = RetryPolicy(0.1, 60.0)  # the service's backoff for pushes without a policy


class Feed:
    """One subscription; all its methods belong to the server's event loop."""

    def __init__(self, definition: pubsub.Subscription, bury: Bury) -> None:
        self.definition = definition
        self.backlog = Backlog(definition.name, rules_of(definition), bury)
        self.filtered = 0
        self.late_copies = 0
        self.last_error = ""
        self.closed = False
        self._matches = compile_filter(definition.filter)
        self._changed = asyncio.Event()

    @property
    def kind(self) -> str:
        """How messages leave: pull, push or bigquery."""
        if self.definition.push_config.push_endpoint:
            return "push"
        return "bigquery" if self.definition.bigquery_config.table else "pull"

    @property
    def pending(self) -> int:
        """Messages and duplicates of messages that are still to be dealt with."""
        return len(self.backlog) + self.late_copies

    def redefine(self, definition: pubsub.Subscription) -> None:
        """Take over changed settings; the backlog stays."""
        self.definition = definition
        self.backlog.rules = rules_of(definition)
        self._wake()

    def offer(self, message: Message) -> None:
        """Take in a message of the topic unless the filter drops it."""
        if self._matches(message.attributes):
            self.backlog.offer(message, time.monotonic())
            self._wake()
        else:
            self.filtered += 1

    async def take(self, limit: int, lease: float, patience: float | None = None) -> list[Lease]:
        """Lease up to `limit` messages for `lease` seconds; waits `patience` seconds for one."""
        give_up = None if patience is None else time.monotonic() + patience
        while not (leases := self.backlog.lease(limit, time.monotonic(), lease)):
            if self.closed or (give_up is not None and time.monotonic() >= give_up):
                break
            times = [at for at in (give_up, self.backlog.next_due()) if at is not None]
            await self.change(min(times) - time.monotonic() if times else None)
        return leases

    def close(self) -> None:
        """Wake whoever waits: the subscription is gone."""
        self.closed = True
        self._wake()

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """Forget these deliveries' messages."""
        self.backlog.acknowledge(ack_ids)
        self._wake()

    def extend(self, ack_ids: Iterable[str], seconds: float) -> None:
        """Move the deadlines of these deliveries; 0 gives the messages back."""
        self.backlog.extend(ack_ids, time.monotonic(), seconds)
        self._wake()

    async def change(self, timeout: float | None) -> None:
        """Wait until anything changes, at most `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def rules_of(definition: pubsub.Subscription) -> Rules:
    """How the definition wants its messages redelivered."""
    retry = RetryPolicy()
    if "retry_policy" in definition:
        policy = pubsub.RetryPolicy.pb(definition.retry_policy)
        retry = RetryPolicy(seconds(policy.minimum_backoff), seconds(policy.maximum_backoff))
    elif definition.push_config.push_endpoint or definition.bigquery_config.table:
        retry = PUSH_RETRY
    attempts = definition.dead_letter_policy.max_delivery_attempts or None
    return Rules(float(definition.ack_deadline_seconds), retry, attempts)
