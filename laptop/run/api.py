"""The run.v2 REST methods for jobs, executions, tasks and operations."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable

import proto
from google.cloud import run_v2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from laptop.faults import FaultRegistry
from laptop.run.errors import ApiError
from laptop.run.execution import Execution
from laptop.run.faults import strike
from laptop.run.operation import LongRunning
from laptop.run.registry import Registry, check_etag, found, now, under
from laptop.run.resources import execution_message, task_message
from laptop.run.rest import answer, json_body, name_of, only_validates, page, parsed

PARENT = "/v2/projects/{project}/locations/{location}"
JOB = PARENT + "/jobs/{job}"
EXECUTION = JOB + "/executions/{execution}"
OPERATION = PARENT + "/operations/{operation}"


class RunApi:
    """Handlers over one registry; each takes a request and gives one run.v2 message."""

    def __init__(self, registry: Registry, base_url: str, faults: FaultRegistry) -> None:
        """`base_url` is where the log addresses in the answers point to."""
        self._registry = registry
        self._base_url = base_url
        self._faults = faults
        self._operations: dict[str, LongRunning] = {}

    def routes(self) -> list[Route]:
        """The HTTP methods and paths of the API."""
        return [
            Route(f"{PARENT}/jobs", self.create_job, methods=["POST"]),
            Route(f"{PARENT}/jobs", self.list_jobs, methods=["GET"]),
            Route(f"{JOB}:run", self.run_job, methods=["POST"]),
            Route(JOB, self.get_job, methods=["GET"]),
            Route(JOB, self.patch_job, methods=["PATCH"]),
            Route(JOB, self.delete_job, methods=["DELETE"]),
            Route(f"{JOB}/executions", self.list_executions, methods=["GET"]),
            Route(f"{EXECUTION}:cancel", self.cancel_execution, methods=["POST"]),
            Route(EXECUTION, self.get_execution, methods=["GET"]),
            Route(f"{EXECUTION}/tasks", self.list_tasks, methods=["GET"]),
            Route(OPERATION, self.get_operation, methods=["GET"]),
        ]

    async def create_job(self, request: Request) -> Response:
        """Create a job; done at once."""
        wanted = parsed(run_v2.Job, await json_body(request))
        job_id = request.query_params.get("jobId", "")
        job = self._registry.new_job(name_of(request).removesuffix("/jobs"), job_id, wanted)
        return self._stored(request, job)

    async def patch_job(self, request: Request) -> Response:
        """Replace a job's template, labels and annotations; done at once."""
        wanted = parsed(run_v2.Job, await json_body(request))
        return self._stored(request, self._registry.changed_job(name_of(request), wanted))

    async def get_job(self, request: Request) -> Response:
        """One job."""
        return answer(request, self._registry.job(name_of(request)))

    async def list_jobs(self, request: Request) -> Response:
        """The jobs of a location."""
        jobs = under(name_of(request), self._registry.jobs)
        return page(request, "jobs", jobs, lambda job: self._registry.job(job.name))

    async def delete_job(self, request: Request) -> Response:
        """Delete a job; its running executions are cancelled."""
        job = self._registry.job(name_of(request))
        check_etag(job.etag, request.query_params.get("etag", ""))
        if not only_validates(request):
            self._registry.delete_job(job.name)
            job.delete_time = now()
        return self._operation(request, lambda: job)

    async def run_job(self, request: Request) -> Response:
        """Start an execution; the operation ends with it, with an error if a task failed."""
        document = await json_body(request)
        wanted = parsed(run_v2.RunJobRequest, document)
        execution = self._registry.new_execution(name_of(request), wanted)
        if wanted.validate_only:
            return self._operation(request, self._view(execution))
        fault = self._faults.take("run", f"{name_of(request)} {json.dumps(document)}")
        await strike(fault, "before")
        self._registry.start(execution)
        await strike(fault, "after")
        return self._operation(request, self._view(execution), execution, reports_failure=True)

    async def get_execution(self, request: Request) -> Response:
        """One execution."""
        return answer(request, self._view(self._execution(name_of(request)))())

    async def list_executions(self, request: Request) -> Response:
        """The executions of a job, newest first."""
        await strike(self._faults.take("list", name_of(request)), "before")
        executions = under(name_of(request), self._registry.executions)
        return page(request, "executions", executions, lambda one: self._view(one)())

    async def cancel_execution(self, request: Request) -> Response:
        """Stop an execution; the operation is done when its last process has ended."""
        await strike(self._faults.take("cancel", name_of(request)), "before")
        execution = self._execution(name_of(request))
        wanted = parsed(run_v2.CancelExecutionRequest, await json_body(request))
        if execution.completed is not None:
            text = f"{execution.name} has already completed: there is nothing to cancel"
            raise ApiError(400, "FAILED_PRECONDITION", text)
        if wanted.validate_only:
            return self._operation(request, self._view(execution))
        execution.cancel()
        return self._operation(request, self._view(execution), execution)

    async def list_tasks(self, request: Request) -> Response:
        """The tasks of an execution, in the order of their indexes."""
        execution = self._execution(name_of(request).removesuffix("/tasks"))
        return page(
            request,
            "tasks",
            execution.tasks,
            lambda task: task_message(execution, task, self._base_url),
        )

    async def get_operation(self, request: Request) -> Response:
        """One operation as it stands now."""
        await strike(self._faults.take("operation", name_of(request)), "before")
        return answer(request, found(self._operations, name_of(request)).message())

    def _execution(self, name: str) -> Execution:
        return found(self._registry.executions, name)

    def _view(self, execution: Execution) -> Callable[[], run_v2.Execution]:
        return lambda: execution_message(execution, self._base_url)

    def _stored(self, request: Request, job: run_v2.Job) -> Response:
        if not only_validates(request):
            self._registry.jobs[job.name] = job
        return self._operation(request, lambda: job)

    def _operation(
        self,
        request: Request,
        subject: Callable[[], proto.Message],
        execution: Execution | None = None,
        reports_failure: bool = False,
    ) -> Response:
        location = "/".join(name_of(request).split("/")[:4])
        name = f"{location}/operations/{uuid.uuid4()}"
        operation = LongRunning(name, subject, execution, reports_failure)
        self._operations[name] = operation
        return answer(request, operation.message())
