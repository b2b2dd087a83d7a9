"""Protocol buffer schemas: compiled when they are made, revised by what adds, held by topics."""

from __future__ import annotations

import itertools
import re
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1.types import pubsub
from google.pubsub_v1.types import schema as types
from grpc import StatusCode

from laptop.pubsub.definitions import check_name, invalid
from laptop.pubsub.status import Refused

MAX_REVISIONS = 20
_FIELD = descriptor_pb2.FieldDescriptorProto


class Schemas:
    """The schemas of one server, with their revisions; the last one counts."""

    def __init__(self) -> None:
        self._revisions: dict[str, list[types.Schema]] = {}
        self._messages: dict[str, Any] = {}
        self._ids = itertools.count(1)

    async def create_schema(self, request: types.CreateSchemaRequest) -> types.Schema:
        """A new schema; its definition must compile to exactly one message on its top level."""
        name = f"{request.parent}/schemas/{request.schema_id}"
        check_name("schemas", name)
        if name in self._revisions:
            raise Refused(StatusCode.ALREADY_EXISTS, f"Schema already exists: {name}")
        self._revisions[name] = []
        try:
            return self._revise(name, request.schema)
        except Refused:
            del self._revisions[name]
            raise

    async def get_schema(self, request: types.GetSchemaRequest) -> types.Schema:
        """The latest revision."""
        return self._of(request.name)[-1]

    async def commit_schema(self, request: types.CommitSchemaRequest) -> types.Schema:
        """A further revision, which may add and remove optional fields only."""
        revisions = self._of(request.name)
        if len(revisions) >= MAX_REVISIONS:
            raise invalid(f"{request.name} has {MAX_REVISIONS} revisions: delete one first")
        before, after = _top(revisions[-1].definition), _top(request.schema.definition)
        if changed := _not_optional(before, after):
            raise invalid(
                f"Incompatible schema revision of {request.name}: {', '.join(changed)};"
                " only optional fields may be added or removed"
            )
        return self._revise(request.name, request.schema)

    async def delete_schema(self, request: types.DeleteSchemaRequest) -> Empty:
        """Forgets a schema with its revisions."""
        self._of(request.name)
        del self._revisions[request.name], self._messages[request.name]
        return Empty()

    def check_topic(self, topic: pubsub.Topic) -> None:
        """NOT_FOUND when the topic's schema is not there."""
        if topic.schema_settings.schema:
            self._of(topic.schema_settings.schema)

    def check_message(self, topic: pubsub.Topic, data: bytes) -> None:
        """INVALID_ARGUMENT when the topic's schema does not take a message of JSON."""
        if not topic.schema_settings.schema:
            return
        kind = self._messages[topic.schema_settings.schema]
        try:
            json_format.Parse(data, kind())
        except (json_format.ParseError, UnicodeDecodeError) as error:
            raise invalid(
                f"Invalid data in message: Message failed schema validation: {error}"
            ) from None

    def _revise(self, name: str, wanted: types.Schema) -> types.Schema:
        self._messages[name] = _message(wanted.definition)
        made = types.Schema(
            name=name,
            type_=wanted.type_,
            definition=wanted.definition,
            revision_id=f"{next(self._ids):08x}",
        )
        self._revisions[name].append(made)
        return made

    def _of(self, name: str) -> list[types.Schema]:
        if name not in self._revisions:
            raise Refused(StatusCode.NOT_FOUND, f"Schema not found: {name}")
        return self._revisions[name]


def _compiled(definition: str) -> descriptor_pb2.FileDescriptorProto:
    # Imported late: only a server that is given a schema needs the compiler.
    from grpc_tools import protoc

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "schema.proto").write_text(definition)
        target = Path(folder) / "schema.bin"
        words = ["protoc", f"--proto_path={folder}", f"--descriptor_set_out={target}"]
        if protoc.main([*words, "schema.proto"]) != 0:
            raise invalid("Invalid schema definition: it does not compile")
        (file,) = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file
    return file


def _top(definition: str) -> descriptor_pb2.DescriptorProto:
    messages = _compiled(definition).message_type
    if len(messages) != 1:
        raise invalid(f"Invalid schema definition: {len(messages)} top-level messages, expected 1")
    return messages[0]


def _message(definition: str) -> Any:
    top = _top(definition)
    file = _compiled(definition)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    name = ".".join(part for part in (file.package, top.name) if part)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def _not_optional(
    before: descriptor_pb2.DescriptorProto, after: descriptor_pb2.DescriptorProto
) -> list[str]:
    """What differs but is no optional field that comes or goes."""
    old, new = ({field.number: field for field in one.field} for one in (before, after))
    changed = [
        f"{field.name} changed"
        for number, field in old.items()
        if number in new and _plain(field) != _plain(new[number])
    ]
    for number in old.keys() ^ new.keys():
        field = old.get(number) or new[number]
        optional = field.proto3_optional or field.label == _FIELD.LABEL_REPEATED
        if not optional:
            changed.append(f"{field.name} is not optional")
    return changed


def _plain(field: Any) -> tuple[Any, ...]:
    return (field.name, field.type, re.sub(r"^\.", "", field.type_name), field.label)
