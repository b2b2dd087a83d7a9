"""The loopback ports of the laptop cloud: fixed ones by default, free ones on request."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass, fields

HOST = "127.0.0.1"


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
    validator: int = 8090

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody listens on now."""
        with ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket()) for _ in fields(cls)]
            for bound in sockets:
                bound.bind((HOST, 0))
            return cls(*(bound.getsockname()[1] for bound in sockets))

    def taken(self) -> tuple[str, int] | None:
        """The first endpoint whose port somebody listens on, with the port."""
        for field in fields(self):
            port = getattr(self, field.name)
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    return field.name, port
        return None
