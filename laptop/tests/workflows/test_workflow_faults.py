"""Faults at the calls of the Executions API: rights that lack, quotas, a silent service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions

from laptop.tests.workflows.conftest import LOCATION, Server

SOURCE = "- wait: {call: sys.sleep, args: {seconds: 30}}"
WORKFLOW = f"{LOCATION}/workflows/faulty"


@pytest.fixture(scope="module", autouse=True)
def deployed(server: Server) -> None:
    server.deploy("faulty", SOURCE)


@pytest.fixture
def faulty(server: Server) -> Iterator[Server]:
    """The server, rid of its faults afterwards."""
    yield server
    server.http.delete(f"{server.url}/_local/faults").raise_for_status()


def arm(server: Server, **fault: Any) -> None:
    server.http.post(f"{server.url}/_local/faults", json=fault).raise_for_status()


@pytest.mark.parametrize(
    ("status", "code", "raised"),
    [
        (403, "PERMISSION_DENIED", exceptions.PermissionDenied),
        (429, "RESOURCE_EXHAUSTED", exceptions.ResourceExhausted),
        (503, "UNAVAILABLE", exceptions.ServiceUnavailable),
    ],
)
def test_a_refusal_is_the_same_over_rest_and_grpc(
    faulty: Server, status: int, code: str, raised: type[Exception]
) -> None:
    arm(faulty, on="create", action="error", status=status, reason="not now", count=2)
    answer = faulty.http.post("/workflows/faulty/executions", json={})
    assert (answer.status_code, answer.json()["error"]["status"]) == (status, code)
    with pytest.raises(raised, match="not now"):
        faulty.executions.create_execution(parent=WORKFLOW)
    assert not list(faulty.executions.list_executions(parent=WORKFLOW))


def test_each_call_has_faults_of_its_own(faulty: Server) -> None:
    name = faulty.executions.create_execution(parent=WORKFLOW).name
    for point in ("get", "list", "cancel"):
        arm(faulty, on=point, action="error", status=403, contains=WORKFLOW)
    with pytest.raises(exceptions.PermissionDenied):
        faulty.executions.get_execution(name=name)
    with pytest.raises(exceptions.PermissionDenied):
        list(faulty.executions.list_executions(parent=WORKFLOW))
    with pytest.raises(exceptions.PermissionDenied):
        faulty.executions.cancel_execution(name=name)
    assert faulty.executions.get_execution(name=name).state.name == "ACTIVE"
    assert faulty.executions.cancel_execution(name=name).state.name == "CANCELLED"
