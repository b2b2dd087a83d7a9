"""The Workflows and Executions APIs over REST, and over gRPC with Google's client."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import workflows_v1
from google.cloud.workflows import executions_v1

LOCATION = "projects/demo/locations/us-west2"
DOUBLE = """\
main:
  params: [args]
  steps:
    - r: {return: "${args.n * 2}"}
"""
SLEEPER = """\
main:
  params: [args]
  steps:
    - nap: {call: sys.sleep, args: {seconds: 3600}}
"""
Wait = Callable[[str], Any]


@pytest.fixture
def name() -> str:
    """A workflow id that no other test uses."""
    return f"w-{uuid.uuid4().hex[:12]}"


def test_a_deployed_workflow_is_done_at_once_and_can_be_read(server: Any, name: str) -> None:
    operation = server.deploy(name, DOUBLE, labels={"team": "x"}, userEnvVars={"MODE": "test"})
    assert operation["done"] is True
    assert operation["metadata"]["verb"] == "create"
    assert operation["response"]["name"] == f"{LOCATION}/workflows/{name}"
    assert server.get("/" + operation["name"].removeprefix(LOCATION + "/")) == operation
    workflow = server.get(f"/workflows/{name}")
    assert workflow["state"] == "ACTIVE"
    assert workflow["sourceContents"] == DOUBLE
    assert (workflow["labels"], workflow["userEnvVars"]) == ({"team": "x"}, {"MODE": "test"})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"labels": {"Team": "x"}}, 'Label key "Team" has invalid characters.'),
        ({"description": "x" * 1001}, "description of 1001 characters, at most 1000"),
        ({"userEnvVars": {"MODE": "x" * 4097}}, "userEnvVars: MODE has more than 4096 bytes"),
    ],
)
def test_a_field_that_the_service_does_not_take_is_refused(
    server: Any, name: str, fields: dict[str, Any], words: str
) -> None:
    body = {"sourceContents": DOUBLE, **fields}
    answer = server.http.post("/workflows", params={"workflowId": name}, json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, words)


def test_an_execution_with_a_label_of_wrong_characters_is_refused(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE)
    path, body = f"/workflows/{name}/executions", {"argument": '{"n": 1}', "labels": {"a": "B"}}
    answer = server.http.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == 'Label value "B" has invalid characters.'


def test_a_revision_counts_up_with_each_update(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE)
    first = server.get(f"/workflows/{name}")["revisionId"]
    changed = {"sourceContents": DOUBLE.replace("* 2", "* 3"), "description": "not in the mask"}
    path, mask = f"/workflows/{name}", {"updateMask": "sourceContents"}
    assert server.http.patch(path, params=mask, json=changed).json()["done"] is True
    second = server.get(path)
    assert (first[:7], second["revisionId"][:7]) == ("000001-", "000002-")
    assert "description" not in second
    assert server.execute(name, {"n": 2})["result"] == "6"


def test_a_definition_that_does_not_build_fails_the_operation(server: Any, name: str) -> None:
    operation = server.deploy(name, "- step2: {return: '${varC}'}")
    assert operation["error"]["code"] == 3
    assert operation["error"]["message"].startswith("failed to build: error in step step2: symbol")
    assert server.http.get(f"/workflows/{name}").status_code == 404


def test_workflows_are_listed_filtered_and_deleted(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE, labels={"only": name})
    params = {"filter": f"labels.only={name}"}
    [found] = server.http.get("/workflows", params=params).json()["workflows"]
    assert found["name"] == f"{LOCATION}/workflows/{name}"
    assert server.http.delete(f"/workflows/{name}").json()["done"] is True
    assert server.http.get("/workflows", params=params).json() == {}


def test_the_same_workflow_twice_is_a_conflict(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE)
    body = {"sourceContents": DOUBLE}
    answer = server.http.post("/workflows", params={"workflowId": name}, json=body)
    assert (answer.status_code, answer.json()["error"]["status"]) == (409, "ALREADY_EXISTS")


@pytest.mark.parametrize("variable", ["GOOGLE_X", "WORKFLOWS_X", "a-b"])
def test_reserved_environment_variables_are_refused(server: Any, name: str, variable: str) -> None:
    body = {"sourceContents": DOUBLE, "userEnvVars": {variable: "x"}}
    answer = server.http.post("/workflows", params={"workflowId": name}, json=body)
    assert answer.status_code == 400
    assert variable in answer.json()["error"]["message"]


def test_an_execution_succeeds_with_its_result_as_json_text(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE)
    execution = server.execute(name, {"n": 21})
    assert execution["state"] == "SUCCEEDED"
    assert (execution["argument"], execution["result"]) == ('{"n":21}', "42")
    assert execution["workflowRevisionId"].startswith("000001-")
    assert execution["duration"].endswith("s")
    assert execution["startTime"] <= execution["endTime"]
    assert execution["status"]["currentSteps"] == [{"routine": "main", "step": "r"}]


def test_an_execution_sees_its_own_names(server: Any, name: str) -> None:
    variables = ["PROJECT_ID", "LOCATION", "WORKFLOW_ID", "WORKFLOW_REVISION_ID"]
    reads = [f'sys.get_env("GOOGLE_CLOUD_{v}")' for v in [*variables, "WORKFLOW_EXECUTION_ID"]]
    source = f"- r: {{return: '${{[{', '.join(reads)}, sys.get_env(\"MODE\")]}}'}}"
    server.deploy(name, source, userEnvVars={"MODE": "test"})
    execution = server.execute(name)
    revision, identity = execution["workflowRevisionId"], execution["name"].rpartition("/")[2]
    expected = ["demo", "us-west2", name, revision, identity, "test"]
    assert json.loads(execution["result"]) == expected


def test_a_failed_execution_tells_payload_context_and_stack(server: Any, name: str) -> None:
    server.deploy(name, "main:\n  steps:\n    - boom: {raise: {code: 7, message: no}}\n")
    execution = server.execute(name)
    assert execution["state"] == "FAILED"
    error = execution["error"]
    assert json.loads(error["payload"]) == {"code": 7, "message": "no"}
    assert error["context"] == (
        'RuntimeError: {"code":7,"message":"no"}\nin step "boom", routine "main", line: 3'
    )
    position = {"line": "3"}
    assert error["stackTrace"]["elements"] == [
        {"step": "boom", "routine": "main", "position": position}
    ]


def test_current_steps_lead_from_main_to_the_step_that_runs(server: Any, name: str) -> None:
    server.deploy(
        name,
        "main: {steps: [{ask: {call: waits}}]}\n"
        "waits: {steps: [{nap: {call: sys.sleep, args: {seconds: 3600}}}]}\n",
    )
    path = server.start(name)
    waiting = {"routine": "waits", "step": "nap"}
    execution = server.wait(path, lambda e: waiting in e.get("status", {}).get("currentSteps", []))
    assert execution["status"]["currentSteps"] == [{"routine": "main", "step": "ask"}, waiting]
    server.http.post(f"{path}:cancel")


def test_cancel_ends_a_sleeping_execution_for_good(server: Any, name: str) -> None:
    server.deploy(name, SLEEPER)
    path = server.start(name)
    cancelled = server.http.post(f"{path}:cancel")
    assert cancelled.json()["state"] == "CANCELLED"
    assert server.get(path)["state"] == "CANCELLED"
    again = server.http.post(f"{path}:cancel")
    assert (again.status_code, again.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")


def test_executions_are_listed_newest_first_in_pages(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE)
    started = [server.start(name, {"n": n}) for n in range(4)]
    path, params = f"/workflows/{name}/executions", {"pageSize": 2}
    first = server.http.get(path, params=params).json()
    second = server.http.get(path, params={**params, "pageToken": first["nextPageToken"]}).json()
    listed = [e["name"].removeprefix(LOCATION) for p in (first, second) for e in p["executions"]]
    assert listed == started[::-1]
    assert "nextPageToken" not in second


def test_a_list_is_basic_unless_the_view_is_full(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE)
    server.execute(name, {"n": 1})
    path = f"/workflows/{name}/executions"
    [basic] = server.get(path)["executions"]
    [full] = server.http.get(path, params={"view": "FULL"}).json()["executions"]
    assert not basic.keys() & {"argument", "result", "status"}
    assert {"argument", "result", "status"} <= full.keys()


def test_a_list_can_be_ordered(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE)
    started = [server.execute(name, {"n": n})["name"] for n in range(3)]
    path = f"/workflows/{name}/executions"

    def ordered(by: str) -> list[str]:
        page = server.http.get(path, params={"orderBy": by}).json()
        return [execution["name"] for execution in page["executions"]]

    assert ordered("startTime") == started
    assert ordered("state,startTime desc") == started[::-1]
    assert server.http.get(path, params={"orderBy": "color"}).status_code == 400


def unknown_fields(document: str, schema: str, resource: Any) -> set[str]:
    """Fields of a resource that Google's discovery document does not know."""
    documents = resources.files("googleapiclient.discovery_cache").joinpath("documents")
    schemas = json.loads(documents.joinpath(f"{document}.json").read_text())["schemas"]

    def unknown(name: str, value: Any) -> set[str]:
        known = schemas[name]["properties"]
        found = {f"{name}.{field}" for field in value.keys() - known.keys()}
        for field in value.keys() & known.keys():
            items = value[field] if isinstance(value[field], list) else [value[field]]
            kind = known[field].get("items", known[field]).get("$ref")
            found |= {f for item in items if kind for f in unknown(kind, item)}
        return found

    return unknown(schema, resource)


