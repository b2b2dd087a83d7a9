"""Jobs are created, changed and deleted as the real service does; wrong ones are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud import run_v2

if TYPE_CHECKING:
    from laptop.tests.run.conftest import LocalRun


def test_a_created_job_has_the_defaults_of_the_service(run: LocalRun) -> None:
    container = run_v2.Container(image="unused", command=["true"])
    job = run_v2.Job(template={"template": {"containers": [container]}})
    request = {"parent": run.parent, "job": job, "job_id": "job-with-defaults"}
    template = run.jobs.create_job(request=request).result().template
    assert template.task_count == 1
    assert template.template.max_retries == 3
    assert template.template.timeout.total_seconds() == 600


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"labels": {"code-version": "V1"}}, 'Label value "V1" has invalid characters'),
        ({"template": {"labels": {"Team": "x"}}}, 'Label key "Team" has invalid characters'),
        ({"labels": {"run.googleapis.com/x": "y"}}, "of run.googleapis.com are rejected"),
        ({"annotations": {"cloud.googleapis.com/x": "y"}}, "of cloud.googleapis.com are rejected"),
    ],
)
def test_labels_and_annotations_are_those_of_the_service(
    run: LocalRun, fields: dict[str, Any], words: str
) -> None:
    job = run.jobs.get_job(name=run.job("pass"))
    template = {**run_v2.ExecutionTemplate.to_dict(job.template), **fields.get("template", {})}
    changed = run_v2.Job({**fields, "name": job.name, "template": template})
    with pytest.raises(exceptions.BadRequest, match=words):
        run.jobs.update_job(job=changed)


def test_a_job_is_listed_until_it_is_deleted(run: LocalRun) -> None:
    name = run.job("pass")
    assert name in [job.name for job in run.jobs.list_jobs(parent=run.parent)]
    run.jobs.delete_job(name=name).result()
    assert name not in [job.name for job in run.jobs.list_jobs(parent=run.parent)]
    with pytest.raises(exceptions.NotFound, match=name):
        run.jobs.get_job(name=name)


def test_a_name_is_given_only_once(run: LocalRun) -> None:
    name = run.job("pass")
    request = {"parent": run.parent, "job": run.jobs.get_job(name=name)}
    with pytest.raises(exceptions.Conflict, match="already exists"):
        run.jobs.create_job(request={**request, "job_id": name.rpartition("/")[2]})


def test_a_patch_is_the_next_generation_and_runs_from_then_on(run: LocalRun) -> None:
    job = run.jobs.get_job(name=run.job("pass"))
    job.template.task_count = 2
    changed = run.jobs.update_job(job=job).result()
    assert (changed.generation, changed.uid) == (2, job.uid)
    assert run.start(job.name).result(timeout=30).task_count == 2


def test_a_patch_of_another_version_is_refused(run: LocalRun) -> None:
    job = run.jobs.get_job(name=run.job("pass"))
    run.jobs.update_job(job=job).result()
    with pytest.raises(exceptions.Conflict, match="etag"):
        run.jobs.update_job(job=job)


def test_validate_only_changes_nothing(run: LocalRun) -> None:
    job = run.jobs.get_job(name=run.job("pass"))
    job.template.task_count = 2
    run.jobs.update_job(request={"job": job, "validate_only": True}).result()
    run.jobs.delete_job(request={"name": job.name, "validate_only": True}).result()
    assert run.jobs.get_job(name=job.name).template.task_count == 1


def test_a_job_knows_its_latest_execution(run: LocalRun) -> None:
    name = run.job("pass")
    run.start(name).result(timeout=30)
    latest = run.start(name).result(timeout=30)
    job = run.jobs.get_job(name=name)
    assert job.execution_count == 2
    assert job.latest_created_execution.name == latest.name.rpartition("/")[2]
    assert job.latest_created_execution.completion_status.name == "EXECUTION_SUCCEEDED"


def test_executions_of_all_jobs_are_listed_newest_first(run: LocalRun) -> None:
    names = [run.start(run.job("pass")).result(timeout=30).name for _ in range(2)]
    listed = run.executions.list_executions(parent=f"{run.parent}/jobs/-")
    assert [one.name for one in listed][:2] == names[::-1]


def test_validate_only_runs_nothing(run: LocalRun) -> None:
    name = run.job("pass", task_count=2)
    request = run_v2.RunJobRequest(name=name, validate_only=True, overrides={"task_count": 1})
    assert run.jobs.run_job(request=request).result().task_count == 1
    assert list(run.executions.list_executions(parent=name)) == []


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"overrides": {"parallelism": 2}}, "parallelism"),
        ({"overrides": {"maxRetries": 0}}, "maxRetries"),
        ({"overrides": {"image": "other"}}, "image"),
        ({"overrides": {"containerOverrides": [{"image": "other"}]}}, "image"),
        ({"overrides": {"containerOverrides": [{"name": "sidecar"}]}}, "sidecar"),
        ({"overrides": {"containerOverrides": [{"args": ["a"], "clearArgs": True}]}}, "clearArgs"),
        ({"overrides": {"taskCount": 10_001}}, "taskCount = 10001"),
        ({"overrides": {"taskCount": -1}}, "taskCount = -1"),
        ({"overrides": {"timeout": "604801s"}}, "timeout = 604801s"),
        ({"overrides": {"timeout": "0s"}}, "timeout = 0s"),
        ({"overrides": {"timeout": "5m"}}, "timeout"),
        ({"tasks": 3}, "tasks"),
    ],
)
def test_a_wrong_override_is_refused_by_name(
    run: LocalRun, body: dict[str, Any], named: str
) -> None:
    name = run.job("pass")
    error = run.http.post(f"/v2/{name}:run", json=body).json()["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert named in error["message"]
    assert list(run.executions.list_executions(parent=name)) == []


@pytest.mark.parametrize(
    ("template", "container", "named"),
    [
        ({"taskCount": 10_001}, {}, "taskCount = 10001"),
        ({"taskCount": 2, "parallelism": 3}, {}, "template.parallelism = 3"),
        ({"template": {"maxRetries": 11}}, {}, "template.maxRetries = 11"),
        ({"template": {"timeout": "604801s"}}, {}, "timeout = 604801s"),
        ({}, {"command": []}, "command is missing"),
        ({}, {"image": ""}, "image is missing"),
        ({}, {"env": [{"name": "KEY", "valueSource": {}}]}, "env KEY: valueSource"),
        ({}, {"entrypoint": "true"}, "entrypoint"),
    ],
)
def test_a_wrong_job_is_refused_by_name(
    run: LocalRun, template: dict[str, Any], container: dict[str, Any], named: str
) -> None:
    containers = [{"image": "unused", "command": ["true"], **container}]
    tasks = {"containers": containers, **template.get("template", {})}
    body = {"template": {**template, "template": tasks}}
    answer = run.http.post(f"/v2/{run.parent}/jobs?jobId=wrong", json=body)
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


def test_a_wrong_job_id_is_refused(run: LocalRun) -> None:
    answer = run.http.post(f"/v2/{run.parent}/jobs?jobId=Upper", json={})
    assert answer.status_code == 400
    assert "jobId = 'Upper'" in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", ["", "[]", "{"])
def test_the_server_survives_a_body_that_is_no_object(run: LocalRun, body: str) -> None:
    answer = run.http.post("/_local/kill", content=body)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_running_an_unknown_job_is_refused(run: LocalRun) -> None:
    with pytest.raises(exceptions.NotFound, match="jobs/nowhere does not exist"):
        run.start(f"{run.parent}/jobs/nowhere")
