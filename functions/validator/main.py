"""The validator function: a Pub/Sub message in, a coverage snapshot out."""

from __future__ import annotations

import functions_framework
from flask import Request

from phase4.cloud.settings import Settings
from phase4.validation.answer import answer
from phase4.validation.intake import Message

SETTINGS = Settings.from_environment()


# A CloudEvent function would refuse a message without data, or with data that is not base64, before
# ours is called: such a message would come again for a week and never be recorded.
@functions_framework.http
def validate(request: Request) -> str:
    """Returns when the message is done with; raises when it has to come again."""
    answer(SETTINGS, Message.of(request.get_json(force=True, silent=True), request.get_data()))
    return "OK"
