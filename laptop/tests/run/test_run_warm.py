"""Warm starts are starts: the program cannot tell a fork from a fresh process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from laptop.run.attempt import Attempt, Command, Outcome
from laptop.run.warm import WarmStarts

Made = Callable[..., Attempt]
PROGRAM = """
import os, sys, time
if __name__ == "__main__":
    print(os.environ.get("CLOUD_RUN_TASK_INDEX"), os.environ.get("LEAKED"), os.getcwd(), flush=True)
    action = os.environ.get("ACTION", "0")
    if action == "sleep":
        time.sleep(60)
    if action == "raise":
        raise RuntimeError("broken")
    sys.exit(int(action) if action.isdecimal() else action)
"""


@pytest.fixture
def module(tmp_path: Path) -> str:
    (tmp_path / "warmed_program.py").write_text(PROGRAM)
    return "warmed_program"


@asynccontextmanager
async def warmed(tmp_path: Path, module: str) -> AsyncIterator[tuple[WarmStarts, Made]]:
    """Warm starts of the program, and what makes an attempt of it."""
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"}
    warm = WarmStarts(module, {**environment, "LEAKED": "yes"})
    await warm.open()

    def made(action: str, index: int = 0) -> Attempt:
        variables = {**environment, "CLOUD_RUN_TASK_INDEX": str(index), "ACTION": action}
        argv = (sys.executable, "-m", module)
        log = tmp_path / f"task{index}.log"
        return Attempt(Command(argv, variables, str(tmp_path), 30, log), 1, warm.start)

    yield warm, made
    await warm.close()


def _outcomes(
    tmp_path: Path, module: str, actions: list[str], kill: signal.Signals | None = None
) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with warmed(tmp_path, module) as (_, made):
            attempts = [made(action, index) for index, action in enumerate(actions)]
            tasks = [asyncio.create_task(attempt.run()) for attempt in attempts]
            if kill is not None:
                os.kill(await started(attempts[0]), kill)
            return await asyncio.gather(*tasks)

    return asyncio.run(asyncio.wait_for(run(), 60))


async def started(attempt: Attempt) -> int:
    """The id of its process, once there is one."""
    while not attempt.pid:
        await asyncio.sleep(0.01)
    return attempt.pid


def test_exit_codes_arrive(tmp_path: Path, module: str) -> None:
    outcomes = _outcomes(tmp_path, module, ["0", "3", "text", "raise"])
    assert [outcome.code for outcome in outcomes] == [0, 3, 1, 1]


def test_each_task_has_its_own_environment_folder_and_log(tmp_path: Path, module: str) -> None:
    _outcomes(tmp_path, module, ["0", "0"])
    logs = [(tmp_path / f"task{index}.log").read_text() for index in range(2)]
    assert logs == [f"{index} None {tmp_path}\n" for index in range(2)]


def test_an_exception_leaves_its_traceback_in_the_log(tmp_path: Path, module: str) -> None:
    _outcomes(tmp_path, module, ["raise"])
    assert "RuntimeError: broken" in (tmp_path / "task0.log").read_text()


def test_a_killed_task_ends_by_that_signal_and_its_neighbours_go_on(
    tmp_path: Path, module: str
) -> None:
    outcomes = _outcomes(tmp_path, module, ["sleep", "0"], kill=signal.SIGKILL)
    assert [outcome.code for outcome in outcomes] == [-signal.SIGKILL, 0]


def test_many_at_once_all_end(tmp_path: Path, module: str) -> None:
    outcomes = _outcomes(tmp_path, module, ["0"] * 60)
    assert {outcome.code for outcome in outcomes} == {0}


def test_a_warm_process_that_was_killed_while_idle_is_started_anew(
    tmp_path: Path, module: str
) -> None:
    async def run() -> list[int]:
        async with warmed(tmp_path, module) as (warm, made):
            os.kill(warm.pid or 0, signal.SIGKILL)
            return [(await made("0").run()).code for _ in range(2)]

    assert asyncio.run(asyncio.wait_for(run(), 60)) == [0, 0]


def test_tasks_of_a_warm_process_that_was_killed_end_with_it(tmp_path: Path, module: str) -> None:
    async def run() -> int:
        async with warmed(tmp_path, module) as (warm, made):
            attempt = made("sleep")
            task = asyncio.create_task(attempt.run())
            await started(attempt)
            os.kill(warm.pid or 0, signal.SIGKILL)
            return (await task).code

    assert asyncio.run(asyncio.wait_for(run(), 60)) == -signal.SIGKILL
