"""The validator function: a Pub/Sub message in, a coverage snapshot out."""

from __future__ import annotations

import functions_framework
from cloudevents.http import CloudEvent

from phase4.settings import Settings
from phase4.validation.answer import answer
from phase4.validation.intake import Message

SETTINGS = Settings.from_environment()


@functions_framework.cloud_event
def validate(event: CloudEvent) -> None:
    """Returns when the message is done with; raises when it has to come again."""
    answer(SETTINGS, Message.of(event["id"], event.data))
