"""Local services as processes: ready, failed with their last words, ended whatever they do."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from laptop.ports import answers, free_port
from laptop.service import Service, ServiceFailed, Started, stop, uninterrupted

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


def test_a_process_that_is_long_gone_is_stopped_without_a_word(tmp_path: Path) -> None:
    service = started("pass", tmp_path)
    service.process.wait(timeout=30)
    began = time.monotonic()
    stop([service.process.pid])
    assert time.monotonic() - began < 1


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
