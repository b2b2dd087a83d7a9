"""Which bytes of an object a request asks for."""

from __future__ import annotations

import re

from laptop.storage.errors import StorageError

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def byte_range(header: str, size: int) -> range | None:
    """The bytes of a Range header, None for all of them; StorageError 416 behind the end."""
    found = _RANGE.fullmatch(header)
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if start >= size or start >= end:
        message = f"The requested range cannot be satisfied: {header!r} of {size} bytes."
        raise StorageError(416, "requestedRangeNotSatisfiable", message)
    return range(start, end)
