"""Warm starts for one program: its tasks are forked from a process that has made the imports."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from laptop.run.attempt import Command, Running, start_process

# What a task imports only when it needs it, and every task needs.
LIBRARIES = (
    "duckdb",
    "google.cloud.bigquery_storage",
    "google.cloud.pubsub_v1",
    "google.cloud.workflows.executions_v1",
    "pyarrow.dataset",
)


class Forked:
    """A task that the warm process forked."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        """Its exit code, None while it runs."""
        return self.ended.result() if self.ended.done() else None

    async def wait(self) -> int:
        """Waits for its end; the exit code, below 0 for a signal."""
        return await asyncio.shield(self.ended)


class WarmProcessLost(ConnectionError):
    """The warm process has ended before it answered."""


class WarmStarts:
    """Starts `python -m MODULE` by forking; every other command as a fresh process.

    A warm process that is killed is started anew by the next task.
    """

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self._module = module
        self._environment = environment
        self._ids = itertools.count()
        self._asked: dict[int, asyncio.Future[Forked]] = {}
        self._running: dict[int, Forked] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._listener: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Starts the warm process and waits for its imports."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "laptop.run.zygote", self._module, *LIBRARIES,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None  # noqa: S101 - piped above
        await self._process.stdout.readline()
        self._listener = asyncio.create_task(self._listen(self._process.stdout))

    @property
    def pid(self) -> int | None:
        """The id of the warm process, None before it was opened."""
        return self._process.pid if self._process else None

    async def close(self) -> None:
        """Ends the warm process."""
        if self._listener is not None:
            self._listener.cancel()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()

    async def start(self, command: Command, log: BinaryIO) -> Running:
        """A running task: forked when it is the warm program, else started afresh."""
        if command.argv[1:] != ("-m", self._module) or self._process is None:
            return await start_process(command, log)
        async with self._opening:
            if self._listener is None or self._listener.done():
                await self.open()
        try:
            return await self._fork(command)
        except WarmProcessLost:
            return await start_process(command, log)

    async def _fork(self, command: Command) -> Forked:
        number = next(self._ids)
        asked: asyncio.Future[Forked] = asyncio.get_running_loop().create_future()
        self._asked[number] = asked
        request = {
            "id": number,
            "env": dict(command.env),
            "cwd": command.cwd or os.getcwd(),  # noqa: PTH109 - a string is sent
            "log": str(command.log),
        }
        assert self._process is not None  # noqa: S101 - opened before
        assert self._process.stdin is not None  # noqa: S101 - piped when opened
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        return await asked

    async def _listen(self, answers: asyncio.StreamReader) -> None:
        while line := await answers.readline():
            self._take(json.loads(line))
        self._lose()

    def _lose(self) -> None:
        """Nobody would hear of the end of its tasks any more, so they end with it."""
        for forked in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(forked.pid, signal.SIGKILL)
            forked.ended.set_result(-signal.SIGKILL)
        self._running.clear()
        for asked in self._asked.values():
            asked.set_exception(WarmProcessLost("the warm process has ended"))
        self._asked.clear()

    def _take(self, answer: dict[str, Any]) -> None:
        if "code" in answer:
            self._running.pop(answer["pid"]).ended.set_result(answer["code"])
            return
        forked = self._running[answer["pid"]] = Forked(answer["pid"])
        self._asked.pop(answer["id"]).set_result(forked)
