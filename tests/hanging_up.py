"""A service that hangs up on everybody for a while, from the first call on."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from laptop.ports import HOST


@contextmanager
def hanging_up(before: int, seconds: float) -> Iterator[int]:
    """A port before another one, which passes on what comes later than that."""
    first_call: list[float] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            first_call.append(time.monotonic())
            if time.monotonic() < first_call[0] + seconds:
                return
            with socket.create_connection((HOST, before)) as there:
                back = threading.Thread(target=_pump, args=(there, self.request), daemon=True)
                back.start()
                _pump(self.request, there)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
