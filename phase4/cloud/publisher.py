"""Publishing events: one message per event, body and attributes from the event model."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from phase4.cloud import emulator, retries
from phase4.cloud.settings import Settings
from phase4.errors import Refused
from phase4.tables.events import Event

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import PublisherClient

PUBLISH_SECONDS = 60


class NotTaken(retries.Transient):
    """Pub/Sub did not take a message in time."""

    def __init__(self, topic: str, seconds: float) -> None:
        super().__init__(f"Pub/Sub took no message for topic {topic} in {seconds:.0f} s")


class MayNotPublish(Refused):
    """Pub/Sub says that a right lacks, and of what not."""

    def __init__(self, settings: Settings, topic: str, error: BaseException) -> None:
        super().__init__(
            f"may not publish to topic {topic} of {settings.project}: {retries.one_line(error)}:"
            " it takes roles/pubsub.publisher on the topic"
        )


class Publisher:
    """Publishes to the topics of one environment and waits for each acknowledgement."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def publish(self, event: Event, seconds: float = PUBLISH_SECONDS) -> str:
        """Publishes an event to the events topic; returns the message id."""
        topic = self._settings.events_topic
        return self.send(topic, event.data(), event.attributes(), seconds)

    def send(
        self,
        topic: str,
        data: bytes,
        attributes: dict[str, str],
        seconds: float = PUBLISH_SECONDS,
    ) -> str:
        """Publishes one message.

        NotTaken when Pub/Sub does not take it within `seconds`, MayNotPublish when it never will.
        """
        client = _client(os.environ.get(emulator.PUBSUB, ""))
        path = client.topic_path(self._settings.project, topic)
        # The library sends in the background: a process that ends must know that it was taken.
        try:
            message_id: str = client.publish(path, data, **attributes).result(timeout=seconds)
        except TimeoutError:
            raise NotTaken(topic, seconds) from None
        except Exception as error:
            if retries.is_denied(error):
                raise MayNotPublish(self._settings, topic, error) from error
            raise
        return message_id


@cache
def _client(_endpoint: str) -> PublisherClient:
    """One client per process and endpoint: a warm function must not make one per message."""
    from google.cloud import pubsub_v1

    return pubsub_v1.PublisherClient()
