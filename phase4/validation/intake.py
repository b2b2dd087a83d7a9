"""Messages on their way in: decoded, refused for good, or turned into a scope."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from phase4.arrow import table_of
from phase4.events import SCHEMA_VERSION, parse_event
from phase4.settings import Settings
from phase4.validation.scope import Scope, scope_of
from phase4.validation.validator import job_id
from phase4.warehouse import Warehouse

REJECTED = "rejected_events"
KEPT_CHARACTERS = 10_000
LONGEST_RANGE_DAYS = 40 * 366


class Rejected(ValueError):
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
    attributes: Mapping[str, str]

    @classmethod
    def of(cls, event_id: str, payload: object) -> Message:
        """The message in the data of a CloudEvent; an absent id is taken from the CloudEvent."""
        envelope = payload if isinstance(payload, Mapping) else {}
        message: Mapping[str, Any] = envelope.get("message") or {}
        return cls(
            message_id=str(message.get("messageId") or message.get("message_id") or event_id),
            data=str(message.get("data") or ""),
            attributes=message.get("attributes") or {},
        )

    def scope(self) -> Scope:
        """What the message asks for; Rejected when it can never be understood."""
        try:
            event = parse_event(base64.b64decode(self.data, validate=True))
        except binascii.Error as error:
            raise Rejected(self.message_id, f"data is not base64: {error}") from None
        except ValidationError as error:
            raise Rejected(self.message_id, _reason(error)) from None
        days = (event.end_date - event.start_date).days + 1
        if days > LONGEST_RANGE_DAYS:
            raise Rejected(
                self.message_id, f"range of {days} days, at most {LONGEST_RANGE_DAYS} are validated"
            )
        return scope_of(event)


def record_rejection(
    warehouse: Warehouse, settings: Settings, message: Message, reason: str
) -> None:
    """Writes the row of nba_ops.rejected_events, once per message."""
    row = {
        "message_id": message.message_id,
        "reason": reason,
        "data": _readable(message.data)[:KEPT_CHARACTERS],
        "attributes": json.dumps(dict(message.attributes))[:KEPT_CHARACTERS],
        "received_at": datetime.now(UTC),
    }
    warehouse.append(
        f"{settings.ops_dataset}.{REJECTED}",
        table_of(REJECTED, [row]),
        job_id("rejected", message.message_id),
    )


def _readable(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode(errors="replace")
    except binascii.Error:
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
