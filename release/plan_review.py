"""What a plan would destroy of what holds history or is in use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

HELD = frozenset({
    "google_artifact_registry_repository",
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_cloud_run_v2_job",
    "google_cloudfunctions2_function",
    "google_pubsub_schema",
    "google_pubsub_subscription",
    "google_pubsub_topic",
    "google_secret_manager_secret",
    "google_service_account",
    "google_storage_bucket",
    "google_workflows_workflow",
})  # fmt: skip


@dataclass(frozen=True)
class Destruction:
    """A resource that the plan destroys; `replaced` when it is made anew, `because` of these."""

    address: str
    replaced: bool
    because: tuple[str, ...]

    def __str__(self) -> str:
        """One line for the log of a build."""
        what = "made anew" if self.replaced else "destroyed"
        why = f", because {', '.join(self.because)} changes" if self.because else ""
        return f"{self.address} would be {what}{why}"


def destructions(plan: Mapping[str, Any], allowed: Collection[str] = ()) -> list[Destruction]:
    """What `terraform show -json` of a plan destroys, but for views and the allowed addresses."""
    found = []
    for change in plan.get("resource_changes", []):
        actions = change["change"]["actions"]
        if "delete" in actions and _held(change) and change["address"] not in allowed:
            paths = change["change"].get("replace_paths", [])
            because = tuple(".".join(map(str, path)) for path in paths)
            found.append(Destruction(change["address"], "create" in actions, because))
    return found


def _held(change: Mapping[str, Any]) -> bool:
    is_view = (change["type"], change["name"]) == ("google_bigquery_table", "view")
    return change["type"] in HELD and not is_view
