"""Keeping the newest of things that weigh something, so that a long-lived server stays small."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Retention(Generic[Key]):
    """Bytes held under each key, oldest first; not safe from several threads by itself."""

    def __init__(self, kept_bytes: int) -> None:
        self._kept_bytes = kept_bytes
        self._sizes: dict[Key, int] = {}

    def add(self, key: Key, size: int) -> list[Key]:
        """Takes a key; returns the oldest ones to let go of, never the newest."""
        self._sizes[key] = size
        held, gone = sum(self._sizes.values()), []
        for oldest in list(self._sizes)[:-1]:
            if held <= self._kept_bytes:
                break
            held -= self._sizes.pop(oldest)
            gone.append(oldest)
        return gone
