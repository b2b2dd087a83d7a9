"""Buckets and their objects in memory; an object has one live generation."""

from __future__ import annotations

import base64
import hashlib
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import google_crc32c

from laptop.policies import Policies
from laptop.storage.errors import StorageError, invalid, not_found
from laptop.storage.names import check_bucket, check_labels, check_object

# The service takes one change a second of one name, and refuses what is much more.
SECONDS_BETWEEN_CHANGES = 1.0
GIVEN = ("contentType", "cacheControl", "contentDisposition", "contentEncoding", "metadata")
# What is wanted, the generation that is there, its metageneration: each 0 where nothing is.
PRECONDITIONS: Mapping[str, Callable[[int, int, int], bool]] = {
    "ifGenerationMatch": lambda wanted, there, _: wanted == there,
    "ifGenerationNotMatch": lambda wanted, there, _: there not in (0, wanted),
    "ifMetagenerationMatch": lambda wanted, _, there: wanted == there,
    "ifMetagenerationNotMatch": lambda wanted, _, there: wanted != there,
}


@dataclass(frozen=True)
class StoredObject:
    """One generation of an object."""

    bucket: str
    name: str
    content: bytes
    generation: int
    created: datetime
    given: Mapping[str, Any]

    @property
    def md5(self) -> str:
        """As the API writes it."""
        return base64.b64encode(hashlib.md5(self.content, usedforsecurity=False).digest()).decode()

    @property
    def crc32c(self) -> str:
        """As the API writes it."""
        return crc32c_of(self.content)

    def resource(self) -> dict[str, Any]:
        """The object as the JSON API writes it."""
        moment = written(self.created)
        return {
            "contentType": "application/octet-stream",
            **self.given,
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": "1",
            "size": str(len(self.content)),
            "md5Hash": self.md5,
            "crc32c": self.crc32c,
            "storageClass": "STANDARD",
            "timeCreated": moment,
            "updated": moment,
            "etag": base64.b64encode(str(self.generation).encode()).decode(),
        }


