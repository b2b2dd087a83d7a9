"""One server: both faces on their ports, and a delivery task per push or BigQuery subscription."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Coroutine, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from laptop.faults import FaultRegistry, kill_request
from laptop.pubsub.bigquery_writer import TableWriter
from laptop.pubsub.feed import Feed
from laptop.pubsub.grpc_server import grpc_server
from laptop.pubsub.push import Pusher
from laptop.pubsub.rest import rest_app
from laptop.pubsub.service import Service

LONGEST = 600.0  # seconds: the longest ack deadline; a push has its own, shorter limit
FAULT_POINTS = {
    "publish": ("error", "delay", "kill_caller"),
    "push": ("error", "delay", "duplicate"),
}


class PortInUse(OSError):
    """Another process holds a port that this server was told to use."""

    def __init__(self, flag: str, port: int) -> None:
        super().__init__(f"{flag} {port} is in use on 127.0.0.1: give another, or 0 for a free one")


@dataclass(frozen=True)
class Settings:
    """Ports (0 = a free one) and the neighbours' addresses."""

    port: int = 0
    rest_port: int = 0
    bigquery_endpoint: str = "http://127.0.0.1:9050"
    run_endpoint: str = "http://127.0.0.1:8085"


class Deliveries:
    """Keeps one running task for every subscription that delivers by itself."""

    def __init__(self, service: Service, faults: FaultRegistry, settings: Settings) -> None:
        self._service = service
        self._faults = faults
        self._settings = settings
        self._client = httpx.AsyncClient(timeout=LONGEST, trust_env=False)
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}

    def sync(self) -> None:
        """Start and stop tasks so that they fit the subscriptions as they are now."""
        wanted = {(name, feed.kind): feed for name, feed in self._service.feeds.items()}
        for key in self._tasks.keys() - wanted.keys():
            self._tasks.pop(key).cancel()
        for key, feed in wanted.items():
            if key not in self._tasks and feed.kind != "pull":
                task = asyncio.create_task(self._delivery(feed), name=feed.backlog.name)
                task.add_done_callback(_report)
                self._tasks[key] = task

    def _delivery(self, feed: Feed) -> Coroutine[Any, Any, None]:
        if feed.kind == "push":
            return Pusher(feed, self._client, self._faults).run()
        return TableWriter(feed, self._client, self._settings.bigquery_endpoint).run()

    async def kill_caller(self, attributes: Mapping[str, str]) -> None:
        """Have the Cloud Run server kill the task that the message's attributes name."""
        execution, task = attributes.get("execution", ""), attributes.get("task", "")
        request = kill_request(self._settings.run_endpoint, execution, task)
        try:
            response = await self._client.send(request)
            response.raise_for_status()
        except httpx.HTTPError as error:
            print(f"kill of task {task!r} of {execution!r} failed: {error}", file=sys.stderr)

    async def close(self) -> None:
        """Stop all deliveries."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._client.aclose()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        print(f"delivery of {task.get_name()} ended: {error!r}", file=sys.stderr)


class Server:
    """A Pub/Sub server on 127.0.0.1 that is serving between `start` and `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.port = 0
        self.rest_port = 0

    async def start(self) -> None:
        """Listen on both ports; raises PortInUse."""
        faults = FaultRegistry(FAULT_POINTS)
        service = Service(faults, self._kill_caller)
        self._deliveries = Deliveries(service, faults, self._settings)
        service.on_change = self._deliveries.sync
        listener = _listener("--rest-port", self._settings.rest_port)
        _listener("--port", self._settings.port).close()
        self._grpc = grpc_server(service)
        self.port = self._grpc.add_insecure_port(f"127.0.0.1:{self._settings.port}")
        await self._grpc.start()
        config = uvicorn.Config(
            rest_app(service, faults),
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._http = _Uvicorn(config)
        self.rest_port = listener.getsockname()[1]
        self._serving = asyncio.create_task(self._http.serve([listener]))

    async def _kill_caller(self, attributes: Mapping[str, str]) -> None:
        await self._deliveries.kill_caller(attributes)

    async def stop(self) -> None:
        """Close both ports and end every delivery."""
        self._http.should_exit = True
        await self._grpc.stop(grace=0.5)
        await self._deliveries.close()
        await self._serving


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: the process's own decide when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _listener(flag: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise PortInUse(flag, port) from None
    return listener
