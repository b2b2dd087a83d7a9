"""Schemas of events: what a topic takes, and how a schema may change."""

from __future__ import annotations

import grpc
import pytest
from google.api_core import exceptions
from google.pubsub_v1 import SchemaServiceClient
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport
from google.pubsub_v1.types import Encoding, Schema

from laptop.tests.pubsub.servers import PROJECT, Broker, fresh

EVENT = 'syntax = "proto3"; message Event { optional string run_id = 1; optional int32 wave = 2; }'


def schemas(broker: Broker) -> SchemaServiceClient:
    """A client of the schema service."""
    channel = grpc.insecure_channel(broker.address)
    return SchemaServiceClient(transport=SchemaServiceGrpcTransport(channel=channel))


def defined(definition: str) -> Schema:
    """A schema of protocol buffers that is not made yet."""
    return Schema(type_=Schema.Type.PROTOCOL_BUFFER, definition=definition)


def made(broker: Broker, definition: str = EVENT) -> Schema:
    """A new schema."""
    return schemas(broker).create_schema(
        parent=PROJECT, schema=defined(definition), schema_id=fresh("schema")
    )


def topic_with(broker: Broker, schema: Schema) -> str:
    """A new topic that takes JSON of that schema."""
    path = f"{PROJECT}/topics/{fresh('topic')}"
    settings = {"schema": schema.name, "encoding": Encoding.JSON}
    broker.publisher.create_topic(request={"name": path, "schema_settings": settings})
    return path


def test_a_topic_takes_what_its_schema_describes(embedded: Broker) -> None:
    topic = topic_with(embedded, made(embedded))
    assert embedded.publish(topic, b'{"run_id": "r", "wave": 2}')


@pytest.mark.parametrize("data", [b'{"run": "r"}', b'{"wave": "two"}', b"no JSON", b"\xff"])
def test_a_topic_refuses_what_its_schema_does_not_describe(embedded: Broker, data: bytes) -> None:
    topic = topic_with(embedded, made(embedded))
    with pytest.raises(exceptions.InvalidArgument):
        embedded.publish(topic, data)


def test_a_topic_needs_a_schema_that_is_there(embedded: Broker) -> None:
    with pytest.raises(exceptions.NotFound, match="Schema not found"):
        topic_with(embedded, Schema(name=f"{PROJECT}/schemas/absent"))


@pytest.mark.parametrize(
    "definition", ['syntax = "proto3"; message Event { string', 'syntax = "proto3";']
)
def test_a_definition_that_is_none_is_refused(embedded: Broker, definition: str) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="Invalid schema definition"):
        made(embedded, definition)


def test_a_schema_is_made_once_and_read_back(embedded: Broker) -> None:
    schema = made(embedded)
    assert schemas(embedded).get_schema(name=schema.name).definition == EVENT
    identity = schema.name.rpartition("/")[2]
    with pytest.raises(exceptions.AlreadyExists):
        schemas(embedded).create_schema(parent=PROJECT, schema=defined(EVENT), schema_id=identity)


def test_a_revision_may_add_and_remove_optional_fields(embedded: Broker) -> None:
    schema = made(embedded)
    topic = topic_with(embedded, schema)
    revised = EVENT.replace("optional int32 wave = 2", "optional string trigger = 3")
    schemas(embedded).commit_schema(name=schema.name, schema=defined(revised))
    assert embedded.publish(topic, b'{"trigger": "manual"}')
    with pytest.raises(exceptions.InvalidArgument):
        embedded.publish(topic, b'{"wave": 2}')


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("int32 wave = 2", "string wave = 2", "wave changed"),
        ("int32 wave = 2", "int32 waves = 2", "wave changed"),
        ("; }", "; string added = 3; }", "added is not optional"),
    ],
)
def test_a_revision_that_changes_a_field_is_refused(
    embedded: Broker, before: str, after: str, named: str
) -> None:
    schema = made(embedded)
    with pytest.raises(exceptions.InvalidArgument, match=named):
        schemas(embedded).commit_schema(
            name=schema.name, schema=defined(EVENT.replace(before, after))
        )


def test_a_schema_has_twenty_revisions_at_most(embedded: Broker) -> None:
    schema = made(embedded)
    for _ in range(19):
        schemas(embedded).commit_schema(name=schema.name, schema=defined(EVENT))
    with pytest.raises(exceptions.InvalidArgument, match="20 revisions"):
        schemas(embedded).commit_schema(name=schema.name, schema=defined(EVENT))
