"""gcloud workflows against the local server, where gcloud is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")

SOURCE = """\
main:
  params: [args]
  steps:
    - choose:
        switch:
          - {condition: '${args.mode == "fail"}', raise: {code: 7, message: asked to fail}}
          - {condition: '${args.mode == "wait"}', next: nap}
    - r: {return: '${"ran in mode " + args.mode}'}
    - nap: {call: sys.sleep, args: {seconds: 3600}}
"""


class Gcloud:
    """gcloud with its endpoints on the local server and a configuration of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.name = f"w-{uuid.uuid4().hex[:12]}"
        self.folder = folder
        self.environment = {
            **os.environ,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_WORKFLOWS": f"{url}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_WORKFLOWEXECUTIONS": f"{url}/",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
            "CLOUDSDK_CORE_PROJECT": "demo",
            "CLOUDSDK_WORKFLOWS_LOCATION": "us-west2",
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CONFIG": str(folder / "gcloud"),
        }

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["gcloud", "workflows", *words, "--format=json"]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=self.environment,
            stdin=subprocess.DEVNULL,
        )

    def json(self, *words: str) -> Any:
        result = self(*words)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def deploy(self, name: str, source: str, *words: str) -> subprocess.CompletedProcess[str]:
        file = self.folder / "workflow.yaml"
        file.write_text(source)
        return self("deploy", name, f"--source={file}", *words)


@pytest.fixture(scope="module")
def gcloud(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Gcloud:
    client = Gcloud(server.url, tmp_path_factory.mktemp("gcloud"))
    words = ["--set-env-vars=MODE=x", "--labels=team=demo"]
    deployed = client.deploy(client.name, SOURCE, *words)
    assert deployed.returncode == 0, deployed.stderr
    return client


def test_deploy_creates_and_then_updates(gcloud: Gcloud) -> None:
    first = gcloud.json("describe", gcloud.name)
    assert (first["sourceContents"], first["userEnvVars"]) == (SOURCE, {"MODE": "x"})
    assert gcloud.deploy(gcloud.name, SOURCE + "# again\n").returncode == 0
    second = gcloud.json("describe", gcloud.name)
    assert second["revisionId"].startswith("000002-")
    assert second["labels"]["team"] == "demo"


def test_deploy_refuses_what_does_not_build_with_the_step(gcloud: Gcloud) -> None:
    result = gcloud.deploy("bad", "- step2: {return: '${varC}'}")
    assert result.returncode == 1
    assert "failed to build: error in step step2: symbol 'varC'" in " ".join(result.stderr.split())


def test_run_waits_for_the_result(gcloud: Gcloud) -> None:
    execution = gcloud.json("run", gcloud.name, '--data={"mode": "plain"}')
    assert (execution["state"], execution["result"]) == ("SUCCEEDED", '"ran in mode plain"')


def test_run_shows_why_an_execution_failed(gcloud: Gcloud) -> None:
    result = gcloud("run", gcloud.name, '--data={"mode": "fail"}')
    shown = json.loads(result.stdout)
    assert shown["state"] == "FAILED"
    assert json.loads(shown["error"]["payload"])["message"] == "asked to fail"


def test_an_execution_is_started_listed_described_and_waited_for(gcloud: Gcloud) -> None:
    started = gcloud.json("execute", gcloud.name, '--data={"mode": "plain"}')
    assert gcloud.json("executions", "wait-last")["state"] == "SUCCEEDED"
    assert gcloud.json("executions", "describe-last")["name"] == started["name"]
    described = gcloud.json("executions", "describe", started["name"])
    assert described["result"] == '"ran in mode plain"'
    listed = gcloud.json("executions", "list", gcloud.name)
    assert (started["name"], "SUCCEEDED") in [(e["name"], e["state"]) for e in listed]


def test_a_waiting_execution_is_cancelled(gcloud: Gcloud) -> None:
    started = gcloud.json("execute", gcloud.name, '--data={"mode": "wait"}')
    assert gcloud.json("executions", "cancel", started["name"])["state"] == "CANCELLED"
    assert gcloud.json("executions", "describe", started["name"])["state"] == "CANCELLED"


def test_delete_removes_the_workflow(gcloud: Gcloud) -> None:
    name = f"{gcloud.name}-gone"
    gcloud.deploy(name, SOURCE)
    assert name in [w["name"].rpartition("/")[2] for w in gcloud.json("list")]
    assert gcloud("delete", name).returncode == 0
    assert "NOT_FOUND" in gcloud("describe", name).stderr
