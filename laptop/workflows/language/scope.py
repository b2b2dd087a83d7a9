"""Variables while an execution runs: scopes, values, and the memory they take."""

from __future__ import annotations

import threading
from typing import Any

from laptop.workflows.language.errors import failure
from laptop.workflows.language.expressions import access

MAX_MEMORY = 512 * 1024
MAX_STRING = 256 * 1024
OVERHEAD = 8


class Memory:
    """Bytes taken by the variables of one execution; its lock makes assignments atomic."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._used = 0

    def change(self, delta: int) -> None:
        """Take or give back bytes; ResourceLimitError map beyond 512 KB."""
        if delta > 0 and self._used + delta > MAX_MEMORY:
            raise failure("ResourceLimitError", f"variables take more than {MAX_MEMORY} bytes")
        self._used += delta


def size(value: Any) -> int:
    """Bytes a value counts for: 8 for itself, and what it holds."""
    if isinstance(value, str):
        length = len(value.encode())
        if length > MAX_STRING:
            raise failure("ResourceLimitError", f"string of {length} bytes, at most {MAX_STRING}")
        return OVERHEAD + length
    if isinstance(value, dict):
        return OVERHEAD + sum(size(key) + size(item) for key, item in value.items())
    if isinstance(value, list):
        return OVERHEAD + sum(map(size, value))
    return OVERHEAD + (len(value) if isinstance(value, bytes) else 0)


class Scope:
    """Variables of a routine, a loop's iteration, a branch or a handler."""

    def __init__(self, memory: Memory, parent: Scope | None = None, /, **values: Any) -> None:
        self.memory = memory
        self._own: dict[str, Any] = {}
        self._chain: list[dict[str, Any]] = [self._own, *(parent._chain if parent else [])]
        for name, value in values.items():
            self._set(self._own, name, value)

    def __enter__(self) -> Scope:
        return self

    def __exit__(self, *_: object) -> None:
        with self.memory.lock:
            self.memory.change(-sum(map(size, self._own.values())))

    def lookup(self, name: str) -> Any:
        """A variable's value; KeyError map if no step has set it yet."""
        for variables in self._chain:
            if name in variables:
                return variables[name]
        raise failure("KeyError", f"variable not set: {name}")

    def assign(self, name: str, keys: list[Any], value: Any) -> None:
        """Set a variable, or one key inside of it; values are copied."""
        if keys:
            changed = _copied(self.lookup(name))
            _place(changed, keys, value)
            value = changed
        owner = next((variables for variables in self._chain if name in variables), self._own)
        self._set(owner, name, value)

    def _set(self, variables: dict[str, Any], name: str, value: Any) -> None:
        value = _copied(value)
        with self.memory.lock:
            self.memory.change(size(value) - size(variables.get(name, "")))
            variables[name] = value


def _copied(value: Any) -> Any:
    """A value of its own at every place, as the same map may stand in a list twice."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _place(container: Any, keys: list[Any], value: Any) -> None:
    *path, last = keys
    for key in path:
        container = access(container, key)
    if not (isinstance(container, dict) and isinstance(last, str)):
        access(container, last)
    container[last] = value
