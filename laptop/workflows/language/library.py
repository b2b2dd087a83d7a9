"""The standard library's functions that an expression may call."""

from __future__ import annotations

import base64
import inspect
import json
import math
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus
from zoneinfo import ZoneInfo

from laptop.workflows.language.errors import encode, failure, kind
from laptop.workflows.language.operators import int64, number, text

# The documented names of parameters fix their types; any other name takes every type.
TYPES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("source", "separator", "substr", "repl", "regexp", "name"), ("string",)),
    **dict.fromkeys(("charset", "timezone", "key"), ("string",)),
    **dict.fromkeys(("map", "first", "second"), ("dict",)),
    **dict.fromkeys(("x", "y", "seconds"), ("int", "float")),
    **dict.fromkeys(("start", "end"), ("int",)),
    **dict.fromkeys(("condition", "padding"), ("bool",)),
    "objs": ("list",),
}
KINDS = {
    bool: "boolean",
    bytes: "bytes",
    dict: "map",
    float: "double",
    int: "integer",
    list: "list",
    str: "string",
    type(None): "null",
}
# What Python's expressions have beyond RE2, the service's.
NOT_RE2 = re.compile(r"\(\?(=|!|<=|<!|>)|\\[1-9]|[*+?}]\+")


@dataclass(frozen=True)
class Function:
    """A library function; its Python parameters carry the documented names."""

    name: str
    body: Callable[..., Any]

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Documented names and defaults (UNSET if required)."""
        parameters = inspect.signature(self.body).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is not p.KEYWORD_ONLY}

    def __call__(self, arguments: list[Any], environment: Mapping[str, str]) -> Any:
        """Check the documented types, then compute; a TypeError or ValueError map if wrong."""
        for name, value in zip(self.parameters, arguments, strict=False):
            if name in TYPES and kind(value) not in TYPES[name]:
                raise failure("TypeError", f"{self.name}: {name} must not be a {kind(value)}")
        extra = {"environment": environment} if self.name == "sys.get_env" else {}
        try:
            return self.body(*arguments, **extra)
        except TypeError as error:
            raise failure("TypeError", f"{self.name}: {error}") from None
        except (ValueError, LookupError, OverflowError, re.error, OSError) as error:
            raise failure("ValueError", f"{self.name}: {error}") from None


def _convert(value: Any, target: type[int] | type[float], pattern: str) -> Any:
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        raise ValueError(f"cannot convert {value!r}")
    if not number(value) and not isinstance(value, str):
        raise TypeError(f"unsupported operand type '{kind(value)}'")
    return int64(target(value))


def _length(value: Any) -> int:
    if not isinstance(value, str | list | dict):
        raise TypeError(f"object of type '{kind(value)}' has no length")
    return len(value)


def _get_type(value: Any) -> str:
    return KINDS[type(value)]


def _get_env(name: str, default: Any = None, *, environment: Mapping[str, str]) -> Any:
    if name not in environment and default is None:
        raise failure("KeyError", f"environment variable not found: {name}")
    return environment.get(name, default)


def _get(map: dict[str, Any], keys: Any) -> Any:
    found: Any = map
    for key in keys if isinstance(keys, list) else [keys]:
        if not isinstance(key, str):
            raise TypeError(f"a key must not be a {kind(key)}")
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _delete(map: dict[str, Any], key: str) -> dict[str, Any]:
    if key not in map:
        raise failure("KeyError", f"key not found: {key}")
    return {name: value for name, value in map.items() if name != key}


def _merge_nested(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    merged = {**first, **second}
    for key in first.keys() & second.keys():
        if isinstance(first[key], dict) and isinstance(second[key], dict):
            merged[key] = _merge_nested(first[key], second[key])
    return merged


def _regex(pattern: str) -> re.Pattern[str]:
    if NOT_RE2.search(pattern):
        raise ValueError(f"not a regular expression of RE2: {pattern}")
    return re.compile(pattern)


def _replace_regex(source: str, regexp: str, repl: str) -> str:
    if "\\" in repl or "$" in repl:
        raise ValueError(f"references in repl are not supported here: {repl}")
    return _regex(regexp).sub(repl, source)


def _substring(source: str, start: int, end: int) -> str:
    if not 0 <= start <= end <= len(source):
        raise failure("IndexError", f"text.substring: {start}..{end} of {len(source)} characters")
    return source[start:end]


def _format(seconds: float, timezone: str = "UTC") -> str:
    return datetime.fromtimestamp(seconds, ZoneInfo(timezone)).isoformat().replace("+00:00", "Z")


def _parse(value: str) -> float:
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _base64_encode(data: bytes, padding: bool = True) -> str:
    encoded = base64.b64encode(data).decode()
    return encoded if padding else encoded.rstrip("=")


def _base64_decode(data: str, padding: bool = True) -> bytes:
    return base64.b64decode(data if padding else data + "=" * (-len(data) % 4), validate=True)


_BODIES: dict[str, Callable[..., Any]] = {
    "base64.decode": _base64_decode,
    "base64.encode": _base64_encode,
    "default": lambda value, default_value: default_value if value is None else value,
    "double": lambda value: _convert(value, float, r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"),
    "get_type": _get_type,
    "if": lambda condition, true_value, false_value: true_value if condition else false_value,
    "int": lambda value: _convert(value, int, r"[-+]?\d+"),
    "json.decode": lambda data: json.loads(data),
    "json.encode": lambda data: encode(data).encode(),
    "json.encode_to_string": lambda data: encode(data),
    "keys": lambda map: list(map),
    "len": _length,
    "list.concat": lambda objs, val: [*objs, val],
    "list.prepend": lambda objs, val: [val, *objs],
    "map.delete": _delete,
    "map.get": _get,
    "map.merge": lambda first, second: {**first, **second},
    "map.merge_nested": _merge_nested,
    "math.abs": lambda x: int64(abs(x)),
    "math.floor": lambda x: math.floor(x),
    "math.max": lambda x, y: max(x, y),
    "math.min": lambda x, y: min(x, y),
    "string": lambda value: text(value),
    "sys.get_env": _get_env,
    "sys.now": lambda: time.time(),
    "text.decode": lambda data, charset="UTF-8": bytes.decode(data, charset),
    "text.encode": lambda source, charset="UTF-8": source.encode(charset),
    "text.find_all": lambda source, substr: [
        match.start() for match in re.finditer(re.escape(substr), source)
    ],
    "text.find_all_regex": lambda source, regexp: [
        {"index": match.start(), "match": match[0]} for match in _regex(regexp).finditer(source)
    ],
    "text.match_regex": lambda source, regexp: bool(_regex(regexp).search(source)),
    "text.replace_all": lambda source, substr, repl: source.replace(substr, repl),
    "text.replace_all_regex": _replace_regex,
    "text.split": lambda source, separator: source.split(separator),
    "text.substring": _substring,
    "text.to_lower": lambda source: source.lower(),
    "text.to_upper": lambda source: source.upper(),
    "text.url_decode": lambda source: unquote_plus(source),
    "text.url_encode": lambda source: quote(source, safe=""),
    "text.url_encode_plus": lambda source: quote_plus(source),
    "time.format": _format,
    "time.parse": _parse,
    "uuid.generate": lambda: str(uuid.uuid4()),
}
FUNCTIONS = {name: Function(name, body) for name, body in _BODIES.items()}
