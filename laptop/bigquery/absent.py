"""A module that is not installed is looked for once, not at every statement."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType


class _Absent:
    """Says at once that a module is not there, before every folder of the path is read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> None:
        """No word on other modules."""
        if fullname == self._name:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def remember_absence(name: str) -> None:
    """Nothing is changed when the module is there."""
    if importlib.util.find_spec(name) is None:
        sys.meta_path.insert(0, _Absent(name))
