"""Blocking calls of an execution: http.*, sys.log, sys.sleep, connectors."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from laptop.workflows import connectors, requests
from laptop.workflows.language.definition import Definition, DefinitionError, Finding
from laptop.workflows.language.errors import Cancelled, failure, kind
from laptop.workflows.language.library import FUNCTIONS
from laptop.workflows.language.loader import load as load_with

MAX_SLEEP = 31_536_000
SEVERITIES = [
    "DEFAULT",
    "DEBUG",
    "INFO",
    "NOTICE",
    "WARNING",
    "ERROR",
    "CRITICAL",
    "ALERT",
    "EMERGENCY",
]
_REQUEST = ("headers", "body", "query", "auth", "timeout")
# Required and optional arguments of each call.
SIGNATURES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **{f"http.{verb}": (("url",), _REQUEST) for verb in ("get", "post", "put", "patch", "delete")},
    "http.request": (("method", "url"), _REQUEST),
    "sys.log": ((), ("data", "json", "severity", "text", "timeout")),
    "sys.sleep": (("seconds",), ()),
    "sys.sleep_until": (("time",), ()),
}


def problem(name: str, given: Collection[str]) -> str | None:
    """What is wrong with a call of `name` with these arguments; None if it can be made."""
    if name.startswith("googleapis."):
        return connectors.problem(name, given)
    if name not in SIGNATURES:
        return f"unknown function or subworkflow {name}"
    if name == "sys.log" and not {"data", "json", "text"} & set(given):
        return "sys.log needs one of data, json, text"
    required, optional = SIGNATURES[name]
    unknown = sorted(set(given) - {*required, *optional})
    missing = [argument for argument in required if argument not in given]
    return f"{name}: unknown {unknown}, missing {missing}" if unknown or missing else None


def load(source: str) -> Definition:
    """The definition in `source`; raises DefinitionError for what deployment would reject."""
    return load_with(source, problem)


def check(source: str) -> list[Finding]:
    """What deployment would reject, in the order of the lines; empty if nothing."""
    try:
        load(source)
    except DefinitionError as error:
        return error.findings
    return []


@dataclass(frozen=True)
class Surroundings:
    """One execution's host; `endpoints` maps a Google service to a base URL.

    Whether a long-running call answers the operation or its response is not documented: both are
    possible here.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    whole_operations: bool = False
    progress: Callable[[list[tuple[str, str]]], None] = lambda _: None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def enter(self, steps: list[tuple[str, str]]) -> None:
        """Report the current steps."""
        self._check()
        self.progress(steps)

    def sleep(self, seconds: float) -> None:
        """Wait; a cancellation ends the wait at once."""
        if self.cancelled.wait(seconds):
            raise Cancelled

    def call(self, function: str, arguments: dict[str, Any]) -> Any:
        """Run a blocking call."""
        match function.split("."):
            case ["googleapis", *_]:
                return connectors.call(function, arguments, self)
            case ["http", verb]:
                return self.request({"method": verb.upper(), **arguments})
            case ["sys", "log"]:
                return self._log(arguments)
            case ["sys", "sleep"]:
                return self._pause(arguments["seconds"])
        until = FUNCTIONS["time.parse"]([arguments["time"]], {})
        return self.sleep(max(0.0, until - time.time()))

    def request(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """One HTTP request; neither sent nor answered after a cancellation."""
        self._check()
        answer = requests.request(arguments)
        self._check()
        return answer

    def _check(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled

    def _pause(self, seconds: Any) -> None:
        if type(seconds) not in (int, float):
            raise failure("TypeError", f"sys.sleep: seconds must not be a {kind(seconds)}")
        if not 0 <= seconds <= MAX_SLEEP:
            raise failure("ValueError", f"sys.sleep: {seconds} is not from 0 to {MAX_SLEEP}")
        self.sleep(seconds)

    def _log(self, arguments: dict[str, Any]) -> None:
        """One structured line on standard error, as Cloud Logging would hold it."""
        severity = arguments.get("severity", "DEFAULT")
        if severity not in SEVERITIES:
            raise failure("ValueError", f"sys.log: severity {severity!r} is not known")
        data = arguments.get("json", arguments.get("text", arguments.get("data")))
        record = {
            "severity": severity,
            "jsonPayload" if isinstance(data, dict) else "textPayload": data,
            "labels": {
                "workflows.googleapis.com/execution_id": self.environment.get(
                    "GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID", ""
                )
            },
        }
        print(json.dumps(record, default=str), file=sys.stderr, flush=True)
