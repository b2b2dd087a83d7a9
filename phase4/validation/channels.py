"""Alert channels: the log, a Pub/Sub topic and a webhook. Each is tried; a failure is recorded."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, Protocol

import requests

from phase4.cloud.logging import Severity, log
from phase4.cloud.publisher import Publisher
from phase4.cloud.settings import Settings
from phase4.errors import NoAnswer
from phase4.validation.alerts import Kind, Level

WEBHOOK = "PHASE4_ALERT_WEBHOOK_URL"
SEND_SECONDS = 10
ALERT_EVENT = "alert"
FAILED_EVENT = "alert_delivery_failed"
SEVERITIES: dict[Level, Severity] = {"ok": "INFO", "warning": "WARNING", "critical": "CRITICAL"}


class ChannelError(NoAnswer):
    """A channel did not take a notice; the reason never contains an address."""


@dataclass(frozen=True)
class Notice:
    """What is told once: which alert, what happened to it, and the command that mends it."""

    alert_key: str
    scope: str
    metric: str
    transition: Kind
    severity: Level
    opened_at: datetime
    value: float | None
    threshold: float | None
    message: str
    fix: str
    run_id: str
    page: str = ""
    """Where the whole is shown; empty where there is no site."""

    @property
    def text(self) -> str:
        """One line for people."""
        head = f"[{self.severity}] {self.transition.lower()} {self.scope}: {self.message}"
        shown = f" ({self.page})" if self.page else ""
        cure = "" if self.severity == "ok" else f". To mend it: {self.fix}"
        return head + shown + cure


@dataclass(frozen=True)
class Delivery:
    """What became of a notice on one channel."""

    channel: str
    outcome: Literal["delivered", "failed"]
    detail: str = ""


class Channel(Protocol):
    """Takes notices; raises ChannelError when it cannot."""

    name: str

    def send(self, notice: Notice) -> None:
        """Delivers one notice."""


class LogChannel:
    """The structured log line that the alert policy of Cloud Monitoring matches."""

    name = "log"

    def send(self, notice: Notice) -> None:
        """Writes the line; its payload has event = "alert"."""
        log(
            SEVERITIES[notice.severity],
            notice.text,
            labels={"component": "validator", "run_id": notice.run_id, "metric": notice.metric},
            event=ALERT_EVENT,
            alert=_payload(notice),
        )


class TopicChannel:
    """The Pub/Sub topic of alerts."""

    name = "pubsub"

    def __init__(self, settings: Settings) -> None:
        self._topic = settings.alerts_topic
        self._publisher = Publisher(settings)

    def send(self, notice: Notice) -> None:
        """Publishes the notice as JSON; severity, metric and transition are attributes."""
        attributes = {
            "severity": notice.severity,
            "metric": notice.metric,
            "transition": notice.transition,
        }
        try:
            body = json.dumps(_payload(notice)).encode()
            self._publisher.send(self._topic, body, attributes, SEND_SECONDS)
        except Exception as error:  # whatever it is, the next channel must be tried
            raise ChannelError(f"{type(error).__name__} from topic {self._topic}") from error


class WebhookChannel:
    """A webhook of Slack's shape: `{"text": …}`. Its URL is a secret and never shown."""

    name = "webhook"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, notice: Notice) -> None:
        """Posts the line for people."""
        try:
            answer = requests.post(self._url, json={"text": notice.text}, timeout=SEND_SECONDS)
        except requests.RequestException as error:
            # The text of these errors contains the URL.
            raise ChannelError(type(error).__name__) from None
        if not answer.ok:
            raise ChannelError(f"HTTP {answer.status_code}")


def channels(settings: Settings) -> tuple[Channel, ...]:
    """The channels of this environment; the webhook only where its URL is given."""
    url = os.environ.get(WEBHOOK, "")
    standard: tuple[Channel, ...] = (LogChannel(), TopicChannel(settings))
    return (*standard, WebhookChannel(url)) if url else standard


def deliver(notice: Notice, through: Sequence[Channel]) -> tuple[Delivery, ...]:
    """Tries every channel and says what became of it; a failure is a log line of its own."""
    return tuple(_try(channel, notice) for channel in through)


def _try(channel: Channel, notice: Notice) -> Delivery:
    try:
        channel.send(notice)
    except ChannelError as error:
        log(
            "ERROR",
            f"alert {notice.alert_key} was not delivered by {channel.name}: {error}",
            labels={"component": "validator", "run_id": notice.run_id, "channel": channel.name},
            event=FAILED_EVENT,
        )
        return Delivery(channel.name, "failed", str(error))
    return Delivery(channel.name, "delivered")


def _payload(notice: Notice) -> dict[str, object]:
    return {**asdict(notice), "opened_at": notice.opened_at.isoformat(), "text": notice.text}
