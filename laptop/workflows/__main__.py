"""`python -m laptop.workflows`: the local Cloud Workflows server."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvicorn
from starlette.applications import Starlette

from laptop.faults import fault_routes
from laptop.workflows import faults
from laptop.workflows.catalog import Catalog
from laptop.workflows.executions import Executions
from laptop.workflows.grpc_api import server
from laptop.workflows.rest_api import application

HOST = "127.0.0.1"


def _connector(text: str) -> tuple[str, str]:
    service, _, url = text.partition("=")
    if not service or not (url == "self" or url.startswith(("http://", "https://"))):
        raise argparse.ArgumentTypeError(f"{text!r} is not SERVICE=URL or SERVICE=self")
    return service, url


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m laptop.workflows", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="REST port, 0 for any free one")
    parser.add_argument("--grpc-port", type=int, default=0, help="gRPC port, 0 for any free one")
    parser.add_argument(
        "--connector",
        type=_connector,
        action="append",
        default=[],
        metavar="SERVICE=URL",
        help="where a Google API is, e.g. bigquery=http://127.0.0.1:9050; self is this server",
    )
    return parser.parse_args(words)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(128)
    return listener


def _lifespan(rpc: grpc.Server, executions: Executions, ready: dict[str, Any]) -> Any:
    """Starts gRPC and says so; at the end cancels what still runs."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        rpc.start()
        print(json.dumps({"ready": True, **ready}), flush=True)
        yield
        executions.stop()
        rpc.stop(grace=0.5).wait()

    return lifespan


def _serve(listener: socket.socket, grpc_port: int, connectors: dict[str, str]) -> None:
    port = listener.getsockname()[1]
    own = f"http://{HOST}:{port}"
    endpoints = {name: own if url == "self" else url for name, url in connectors.items()}
    catalog = Catalog()
    armed = faults.registry()
    executions = Executions(catalog, endpoints, armed)
    rpc, grpc_port = server(catalog, executions, grpc_port)
    lifespan = _lifespan(rpc, executions, {"port": port, "grpc_port": grpc_port})
    app = application(catalog, executions, fault_routes(armed), lifespan=lifespan)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


def main(words: list[str]) -> int:
    """Serve until SIGTERM or SIGINT; 1 if a port is taken."""
    arguments = _arguments(words)
    sys.setrecursionlimit(10_000)  # an expression of 400 characters may nest 390 deep
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: sys.exit(0))
    try:
        port = arguments.port
        listener = _listen(port)
        if port := arguments.grpc_port:
            _listen(port).close()  # gRPC itself would log more than one line
        _serve(listener, port, dict(arguments.connector))
    except OSError as error:
        print(f"laptop.workflows: cannot listen on {HOST}:{port}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
