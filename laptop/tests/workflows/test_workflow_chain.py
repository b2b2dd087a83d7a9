"""Connectors against the local BigQuery, Cloud Run and Pub/Sub."""

from __future__ import annotations

import json
import sys
import time
import uuid
from typing import Any

import httpx
import pytest

LOCATION = "projects/demo/locations/us-west2"
POLLING = "polling_policy: {initial_delay: 0.05, multiplier: 1.5, max_delay: 0.5}"


class Chain:
    """Deploys a definition under a new name, runs it, and returns its result."""

    def __init__(self, server: Any, urls: dict[str, str]) -> None:
        self.server = server
        self.urls = urls

    def start(self, source: str, argument: Any = None) -> str:
        name = f"w-{uuid.uuid4().hex[:8]}"
        operation = self.server.deploy(name, source)
        assert "error" not in operation, operation
        return str(self.server.start(name, argument))

    def __call__(self, source: str, argument: Any = None) -> Any:
        execution = self.server.wait(self.start(source, argument))
        assert execution["state"] == "SUCCEEDED", execution
        return json.loads(execution["result"])

    def job(self, program: str) -> str:
        """A Cloud Run job of one small Python program; its full name."""
        container = {"image": "unused", "command": [sys.executable, "-I", "-S", "-c", program]}
        body = {"template": {"template": {"maxRetries": 0, "containers": [container]}}}
        parent, name = f"{self.urls['run']}/v2/{LOCATION}/jobs", f"job-{uuid.uuid4().hex[:8]}"
        httpx.post(parent, params={"jobId": name}, json=body).raise_for_status()
        return f"{LOCATION}/jobs/{name}"


@pytest.fixture(scope="session")
def run_chain(chain: tuple[Any, dict[str, str]]) -> Chain:
    return Chain(*chain)


QUERY = f"""
main:
  params: [query]
  steps:
    - project: {{assign: [{{project: '${{sys.get_env("GOOGLE_CLOUD_PROJECT_ID")}}'}}]}}
    - ask:
        try:
          call: googleapis.bigquery.v2.jobs.insert
          args:
            projectId: ${{project}}
            body: {{configuration: {{query: {{query: "${{query}}", useLegacySql: false}}}}}}
            connector_params: {{{POLLING}}}
          result: job
        except:
          as: e
          steps:
            - failed: {{return: "${{e}}"}}
    - read:
        call: googleapis.bigquery.v2.jobs.getQueryResults
        args:
          projectId: ${{project}}
          jobId: ${{job.jobReference.jobId}}
          location: ${{job.jobReference.location}}
        result: rows
    - r: {{return: "${{rows}}"}}
"""


def test_a_query_job_is_waited_for_and_its_rows_are_read(run_chain: Chain) -> None:
    rows = run_chain(QUERY, "SELECT 3 AS n, 'x' AS s, CAST(NULL AS STRING) AS z")
    assert rows["rows"] == [{"f": [{"v": "3"}, {"v": "x"}, {"v": None}]}]
    assert rows["totalRows"] == "1"


def test_a_query_that_fails_raises_operation_error_with_the_job(run_chain: Chain) -> None:
    error = run_chain(QUERY, "SELECT * FROM missing_dataset.t")
    assert error["tags"] == ["OperationError"]
    assert error["operation"]["status"]["errorResult"]["reason"] == "notFound"


RUN = f"""
main:
  params: [args]
  steps:
    - go:
        try:
          call: googleapis.run.v2.projects.locations.jobs.run
          args:
            name: ${{args.job}}
            body:
              overrides:
                taskCount: 3
                containerOverrides: [{{env: [{{name: WAVE, value: "7"}}]}}]
            connector_params: {{timeout: 600, {POLLING}}}
          result: execution
        except:
          as: e
          steps: [{{failed: {{return: "${{e}}"}}}}]
    - r: {{return: "${{execution}}"}}
"""
CHECK_WAVE = "import os; assert os.environ['WAVE'] == '7'"


def test_a_job_is_run_with_overrides_and_waited_for(run_chain: Chain) -> None:
    execution = run_chain(RUN, {"job": run_chain.job(CHECK_WAVE)})
    assert (execution["taskCount"], execution["succeededCount"]) == (3, 3)
    assert "failedCount" not in execution


def test_a_failed_task_raises_operation_error_with_the_execution_inside(run_chain: Chain) -> None:
    program = "import os; raise SystemExit(os.environ['CLOUD_RUN_TASK_INDEX'] == '1')"
    error = run_chain(RUN, {"job": run_chain.job(program)})
    assert error["tags"] == ["OperationError"]
    execution = error["operation"]["metadata"]
    assert (execution["succeededCount"], execution["failedCount"]) == (2, 1)


def test_a_cancelled_run_comes_back_without_an_error_and_not_complete(run_chain: Chain) -> None:
    job = run_chain.job("import time; time.sleep(3600)")
    path = run_chain.start(RUN, {"job": job})
    base = f"{run_chain.urls['run']}/v2/"
    while not (found := httpx.get(f"{base}{job}/executions").json().get("executions")):
        time.sleep(0.02)
    httpx.post(f"{base}{found[0]['name']}:cancel", json={}).raise_for_status()
    execution = json.loads(run_chain.server.wait(path)["result"])
    assert execution["cancelledCount"] == 3
    assert "succeededCount" not in execution


def test_events_are_published_with_attributes(run_chain: Chain) -> None:
    topic = f"projects/demo/topics/t-{uuid.uuid4().hex[:8]}"
    httpx.put(f"{run_chain.urls['pubsub']}/v1/{topic}", json={}).raise_for_status()
    source = """
      main:
        params: [topic]
        steps:
          - publish:
              call: googleapis.pubsub.v1.projects.topics.publish
              args:
                topic: ${topic}
                body:
                  messages:
                    - data: ${base64.encode(json.encode(topic))}
                      attributes: {type: wave_done}
              result: sent
          - r: {return: "${len(sent.messageIds)}"}
    """
    assert run_chain(source, topic) == 1


def test_a_cancelled_workflow_stops_waiting_for_its_job(run_chain: Chain) -> None:
    path = run_chain.start(RUN, {"job": run_chain.job("import time; time.sleep(5)")})
    cancelled = run_chain.server.http.post(f"{path}:cancel").json()
    assert cancelled["state"] == "CANCELLED"
