"""`python -m laptop.pubsub`: a Pub/Sub server on this machine until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from laptop.pubsub.server import PortInUse, Server, Settings

HIGHEST_PORT = 65535


def parsed(arguments: list[str]) -> Settings:
    """The settings that the command line asks for."""
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="python -m laptop.pubsub", description=__doc__)
    parser.add_argument("--port", type=_port, default=defaults.port, help="gRPC; 0 = a free one")
    parser.add_argument(
        "--rest-port", type=_port, default=defaults.rest_port, help="REST; 0 = free"
    )
    parser.add_argument("--bigquery-endpoint", default=defaults.bigquery_endpoint)
    parser.add_argument("--run-endpoint", default=defaults.run_endpoint)
    return Settings(**vars(parser.parse_args(arguments)))


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"expected 0 to {HIGHEST_PORT}, found {text!r}")
    return int(text)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, after one JSON line with the ports."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = Server(settings)
    await server.start()
    ready = {"ready": True, "port": server.port, "rest_port": server.rest_port}
    print(json.dumps(ready), flush=True)
    await stopping.wait()
    await server.stop()


def main() -> int:
    """Exit code 0 after a stop, 1 when a port is in use."""
    try:
        asyncio.run(serve(parsed(sys.argv[1:])))
    except PortInUse as error:
        print(f"laptop.pubsub: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
