"""What an execution may do to the world: wait, log, send requests, report its steps."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.workflows import requests
from local.workflows.errors import Cancelled, failure
from local.workflows.stdlib import FUNCTIONS

Progress = Callable[[list[tuple[str, str]]], None]
MAX_SLEEP = 31_536_000


@dataclass(frozen=True)
class Host:
    """One execution's surroundings; `endpoints` maps a Google service to a base URL."""

    environment: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)
    progress: Progress = lambda _: None

    def check(self) -> None:
        """Raise Cancelled once the execution was cancelled."""
        if self.cancelled.is_set():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Wait; a cancellation ends the wait at once."""
        if self.cancelled.wait(seconds):
            raise Cancelled

    def request(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """One HTTP request that is not sent after a cancellation."""
        self.check()
        answer = requests.request(arguments)
        self.check()
        return answer


def log(host: Host, arguments: dict[str, Any]) -> None:
    """`sys.log`: one structured line on the server's standard error."""
    data = arguments.get("text", arguments.get("json", arguments.get("data")))
    record = {
        "severity": arguments.get("severity", "DEFAULT"),
        "jsonPayload" if isinstance(data, dict) else "textPayload": data,
        "labels": {
            "workflows.googleapis.com/execution_id": host.environment.get(
                "GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID", ""
            )
        },
    }
    print(json.dumps(record, default=str), file=sys.stderr, flush=True)


def sleep(host: Host, arguments: dict[str, Any]) -> None:
    """`sys.sleep`: seconds from 0 to one year."""
    seconds = arguments["seconds"]
    if type(seconds) not in (int, float):
        raise failure("TypeError", f"sys.sleep: seconds must be a number, not {seconds!r}")
    if not 0 <= seconds <= MAX_SLEEP:
        raise failure("ValueError", f"sys.sleep: {seconds} is not from 0 to {MAX_SLEEP} seconds")
    host.sleep(seconds)


def sleep_until(host: Host, arguments: dict[str, Any]) -> None:
    """`sys.sleep_until`: a time as ISO 8601 text."""
    host.sleep(max(0.0, FUNCTIONS["time.parse"]([arguments["time"]], {}) - time.time()))


@dataclass(frozen=True)
class Blocking:
    """A library call that only a `call` step may make."""

    run: Callable[[Host, dict[str, Any]], Any]
    required: tuple[str, ...]
    optional: tuple[str, ...]

    def misuse(self, names: Mapping[str, Any]) -> str | None:
        """What is wrong with a call with these argument names."""
        unknown = names.keys() - {*self.required, *self.optional}
        missing = [name for name in self.required if name not in names]
        return f"unknown {sorted(unknown)}, missing {missing}" if unknown or missing else None


def _http(method: str) -> Blocking:
    def run(host: Host, arguments: dict[str, Any]) -> Any:
        return host.request({**arguments, "method": method})

    others = tuple(a for a in requests.ARGUMENTS if a not in ("url", "method"))
    return Blocking(run, ("url",), others)


CALLS: dict[str, Blocking] = {
    **{f"http.{method}": _http(method.upper()) for method in requests.METHODS},
    "http.request": Blocking(
        lambda host, arguments: host.request(arguments),
        ("url", "method"),
        ("headers", "body", "query", "auth", "timeout"),
    ),
    "sys.log": Blocking(log, (), ("data", "text", "json", "severity", "timeout")),
    "sys.sleep": Blocking(sleep, ("seconds",), ()),
    "sys.sleep_until": Blocking(sleep_until, ("time",), ()),
}
