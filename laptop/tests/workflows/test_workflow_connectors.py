"""Connectors: their table against Google's discovery documents, and waiting."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import pytest

from laptop.workflows.connectors import METHODS

Run = Callable[..., Any]


def discovered(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The discovery document of a connector and its description of the method."""
    _, service, version, *path, method = name.split(".")
    documents = resources.files("googleapiclient.discovery_cache").joinpath("documents")
    document = json.loads(documents.joinpath(f"{service}.{version}.json").read_text())
    node = document
    for resource in path:
        node = node["resources"][resource]
    return document, node["methods"][method]


@pytest.mark.parametrize("name", METHODS)
def test_verb_and_path_are_google_s(name: str) -> None:
    document, described = discovered(name)
    path = "/" + document["servicePath"] + described["path"].replace("{+", "{")
    assert (METHODS[name].verb, METHODS[name].path) == (described["httpMethod"], path)


@pytest.mark.parametrize("name", METHODS)
def test_arguments_are_google_s(name: str) -> None:
    described = discovered(name)[1]["parameters"]
    for place, names in (("path", METHODS[name].parameters), ("query", METHODS[name].query)):
        assert set(names) <= {p for p, d in described.items() if d["location"] == place}
    required = {p for p, d in described.items() if d.get("required")}
    assert required == set(METHODS[name].parameters)


@pytest.mark.parametrize("name", METHODS)
def test_a_body_is_taken_where_google_takes_one(name: str) -> None:
    assert ("body" in METHODS[name].optional) >= ("request" in discovered(name)[1])


@pytest.mark.parametrize("name", [n for n in METHODS if n.startswith("googleapis.run.")])
def test_what_returns_an_operation_is_waited_for(name: str) -> None:
    answers = discovered(name)[1]["response"]["$ref"]
    waits = METHODS[name].waiting is not None
    assert waits == (
        answers == "GoogleLongrunningOperation" and not name.endswith("operations.get")
    )


