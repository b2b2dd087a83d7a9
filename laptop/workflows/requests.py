"""HTTP as the `http.*` calls and the connectors use it."""

from __future__ import annotations

import json
from typing import Any

import httpx

from laptop.workflows.language.errors import encode, failure
from laptop.workflows.language.operators import number

MAX_RESPONSE = 2 * 1024 * 1024
MAX_TIMEOUT = 1800

_client = httpx.Client(follow_redirects=True)


def request(arguments: dict[str, Any]) -> dict[str, Any]:
    """Send one request; map of code, headers and decoded body, or a tagged error."""
    timeout = arguments.get("timeout") or MAX_TIMEOUT
    if not (number(timeout) and 0 < timeout <= MAX_TIMEOUT):
        raise failure("ValueError", f"timeout must be above 0 and at most {MAX_TIMEOUT} seconds")
    headers, content = _payload(dict(arguments.get("headers") or {}), arguments.get("body"))
    try:
        response = _client.request(
            arguments["method"],
            arguments["url"],
            headers={name: str(value) for name, value in headers.items()},
            params=_query(arguments.get("query")),
            content=content,
            timeout=timeout,
        )
    except httpx.TimeoutException as error:
        raise failure("TimeoutError", f"no response in {timeout} seconds: {error}") from None
    except httpx.ConnectError as error:
        raise failure("ConnectionFailedError", f"{arguments['url']}: {error}") from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError) as error:
        raise failure("ValueError", f"{arguments['url']}: {error}") from None
    except httpx.HTTPError as error:
        raise failure("ConnectionError", f"{arguments['url']}: {error}") from None
    except TypeError as error:
        raise failure("TypeError", f"{arguments['url']}: {error}") from None
    return _answer(response)


def _payload(headers: dict[str, Any], body: Any) -> tuple[dict[str, Any], bytes | None]:
    given = {name.lower() for name in headers}
    if body is None or isinstance(body, bytes):
        return headers, body
    if isinstance(body, str):
        return headers, body.encode()
    if "content-type" not in given:
        headers["Content-Type"] = "application/json"
    return headers, encode(body).encode()


def _query(query: dict[str, Any] | None) -> httpx.QueryParams | None:
    if not query:
        return None
    pairs = [(n, v) for n, values in query.items() for v in _several(values) if v is not None]
    return httpx.QueryParams([(n, v if isinstance(v, str) else encode(v)) for n, v in pairs])


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _answer(response: httpx.Response) -> dict[str, Any]:
    if len(response.content) > MAX_RESPONSE:
        raise failure("ResourceLimitError", f"response of more than {MAX_RESPONSE} bytes")
    headers = {name.title(): value for name, value in response.headers.items()}
    answer = {"code": response.status_code, "headers": headers, "body": _body(response)}
    if response.status_code >= 400:
        message = f"HTTP server responded with error code {response.status_code}"
        raise failure("HttpError", message, **answer)
    return answer


def _body(response: httpx.Response) -> Any:
    media = response.headers.get("content-type", "").partition(";")[0].strip()
    if media == "application/json" or media.endswith("+json"):
        try:
            return json.loads(response.content) if response.content else None
        except ValueError:
            return response.text
    return response.text if media.startswith("text/") or not media else response.content
