"""Faults of the Executions API, over REST and gRPC alike, before anything is done."""

from __future__ import annotations

import time

from laptop.faults import Fault, FaultRegistry
from laptop.workflows.status import CODES, ApiError

POINTS = ("create", "get", "list", "cancel")
_STATUS = {code: status for status, code in CODES.items()}


def registry() -> FaultRegistry:
    """The faults this server can do."""
    return FaultRegistry(dict.fromkeys(POINTS, ("error", "delay")))


def strike(fault: Fault | None) -> None:
    """Carries out a fault; an error is raised in place of the answer."""
    if fault is None:
        return
    if fault.action == "delay":
        time.sleep(fault.seconds)
    else:
        text = f"{fault.reason} (asked for by a fault)"
        raise ApiError(_STATUS.get(fault.status, "INTERNAL"), text)
