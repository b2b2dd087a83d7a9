"""How a request of the REST dialect is read and how an answer is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import proto
from google.longrunning.operations_pb2 import Operation
from google.protobuf import json_format
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from laptop.run.errors import invalid

PAGE_SIZE = 100
MAX_PAGE_SIZE = 1_000

M = TypeVar("M", bound=proto.Message)
T = TypeVar("T")


def name_of(request: Request) -> str:
    """The resource or collection name in the path, without the verb after the colon."""
    parent, _, last = request.url.path.removeprefix("/v2/").rpartition("/")
    return f"{parent}/{last.partition(':')[0]}"


async def json_body(request: Request) -> dict[str, object]:
    """The JSON object in the body, empty if there is none; ApiError 400 for anything else."""
    if not await request.body():
        return {}
    try:
        document = await request.json()
    except ValueError as error:
        raise invalid(f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise invalid(f"the body must be a JSON object, found {type(document).__name__}")
    return document


def parsed(kind: type[M], document: dict[str, object]) -> M:
    """The message in a JSON object; ApiError 400 names a field that the API does not have."""
    message = kind()
    try:
        json_format.ParseDict(document, kind.pb(message))
    except json_format.ParseError as error:
        raise invalid(str(error).partition("\n")[0]) from None
    return cast(M, message)


def only_validates(request: Request) -> bool:
    """Whether nothing may change."""
    return request.query_params.get("validateOnly") == "true"


def _to_json(message: proto.Message | Operation, enum_numbers: bool) -> dict[str, Any]:
    plain = message if isinstance(message, Operation) else type(message).pb(message)
    return json_format.MessageToDict(plain, use_integers_for_enums=enum_numbers)


def _enum_numbers(request: Request) -> bool:
    form = request.query_params.get("$alt", request.query_params.get("alt", ""))
    return "enum-encoding=int" in form


def answer(request: Request, message: proto.Message | Operation) -> Response:
    """The message as proto3 JSON: no zero or empty fields, enums as the request wants them."""
    return JSONResponse(_to_json(message, _enum_numbers(request)))


def page(
    request: Request,
    key: str,
    items: Sequence[T],
    message: Callable[[T], proto.Message | Operation],
) -> Response:
    """One page of a collection under its key, and where the next one starts."""
    start = _count(request, "pageToken", 0)
    end = start + min(_count(request, "pageSize", PAGE_SIZE) or PAGE_SIZE, MAX_PAGE_SIZE)
    shown = [_to_json(message(item), _enum_numbers(request)) for item in items[start:end]]
    listing: dict[str, object] = {key: shown} if shown else {}
    if end < len(items):
        listing["nextPageToken"] = str(end)
    return JSONResponse(listing)


def _count(request: Request, key: str, default: int) -> int:
    text = request.query_params.get(key, "")
    if not text:
        return default
    if not text.isdecimal():
        raise invalid(f"{key} = {text!r}: must be a number from an earlier answer or from 1")
    return int(text)
