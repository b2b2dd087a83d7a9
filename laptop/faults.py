"""Faults on demand: what the local servers do wrong when they are asked to."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    import httpx

Action = Literal["error", "job_error", "delay", "duplicate", "kill_caller"]
Points = Mapping[str, Collection[str]]


class FaultRefused(ValueError):
    """A fault that no server can carry out; the message names the key, its value and the cure."""


class Fault(BaseModel):
    """What goes wrong at a point (`on`) whenever the call's text contains all of `contains`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    on: str
    contains: str | list[str] = ""
    action: Action
    when: Literal["before", "after"] = "before"
    status: int = Field(default=503, ge=400, le=599)
    reason: str = "backendError"
    seconds: float = Field(default=1.0, ge=0, le=3600)
    count: int = Field(default=1, ge=0, description="calls it strikes; 0 = for ever")
    copies: int = Field(default=1, ge=1, le=100, description="extra deliveries of a duplicate")

    def fits(self, on: str, text: str) -> bool:
        """Whether it strikes a call with this text at this point."""
        wanted = [self.contains] if isinstance(self.contains, str) else self.contains
        return self.on == on and all(part in text for part in wanted)

    @classmethod
    def parse(cls, document: object) -> Fault:
        """The fault that a JSON object describes; FaultRefused names the first wrong key."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise FaultRefused(_first_problem(error)) from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"fault: unknown key {key!r}; known are {', '.join(Fault.model_fields)}"
    if not key:
        return f"fault: expected a JSON object, found {type(problem['input']).__name__}"
    return f"fault: {key} = {problem['input']!r}: {problem['msg']}"


@dataclass
class _Armed:
    fault: Fault
    struck: int = 0

    @property
    def spent(self) -> bool:
        return 0 < self.fault.count <= self.struck

    def matches(self, on: str, text: str) -> bool:
        return not self.spent and self.fault.fits(on, text)


class FaultRegistry:
    """The faults armed in one server; safe to use from several threads."""

    def __init__(self, points: Points) -> None:
        """`points` maps each place where a fault may strike to the actions possible there."""
        self._points = points
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()

    def arm(self, document: object) -> Fault:
        """Check a fault and put it at the end of the list; raises FaultRefused."""
        fault = Fault.parse(document)
        if fault.on not in self._points:
            raise FaultRefused(f"fault: on = {fault.on!r}: known are {', '.join(self._points)}")
        actions = self._points[fault.on]
        if fault.action not in actions:
            raise FaultRefused(
                f"fault: action = {fault.action!r}: on {fault.on!r} it may be {', '.join(actions)}"
            )
        with self._lock:
            self._armed.append(_Armed(fault))
        return fault

    def take(self, on: str, text: str) -> Fault | None:
        """The first armed fault for this call, counted as having struck once; None if none fits."""
        with self._lock:
            armed = next((one for one in self._armed if one.matches(on, text)), None)
            if armed is None:
                return None
            armed.struck += 1
            return armed.fault

    def listing(self) -> list[dict[str, object]]:
        """Every fault since the last clear with the number of times it `struck`."""
        with self._lock:
            return [{**one.fault.model_dump(), "struck": one.struck} for one in self._armed]

    def clear(self) -> int:
        """Disarm everything; returns how many faults there were."""
        with self._lock:
            number = len(self._armed)
            self._armed = []
            return number


def kill_request(run_endpoint: str, execution: str, task: str) -> httpx.Request:
    """The call that has the local Cloud Run server SIGKILL one task of an execution."""
    # It costs a server a third of its start, and only who kills needs it.
    import httpx

    body = {"execution": execution, "task": task}
    return httpx.Request("POST", f"{run_endpoint.rstrip('/')}/_local/kill", json=body)


def fault_routes(registry: FaultRegistry) -> list[Route]:
    """GET lists, POST arms and DELETE disarms the faults at `/_local/faults`."""

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            return JSONResponse({"cleared": registry.clear()})
        if request.method == "POST":
            return await _arm(registry, request)
        return JSONResponse({"faults": registry.listing()})

    return [Route("/_local/faults", faults, methods=["GET", "POST", "DELETE"])]


async def _arm(registry: FaultRegistry, request: Request) -> Response:
    try:
        fault = registry.arm(await request.json())
    except FaultRefused as refused:
        return JSONResponse({"error": str(refused)}, status_code=400)
    except ValueError as error:
        return JSONResponse({"error": f"fault: body is not JSON: {error}"}, status_code=400)
    return JSONResponse(fault.model_dump(), status_code=201)
