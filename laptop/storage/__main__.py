"""`python -m laptop.storage --port P`: serves the API until SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys

import uvicorn

from laptop.storage.rest import StorageApi

HOST = "127.0.0.1"


def main() -> None:
    """Serve; exits 1 with one line when the port is taken, 0 after SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m laptop.storage", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    port = parser.parse_args().port
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        sys.exit(f"laptop.storage: port {port} on {HOST} cannot be opened: {error.strerror}")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    print(json.dumps({"ready": True, "port": listener.getsockname()[1]}), flush=True)
    config = uvicorn.Config(StorageApi().application(), log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
