"""Free ports are the caller's own: nobody else gets one between the choice and the listening."""

from __future__ import annotations

import socket
import sys

import pytest

from laptop.ports import HOST, Ports, free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port like that")


def test_a_free_port_is_refused_to_whoever_does_not_share_addresses() -> None:
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((HOST, free_port()))


def test_a_server_listens_on_a_free_port_and_again_after_it_was_stopped() -> None:
    port = free_port()
    for _ in range(2):
        with socket.create_server((HOST, port)), socket.create_connection((HOST, port)):
            pass


def test_nobody_answers_on_a_free_port_before_its_server_is_there() -> None:
    assert Ports.free().taken() is None
