"""The loopback ports of the servers: fixed ones by default, free ones on request."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, fields

HOST = "127.0.0.1"
_reserved: list[socket.socket] = []


@dataclass(frozen=True)
class Ports:
    """One port per endpoint."""

    bigquery: int = 9050
    bigquery_storage: int = 9060
    pubsub: int = 8085
    pubsub_rest: int = 8086
    run: int = 8087
    workflows: int = 8088
    workflows_grpc: int = 8089
    function: int = 8090
    storage: int = 8091

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody has, kept from all other programs for as long as this process lives."""
        return cls(*(free_port() for _ in fields(cls)))

    def taken(self, endpoints: Collection[str] = ()) -> tuple[str, int] | None:
        """The first of these endpoints (of all) whose port somebody listens on, with the port."""
        for name in endpoints or [field.name for field in fields(self)]:
            port = getattr(self, name)
            if answers(port):
                return name, port
        return None

    def await_free(self, endpoints: Collection[str], seconds: float) -> None:
        """Returns once nobody listens on any of these, or when the time is over.

        A process that is killed closes its ports only after it has given its memory back.
        """
        give_up = time.monotonic() + seconds
        while self.taken(endpoints) and time.monotonic() < give_up:
            time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def free_port() -> int:
    """A port that nobody has, kept from all other programs for as long as this process lives.

    A socket that is bound and does not listen keeps the kernel from giving the port away, and lets
    a server listen on it that sets SO_REUSEADDR, as all of ours do. Only Linux knows that.
    """
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, 0))
    port = int(bound.getsockname()[1])
    if sys.platform == "linux":
        _reserved.append(bound)
    else:
        bound.close()
    return port
