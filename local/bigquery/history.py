"""What changed when: partition change times and the state before a change (time travel)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .partitions import Slice, TableRef


class History:
    """Changes of every table since the start."""

    def __init__(self, context: Any) -> None:
        self._context = context

    @contextmanager
    def recording(self, ref: TableRef, table: Any, target: Slice | None) -> Iterator[None]:
        """Note the change that the block makes to a table or to one of its partitions."""
        yield