class Playback(ThreadingHTTPServer):
    """Gives `answers` in order, the last one for ever, and keeps the requests."""

    answers: list[tuple[int, Any]]
    requests: list[tuple[str, str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Playback

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        self.server.requests.append((self.command, self.path, json.loads(body) if body else None))
        answers = self.server.answers
        code, answer = answers.pop(0) if len(answers) > 1 else answers[0]
        content = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = handle_any

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def playback() -> Iterator[Playback]:
    with Playback(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@dataclass(frozen=True)
class Google:
    """Calls a connector on a server that gives these answers; result or error map."""

    run: Run
    server: Playback

    def __call__(self, name: str, arguments: dict[str, Any], *answers: Any) -> Any:
        self.server.answers = [a if isinstance(a, tuple) else (200, a) for a in answers]
        self.server.requests = []
        polling = {"initial_delay": 0.01, "multiplier": 1, "max_delay": 1}
        options = {"polling_policy": polling, **arguments.get("connector_params", {})}
        source = f"""
- ask:
    try: {{call: {name}, args: {json.dumps({**arguments, "connector_params": options})}, result: x}}
    except: {{as: e, steps: [{{caught: {{return: {{error: "${{e}}"}}}}}}]}}
- r: {{return: "${{x}}"}}
"""
        address = f"http://127.0.0.1:{self.server.server_port}"
        return self.run(source, endpoints={name.split(".")[1]: address})

    @property
    def requests(self) -> list[tuple[str, str, Any]]:
        return self.server.requests


@pytest.fixture
def google(run: Run, playback: Playback) -> Google:
    return Google(run, playback)


INSERT = "googleapis.bigquery.v2.jobs.insert"
REFERENCE = {"projectId": "p", "jobId": "j", "location": "us-west2"}
RUNNING = {"jobReference": REFERENCE, "status": {"state": "RUNNING"}}
DONE = {"jobReference": REFERENCE, "status": {"state": "DONE"}, "statistics": {"totalBytes": "12"}}


def test_jobs_insert_waits_until_the_job_is_done(google: Google) -> None:
    body = {"configuration": {"query": {"query": "select 1"}}}
    answer = google(INSERT, {"projectId": "p", "body": body}, RUNNING, RUNNING, DONE)
    assert answer == DONE
    poll = ("GET", "/bigquery/v2/projects/p/jobs/j?location=us-west2", None)
    assert google.requests == [("POST", "/bigquery/v2/projects/p/jobs", body), poll, poll]


def test_skip_polling_returns_the_first_answer(google: Google) -> None:
    arguments = {"projectId": "p", "body": {}, "connector_params": {"skip_polling": True}}
    assert google(INSERT, arguments, RUNNING, DONE) == RUNNING


def test_a_failed_job_raises_operation_error_with_the_job_inside(google: Google) -> None:
    failed = {**DONE, "status": {"state": "DONE", "errorResult": {"message": "no such table"}}}
    error = google(INSERT, {"projectId": "p", "body": {}}, RUNNING, failed)["error"]
    assert error["tags"] == ["OperationError"]
    assert error["operation"] == failed
    assert "no such table" in error["message"]


def test_a_partition_decorator_stays_in_the_path(google: Google) -> None:
    table = {"projectId": "p", "datasetId": "d", "tableId": "t$20241022"}
    google("googleapis.bigquery.v2.tables.get", table, {})
    assert google.requests[0][1] == "/bigquery/v2/projects/p/datasets/d/tables/t$20241022"


def test_int64_stays_text_and_absent_fields_stay_absent(google: Google) -> None:
    rows = {"totalRows": "3", "rows": [{"f": [{"v": "9007199254740993"}]}]}
    arguments = {"projectId": "p", "jobId": "j", "location": "us-west2", "maxResults": 10}
    answer = google("googleapis.bigquery.v2.jobs.getQueryResults", arguments, rows)
    assert answer == rows
    assert urlsplit(google.requests[0][1]).query == "location=us-west2&maxResults=10"


def test_a_query_parameter_that_is_null_is_left_out(google: Google) -> None:
    arguments = {"projectId": "p", "jobId": "j", "pageToken": None, "maxResults": 10}
    google("googleapis.bigquery.v2.jobs.getQueryResults", arguments, {})
    assert urlsplit(google.requests[0][1]).query == "maxResults=10"


RUN = "googleapis.run.v2.projects.locations.jobs.run"
JOB = "projects/p/locations/l/jobs/j"
OPERATION = {"name": "projects/p/locations/l/operations/o", "metadata": {"name": "x"}}
EXECUTION = {"name": f"{JOB}/executions/e", "taskCount": 2, "succeededCount": 2}


def test_jobs_run_waits_for_the_operation_and_returns_its_response(google: Google) -> None:
    finished = {**OPERATION, "done": True, "response": EXECUTION}
    overrides = {"overrides": {"taskCount": 2}}
    answer = google(RUN, {"name": JOB, "body": overrides}, OPERATION, OPERATION, finished)
    assert answer == EXECUTION
    assert google.requests[0] == ("POST", f"/v2/{JOB}:run", overrides)
    assert google.requests[1][:2] == ("GET", "/v2/projects/p/locations/l/operations/o")


def test_a_failed_run_raises_operation_error_with_the_operation_inside(google: Google) -> None:
    failed = {**OPERATION, "done": True, "error": {"code": 10, "message": "task failed"}}
    error = google(RUN, {"name": JOB}, OPERATION, failed)["error"]
    assert (error["tags"], error["operation"]) == (["OperationError"], failed)


def test_a_cancelled_run_ends_without_an_error(google: Google) -> None:
    cancelled = {"name": f"{JOB}/executions/e", "taskCount": 2, "cancelledCount": 2}
    finished = {**OPERATION, "done": True, "response": cancelled}
    answer = google(RUN, {"name": JOB}, OPERATION, finished)
    assert answer == cancelled
    assert "succeededCount" not in answer


def test_the_connector_s_timeout_is_a_timeout_error(google: Google) -> None:
    impatient = {"timeout": 1, "polling_policy": {"initial_delay": 2}}
    error = google(RUN, {"name": JOB, "connector_params": impatient}, OPERATION)["error"]
    assert error["tags"] == ["TimeoutError"]


def test_a_refused_request_is_an_http_error_and_is_not_repeated(google: Google) -> None:
    error = google(RUN, {"name": JOB}, (409, {"error": {"code": 409}}))["error"]
    assert (error["code"], error["body"]) == (409, {"error": {"code": 409}})
    assert len(google.requests) == 1


def test_a_busy_service_is_asked_again(google: Google) -> None:
    get = "googleapis.run.v2.projects.locations.jobs.get"
    assert google(get, {"name": JOB}, (503, {}), {"name": JOB}) == {"name": JOB}
    assert len(google.requests) == 2


def test_a_post_that_may_have_been_done_is_not_repeated(google: Google) -> None:
    error = google(RUN, {"name": JOB}, (502, {}), {})["error"]
    assert (error["code"], len(google.requests)) == (502, 1)


def test_publish_sends_the_messages_to_the_topic(google: Google) -> None:
    body = {"messages": [{"data": "e30=", "attributes": {"type": "x"}}]}
    name = "googleapis.pubsub.v1.projects.topics.publish"
    answer = google(name, {"topic": "projects/p/topics/t", "body": body}, {"messageIds": ["1"]})
    assert answer == {"messageIds": ["1"]}
    assert google.requests == [("POST", "/v1/projects/p/topics/t:publish", body)]


def test_a_service_without_endpoint_is_named(raised: Any) -> None:
    error = raised(f"- ask: {{call: {RUN}, args: {{name: {JOB}}}}}")
    assert error.value["tags"] == ["ConnectionFailedError"]
    assert re.search("--connector run=URL", error.value["message"])