def test_answers_have_only_fields_that_google_s_have(server: Any, name: str) -> None:
    operation = server.deploy(name, "- boom: {raise: oops}", labels={"a": "b"})
    execution = server.execute(name)
    page = server.http.get(f"/workflows/{name}/executions", params={"view": "FULL"}).json()
    of_executions, of_workflows = "workflowexecutions.v1", "workflows.v1"
    assert unknown_fields(of_executions, "Execution", execution) == set()
    assert unknown_fields(of_executions, "ListExecutionsResponse", page) == set()
    assert unknown_fields(of_workflows, "Operation", operation) == set()
    assert unknown_fields(of_workflows, "Workflow", server.get(f"/workflows/{name}")) == set()
    assert unknown_fields(of_workflows, "ListWorkflowsResponse", server.get("/workflows")) == set()


def test_a_filter_chooses_by_state_label_and_time(server: Any, name: str) -> None:
    server.deploy(
        name, "main: {params: [a], steps: [{s: {switch: [{condition: '${a}', raise: x}]}}]}"
    )
    good = server.wait(server.start(name, False, labels={"run": "one"}))
    bad = server.wait(server.start(name, True, labels={"run": "two"}))

    def found(expression: str) -> list[str]:
        params = {"filter": expression}
        page = server.http.get(f"/workflows/{name}/executions", params=params).json()
        return [e["name"] for e in page.get("executions", [])]

    assert found('state="FAILED"') == [bad["name"]]
    assert found("state=SUCCEEDED AND labels.run=one") == [good["name"]]
    assert found("labels.run!=one") == [bad["name"]]
    assert found(f'startTime>="{bad["startTime"]}"') == [bad["name"]]
    assert found('startTime>"2999-01-01"') == []


