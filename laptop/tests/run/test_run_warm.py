"""Warm starts are starts: the program cannot tell a fork from a fresh process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from laptop.run.attempt import Attempt, Command, Outcome
from laptop.run.warm import WarmStarts

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


def _outcomes(
    tmp_path: Path, module: str, actions: list[str], kill: signal.Signals | None = None
) -> list[Outcome]:
    async def run() -> list[Outcome]:
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"}
        warm = WarmStarts(module, {**environment, "LEAKED": "yes"})
        await warm.open()
        attempts = []
        for index, action in enumerate(actions):
            variables = {**environment, "CLOUD_RUN_TASK_INDEX": str(index), "ACTION": action}
            argv = (sys.executable, "-m", module)
            log = tmp_path / f"task{index}.log"
            command = Command(argv, variables, str(tmp_path), 30, log)
            attempts.append(Attempt(command, 1, warm.start))
        tasks = [asyncio.create_task(attempt.run()) for attempt in attempts]
        if kill is not None:
            while not (tmp_path / "task0.log").exists() or not attempts[0].pid:
                await asyncio.sleep(0.01)
            os.kill(attempts[0].pid, kill)
        outcomes = await asyncio.gather(*tasks)
        await warm.close()
        return outcomes

    return asyncio.run(asyncio.wait_for(run(), 60))


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
