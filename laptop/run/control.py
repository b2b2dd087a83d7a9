"""What the real service does not have: logs, state and killing on demand under `/_local`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from laptop.run.errors import ApiError, invalid
from laptop.run.execution import Execution, Task
from laptop.run.registry import Registry, find_task
from laptop.run.rest import json_body


class LocalControl:
    """Handlers that look into one registry and its processes."""

    def __init__(self, registry: Registry) -> None:
        """`registry` is the one that the API works on."""
        self._registry = registry

    def routes(self) -> list[Route]:
        """The HTTP methods and paths."""
        return [
            Route("/_local/logs/{execution}", self.logs, methods=["GET"]),
            Route("/_local/logs/{execution}/{task}", self.logs, methods=["GET"]),
            Route("/_local/kill", self.kill, methods=["POST"]),
            Route("/_local/state", self.state, methods=["GET"]),
        ]

    async def logs(self, request: Request) -> Response:
        """stdout and stderr of one task or of all, attempt after attempt, as plain text."""
        execution = self._registry.execution_by_id(request.path_params["execution"])
        tasks = execution.tasks
        if "task" in request.path_params:
            tasks = [find_task(execution, request.path_params["task"])]
        return PlainTextResponse("".join(_log(execution, task) for task in tasks))

    async def kill(self, request: Request) -> Response:
        """SIGKILL the running attempt of `{"execution": …, "task": …}`; 404 if none runs."""
        execution_id, key = _target(await json_body(request))
        execution = self._registry.execution_by_id(execution_id)
        task = find_task(execution, key)
        if task.attempt is None or task.attempt.pid is None:
            text = f"task {key} of execution {execution.id} has no running process"
            raise ApiError(404, "NOT_FOUND", text)
        killed = {"execution": execution.id, "task": task.index, **_running(task)}
        task.attempt.kill()
        return JSONResponse({"killed": killed})

    async def state(self, _request: Request) -> Response:
        """Every execution with its counts and its running processes."""
        executions = self._registry.executions.values()
        return JSONResponse({"executions": [_state(execution) for execution in executions]})


def _target(document: dict[str, object]) -> tuple[str, str]:
    if set(document) != {"execution", "task"}:
        raise invalid('the body must be {"execution": "…", "task": "…"}')
    return str(document["execution"]).rpartition("/")[2], str(document["task"])


def _log(execution: Execution, task: Task) -> str:
    return "".join(
        execution.log(task.index, attempt).read_text(errors="replace")
        for attempt in range(task.attempts)
        if execution.log(task.index, attempt).exists()
    )


def _state(execution: Execution) -> dict[str, object]:
    running = [task for task in execution.tasks if task.attempt is not None]
    return {
        "name": execution.name,
        "done": execution.completed is not None,
        "taskCount": len(execution.tasks),
        "counts": {phase.value: count for phase, count in execution.phases().items()},
        "running": [{"task": task.index, **_running(task)} for task in running],
    }


def _running(task: Task) -> dict[str, object]:
    pid = task.attempt.pid if task.attempt else None
    return {"attempt": task.attempts - 1, "pid": pid}
