"""Faults of this server: run starts an execution, operation looks at it, list and cancel it."""

from __future__ import annotations

import asyncio

from laptop.faults import Fault, FaultRegistry
from laptop.run.errors import ApiError

POINTS = ("run", "operation", "list", "cancel")
_STATUS = {
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def registry() -> FaultRegistry:
    """The faults this server can do."""
    return FaultRegistry(dict.fromkeys(POINTS, ("error", "delay")))


async def strike(fault: Fault | None, when: str) -> None:
    """Carries out a fault of this moment; an error is raised in place of the answer."""
    if fault is None or fault.when != when:
        return
    if fault.action == "delay":
        await asyncio.sleep(fault.seconds)
    else:
        text = f"{fault.reason} (asked for by a fault)"
        raise ApiError(fault.status, _STATUS.get(fault.status, "INTERNAL"), text)
