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
        self._held = 0

    def add(self, key: Key, size: int) -> list[Key]:
        """Takes a key; returns the oldest ones to let go of, never the newest."""
        self.drop(key)
        self._sizes[key] = size
        self._held += size
        gone: list[Key] = []
        while self._held > self._kept_bytes and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            self.drop(oldest)
            gone.append(oldest)
        return gone

    def drop(self, key: Key) -> None:
        """Forgets a key, if it is held."""
        self._held -= self._sizes.pop(key, 0)
