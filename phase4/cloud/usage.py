"""What a process has asked of BigQuery, counted."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass
class Usage:
    """What a process asked of BigQuery; bytes as the service reports them."""

    queries: int = 0
    load_jobs: int = 0
    read_sessions: int = 0
    bytes_processed: int = 0
    bytes_read: int = 0
    bytes_loaded: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, **counts: int) -> None:
        """Adds to the named counters; safe from several threads."""
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)

    def as_dict(self) -> dict[str, int]:
        """The counters by name."""
        return {f: getattr(self, f) for f in self.__dataclass_fields__ if not f.startswith("_")}
