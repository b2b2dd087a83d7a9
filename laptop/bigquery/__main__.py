"""`python -m laptop.bigquery`: the emulator in the foreground."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys

from laptop.service_times import ServiceTimes

from .kept import SHELF, users_cache
from .limits import LAPTOP, SERVICE, Figures
from .memory import bound_heap
from .server import LocalBigQuery, PortInUse

# A syntax tree is thousands of objects that all live: looked through as often as Python does by
# itself, the collector takes half of a translation.
_COLLECT_AFTER = (50_000, 5, 10)


def main() -> int:
    """Serve until SIGTERM; print one JSON line with the ports when ready."""
    options = _parse()
    bound_heap()
    SHELF.open(users_cache())
    try:
        server = LocalBigQuery(
            options.port,
            options.grpc_port,
            options.project,
            options.location,
            options.run_endpoint,
            _limits(options),
            ServiceTimes(options.like_production),
        )
    except PortInUse as error:
        print(f"laptop.bigquery: {error}", file=sys.stderr)
        return 1
    asyncio.run(_serve(server))
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m laptop.bigquery", description=__doc__)
    parser.add_argument("--port", type=int, default=9050, help="REST port, 0 = a free one")
    parser.add_argument("--grpc-port", type=int, default=9060, help="Storage API, 0 = a free one")
    parser.add_argument("--project", default="demo")
    parser.add_argument("--location", default="us-west2")
    parser.add_argument("--run-endpoint", help="where the local Cloud Run server kills tasks")
    parser.add_argument(
        "--service-limits", action="store_true", help="changes of a table as often as the service"
    )
    parser.add_argument(
        "--like-production",
        type=float,
        default=0.0,
        metavar="SCALE",
        help="loads as slow as those of the service, times this, and as many in the time they take",
    )
    return parser.parse_args()


def _limits(options: argparse.Namespace) -> Figures:
    if options.like_production:
        # Where loads take a tenth of the time, ten times as many go into ten seconds.
        return Figures.scaled(1 / options.like_production)
    return SERVICE if options.service_limits else LAPTOP


async def _serve(server: LocalBigQuery) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await server.start()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    port, grpc_port = server.ports
    print(json.dumps({"ready": True, "port": port, "grpc_port": grpc_port}), flush=True)
    await stop.wait()
    await server.stop()


if __name__ == "__main__":
    sys.exit(main())
