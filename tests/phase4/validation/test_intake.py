"""Messages on their way in: whatever arrives is understood or refused for good, never a crash."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from phase4.tables.events import Event
from phase4.validation.intake import Message, Rejected
from tests.phase4.tables.test_events import EVENTS

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
BODIES = [json.loads(event.data()) for event in EVENTS]


def is_answered(message: Message) -> bool:
    """Whether the message has an event or a refusal that a table can store."""
    try:
        return isinstance(message.event(), Event)
    except Rejected as refusal:
        texts = (refusal.message_id, message.data, message.attributes)
        return all(text.encode() is not None for text in texts)


@given(payload=JSON | st.fixed_dictionaries({"message": JSON}))
def test_an_envelope_of_any_shape_is_answered(payload: Any) -> None:
    assert is_answered(Message.of(payload, b"body"))


@given(message=st.fixed_dictionaries({}, optional={
    "data": JSON, "messageId": JSON, "message_id": JSON, "attributes": JSON,
}))  # fmt: skip
def test_a_message_with_fields_of_any_kind_is_answered(message: dict[str, Any]) -> None:
    assert is_answered(Message.of({"message": message}, b"body"))


@given(body=st.sampled_from(BODIES), value=JSON, data=st.data())
def test_an_event_with_any_value_in_any_field_is_answered(
    body: dict[str, Any], value: Any, data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(sorted(body)))
    text = json.dumps({**body, field: value}).encode()
    message = {"data": base64.b64encode(text).decode()}
    assert is_answered(Message.of({"message": message}, b"body"))


@given(body=st.binary())
def test_a_body_of_any_bytes_is_answered(body: bytes) -> None:
    message = {"data": base64.b64encode(body).decode()}
    assert is_answered(Message.of({"message": message}, b"body"))
