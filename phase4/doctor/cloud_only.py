"""What only a Google Cloud project has: the caller's permissions, schedules, the secret."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from google.api_core.exceptions import from_http_response

from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.cloud.workflow_executions import WEEKLY_HEALTH
from phase4.doctor.finding import DEPLOY, Finding, looked_at, ok, wrong
from phase4.doctor.permissions import PERMISSIONS, PROJECT
from phase4.tables.thresholds import THRESHOLDS

# Those on a table or a subscription may be granted there: nothing but its use can tell.
ON_PROJECT = {each.name: each.purpose for each in PERMISSIONS if each.on == PROJECT}
SECRET = "phase4-alert-webhook"  # noqa: S105 - its name
OVERRIDE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
SECONDS = 10


def cloud_only(settings: Settings) -> Iterator[Finding]:
    """Permissions, schedules and the secret; `absent` on a laptop, which has none of them."""
    probes = (
        ("permissions", "CLOUDRESOURCEMANAGER", _permissions),
        ("schedules", "CLOUDSCHEDULER", _schedules),
        ("secret", "SECRETMANAGER", _secret),
    )
    for subject, service, probe in probes:
        if emulator.is_used() and OVERRIDE + service not in os.environ:
            yield Finding(subject, "absent", "the laptop cloud has none")
            continue
        yield from looked_at(subject, DEPLOY, probe, settings, _Rest(service))


def _permissions(settings: Settings, rest: _Rest) -> Iterator[Finding]:
    asked = {"permissions": sorted(ON_PROJECT)}
    answer = rest.call("POST", f"v1/projects/{settings.project}:testIamPermissions", asked)
    granted = set(answer.get("permissions", []))
    for permission, purpose in ON_PROJECT.items():
        if permission in granted:
            yield ok(f"permission {permission}", purpose)
        else:
            yield wrong(
                f"permission {permission}", f"not granted; needed for {purpose}",
                "ask for the operator's roles (docs/operations.md, who may do what)",
            )  # fmt: skip


def _schedules(settings: Settings, rest: _Rest) -> Iterator[Finding]:
    jobs = rest.call("GET", f"v1/{settings.place}/jobs").get("jobs", [])
    addresses = [(job, job.get("httpTarget", {}).get("uri", "")) for job in jobs]
    health = [job for job, address in addresses if f"/workflows/{WEEKLY_HEALTH}/" in address]
    enabled = [job for job in health if job.get("state") == "ENABLED"]
    subject = f"schedule of {WEEKLY_HEALTH}"
    if enabled:
        yield _scheduled(subject, enabled[0])
    else:
        found = f"is {health[0].get('state')}" if health else "there is none"
        # Its name has project and region.
        resume = f"gcloud scheduler jobs resume {health[0].get('name')}" if health else DEPLOY
        yield wrong(subject, f"{found}: the next hole is not noticed", resume)


def _scheduled(subject: str, job: dict[str, Any]) -> Finding:
    """Whether an enabled schedule comes in time, and came when it was last due."""
    told = f"{job.get('schedule')} {job.get('timeZone', 'UTC')}"
    if (code := int(job.get("status", {}).get("code", 0))) > 0:
        return wrong(
            subject, f"{told}: its last attempt ended with code {code}, no health run began",
            f"grant what its log names: gcloud scheduler jobs describe {job.get('name')}",
        )  # fmt: skip
    longest = timedelta(days=THRESHOLDS["validation"]["heartbeat_days"])
    due = job.get("scheduleTime")
    if due and datetime.fromisoformat(due) - datetime.now(UTC) > longest:
        return wrong(subject, f"{told} is due at {due}, later than in {longest.days} days", DEPLOY)
    return ok(subject, told)


def _secret(settings: Settings, rest: _Rest) -> Iterator[Finding]:
    path = f"v1/projects/{settings.project}/secrets/{SECRET}/versions"
    versions = rest.call("GET", path).get("versions", [])
    enabled = [version for version in versions if version.get("state") == "ENABLED"]
    if enabled:
        yield ok(f"secret {SECRET}", f"{len(enabled)} enabled version(s)")
    else:
        yield wrong(f"secret {SECRET}", "has no enabled version: alerts reach no webhook",
                    f"gcloud secrets versions add {SECRET} --project={settings.project}"
                    " --data-file=-")  # fmt: skip


class _Rest:
    """One of Google's REST services, at the address that gcloud would use."""

    def __init__(self, service: str) -> None:
        known = f"https://{service.lower()}.googleapis.com/"
        self._base = os.environ.get(OVERRIDE + service, known)
        self._local = OVERRIDE + service in os.environ

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON answer; a google.api_core exception for an error status."""
        answer = self._session().request(method, self._base + path, json=body, timeout=SECONDS)
        if not answer.ok:
            raise from_http_response(answer)
        read: dict[str, Any] = answer.json()
        return read

    def _session(self) -> Any:
        if self._local:
            import requests

            return requests.Session()
        import google.auth
        from google.auth.transport.requests import AuthorizedSession

        scopes = ["https://www.googleapis.com/auth/cloud-platform"]
        credentials, _ = google.auth.default(scopes=scopes)
        return AuthorizedSession(credentials)
