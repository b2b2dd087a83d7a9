"""The emulator as its wheel brings it, in the foreground: nothing of `laptop.bigquery` is in it."""

from __future__ import annotations

import asyncio
import json
import logging

import structlog

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

import bqemulator.server as emulator  # noqa: E402  (it logs while it is imported)
from bqemulator.config import LogLevel, Settings  # noqa: E402
from bqemulator.storage.engine import DuckDBEngine  # noqa: E402


class WithoutGeography(DuckDBEngine):
    """The extension for GEOGRAPHY is a download of its own; no test here asks for it."""

    def _load_spatial(self) -> None: ...


async def serve() -> None:
    """Prints the ports as one line of JSON, then serves until it is killed."""
    vars(emulator).update(DuckDBEngine=WithoutGeography)
    settings = Settings(
        rest_port=0,
        grpc_port=0,
        default_project_id="demo",
        log_level=LogLevel.ERROR,
        enable_format_extensions=False,
        metrics_enabled=False,
        admin_enabled=False,
    )
    server = emulator.EmulatorServer(settings)
    await server.start()
    print(json.dumps({"port": server.rest_port, "grpc_port": server.grpc_port}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