@dataclass
class Bucket:
    """One bucket: what it was made with, and its objects by name."""

    name: str
    project: str
    given: dict[str, Any]
    created: datetime
    metageneration: int = 1
    objects: dict[str, StoredObject] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    _changed: dict[str, float] = field(default_factory=dict)

    def resource(self) -> dict[str, Any]:
        """The bucket as the JSON API writes it."""
        access = {"publicAccessPrevention": "inherited", **self.given.get("iamConfiguration", {})}
        return {
            "storageClass": "STANDARD",
            **self.given,
            "iamConfiguration": access,
            "kind": "storage#bucket",
            "id": self.name,
            "name": self.name,
            "location": str(self.given.get("location", "US")).upper(),
            "projectNumber": "123456789012",
            "metageneration": str(self.metageneration),
            "timeCreated": written(self.created),
            "updated": written(self.created),
            "etag": base64.b64encode(str(self.metageneration).encode()).decode(),
        }

    def change(self, given: Mapping[str, Any]) -> None:
        """Replaces what is named; StorageError 400 for a label that no resource can have."""
        check_labels(given)
        self.given |= given
        self.metageneration += 1

    def object(self, name: str, generation: str = "") -> StoredObject:
        """The live generation; StorageError 404 when there is none, or it is not the one named."""
        if name not in self.objects:
            raise not_found(f"No such object: {self.name}/{name}")
        found = self.objects[name]
        if generation and generation != str(found.generation):
            raise not_found(f"No such object: {self.name}/{name}#{generation}")
        return found

    def names(self, prefix: str, delimiter: str) -> dict[str, bool]:
        """Sorted names that begin so; True for what a delimiter behind the prefix ends."""
        found = {}
        for name in sorted(name for name in self.objects if name.startswith(prefix)):
            first, ended, _ = name[len(prefix) :].partition(delimiter or "\0")
            found[prefix + first + ended] = bool(ended)
        return found

    def put(
        self, name: str, content: bytes, given: Mapping[str, Any], conditions: Mapping[str, str]
    ) -> StoredObject:
        """A new generation, in place of the one that the conditions hold for."""
        check_object(name)
        checksum = given.get("crc32c")
        if checksum and checksum != crc32c_of(content):
            raise invalid(f"Provided CRC32C {checksum!r} doesn't match the content of {name!r}")
        self.hold(name, conditions)
        self._slow_down(name)
        kept = {key: given[key] for key in GIVEN if key in given}
        made = StoredObject(self.name, name, content, next_generation(), datetime.now(UTC), kept)
        self.objects[name] = made
        return made

    def delete(self, name: str, conditions: Mapping[str, str], generation: str = "") -> None:
        """Removes an object; 404 when it, or the generation that is named, is not there."""
        self.object(name, generation)
        self.hold(name, conditions)
        self._slow_down(name)
        del self.objects[name]

    def hold(self, name: str, conditions: Mapping[str, str], reads: bool = False) -> None:
        """StorageError 412 unless the live generation (0 for none) is as was asked for.

        A reader who asks for another one than is there has that one already: 304.
        """
        live = self.objects.get(name)
        there = (live.generation, 1) if live else (0, 0)
        for condition, holds in PRECONDITIONS.items():
            if condition in conditions and not holds(_number(condition, conditions), *there):
                raise StorageError(
                    304 if reads and condition.endswith("NotMatch") else 412,
                    "conditionNotMet",
                    "At least one of the pre-conditions you specified did not hold.",
                )

    def _slow_down(self, name: str) -> None:
        now = time.monotonic()
        if now - self._changed.get(name, -SECONDS_BETWEEN_CHANGES) < SECONDS_BETWEEN_CHANGES:
            raise StorageError(
                429,
                "rateLimitExceeded",
                f"The object {self.name}/{name} exceeded the rate limit for object mutation"
                " operations (create, update, and delete). Please reduce your request rate.",
            )
        self._changed[name] = now


class Buckets:
    """The buckets of all projects: their names are one space."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    def create(self, project: str, given: dict[str, Any]) -> Bucket:
        """A new bucket; 400 for a wrong name or without a project, 409 when it is there."""
        name = str(given.get("name", ""))
        check_bucket(name)
        check_labels(given)
        if not project:
            raise invalid("Required parameter: project")
        if name in self._buckets:
            raise StorageError(409, "conflict", _taken(self._buckets[name].project == project))
        self._buckets[name] = Bucket(name, project, dict(given), datetime.now(UTC))
        return self._buckets[name]

    def get(self, name: str) -> Bucket:
        """A bucket; StorageError 404 when there is none."""
        if name not in self._buckets:
            raise not_found("The specified bucket does not exist.")
        return self._buckets[name]

    def of_project(self, project: str) -> list[Bucket]:
        """The buckets of a project by name."""
        mine = (bucket for bucket in self._buckets.values() if bucket.project == project)
        return sorted(mine, key=lambda bucket: bucket.name)

    def delete(self, name: str) -> None:
        """Removes a bucket; 409 while it holds objects."""
        if self.get(name).objects:
            raise StorageError(409, "conflict", "The bucket you tried to delete is not empty.")
        del self._buckets[name]


def crc32c_of(content: bytes) -> str:
    """The checksum as the API writes it: base64 of four bytes, the highest first."""
    return base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()


def written(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


_COUNTER = itertools.count()


def next_generation() -> int:
    """A number above all that were given: microseconds, as the service counts."""
    return time.time_ns() // 1000 + next(_COUNTER)


def _number(condition: str, conditions: Mapping[str, str]) -> int:
    text = conditions[condition]
    if not text.isdecimal():
        raise invalid(f"Invalid value for {condition}: {text!r}")
    return int(text)


def _taken(is_own: bool) -> str:
    if is_own:
        return "Your previous request to create the named bucket succeeded and you already own it."
    return "The requested bucket name is not available. The bucket namespace is shared by all."
