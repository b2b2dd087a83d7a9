"""The standard library's functions that an expression may call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import inspect
import json
import math
import re
import time
import uuid
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from local.workflows import operators
from local.workflows.errors import encode, failure, kind

Body = Callable[..., Any]
Number = int | float
TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "bytes": bytes,
    "list[Any]": list,
    "dict[str, Any]": dict,
    "bool": bool,
    "Number": (int, float),
    "int": int,
}
NOT_RE2 = re.compile(r"\(\?(=|!|<=|<!|>)|\\[1-9]|[*+?}]\+")


@dataclass(frozen=True)
class Function:
    """A library function; its Python parameters carry the documented names and types."""

    name: str
    body: Body
    parameters: tuple[inspect.Parameter, ...]
    needs_environment: bool

    @property
    def required(self) -> list[str]:
        """Names of the parameters without a default."""
        return [p.name for p in self.parameters if p.default is inspect.Parameter.empty]

    def misuse(self, given: int, names: Mapping[str, Any] | None = None) -> str | None:
        """What is wrong with a call of `given` positions or with these names."""
        if names is None:
            if len(self.required) <= given <= len(self.parameters):
                return None
            return f"{self.name} takes {len(self.required)} to {len(self.parameters)} arguments"
        unknown = names.keys() - {p.name for p in self.parameters}
        missing = [name for name in self.required if name not in names]
        if unknown or missing:
            return f"{self.name}: unknown {sorted(unknown)}, missing {missing}"
        return None

    def __call__(self, arguments: list[Any], environment: Mapping[str, str]) -> Any:
        """Check the documented types, then compute."""
        for parameter, value in zip(self.parameters, arguments, strict=False):
            wanted = TYPES.get(parameter.annotation)
            wrong_bool = isinstance(value, bool) and parameter.annotation in ("Number", "int")
            if wanted and (wrong_bool or not isinstance(value, wanted)):
                raise failure(
                    "TypeError", f"{self.name}: {parameter.name} must not be a {kind(value)}"
                )
        if self.needs_environment:
            return self.body(*arguments, environment=environment)
        return self.body(*arguments)


FUNCTIONS: dict[str, Function] = {}


def library(name: str) -> Callable[[Body], Body]:
    """Register a function under its documented name."""

    def register(body: Body) -> Body:
        declared = inspect.signature(body).parameters
        parameters = tuple(p for p in declared.values() if p.kind is not p.KEYWORD_ONLY)
        FUNCTIONS[name] = Function(name, body, parameters, "environment" in declared)
        return body

    return register


def _value_error(message: str) -> Any:
    raise failure("ValueError", message)


@library("default")
def _default(value: Any, default_value: Any) -> Any:
    return default_value if value is None else value


@library("if")
def _if(condition: bool, true_value: Any, false_value: Any) -> Any:
    return true_value if condition else false_value


@library("len")
def _len(value: Any) -> int:
    if isinstance(value, str | list | dict):
        return len(value)
    raise failure("TypeError", f"object of type '{kind(value)}' has no len()")


@library("keys")
def _keys(map: dict[str, Any]) -> list[str]:
    return list(map)


@library("int")
def _int(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise failure("TypeError", f"unsupported operand type for int(): '{kind(value)}'")
    try:
        return operators.int64(int(value))
    except (ValueError, OverflowError):
        return _value_error(f"cannot convert {value!r} to int")


@library("double")
def _double(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise failure("TypeError", f"unsupported operand type for double(): '{kind(value)}'")
    try:
        return float(value)
    except ValueError:
        return _value_error(f"cannot convert {value!r} to double")


library("string")(lambda value: operators.text(value))


@library("sys.now")
def _now() -> float:
    return time.time()


@library("sys.get_env")
def _get_env(name: str, default: Any = None, *, environment: Mapping[str, str]) -> Any:
    if name not in environment and default is None:
        raise failure("KeyError", f"environment variable not found: {name}")
    return environment.get(name, default)


@library("uuid.generate")
def _uuid() -> str:
    return str(uuid.uuid4())


@library("json.decode")
def _json_decode(data: Any) -> Any:
    if not isinstance(data, str | bytes):
        raise failure("TypeError", f"json.decode: data must not be a {kind(data)}")
    try:
        return json.loads(data)
    except ValueError as error:
        return _value_error(f"json.decode: {error}")


@library("json.encode")
def _json_encode(data: Any) -> bytes:
    return encode(data).encode()


library("json.encode_to_string")(lambda data: encode(data))


@library("base64.encode")
def _base64_encode(data: bytes, padding: bool = True) -> str:
    text = base64.b64encode(data).decode()
    return text if padding else text.rstrip("=")


@library("base64.decode")
def _base64_decode(data: str, padding: bool = True) -> Any:
    filled = data if padding else data + "=" * (-len(data) % 4)
    try:
        return base64.b64decode(filled, validate=True)
    except ValueError as error:
        return _value_error(f"base64.decode: {error}")


def _digest(algorithm: str) -> str:
    known = {"SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512", "SHA1": "sha1"}
    return known.get(algorithm) or str(_value_error(f"unknown hash algorithm {algorithm}"))


@library("hash.compute_checksum")
def _checksum(data: bytes, algorithm: str) -> bytes:
    return hashlib.new(_digest(algorithm), data).digest()


@library("hash.compute_hmac")
def _hmac(key: bytes, data: bytes, algorithm: str) -> bytes:
    return hmac.digest(key, data, _digest(algorithm))


@library("list.concat")
def _concat(objs: list[Any], val: Any) -> list[Any]:
    return [*objs, val]


@library("list.prepend")
def _prepend(objs: list[Any], val: Any) -> list[Any]:
    return [val, *objs]


@library("map.get")
def _get(map: dict[str, Any], keys: Any) -> Any:
    found: Any = map
    for key in keys if isinstance(keys, list) else [keys]:
        if not isinstance(key, str):
            raise failure("TypeError", f"map.get: a key must not be a {kind(key)}")
        found = found.get(key) if isinstance(found, dict) else None
    return found


@library("map.delete")
def _delete(map: dict[str, Any], key: str) -> dict[str, Any]:
    if key not in map:
        raise failure("KeyError", f"key not found: {key}")
    return {k: v for k, v in map.items() if k != key}


@library("map.merge")
def _merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {**first, **second}


@library("map.merge_nested")
def _merge_nested(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    merged = {**first, **second}
    for key in first.keys() & second.keys():
        if isinstance(first[key], dict) and isinstance(second[key], dict):
            merged[key] = _merge_nested(first[key], second[key])
    return merged


library("math.abs")(lambda x: operators.int64(abs(_number("math.abs", x))))


@library("math.floor")
def _floor(x: Number) -> int:
    return math.floor(x)


@library("math.max")
def _max(x: Number, y: Number) -> Number:
    return max(x, y)


@library("math.min")
def _min(x: Number, y: Number) -> Number:
    return min(x, y)


def _number(function: str, value: Any) -> Any:
    if not operators.number(value):
        raise failure("TypeError", f"{function}: expected a number, not a {kind(value)}")
    return value


@library("text.find_all")
def _find_all(source: str, substr: str) -> list[int]:
    return [m.start() for m in re.finditer(re.escape(substr), source)]


def _regex(pattern: str) -> re.Pattern[str]:
    try:
        if not NOT_RE2.search(pattern):
            return re.compile(pattern)
    except re.error:
        pass
    raise failure("ValueError", f"not a regular expression of RE2: {pattern}")


@library("text.find_all_regex")
def _find_all_regex(source: str, regexp: str) -> list[dict[str, Any]]:
    return [{"index": m.start(), "match": m[0]} for m in _regex(regexp).finditer(source)]


@library("text.match_regex")
def _match_regex(source: str, regexp: str) -> bool:
    return bool(_regex(regexp).search(source))


@library("text.replace_all")
def _replace_all(source: str, substr: str, repl: str) -> str:
    return source.replace(substr, repl)


@library("text.replace_all_regex")
def _replace_all_regex(source: str, regexp: str, repl: str) -> str:
    if "\\" in repl or "$" in repl:
        _value_error(f"text.replace_all_regex: references are not supported here: {repl}")
    return _regex(regexp).sub(repl, source)


@library("text.split")
def _split(source: str, separator: str) -> list[str]:
    return source.split(separator) if separator else list(source)


@library("text.substring")
def _substring(source: str, start: int, end: int) -> str:
    if not 0 <= start <= end <= len(source):
        raise failure("IndexError", f"text.substring: {start}..{end} of {len(source)} characters")
    return source[start:end]


@library("text.to_lower")
def _to_lower(source: str) -> str:
    return source.lower()


@library("text.to_upper")
def _to_upper(source: str) -> str:
    return source.upper()


@library("text.encode")
def _text_encode(source: str, charset: str = "UTF-8") -> Any:
    try:
        return source.encode(charset)
    except (LookupError, UnicodeError):
        return _value_error(f"text.encode: cannot encode as {charset}")


@library("text.decode")
def _text_decode(data: bytes, charset: str = "UTF-8") -> Any:
    try:
        return data.decode(charset)
    except (LookupError, UnicodeError):
        return _value_error(f"text.decode: not {charset}")


@library("text.url_encode")
def _url_encode(source: str) -> str:
    return quote(source, safe="")


@library("text.url_encode_plus")
def _url_encode_plus(source: str) -> str:
    return quote_plus(source)


@library("text.url_decode")
def _url_decode(source: str) -> str:
    return unquote_plus(source)


@library("time.format")
def _time_format(seconds: Number, timezone: str = "UTC") -> Any:
    try:
        moment = datetime.fromtimestamp(seconds, zoneinfo.ZoneInfo(timezone))
    except (OSError, OverflowError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return _value_error(f"time.format: {seconds} in {timezone}")
    return moment.isoformat().replace("+00:00", "Z")


@library("time.parse")
def _time_parse(value: str) -> Any:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return _value_error(f"time.parse: not an ISO 8601 time: {value}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
