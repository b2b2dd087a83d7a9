"""Paths and answers are those of Google's own discovery document of run.v2."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from laptop.faults import FaultRegistry
from laptop.run.api import RunApi
from laptop.run.execution import Host
from laptop.run.registry import Registry

if TYPE_CHECKING:
    from laptop.tests.run.conftest import LocalRun

ENUM_NUMBERS = "$alt=json;enum-encoding=int"


@pytest.fixture(scope="module")
def discovery() -> dict[str, Any]:
    documents = resources.files("googleapiclient.discovery_cache") / "documents"
    document: dict[str, Any] = json.loads((documents / "run.v2.json").read_text())
    return document


def check(discovery: dict[str, Any], schema: str, answer: dict[str, Any]) -> None:
    """The answer has only fields of that schema, each with its type and enum values."""
    root = {"$ref": f"#/schemas/{schema}", "schemas": json_schema(discovery["schemas"])}
    plain = {key: value for key, value in answer.items() if key != "@type"}
    jsonschema.validate(plain, root)


def json_schema(part: Any) -> Any:
    """A part of a discovery document as JSON Schema that allows no unknown field."""
    if isinstance(part, list):
        return [json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("$ref"), str):
        return {"$ref": f"#/schemas/{part['$ref']}"}
    if part.get("type") == "any":
        return True
    closed = {"additionalProperties": False} if part.get("type") == "object" else {}
    return closed | {key: json_schema(value) for key, value in part.items()}


def methods(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """HTTP verb and path of every method, with nameless path parts."""
    for method in resource.get("methods", {}).values():
        yield method["httpMethod"], "/" + re.sub(r"{\w+}", "{}", method["flatPath"])
    for part in resource.get("resources", {}).values():
        yield from methods(part)


def test_every_route_is_a_method_of_the_api(discovery: dict[str, Any]) -> None:
    known = set(methods(discovery))
    routes = RunApi(Registry(Host({}, Path(), 1)), "", FaultRegistry({})).routes()
    served = {
        (method, re.sub(r"{\w+}", "{}", route.path))
        for route in routes
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert len(served) == len(routes)
    assert served <= known


@pytest.fixture(scope="module")
def finished(run: LocalRun) -> dict[str, Any]:
    """The operation of a run with a succeeded, a retried and a failed task."""
    program = "import os; raise SystemExit(os.environ['CLOUD_RUN_TASK_INDEX'] == '1')"
    operation = run.start(run.job(program, task_count=3, retries=1))
    run.ended(operation)
    answer: dict[str, Any] = run.http.get(f"/v2/{operation.operation.name}").json()
    return answer


def test_an_unknown_field_does_not_fit_the_schema(discovery: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError, match="tasksDone"):
        check(discovery, "GoogleCloudRunV2Execution", {"tasksDone": 1})


def test_operations_fit_the_schema(discovery: dict[str, Any], finished: dict[str, Any]) -> None:
    check(discovery, "GoogleLongrunningOperation", finished)
    assert finished["metadata"]["@type"].endswith("/google.cloud.run.v2.Execution")
    assert finished["done"] is True
    assert finished["error"]["code"] == 10


def test_executions_fit_the_schema(discovery: dict[str, Any], finished: dict[str, Any]) -> None:
    check(discovery, "GoogleCloudRunV2Execution", finished["metadata"])
    assert finished["metadata"]["conditions"][0]["state"] == "CONDITION_FAILED"


def test_jobs_and_tasks_fit_the_schema(
    run: LocalRun, discovery: dict[str, Any], finished: dict[str, Any]
) -> None:
    name = finished["metadata"]["name"]
    job = run.http.get(f"/v2/{name.partition('/executions')[0]}").json()
    check(discovery, "GoogleCloudRunV2Job", job)
    tasks = run.http.get(f"/v2/{name}/tasks").json()
    check(discovery, "GoogleCloudRunV2ListTasksResponse", tasks)


def test_zero_counts_are_absent_and_int64_values_are_text(
    run: LocalRun, finished: dict[str, Any]
) -> None:
    execution = run.start(run.job("pass")).result(timeout=30)
    answer = run.http.get(f"/v2/{execution.name}").json()
    assert answer["succeededCount"] == 1
    assert not {"failedCount", "cancelledCount", "runningCount"} & set(answer)
    assert answer["generation"] == "1"


def test_enums_are_numbers_when_the_client_asks(run: LocalRun, finished: dict[str, Any]) -> None:
    name = finished["metadata"]["name"]
    (condition,) = run.http.get(f"/v2/{name}?{ENUM_NUMBERS}").json()["conditions"]
    assert (condition["state"], condition["executionReason"]) == (3, 2)


def test_a_list_comes_in_pages(run: LocalRun, finished: dict[str, Any]) -> None:
    tasks = run.tasks.list_tasks(request={"parent": finished["metadata"]["name"], "page_size": 2})
    assert [[task.index for task in page.tasks] for page in tasks.pages] == [[0, 1], [2]]
