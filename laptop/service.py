"""One process of the laptop cloud: started with its log in a file, awaited, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from laptop.ports import answers

READY_SECONDS = 60.0
STOP_SECONDS = 5.0
LAST_LINES = 8


class ServiceFailed(RuntimeError):
    """A local service did not start; the message ends with the last lines of its log."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        lines = log.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
        super().__init__(f"{name} {what}; its log {log} ends: {' | '.join(lines) or '(empty)'}")
        self.name = name


@dataclass(frozen=True)
class Service:
    """A command that listens on a port once it is up."""

    name: str
    command: Sequence[str]
    port: int

    def start(self, environment: Mapping[str, str], logs: Path) -> Started:
        """Starts the process in a session of its own, so that it outlives its parent."""
        log = logs / f"{self.name}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                list(self.command),
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Started(self, process, log)


@dataclass(frozen=True)
class Process:
    """A process as others find it later: the service's name, its id, and what it was started as."""

    name: str
    pid: int
    words: tuple[str, ...]

    def goes_on(self) -> bool:
        """Whether it is there, or a child of it, and no other process has got its id since."""
        shown = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pgid=,args="], capture_output=True, text=True
        )
        # The interpreter's own path may be shown in another form.
        words = " ".join(self.words[1:])
        return any(
            line.split()[0] == str(self.pid) and words in line for line in shown.stdout.splitlines()
        )


@dataclass(frozen=True)
class Started:
    """A started service."""

    service: Service
    process: subprocess.Popen[bytes]
    log: Path

    def noted(self) -> Process:
        """What is kept of it, so that others can end it."""
        return Process(self.service.name, self.process.pid, tuple(self.service.command))

    def wait_until_ready(self) -> None:
        """Returns when the port answers; ServiceFailed when the process ends or takes a minute."""
        deadline = time.monotonic() + READY_SECONDS
        while not answers(self.service.port):
            if self.process.poll() is not None:
                raise ServiceFailed(
                    self.service.name, f"exited with {self.process.returncode}", self.log
                )
            if time.monotonic() > deadline:
                raise ServiceFailed(
                    self.service.name, f"did not answer within {READY_SECONDS:.0f} s", self.log
                )
            time.sleep(0.02)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What is interrupted in here is so at the end: a process that starts is known by then.

    Only the main thread hears signals; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: heard.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for late in heard:
        signal.raise_signal(late)


def end(processes: Iterable[Process]) -> None:
    """Ends those that go on, and no other process that has got the id of one since."""
    stop([process.pid for process in processes if process.goes_on()])


def stop(pids: Sequence[int]) -> None:
    """Ends groups of processes by their leaders: SIGTERM to each, SIGKILL to any that stays."""
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in pids:
        if _alive(pid):
            _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def _alive(pid: int) -> bool:
    # A child that has ended answers signals until somebody has waited for it.
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True
