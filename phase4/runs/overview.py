"""The state of everything at one look: runs, lock, snapshots, heartbeat, dead letters, alerts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from phase4.cloud.queries import ask
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.tables.rows.runs import RecentRun
from phase4.tables.rows.snapshots import AlertTransition, RecentSnapshot, SignsOfLife

PEEKED_MESSAGES = 100
PEEK_SECONDS = 5.0


@dataclass(frozen=True)
class Overview:
    """The last of everything; dead_letters is None when Pub/Sub does not answer."""

    runs: list[RecentRun]
    snapshots: list[RecentSnapshot]
    alerts: list[AlertTransition]
    signs: SignsOfLife
    dead_letters: int | None

    @property
    def lock_holders(self) -> list[RecentRun]:
        """Runs in state RUNNING; one with an expired lease is dead unless its workflow goes on."""
        return [run for run in self.runs if run.state == "RUNNING"]


def overview_of(warehouse: Warehouse) -> Overview:
    """Everything at once; each part is one query."""
    with ThreadPoolExecutor() as pool:
        dead = pool.submit(dead_letters, warehouse.settings)
        runs = pool.submit(ask, warehouse, RecentRun)
        snapshots = pool.submit(ask, warehouse, RecentSnapshot)
        alerts = pool.submit(ask, warehouse, AlertTransition)
        (signs,) = ask(warehouse, SignsOfLife)
    still_open = [alert for alert in alerts.result() if alert.is_open]
    return Overview(runs.result(), snapshots.result(), still_open, signs, dead.result())


def dead_letter_subscription(settings: Settings) -> str:
    """Where events wait that the validator failed on."""
    return f"{settings.events_topic}-dead-letters"


def dead_letters(settings: Settings) -> int | None:
    """Messages waiting in the dead-letter subscription, at most 100; None when it cannot be read.

    They are looked at and given back at once.
    """
    from google.api_core.exceptions import DeadlineExceeded, GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import pubsub_v1

    try:
        with pubsub_v1.SubscriberClient() as client:
            name = client.subscription_path(settings.project, dead_letter_subscription(settings))
            try:
                answer = client.pull(
                    subscription=name, max_messages=PEEKED_MESSAGES, return_immediately=True,
                    timeout=PEEK_SECONDS, retry=None,
                )  # fmt: skip
            # With nothing to give the service may keep its answer back.
            except DeadlineExceeded:
                return 0
            held = [message.ack_id for message in answer.received_messages]
            if held:
                client.modify_ack_deadline(subscription=name, ack_ids=held, ack_deadline_seconds=0)
            return len(held)
    except (GoogleAPICallError, GoogleAuthError):
        return None
