"""`python -m laptop.run --port P`: serves the API until SIGTERM, then stops its tasks."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from laptop.faults import fault_routes
from laptop.run import faults
from laptop.run.api import RunApi
from laptop.run.control import LocalControl
from laptop.run.errors import ApiError
from laptop.run.execution import Host
from laptop.run.registry import Registry
from laptop.run.services import ServiceApi
from laptop.run.warm import WarmStarts
from laptop.service_times import ServiceTimes

HOST = "127.0.0.1"


def application(host: Host, port: int, warm_module: str = "") -> Starlette:
    """The server as an ASGI application; its tasks end when it shuts down."""
    warm = WarmStarts(warm_module, host.environment) if warm_module else None
    registry = Registry(replace(host, launch=warm.start) if warm else host)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if warm:
            await warm.open()
        print(json.dumps({"ready": True, "port": port}), flush=True)
        yield
        await registry.close()
        if warm:
            await warm.close()

    armed = faults.registry()
    api = RunApi(registry, f"http://{HOST}:{port}", armed)
    return Starlette(
        routes=[
            *api.routes(),
            *ServiceApi().routes(),
            *LocalControl(registry).routes(),
            *fault_routes(armed),
        ],
        exception_handlers={ApiError: _refusal, HTTPException: _no_route},
        lifespan=lifespan,
    )


def main() -> None:
    """Serve; exits 1 with one line when the port is taken, 0 after SIGTERM."""
    options = _options()
    try:
        listener = socket.create_server((HOST, options.port))
    except OSError as error:
        sys.exit(f"laptop.run: port {options.port} on {HOST} cannot be opened: {error.strerror}")
    logs = options.log_dir or Path(tempfile.mkdtemp(prefix="run-logs-"))
    app = application(
        Host(
            dict(os.environ),
            logs,
            options.grace_seconds,
            entrypoint=tuple(shlex.split(options.entrypoint)),
            times=ServiceTimes(options.like_production),
        ),
        listener.getsockname()[1],
        options.warm,
    )
    config = uvicorn.Config(app, log_level="warning", loop="asyncio", timeout_graceful_shutdown=1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    uvicorn.Server(config).run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m laptop.run", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--log-dir", type=Path, help="where task output goes (default: temporary)")
    parser.add_argument(
        "--grace-seconds", type=float, default=10.0, help="from SIGTERM to SIGKILL (default: 10)"
    )
    parser.add_argument(
        "--warm",
        default="",
        metavar="MODULE",
        help="fork tasks of `python -m MODULE` after imports",
    )
    parser.add_argument(
        "--entrypoint",
        default="",
        metavar="COMMAND",
        help="what a container without a command runs, in place of its image's entrypoint",
    )
    parser.add_argument(
        "--like-production",
        type=float,
        default=0.0,
        metavar="SCALE",
        help="wait as long as the service for executions and tasks, times this (default: 0)",
    )
    return parser.parse_args()


async def _refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this class only
    return JSONResponse(error.document(), status_code=error.code)


async def _no_route(request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 500
    refusal = ApiError(code, "NOT_FOUND", f"{request.method} {request.url.path} is no method here")
    return JSONResponse(refusal.document(), status_code=code)


if __name__ == "__main__":
    main()
