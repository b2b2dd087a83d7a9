"""A BigQuery that is silent, or refuses, is told of while a command waits for it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from laptop.ports import HOST
from phase4.cli import open_warehouse as module
from phase4.cli.open_warehouse import open_warehouse
from phase4.cloud import emulator, warehouse
from phase4.cloud.retries import DeadlineExceeded, Unreachable
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.tables.thresholds import RETRY_NOTES


@pytest.fixture
def port() -> Iterator[socket.socket]:
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        yield bound


@pytest.fixture
def asked(port: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The tables of a BigQuery behind that port, which nobody listens to yet."""
    monkeypatch.setenv(emulator.BIGQUERY, f"http://{HOST}:{port.getsockname()[1]}")
    monkeypatch.setenv("PHASE4_PROJECT", "some-project")
    monkeypatch.setattr(module, "NOTICE_SECONDS", 0.2)
    monkeypatch.setattr(warehouse, "UNREACHABLE_SECONDS", 1.0)
    monkeypatch.setitem(RETRY_NOTES, "after_seconds", 0)
    return open_warehouse(replace(Settings.from_environment(), deadline_seconds=2))


def test_of_a_silent_one_is_told_once(
    asked: Warehouse, port: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    port.listen()
    for _ in range(2):
        with pytest.raises(DeadlineExceeded):
            asked.query("SELECT 1")
    assert capsys.readouterr().err == "waiting for BigQuery to answer\n"


def test_of_one_that_refuses_is_told_why_and_how_long_it_is_asked(
    asked: Warehouse, port: socket.socket, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "NOTICE_SECONDS", 60)
    number = port.getsockname()[1]
    refused = rf"host='{HOST}', port={number}\)?: .*Connection refused"
    with pytest.raises(Unreachable, match=refused) as raised:
        asked.query("SELECT 1")
    assert "Max retries exceeded" not in str(raised.value)
    [line] = capsys.readouterr().err.splitlines()
    assert re.fullmatch(rf"waiting for BigQuery: .*{refused}; asked again for up to \d\.\d s", line)
