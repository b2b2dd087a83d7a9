"""What holds history is never made anew, and what goes out of use goes by its age."""

from __future__ import annotations

import re

import pytest

from tests.terraform.configuration import TERRAFORM, Resource, nested, of_type, resources

HELD = {
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_pubsub_schema",
    "google_pubsub_topic",
}


def holding() -> list[Resource]:
    """Resources with history: views hold none."""
    return [one for one in resources() if one.type in HELD and one.name != "view"]


@pytest.mark.parametrize("resource", holding(), ids=lambda resource: resource.address)
def test_what_holds_history_is_never_destroyed(resource: Resource) -> None:
    (lifecycle,) = nested(resource.body, "lifecycle")
    assert lifecycle["prevent_destroy"] is True


def test_fields_of_an_event_may_be_added_and_taken_away() -> None:
    """A revision of a schema may add and remove optional fields only."""
    text = (TERRAFORM / "event.proto").read_text()
    fields = re.findall(r"^\s+((?:optional |repeated )?)\w+ \w+ = \d+;", text, re.M)
    assert len(fields) > 15
    assert "" not in fields


def test_the_image_of_a_release_is_kept_whatever_its_age() -> None:
    (repository,) = of_type("google_artifact_registry_repository")
    kept = [
        policy for policy in nested(repository.body, "cleanup_policies") if "condition" in policy
    ]
    (released,) = [policy for policy in kept if policy["action"] == "KEEP"]
    (condition,) = nested(released, "condition")
    assert condition == {"tag_state": "TAGGED", "tag_prefixes": ["release-"]}


def test_archives_named_by_their_content_go_by_age() -> None:
    (bucket,) = [one for one in of_type("google_storage_bucket") if one.name == "sources"]
    (rule,) = nested(bucket.body, "lifecycle_rule")
    (condition,) = nested(rule, "condition")
    assert condition == {"days_since_noncurrent_time": 90, "with_state": "ARCHIVED"}


def test_a_run_with_fewer_tasks_than_the_job_is_never_refused() -> None:
    (job,) = of_type("google_cloud_run_v2_job")
    (template,) = nested(job.body, "template")
    assert "parallelism" not in template
    assert template["task_count"] == 1
