"""One attempt of a task: an OS process that leads its own session."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

# What a shell answers for a command that is not there.
EXIT_CANNOT_START = 127


@dataclass(frozen=True)
class Command:
    """What to run: full environment, seconds until the timeout, file for stdout and stderr."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str | None
    timeout: float
    log: Path


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: a code below 0 is the signal that ended it."""

    code: int
    stopped: bool = False
    timed_out: bool = False

    @property
    def succeeded(self) -> bool:
        """Exit code 0 without having been told to stop."""
        return self.code == 0 and not self.stopped


class Running(Protocol):
    """A started process."""

    pid: int

    @property
    def returncode(self) -> int | None:
        """Its exit code, None while it runs."""

    async def wait(self) -> int:
        """Waits for its end; the exit code, below 0 for a signal."""


Start = Callable[[Command, BinaryIO], Awaitable[Running]]


async def start_process(command: Command, log: BinaryIO) -> Running:
    """Starts a fresh process in a session of its own."""
    return await asyncio.create_subprocess_exec(
        *command.argv,
        env=command.env,
        cwd=command.cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


class Attempt:
    """Runs a command once; the whole process group ends with it."""

    def __init__(self, command: Command, grace: float, launch: Start = start_process) -> None:
        """`grace` is the time in seconds between SIGTERM and SIGKILL."""
        self._command = command
        self._launch = launch
        self._grace = grace
        self._process: Running | None = None
        self._stopped = False
        self._timed_out = False
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        if self._process is None or self._process.returncode is not None:
            return None
        return self._process.pid

    async def run(self) -> Outcome:
        """Start the process and wait for its end; one that cannot start ends with 127."""
        try:
            self._process = await self._start()
        except (OSError, ValueError):
            return Outcome(EXIT_CANNOT_START, self._stopped)
        # Told to stop while it was being started.
        if self._stopped:
            self.stop()
        return await self._wait(self._process)

    async def _start(self) -> Running:
        self._command.log.parent.mkdir(parents=True, exist_ok=True)
        with self._command.log.open("ab") as log:
            try:
                return await self._launch(self._command, log)
            except (OSError, ValueError) as error:
                log.write(f"cannot start {self._command.argv[0]}: {error}\n".encode())
                raise

    async def _wait(self, process: Running) -> Outcome:
        self._later(self._command.timeout, self._time_out)
        code = await process.wait()
        for timer in self._timers:
            timer.cancel()
        self._signal_group(signal.SIGKILL)
        return Outcome(code, self._stopped, self._timed_out)

    def stop(self) -> None:
        """SIGTERM to the process group now, SIGKILL after the grace time."""
        self._stopped = True
        if self.pid is not None:
            self._signal_group(signal.SIGTERM)
            self._later(self._grace, self.kill)

    def kill(self) -> None:
        """SIGKILL to the process group; the attempt counts as failed, not as stopped."""
        self._signal_group(signal.SIGKILL)

    def _time_out(self) -> None:
        self._timed_out = True
        self.stop()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(seconds, action))

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                # The group: what a task has started must not outlive it.
                os.killpg(self._process.pid, number)