@pytest.mark.parametrize("expression", ["state", "state=A OR state=B", "color=red", "(state=A)"])
def test_a_filter_that_is_not_understood_is_refused(
    server: Any, name: str, expression: str
) -> None:
    server.deploy(name, DOUBLE)
    server.execute(name, {"n": 1})
    params = {"filter": expression}
    answer = server.http.get(f"/workflows/{name}/executions", params=params)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("verb", "path", "content", "status"),
    [
        ("POST", "/workflows/{name}/executions", "not json", 400),
        ("POST", "/workflows/{name}/executions", "[1]", 400),
        ("POST", "/workflows/{name}/executions", '{"nothing": 1}', 400),
        ("POST", "/workflows/{name}/executions", '{"argument": "{"}', 400),
        ("POST", "/workflows/{name}/executions", '{"argument": 5}', 400),
        ("POST", "/workflows/missing/executions", "{}", 404),
        ("POST", "/workflows?workflowId=-bad-", "{}", 400),
        ("POST", "/workflows?workflowId=ok", '{"sourceContents": 1}', 400),
        ("PATCH", "/workflows/{name}?updateMask=revisionId", "{}", 400),
        ("PATCH", "/workflows/missing", "{}", 404),
        ("GET", "/workflows/{name}/executions/missing", "", 404),
        ("GET", "/workflows/{name}/executions?view=HUGE", "", 400),
        ("GET", "/workflows/{name}/executions?pageSize=many", "", 400),
        ("GET", "/workflows/{name}/executions?pageToken=x", "", 400),
        ("GET", "/operations/missing", "", 404),
        ("GET", "/nothing/here", "", 404),
        ("PUT", "/workflows/{name}", "{}", 405),
    ],
)
def test_bad_requests_get_google_s_error_shape(
    server: Any, name: str, verb: str, path: str, content: str, status: int
) -> None:
    server.deploy(name, DOUBLE)
    answer = server.http.request(verb, path.format(name=name), content=content)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, status)
    assert error["message"]


def test_an_argument_may_have_32_kilobytes(server: Any, name: str) -> None:
    server.deploy(name, "main: {params: [text], steps: [{r: {return: '${len(text)}'}}]}")
    assert server.execute(name, "x" * 32766)["result"] == "32766"
    body = {"argument": json.dumps("x" * 32767)}
    answer = server.http.post(f"/workflows/{name}/executions", json=body)
    assert answer.status_code == 400
    assert "32769 bytes, at most 32768" in answer.json()["error"]["message"]


def test_many_executions_run_at_once(server: Any, name: str) -> None:
    server.deploy(name, SLEEPER)
    started = [server.start(name) for _ in range(60)]
    params = {"filter": "state=ACTIVE", "pageSize": 1000}
    page = server.http.get(f"/workflows/{name}/executions", params=params).json()
    assert len(page["executions"]) == 60
    states = {server.http.post(f"{path}:cancel").json()["state"] for path in started}
    assert states == {"CANCELLED"}


