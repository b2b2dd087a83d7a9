"""Services of run.v2 through the real client: what was registered is found again."""

from __future__ import annotations

import uuid

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import run_v2
from google.cloud.run_v2.services.services.transports import ServicesRestTransport

from laptop.tests.run.conftest import LocalRun


@pytest.fixture
def services(run: LocalRun) -> run_v2.ServicesClient:
    transport = ServicesRestTransport(
        host=f"127.0.0.1:{run.port}", url_scheme="http", credentials=AnonymousCredentials()
    )
    return run_v2.ServicesClient(transport=transport)


def service(account: str = "") -> run_v2.Service:
    container = run_v2.Container(image="unused")
    return run_v2.Service(template={"containers": [container], "service_account": account})


def test_a_service_is_found_as_it_was_registered(
    run: LocalRun, services: run_v2.ServicesClient
) -> None:
    account = "a@demo.iam.gserviceaccount.com"
    name = f"service-{uuid.uuid4().hex[:8]}"
    request = {"parent": run.parent, "service": service(account), "service_id": name}
    made = services.create_service(request=request).result()
    assert made.name == f"{run.parent}/services/{name}"
    found = services.get_service(name=made.name)
    assert (found.template.service_account, found.uid) == (account, made.uid)


def test_a_service_is_registered_once(run: LocalRun, services: run_v2.ServicesClient) -> None:
    request = {
        "parent": run.parent,
        "service": service(),
        "service_id": f"service-{uuid.uuid4().hex[:8]}",
    }
    services.create_service(request=request)
    with pytest.raises(exceptions.Conflict, match="already exists"):
        services.create_service(request=request)


def test_a_service_needs_an_id(run: LocalRun) -> None:
    answer = run.http.post(f"/v2/{run.parent}/services", json={})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "serviceId is missing")


def test_a_service_that_was_never_registered_is_not_found(
    run: LocalRun, services: run_v2.ServicesClient
) -> None:
    with pytest.raises(exceptions.NotFound):
        services.get_service(name=f"{run.parent}/services/none")
