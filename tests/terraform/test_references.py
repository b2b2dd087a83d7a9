"""References between resources: what they name is there, indexed rightly, and in no circle."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.configuration import (
    TERRAFORM,
    Resource,
    local_values,
    of_type,
    resources,
    strings,
    variables,
)

FACTS = json.loads(Path(__file__).with_name("provider_facts.json").read_text())["resources"]
REFERENCE = re.compile(r"(?<![\w.])(google_\w+|time_sleep)\.(\w+)(\[[^\]]*\])?(?:\.(\w+))?")
BY_ADDRESS = {resource.address: resource for resource in resources()}
EVERY = pytest.mark.parametrize("resource", resources(), ids=lambda resource: resource.address)


def texts(body: Mapping[str, Any]) -> str:
    """Everything that a resource says, without what it only waits for."""
    return "\n".join(strings({key: value for key, value in body.items() if key != "depends_on"}))


def named(text: str) -> set[str]:
    """Addresses of the resources that a text names."""
    return {f"{match[1]}.{match[2]}" for match in REFERENCE.finditer(text)}


def behind(resource: Resource) -> set[str]:
    """The resources that must be there before this one, through locals as well."""
    text = "\n".join(strings(resource.body))
    if "local.member" in text:
        text += "\n".join(strings(local_values()["member"]))
    return named(text)


@EVERY
def test_every_resource_that_is_named_exists(resource: Resource) -> None:
    assert behind(resource) <= set(BY_ADDRESS)


@EVERY
def test_every_attribute_that_is_read_exists(resource: Resource) -> None:
    unknown = [
        match[0]
        for match in REFERENCE.finditer(texts(resource.body))
        if match[4] and match[4] not in {*FACTS[match[1]], "id"}
    ]
    assert unknown == []


@EVERY
def test_what_there_are_several_of_is_indexed(resource: Resource) -> None:
    for match in REFERENCE.finditer(texts(resource.body)):
        target = BY_ADDRESS[f"{match[1]}.{match[2]}"].body
        several = "count" in target or "for_each" in target
        assert not (match[4] and several and not match[3]), f"{match[0]} needs an index"
        assert several or not match[3], f"{match[0]} has no instances"


def test_nothing_waits_for_itself() -> None:
    order = TopologicalSorter({one.address: behind(one) for one in resources()})
    assert len(list(order.static_order())) == len(BY_ADDRESS)


def test_every_variable_and_local_that_is_used_is_declared() -> None:
    text = "\n".join(path.read_text() for path in TERRAFORM.glob("*.tf"))
    assert set(re.findall(r"\bvar\.(\w+)", text)) == set(variables())
    assert set(re.findall(r"\blocal\.(\w+)", text)) == set(local_values())


def test_every_variable_is_described_typed_and_held_to_its_form() -> None:
    for name, body in variables().items():
        assert body["description"].endswith("."), name
        assert "type" in body, name
        assert body["type"] == "bool" or body.get("validation"), name
        assert body.get("nullable") is False or body.get("default") is None, name


@pytest.mark.parametrize("path", sorted((TERRAFORM / "tests").glob("*.hcl")), ids=lambda p: p.name)
def test_the_tests_of_terraform_name_what_exists(path: Path) -> None:
    text = path.read_text()
    assert named(text) <= set(BY_ADDRESS)
    used = re.findall(r"expect_failures = \[var\.(\w+)\]", text)
    assert set(used) <= set(variables())


def test_every_validation_has_its_test() -> None:
    text = (TERRAFORM / "tests/variables.tftest.hcl").read_text()
    tried = re.findall(r"expect_failures = \[var\.(\w+)\]", text)
    for name, body in variables().items():
        assert (tried.count(name) >= 1) == ("validation" in body), name


def test_apis_of_all_resources_are_turned_on() -> None:
    needed = {
        "google_artifact_registry_repository": "artifactregistry",
        "google_bigquery_table": "bigquery",
        "google_cloud_run_v2_job": "run",
        "google_cloud_scheduler_job": "cloudscheduler",
        "google_cloudbuild_trigger": "cloudbuild",
        "google_cloudfunctions2_function": "cloudfunctions",
        "google_logging_metric": "logging",
        "google_monitoring_dashboard": "monitoring",
        "google_pubsub_topic": "pubsub",
        "google_secret_manager_secret": "secretmanager",
        "google_service_account": "iam",
        "google_storage_bucket": "storage",
        "google_workflows_workflow": "workflows",
    }
    services = set(local_values()["services"])
    for kind, service in needed.items():
        assert of_type(kind), kind
        assert f"{service}.googleapis.com" in services