def test_an_expression_may_nest_as_deep_as_its_400_characters_allow(server: Any, name: str) -> None:
    server.deploy(name, f"- r: {{return: '${{{'-' * 396}1}}'}}")
    assert server.execute(name)["result"] == "1"


def test_deleting_a_workflow_cancels_and_forgets_its_executions(server: Any, name: str) -> None:
    server.deploy(name, SLEEPER)
    path = server.start(name)
    server.http.delete(f"/workflows/{name}")
    assert server.http.get(path).status_code == 404


def test_a_running_execution_keeps_the_revision_it_started_with(server: Any, name: str) -> None:
    source = "- nap: {call: sys.sleep, args: {seconds: 0.3}}\n- r: {return: old}"
    server.deploy(name, source)
    path = server.start(name)
    body = {"sourceContents": source.replace("old", "new")}
    server.http.patch(f"/workflows/{name}", json=body)
    assert server.wait(path)["result"] == '"old"'


def test_a_workflow_runs_another_and_gets_its_result(server: Any, name: str) -> None:
    server.deploy(f"{name}-child", DOUBLE)
    server.deploy(
        name,
        f"""
        - ask:
            call: googleapis.workflowexecutions.v1.projects.locations.workflows.executions.run
            args:
              workflow_id: {name}-child
              argument: {{n: 4}}
              connector_params: {{polling_policy: {{initial_delay: 0.05}}}}
            result: eight
        - r: {{return: "${{eight}}"}}
        """,
    )
    assert server.execute(name)["result"] == "8"


def test_a_child_that_fails_raises_with_the_execution_inside(server: Any, name: str) -> None:
    server.deploy(f"{name}-child", "- boom: {raise: oops}")
    server.deploy(
        name,
        f"""
        - ask:
            try:
              call: googleapis.workflowexecutions.v1.projects.locations.workflows.executions.run
              args:
                workflow_id: {name}-child
                connector_params: {{polling_policy: {{initial_delay: 0.05}}}}
            except: {{as: e, steps: [{{r: {{return: "${{e}}"}}}}]}}
        """,
    )
    error = json.loads(server.execute(name)["result"])
    assert error["message"] == "Execution failed or cancelled."
    assert error["operation"]["error"]["payload"] == '"oops"'


def test_google_s_python_client_deploys_runs_and_reads(server: Any, name: str) -> None:
    client, parent = server.workflows, LOCATION
    workflow = workflows_v1.Workflow(source_contents=DOUBLE)
    operation = client.create_workflow(parent=parent, workflow=workflow, workflow_id=name)
    deployed = operation.result(timeout=10)
    assert deployed.state == workflows_v1.Workflow.State.ACTIVE
    started = server.executions.create_execution(
        parent=deployed.name, execution=executions_v1.Execution(argument='{"n": 3}')
    )
    server.wait(started.name.removeprefix(LOCATION))
    finished = server.executions.get_execution(name=started.name)
    assert finished.state == executions_v1.Execution.State.SUCCEEDED
    assert finished.result == "6"
    assert [e.name for e in server.executions.list_executions(parent=deployed.name)] == [
        started.name
    ]
    assert name in [w.name.rpartition("/")[2] for w in client.list_workflows(parent=parent)]


def test_google_s_python_client_updates_and_deletes(server: Any, name: str) -> None:
    server.deploy(name, DOUBLE)
    full = f"{LOCATION}/workflows/{name}"
    workflow = workflows_v1.Workflow(name=full, description="new")
    mask = {"paths": ["description"]}
    updated = server.workflows.update_workflow(workflow=workflow, update_mask=mask).result(
        timeout=10
    )
    assert (updated.description, updated.source_contents) == ("new", DOUBLE)
    server.workflows.delete_workflow(name=full).result(timeout=10)
    with pytest.raises(exceptions.NotFound):
        server.workflows.get_workflow(name=full)


def test_google_s_python_client_cancels(server: Any, name: str) -> None:
    server.deploy(name, SLEEPER)
    execution = LOCATION + server.start(name)
    cancelled = server.executions.cancel_execution(name=execution)
    assert cancelled.state == executions_v1.Execution.State.CANCELLED
    with pytest.raises(exceptions.FailedPrecondition):
        server.executions.cancel_execution(name=execution)


def test_google_s_python_client_sees_a_failed_build(server: Any, name: str) -> None:
    workflow = workflows_v1.Workflow(source_contents="- a: {next: b}")
    operation = server.workflows.create_workflow(
        parent=LOCATION, workflow=workflow, workflow_id=name
    )
    with pytest.raises(exceptions.InvalidArgument, match="error in step a: next: b"):
        operation.result(timeout=10)
