"""An execution: all tasks of one run of a job, with parallelism, retries and cancellation."""

from __future__ import annotations

import asyncio
import contextlib
import enum
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from google.cloud import run_v2

from laptop.run.attempt import Attempt, Command, Outcome, Start, start_process
from laptop.run.template import timeout_seconds
from laptop.service_times import ServiceTimes


class Phase(enum.Enum):
    """Where a task stands."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Host:
    """What the machine gives to every task; `grace` in seconds, `launch` starts a process.

    `entrypoint` is what a container without a command runs, in place of its image's.
    """

    environment: Mapping[str, str]
    logs: Path
    grace: float
    launch: Start = start_process
    entrypoint: tuple[str, ...] = ()
    times: ServiceTimes = field(default_factory=ServiceTimes)


@dataclass
class Task:
    """One index of an execution and what has happened to it so far."""

    index: int
    phase: Phase = Phase.PENDING
    attempts: int = 0
    attempt: Attempt | None = None
    outcome: Outcome | None = None
    started: datetime | None = None
    completed: datetime | None = None

    def finish(self, phase: Phase) -> None:
        """Record the final phase and its time."""
        self.phase = phase
        self.completed = datetime.now(UTC)


@dataclass
class Execution:
    """The tasks of one run; `name` and `job` are full resource names."""

    name: str
    job: str
    uid: str
    template: run_v2.ExecutionTemplate
    host: Host
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    completed: datetime | None = None
    cancelling: bool = False

    def __post_init__(self) -> None:
        """Lay out the tasks; nothing runs before `run`."""
        self.tasks = [Task(index) for index in range(self.template.task_count)]
        self.finished = asyncio.Event()
        self._cancelled = asyncio.Event()
        self._environment = {**self.host.environment, **self._own_environment()}

    @property
    def id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    def phases(self) -> Counter[Phase]:
        """How many tasks are in each phase."""
        return Counter(task.phase for task in self.tasks)

    async def run(self) -> None:
        """Run every task to its end; returns when none is left."""
        await self._wait("execution")
        self.started = datetime.now(UTC)
        waiting = iter(self.tasks)
        workers = (self._work(waiting) for _ in range(self.template.parallelism))
        await asyncio.gather(*workers)
        self.completed = datetime.now(UTC)
        self.finished.set()

    def cancel(self) -> None:
        """Stop the running tasks and start no more; `finished` is set when all have ended."""
        self.cancelling = True
        self._cancelled.set()
        for task in self.tasks:
            if task.attempt is not None:
                task.attempt.stop()

    def log(self, index: int, attempt: int) -> Path:
        """The file with stdout and stderr of one attempt."""
        return self.host.logs / self.id / f"task{index}-attempt{attempt}.log"

    async def _work(self, waiting: Iterator[Task]) -> None:
        for task in waiting:
            if self.cancelling:
                task.finish(Phase.CANCELLED)
            else:
                await self._run_task(task)

    async def _wait(self, what: str) -> None:
        """As long as the service takes for it; a cancellation ends it."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._cancelled.wait(), self.host.times.of(what))

    async def _run_task(self, task: Task) -> None:
        task.phase, task.started = Phase.RUNNING, datetime.now(UTC)
        for _ in range(self.template.template.max_retries + 1):
            await self._wait("task")
            if self.cancelling:
                return task.finish(Phase.CANCELLED)
            task.outcome = await self._run_attempt(task)
            if task.outcome.succeeded:
                return task.finish(Phase.SUCCEEDED)
            if self.cancelling:
                return task.finish(Phase.CANCELLED)
        return task.finish(Phase.FAILED)

    async def _run_attempt(self, task: Task) -> Outcome:
        task.attempt = Attempt(
            self._command(task.index, task.attempts), self.host.grace, self.host.launch
        )
        task.attempts += 1
        try:
            return await task.attempt.run()
        finally:
            task.attempt = None

    def _command(self, index: int, attempt: int) -> Command:
        container = self.template.template.containers[0]
        numbers = {"CLOUD_RUN_TASK_INDEX": str(index), "CLOUD_RUN_TASK_ATTEMPT": str(attempt)}
        return Command(
            argv=(*(container.command or self.host.entrypoint), *container.args),
            env={**self._environment, **numbers},
            cwd=container.working_dir or None,
            timeout=timeout_seconds(self.template.template),
            log=self.log(index, attempt),
        )

    def _own_environment(self) -> dict[str, str]:
        container = self.template.template.containers[0]
        return {variable.name: variable.value for variable in container.env} | {
            "CLOUD_RUN_JOB": self.job.rpartition("/")[2],
            "CLOUD_RUN_EXECUTION": self.id,
            "CLOUD_RUN_TASK_COUNT": str(self.template.task_count),
        }
