"""The jobs and executions that the server knows, by resource name."""

from __future__ import annotations

import asyncio
import copy
import re
import secrets
import uuid
from collections.abc import Mapping
from typing import TypeVar

from google.cloud import run_v2
from google.protobuf.timestamp_pb2 import Timestamp

from laptop import labels
from laptop.run import template
from laptop.run.errors import ApiError, invalid, missing
from laptop.run.execution import Execution, Host, Task
from laptop.run.resources import execution_reference, task_id

T = TypeVar("T")
_JOB_ID = re.compile(r"[a-z]([-a-z0-9]{0,47}[a-z0-9])?")
# What these say of a job in v1 are fields of it in v2.
_SYSTEM = (
    "autoscaling.knative.dev",
    "cloud.googleapis.com",
    "run.googleapis.com",
    "serving.knative.dev",
)
_READY = run_v2.Condition.State.CONDITION_SUCCEEDED
# No vowels, as in the service's names: no word comes about by chance.
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


class Registry:
    """The state of one server; used from its event loop only."""

    def __init__(self, host: Host) -> None:
        """`host` is what every task gets from this machine."""
        self.host = host
        self.jobs: dict[str, run_v2.Job] = {}
        self.executions: dict[str, Execution] = {}
        self._running: set[asyncio.Task[None]] = set()

    def new_job(self, parent: str, job_id: str, wanted: run_v2.Job) -> run_v2.Job:
        """The checked job, not yet stored; ApiError 400 or 409 names what is wrong."""
        if not _JOB_ID.fullmatch(job_id):
            raise invalid(f"jobId = {job_id!r}: must match {_JOB_ID.pattern}")
        name = f"{parent}/jobs/{job_id}"
        if name in self.jobs:
            raise ApiError(409, "ALREADY_EXISTS", f"{name} already exists")
        first = run_v2.Job(name=name, uid=str(uuid.uuid4()), create_time=now())
        return self._revision(first, wanted)

    def changed_job(self, name: str, wanted: run_v2.Job) -> run_v2.Job:
        """The next generation of a job, checked and not yet stored."""
        old = self.job(name)
        check_etag(old.etag, wanted.etag)
        return self._revision(old, wanted)

    def job(self, name: str) -> run_v2.Job:
        """The job with its latest execution as it stands now; ApiError 404 if there is none."""
        job = found(self.jobs, name)
        latest = self.executions.get(f"{name}/executions/{job.latest_created_execution.name}")
        if latest is not None:
            job.latest_created_execution = execution_reference(latest)
        return job

    def delete_job(self, name: str) -> run_v2.Job:
        """Remove a job and its executions; what still runs is cancelled."""
        for execution in under(f"{name}/executions", self.executions):
            self.executions.pop(execution.name).cancel()
        return self.jobs.pop(name)

    def new_execution(self, job_name: str, request: run_v2.RunJobRequest) -> Execution:
        """An execution with the request's overrides, neither stored nor started."""
        job = self.job(job_name)
        check_etag(job.etag, request.etag)
        suffix = "".join(secrets.choice(_SUFFIX) for _ in range(5))
        return Execution(
            name=f"{job_name}/executions/{job_name.rpartition('/')[2]}-{suffix}",
            job=job_name,
            uid=str(uuid.uuid4()),
            template=template.overridden(job.template, request.overrides),
            host=self.host,
        )

    def start(self, execution: Execution) -> None:
        """Store an execution and set it going."""
        job = self.jobs[execution.job]
        job.execution_count += 1
        job.latest_created_execution = execution_reference(execution)
        self.executions[execution.name] = execution
        running = asyncio.create_task(execution.run())
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    def execution_by_id(self, execution_id: str) -> Execution:
        """The execution with this name or last part of a name; ApiError 404 if there is none."""
        for name, execution in self.executions.items():
            if execution_id in (name, execution.id):
                return execution
        raise missing(f"execution {execution_id}")

    async def close(self) -> None:
        """Cancel every execution and wait for its processes to end."""
        for execution in self.executions.values():
            execution.cancel()
        await asyncio.gather(*self._running)

    def _revision(self, previous: run_v2.Job, wanted: run_v2.Job) -> run_v2.Job:
        job = copy.deepcopy(wanted)
        job.name, job.uid, job.create_time = previous.name, previous.uid, previous.create_time
        job.generation = job.observed_generation = previous.generation + 1
        job.execution_count = previous.execution_count
        job.latest_created_execution = previous.latest_created_execution
        job.etag = f'"{job.uid}-{job.generation}"'
        for labelled in (job, job.template):
            _check_metadata(dict(labelled.labels), dict(labelled.annotations))
        job.template = template.completed(wanted.template, bool(self.host.entrypoint))
        job.terminal_condition = run_v2.Condition(type_="Ready", state=_READY)
        job.update_time = now()
        return job


def _check_metadata(given: Mapping[str, str], annotations: Mapping[str, str]) -> None:
    """ApiError 400 for labels and annotations that run.v2 rejects."""
    for key in (*given, *annotations):
        if key.partition("/")[0] in _SYSTEM:
            raise invalid(f"{key}: labels and annotations of {key.partition('/')[0]} are rejected")
    if refused := labels.problem(given):
        raise invalid(refused)


def found(items: Mapping[str, T], name: str) -> T:
    """The item of that name; ApiError 404 if there is none."""
    if name not in items:
        raise missing(name)
    return items[name]


def under(collection: str, items: Mapping[str, T]) -> list[T]:
    """The items of a collection, newest first; `-` stands for any one part of the name."""
    parts = ("[^/]+" if part == "-" else re.escape(part) for part in collection.split("/"))
    pattern = re.compile("/".join(parts) + "/[^/]+")
    return [item for name, item in reversed(list(items.items())) if pattern.fullmatch(name)]


def find_task(execution: Execution, key: str) -> Task:
    """The task with this index or id; ApiError 404 if there is none."""
    for task in execution.tasks:
        if key in (str(task.index), task_id(execution, task)):
            return task
    raise missing(f"task {key} of execution {execution.id}")


def now() -> Timestamp:
    """The current time as the API writes it."""
    time = Timestamp()
    time.GetCurrentTime()
    return time


def check_etag(current: str, given: str) -> None:
    """ApiError 409 when the caller has seen another version."""
    if given and given != current:
        raise ApiError(409, "ABORTED", f"etag = {given}: the resource is now at {current}")
