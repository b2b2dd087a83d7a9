"""Messages on their way in: decoded, refused for good, or read as an event."""

from __future__ import annotations

import base64
import hashlib
import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from phase4.cloud.logging import log
from phase4.cloud.retries import one_line
from phase4.cloud.warehouse import Warehouse
from phase4.errors import WrongInput
from phase4.tables.arrow import table_of
from phase4.tables.calendar import SeasonUnknown, check_seasons
from phase4.tables.events import SCHEMA_VERSION, AnyEvent, parse_event
from phase4.validation.validator import job_id

REJECTED = "rejected_events"
KEPT_CHARACTERS = 10_000


class Rejected(WrongInput):
    """A message that no redelivery can make valid; carries its id and the reason."""

    def __init__(self, message_id: str, reason: str) -> None:
        super().__init__(f"message {message_id} is refused for good: {reason}")
        self.message_id = message_id
        self.reason = reason


@dataclass(frozen=True)
class Message:
    """One Pub/Sub message as it arrived; `data` is still base64 text."""

    message_id: str
    data: str
    attributes: str

    @classmethod
    def of(cls, payload: object, body: bytes) -> Message:
        """The message in the JSON of a push request, or of a CloudEvent around one; never raises.

        A message without an id is known by the bytes of its request.
        """
        pushed = _mapping(payload)
        message = _mapping(pushed.get("message") or _mapping(pushed.get("data")).get("message"))
        named = message.get("messageId") or message.get("message_id")
        return cls(
            message_id=_storable(named or hashlib.sha256(body).hexdigest(), 1024),
            data=_storable(message.get("data"), None),
            attributes=_storable(message.get("attributes") or {}, KEPT_CHARACTERS),
        )

    def event(self) -> AnyEvent:
        """The event in it; Rejected when it can never be understood, or is of no known season."""
        event = self._parsed()
        try:
            check_seasons(event.start_date, event.end_date)
        except SeasonUnknown as unknown:
            raise Rejected(self.message_id, str(unknown)) from None
        return event

    def _parsed(self) -> AnyEvent:
        try:
            return parse_event(base64.b64decode(self.data, validate=True))
        except ValidationError as error:
            raise Rejected(self.message_id, _reason(error)) from None
        except ValueError as error:  # binascii.Error, and what is not even ASCII
            raise Rejected(self.message_id, f"data is not base64: {one_line(error)}") from None
        except Exception as error:
            # Reading depends on nothing but the message: what fails once fails at every delivery.
            labels = {"component": "validator", "message_id": self.message_id}
            log("ERROR", traceback.format_exc(), labels=labels, event="event_unreadable")
            reason = f"cannot be read: {type(error).__name__}: {one_line(error)}"
            raise Rejected(self.message_id, reason) from error


def record_rejection(warehouse: Warehouse, message: Message, reason: str) -> None:
    """Writes the row of nba_ops.rejected_events, once per message."""
    row = {
        "message_id": message.message_id,
        "reason": _storable(reason, KEPT_CHARACTERS),
        "data": _readable(message.data)[:KEPT_CHARACTERS],
        "attributes": message.attributes,
        "received_at": datetime.now(UTC),
    }
    warehouse.append(
        f"{warehouse.settings.ops_dataset}.{REJECTED}",
        table_of(REJECTED, [row]),
        job_id("rejected", message.message_id),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _storable(value: object, longest: int | None) -> str:
    """Any JSON value as text that a table takes: no half of a surrogate pair, not too long."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return text.encode(errors="replace").decode()[:longest]


def _readable(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode(errors="replace")
    except ValueError:
        return data


def _reason(error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    first = problems[0]
    field = ".".join(str(part) for part in first["loc"] if part != first["loc"][0]) or "body"
    if "schema_version" in field:
        return f"schema_version is {first['input']!r}, known is {SCHEMA_VERSION}"
    if first["type"] == "union_tag_invalid":
        return f"event_type is {first['ctx']['tag']!r}, known are {first['ctx']['expected_tags']}"
    return f"{field}: {first['msg']}"
