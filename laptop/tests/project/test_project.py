"""The control plane of a project, with the requests that Terraform's provider makes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

P = "/v1/projects/demo-project"
PUBSUB = "pubsub.googleapis.com"


@pytest.fixture
def api() -> Iterator[httpx.Client]:
    """A server that knows nothing yet."""
    command = [sys.executable, "-m", "laptop.project", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
        process.terminate()


def account(api: httpx.Client, name: str = "runner") -> str:
    """The address of a new service account."""
    made = api.post(f"{P}/serviceAccounts", json={"accountId": name, "serviceAccount": {}})
    return str(made.json()["email"])


def grant(api: httpx.Client, member: str, etag: str = "") -> Any:
    """The answer to a policy with one binding."""
    policy = {"bindings": [{"role": "roles/viewer", "members": [member]}], "etag": etag}
    return api.post(f"{P}:setIamPolicy", json={"policy": policy})


def agent(api: httpx.Client) -> Any:
    """The answer to the wish for the identity of Pub/Sub."""
    return api.post(f"/v1beta1/projects/demo-project/services/{PUBSUB}:generateServiceIdentity")


def test_a_project_has_a_number(api: httpx.Client) -> None:
    found = api.get(P).json()
    assert found["projectId"] == "demo-project"
    assert len(found["projectNumber"]) == 12
    assert found["projectNumber"] == api.get(P).json()["projectNumber"]


def test_services_are_off_until_they_are_turned_on(api: httpx.Client) -> None:
    def enabled() -> set[str]:
        found = api.get(f"{P}/services", params={"filter": "state:ENABLED"}).json()["services"]
        return {service["name"].rpartition("/")[2] for service in found}

    assert enabled() == set()
    api.post(f"{P}/services:batchEnable", json={"serviceIds": [PUBSUB, "run.googleapis.com"]})
    api.post(f"{P}/services/iam.googleapis.com:enable")
    assert enabled() == {PUBSUB, "run.googleapis.com", "iam.googleapis.com"}


def test_a_service_account_is_made_once_and_read_by_its_address(api: httpx.Client) -> None:
    email = account(api)
    assert email == "runner@demo-project.iam.gserviceaccount.com"
    assert api.get(f"{P}/serviceAccounts/{email}").json()["email"] == email
    again = api.post(f"{P}/serviceAccounts", json={"accountId": "runner"})
    assert again.status_code == 409
    assert api.get(f"{P}/serviceAccounts/nobody@x").status_code == 404


def test_nothing_is_granted_to_an_account_that_is_not_there(api: httpx.Client) -> None:
    refused = grant(api, "serviceAccount:nobody@demo-project.iam.gserviceaccount.com")
    assert refused.status_code == 400
    assert "does not exist" in refused.json()["error"]["message"]
    assert grant(api, f"serviceAccount:{account(api)}").status_code == 200


def test_an_agent_exists_only_after_it_was_asked_for(api: httpx.Client) -> None:
    number = api.get(P).json()["projectNumber"]
    member = f"serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    assert grant(api, member).status_code == 400
    assert agent(api).status_code == 400, "the service is off"
    api.post(f"{P}/services/{PUBSUB}:enable")
    assert agent(api).json()["response"]["email"] == member.removeprefix("serviceAccount:")
    assert grant(api, member).status_code == 200


def test_a_policy_that_changed_meanwhile_is_not_overwritten(api: httpx.Client) -> None:
    before = api.post(f"{P}:getIamPolicy").json()["etag"]
    assert grant(api, "user:first@example.com", before).status_code == 200
    refused = grant(api, "user:second@example.com", before)
    assert refused.status_code == 409
    assert refused.json()["error"]["status"] == "ABORTED"


def test_a_custom_role_is_made_once_and_read_by_its_name(api: httpx.Client) -> None:
    wanted = {"roleId": "demoWatcher", "role": {"title": "t", "includedPermissions": ["a.b.c"]}}
    made = api.post(f"{P}/roles", json=wanted).json()
    assert made["name"] == "projects/demo-project/roles/demoWatcher"
    found = api.get(f"{P}/roles/demoWatcher").json()
    assert found["includedPermissions"] == ["a.b.c"]
    assert api.post(f"{P}/roles", json=wanted).status_code == 409
    assert api.get(f"{P}/roles/absent").status_code == 404


def test_what_is_not_there_says_so(api: httpx.Client) -> None:
    assert api.get("/v1/organizations/1").json()["error"]["status"] == "NOT_FOUND"
