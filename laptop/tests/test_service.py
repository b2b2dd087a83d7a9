"""Local services as processes: ready, failed with their last words, ended whatever they do."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from laptop.ports import answers, free_port
from laptop.service import STOP_SECONDS, Service, ServiceFailed, Started, end, stop, uninterrupted

LISTENS = "import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "


def started(program: str, folder: Path, **variables: str) -> Started:
    port = free_port()
    command = [sys.executable, "-c", program.format(port=port)]
    return Service("made-up", command, port).start(variables, folder)


def test_a_service_is_ready_when_its_port_answers_and_ends_with_stop(tmp_path: Path) -> None:
    service = started(LISTENS, tmp_path)
    service.wait_until_ready()
    assert service.process.poll() is None
    stop([service.process.pid])
    assert not answers(service.service.port)


def test_a_service_that_ends_says_its_code_and_the_last_lines_of_its_log(tmp_path: Path) -> None:
    service = started("import sys; print('why'); sys.exit(3)", tmp_path)
    with pytest.raises(ServiceFailed, match=r"made-up exited with 3; its log .*made-up.log.*: why"):
        service.wait_until_ready()


def test_a_service_has_the_variables_that_it_was_given(tmp_path: Path) -> None:
    service = started("import os; print(os.environ['GIVEN'])", tmp_path, GIVEN="here")
    service.process.wait(timeout=30)
    assert service.log.read_text() == "here\n"


def test_who_does_not_hear_the_signal_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("laptop.service.STOP_SECONDS", 0.2)
    service = started(DEAF + LISTENS, tmp_path)
    service.wait_until_ready()
    stop([service.process.pid])
    assert service.process.wait(timeout=30) == -signal.SIGKILL


def test_children_of_a_leader_that_was_killed_are_found_and_ended(tmp_path: Path) -> None:
    service = started("import os; os.fork(); " + LISTENS.replace("{port}", "0"), tmp_path)
    leader = service.noted()
    until(lambda: len(members(leader.pid)) == 2)
    service.process.kill()
    service.process.wait(timeout=30)
    assert leader.goes_on()
    end([leader])
    assert not leader.goes_on()


def members(group: int) -> list[str]:
    """The processes of a group, as they are shown."""
    shown = subprocess.run(["ps", "-A", "-o", "pgid="], capture_output=True, text=True, check=True)
    return [line for line in shown.stdout.split() if line == str(group)]


def until(holds: Callable[[], bool]) -> None:
    """Returns once it holds."""
    give_up = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_a_process_that_is_long_gone_is_stopped_without_a_word(tmp_path: Path) -> None:
    service = started("pass", tmp_path)
    service.process.wait(timeout=30)
    began = time.monotonic()
    stop([service.process.pid])
    assert time.monotonic() - began < STOP_SECONDS


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What happens in order; a signal to end is heard, whatever the tests themselves do with it."""
    order: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: order.append("the signal"))
    yield order
    signal.signal(signal.SIGTERM, before)


def test_a_signal_while_a_process_starts_is_heard_when_it_is_known(heard: list[str]) -> None:
    with uninterrupted():
        signal.raise_signal(signal.SIGTERM)
        heard.append("the process")
    assert heard == ["the process", "the signal"]


def test_afterwards_a_signal_is_heard_at_once(heard: list[str]) -> None:
    with uninterrupted():
        pass
    signal.raise_signal(signal.SIGTERM)
    assert heard == ["the signal"]
