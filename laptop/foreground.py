"""A server in the foreground: an ASGI application on a port until SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys

import uvicorn
from starlette.applications import Starlette

from laptop.ports import HOST


def serve(program: str, description: str | None, application: Starlette) -> None:
    """Serve on `--port`; exits 1 with one line when the port is taken, 0 after SIGTERM."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    port = parser.parse_args().port
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        sys.exit(f"{program}: port {port} on {HOST} cannot be opened: {error.strerror}")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    print(json.dumps({"ready": True, "port": listener.getsockname()[1]}), flush=True)
    uvicorn.Server(uvicorn.Config(application, log_level="warning")).run(sockets=[listener])
