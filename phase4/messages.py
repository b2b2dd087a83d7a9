"""Publishing events: one message per event, body and attributes from the event model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phase4.events import Event
from phase4.settings import Settings

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import PublisherClient

PUBLISH_SECONDS = 60


class Publisher:
    """Publishes to the topics of one environment and waits for each acknowledgement."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: PublisherClient | None = None

    def publish(self, event: Event) -> str:
        """Publishes an event to the events topic; returns the message id."""
        return self.send(self._settings.events_topic, event.data(), event.attributes())

    def send(
        self,
        topic: str,
        data: bytes,
        attributes: dict[str, str],
        seconds: float = PUBLISH_SECONDS,
    ) -> str:
        """Publishes one message; raises when Pub/Sub does not take it within `seconds`."""
        client = self._connected()
        path = client.topic_path(self._settings.project, topic)
        message_id: str = client.publish(path, data, **attributes).result(timeout=seconds)
        return message_id

    def _connected(self) -> PublisherClient:
        if self._client is None:
            from google.cloud import pubsub_v1

            self._client = pubsub_v1.PublisherClient()
        return self._client
