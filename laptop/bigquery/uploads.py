"""Upload requests of load jobs: multipart bodies and resumable sessions."""

from __future__ import annotations

import email.message
import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from .errors import BigQueryError

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


def parse_multipart(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The job resource and the file of a `multipart/related` body."""
    header = email.message.Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str):
        raise BigQueryError("invalid", f"multipart upload without a boundary: {content_type!r}")
    parts = body.split(b"--" + boundary.encode())[1:-1]
    if len(parts) != 2:
        raise BigQueryError("invalid", f"multipart upload: expected 2 parts, found {len(parts)}")
    contents = [part.split(b"\r\n\r\n", 1)[-1] for part in parts]
    return json.loads(contents[0]), contents[1].removesuffix(b"\r\n")


@dataclass
class Session:
    """One resumable upload: the job it will become and the bytes so far."""

    job: dict[str, Any]
    data: bytearray = field(default_factory=bytearray)

    def append(self, content_range: str | None, chunk: bytes) -> bool:
        """Take a chunk; True when the file is complete."""
        if content_range is None:
            self.data = bytearray(chunk)
            return True
        match = _RANGE.fullmatch(content_range.strip())
        if match is None:
            raise BigQueryError("invalid", f"Invalid Content-Range {content_range!r}")
        start, _, total = match.groups()
        if start is not None and int(start) != len(self.data):
            raise BigQueryError(
                "invalid", f"Content-Range {content_range!r}: expected byte {len(self.data)}"
            )
        self.data += chunk
        return total != "*" and len(self.data) >= int(total)


class UploadSessions:
    """Resumable uploads under way."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def open(self, job: dict[str, Any]) -> str:
        """Begin an upload; returns its id."""
        upload_id = uuid.uuid4().hex
        with self._lock:
            self._sessions[upload_id] = Session(job)
        return upload_id

    def get(self, upload_id: str) -> Session:
        """An upload under way; `notFound` for any other id."""
        session = self._sessions.get(upload_id)
        if session is None:
            raise BigQueryError("notFound", f"Not found: upload {upload_id}")
        return session

    def close(self, upload_id: str) -> None:
        """Forget an upload."""
        with self._lock:
            self._sessions.pop(upload_id, None)
