"""IAM policies by resource, read and replaced whole, with etags against lost updates."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any


class PolicyChanged(Exception):
    """The policy is no longer the one that the caller read."""

    def __init__(self, resource: str) -> None:
        super().__init__(
            f"There were concurrent policy changes of {resource}. Please retry the whole"
            " read-modify-write with exponential backoff."
        )


class Policies:
    """The policy of each resource; one that was never set is empty."""

    def __init__(self) -> None:
        self._bindings: dict[str, list[dict[str, Any]]] = {}

    def get(self, resource: str) -> dict[str, Any]:
        """The policy as the API writes it."""
        bindings = self._bindings.get(resource, [])
        answer = {"version": 1, "etag": _etag(bindings)}
        return {**answer, "bindings": bindings} if bindings else answer

    def set(self, resource: str, policy: dict[str, Any]) -> dict[str, Any]:
        """Replaces the policy; PolicyChanged when its etag is of another one."""
        given = policy.get("etag")
        if given and given != self.get(resource)["etag"]:
            raise PolicyChanged(resource)
        members: dict[str, set[str]] = {}
        for binding in policy.get("bindings", []):
            members.setdefault(binding["role"], set()).update(binding.get("members", []))
        self._bindings[resource] = [
            {"role": role, "members": sorted(members[role])}
            for role in sorted(members)
            if members[role]
        ]
        return self.get(resource)


def _etag(bindings: list[dict[str, Any]]) -> str:
    digest = hashlib.sha256(json.dumps(bindings).encode()).digest()
    return base64.b64encode(digest[:8]).decode()
