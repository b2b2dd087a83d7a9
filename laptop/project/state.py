"""What a project holds: services that are on, identities, roles; refusals in the API's words."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from laptop.policies import Policies

ACCOUNT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
ROLE_ID = re.compile(r"[a-zA-Z0-9_.]{3,64}")
# Agents whose address is not made of the service's own name.
AGENTS = {"pubsub.googleapis.com": "gcp-sa-pubsub"}
STATUS = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 409: "ALREADY_EXISTS"}


class Refused(Exception):
    """A refused request: HTTP code and one line for the caller."""

    def __init__(self, code: int, message: str, status: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS[code]


@dataclass
class Project:
    """One project; `number` is what agents are named by."""

    name: str
    services: set[str] = field(default_factory=set)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    agents: set[str] = field(default_factory=set)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)

    @property
    def number(self) -> str:
        """Twelve digits that stay the same for a name."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()
        return str(int(digest, 16) % 9 * 10**11 + int(digest, 16) % 10**11 + 10**11)[:12]

    def resource(self) -> dict[str, Any]:
        """The project as Resource Manager writes it."""
        return {
            "projectId": self.name,
            "projectNumber": self.number,
            "name": self.name,
            "lifecycleState": "ACTIVE",
        }

    def create_account(self, account_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """A new service account; 400 for a wrong id, 409 when it is there."""
        if not ACCOUNT_ID.fullmatch(account_id):
            raise Refused(400, f"accountId {account_id!r} must match {ACCOUNT_ID.pattern}")
        email = f"{account_id}@{self.name}.iam.gserviceaccount.com"
        if email in self.accounts:
            raise Refused(409, f"Service account {account_id} already exists within project")
        self.accounts[email] = {
            **{key: wanted[key] for key in ("displayName", "description") if key in wanted},
            "name": f"projects/{self.name}/serviceAccounts/{email}",
            "projectId": self.name,
            "uniqueId": str(10**20 + len(self.accounts)),
            "email": email,
            "etag": "MDEwMjE5MjA=",
        }
        return self.accounts[email]

    def account(self, email: str) -> dict[str, Any]:
        """A service account by its address; 404 when there is none."""
        if email not in self.accounts:
            raise Refused(404, f"Unknown service account: {email}")
        return self.accounts[email]

    def agent(self, service: str) -> dict[str, str]:
        """The identity of a service, made when it is asked for; 400 while the service is off."""
        if service not in self.services:
            raise Refused(400, f"Service {service} is not enabled in {self.name}")
        domain = AGENTS.get(service, f"gcp-sa-{service.removesuffix('.googleapis.com')}")
        email = f"service-{self.number}@{domain}.iam.gserviceaccount.com"
        self.agents.add(email)
        return {"email": email, "uniqueId": str(2 * 10**20 + len(self.agents))}

    def create_role(self, role_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """A new custom role; 400 for a wrong id, 409 when it is there."""
        if not ROLE_ID.fullmatch(role_id):
            raise Refused(400, f"The role name must be in the form {ROLE_ID.pattern}")
        name = f"projects/{self.name}/roles/{role_id}"
        if name in self.roles:
            raise Refused(409, f"A role named {role_id} in projects/{self.name} already exists")
        self.roles[name] = {"stage": "GA", **wanted, "name": name, "etag": "BwYAAAAAAAA="}
        return self.roles[name]

    def role(self, name: str) -> dict[str, Any]:
        """A custom role by its name; 404 when there is none."""
        if name not in self.roles:
            raise Refused(404, f"The role named {name} was not found")
        return self.roles[name]

    def check_members(self, policy: dict[str, Any]) -> None:
        """Refuses a policy that names a service account which is not there."""
        for binding in policy.get("bindings", []):
            for member in binding.get("members", []):
                kind, _, email = member.partition(":")
                if kind == "serviceAccount" and not self._exists(email):
                    raise Refused(400, f"Service account {email} does not exist.")

    def _exists(self, email: str) -> bool:
        return email in self.accounts or email in self.agents
