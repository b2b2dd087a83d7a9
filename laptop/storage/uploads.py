"""The three ways in which content comes: simple, with its description, and in pieces."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from laptop.storage.errors import StorageError, invalid, not_found

# gcloud writes apostrophes where RFC 2046 has quotation marks.
BOUNDARY = re.compile(r"boundary=[\"']?([^\"';]+)")
RANGE = re.compile(rb"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass(frozen=True)
class Upload:
    """A name, what is said of the object, its content."""

    name: str
    given: dict[str, Any]
    content: bytes


def multipart(content_type: str, body: bytes, name: str) -> Upload:
    """An upload of two parts: JSON, then the content."""
    found = BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/related") or not found:
        raise invalid(f"uploadType=multipart needs multipart/related, found {content_type!r}")
    parts = body.split(b"--" + found[1].encode())[1:-1]
    if len(parts) != 2:
        raise invalid(f"Multipart must have two parts, found {len(parts)}")
    (_, described), (kind, content) = (_part(part) for part in parts)
    given = {"contentType": kind, **described_object(described)}
    return Upload(name or str(given.get("name", "")), given, content)


def described_object(text: bytes) -> dict[str, Any]:
    """The resource in a JSON body, empty for none; StorageError 400 for anything else."""
    try:
        given = json.loads(text or b"{}")
    except ValueError as error:
        raise StorageError(400, "parseError", f"Parse Error: {error}") from None
    if not isinstance(given, dict):
        raise StorageError(400, "parseError", "Parse Error: the body is no JSON object")
    return given


class Sessions:
    """Uploads in pieces, by the id in the address that the client was given."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, dict[str, str], Upload]] = {}

    def begin(self, bucket: str, conditions: dict[str, str], upload: Upload) -> str:
        """The id of a new session."""
        key = uuid.uuid4().hex
        self._open[key] = (bucket, conditions, upload)
        return key

    def take(self, key: str, range_header: str, piece: bytes) -> tuple[int, Upload | None]:
        """How many bytes are there, and the whole when they are all."""
        bucket, conditions, so_far = self._session(key)
        found = RANGE.fullmatch(range_header.encode()) if range_header else None
        if range_header and not found:
            raise invalid(f"Invalid Content-Range: {range_header!r}")
        if found and found[1] is not None and int(found[1]) != len(so_far.content):
            raise StorageError(503, "backendError", "a piece does not follow the one before it")
        whole = Upload(so_far.name, so_far.given, so_far.content + piece)
        self._open[key] = (bucket, conditions, whole)
        total = found[3] if found else str(len(whole.content)).encode()
        is_complete = total != b"*" and int(total) == len(whole.content)
        return len(whole.content), whole if is_complete else None

    def of(self, key: str) -> tuple[str, dict[str, str]]:
        """Bucket and conditions of a session; StorageError 404 when there is none."""
        return self._session(key)[:2]

    def end(self, key: str) -> None:
        """Forgets a session."""
        del self._open[key]

    def _session(self, key: str) -> tuple[str, dict[str, str], Upload]:
        if key not in self._open:
            raise not_found(f"No such upload: {key!r}")
        return self._open[key]


def _part(part: bytes) -> tuple[str, bytes]:
    """Type and content of a part, without the line ends around them; those of gcloud are short."""
    end = b"\r\n" if part.startswith(b"\r\n") else b"\n"
    head, _, content = part.removeprefix(end).partition(end + end)
    kind = re.search(rb"(?im)^content-type:\s*([^\r\n]+)", head)
    return (kind[1].decode().strip() if kind else ""), content.removesuffix(end)
