"""Errors as a workflow sees them: a value (map or string) and the steps it passed through."""

from __future__ import annotations

import json
from types import UnionType
from typing import Any, NamedTuple

TAGS = {
    "IndexError": ["IndexError", "LookupError"],
    "KeyError": ["KeyError", "LookupError"],
    "ZeroDivisionError": ["ZeroDivisionError", "ArithmeticError"],
}


class Frame(NamedTuple):
    """One element of a stack trace: the step that was running in a routine."""

    step: str
    routine: str
    line: int


class WorkflowError(Exception):
    """An error raised inside an execution; `value` is what `except: as:` binds."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value
        self.frames: dict[int, Frame] = {}

    def passes(self, depth: int, frame: Frame) -> None:
        """Remember the innermost step of each call depth."""
        self.frames.setdefault(depth, frame)

    @property
    def trace(self) -> list[Frame]:
        """Frames from where it arose outwards to main."""
        return [self.frames[depth] for depth in sorted(self.frames, reverse=True)]

    @property
    def context(self) -> str:
        """The text that Google puts into `error.context`."""
        steps = (f'in step "{f.step}", routine "{f.routine}", line: {f.line}' for f in self.trace)
        return "\n".join([self._headline(), *steps])

    def _headline(self) -> str:
        if isinstance(self.value, dict) and {"message", "tags"} <= self.value.keys():
            return str(self.value["message"])
        return f"RuntimeError: {encode(self.value)}"


class Cancelled(Exception):
    """The execution was cancelled; no step may run any more."""


def failure(tag: str, message: str, **fields: Any) -> WorkflowError:
    """A system error with its documented tag; `fields` join the error map."""
    plain = tag in {"HttpError", "OperationError"}
    text = message if plain else f"{tag}: {message}"
    return WorkflowError({"message": text, "tags": TAGS.get(tag, [tag]), **fields})


def kind(value: Any) -> str:
    """The type's name as it appears in error messages."""
    return "string" if isinstance(value, str) else type(value).__name__


def expect(value: Any, types: type | UnionType, complaint: str) -> Any:
    """The value; TypeError map with the complaint and the found type if it is none of `types`."""
    if not isinstance(value, types):
        raise failure("TypeError", f"{complaint} {kind(value)}")
    return value


def encode(value: Any) -> str:
    """JSON text with sorted keys; TypeError map for bytes."""
    try:
        return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    except TypeError:
        raise failure("TypeError", "bytes cannot be encoded as JSON") from None
