"""Real servers on free ports: the embedded one, Google's emulator and an endpoint for pushes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.pubsub_v1 import PublisherClient, PubsubMessage, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from laptop.ports import free_port

PROJECT = "projects/demo"
PATIENCE = 120.0


def eventually(read: Callable[[], Any], what: str) -> Any:
    """The first true value that `read` gives; fails naming what never came."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if value := read():
            return value
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")


@dataclass
class Broker:
    """A running Pub/Sub server and clients of it that do not retry by themselves."""

    kind: str
    address: str
    rest: str

    def __post_init__(self) -> None:
        channel = grpc.insecure_channel(
            self.address, options=[("grpc.max_send_message_length", -1)]
        )
        self.publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        self.http = httpx.Client(base_url=self.rest, timeout=PATIENCE)
        self.subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))

    def topic(self, name: str = "") -> str:
        """A new topic."""
        path = f"{PROJECT}/topics/{name or fresh('topic')}"
        self.publisher.create_topic(name=path, retry=None)
        return path

    def subscription(self, topic: str, **settings: Any) -> str:
        """A new subscription of the topic."""
        path = f"{PROJECT}/subscriptions/{fresh('sub')}"
        request = {"name": path, "topic": topic, **settings}
        self.subscriber.create_subscription(request=request, retry=None)
        return path

    def publish(self, topic: str, data: bytes = b"", **attributes: str) -> str:
        """Publish one message; returns its id."""
        message = PubsubMessage(data=data, attributes=attributes)
        response = self.publisher.publish(
            topic=topic, messages=[message], retry=None, timeout=PATIENCE
        )
        return str(response.message_ids[0])

    def pull(self, subscription: str, limit: int = 10) -> list[Any]:
        """What is deliverable now, without waiting for more."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            response = self.subscriber.pull(
                subscription=subscription, max_messages=limit, return_immediately=True, retry=None
            )
        return list(response.received_messages)

    def next_messages(self, subscription: str) -> list[Any]:
        """The next deliveries, however long the server takes."""
        found: list[Any] = eventually(
            lambda: self.pull(subscription), f"a message of {subscription}"
        )
        return found

    def nack(self, subscription: str, ack_id: str) -> None:
        """Give one delivery back."""
        self.subscriber.modify_ack_deadline(
            subscription=subscription, ack_ids=[ack_id], ack_deadline_seconds=0, retry=None
        )

    def state(self, subscription: str) -> dict[str, Any]:
        """The embedded server's figures of a subscription."""
        listed = self.http.get("/_local/state").json()["subscriptions"]
        return next(one for one in listed if one["name"] == subscription)

    def arm(self, **fault: Any) -> None:
        """Arm a fault in the embedded server."""
        self.http.post("/_local/faults", json=fault).raise_for_status()


def fresh(prefix: str) -> str:
    """A resource id nobody has used."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


@contextlib.contextmanager
def process(command: list[str], **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """A child in its own process group, which is gone afterwards."""
    child = subprocess.Popen(command, text=True, start_new_session=True, **settings)
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(10)
        if child.stdout:
            child.stdout.close()


@contextlib.contextmanager
def embedded_server(*options: str) -> Iterator[Broker]:
    """`python -m laptop.pubsub` on free ports."""
    command = [sys.executable, "-m", "laptop.pubsub", "--port", "0", "--rest-port", "0", *options]
    with process(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline())
        yield Broker(
            "embedded", f"127.0.0.1:{ready['port']}", f"http://127.0.0.1:{ready['rest_port']}"
        )


@contextlib.contextmanager
def official_server(folder: Path) -> Iterator[Broker]:
    """Google's emulator as gcloud starts it."""
    missing = [tool for tool in ("gcloud", "java") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"the official emulator needs {' and '.join(missing)}, not installed here")
    address = f"127.0.0.1:{free_port()}"
    command = ["gcloud", "beta", "emulators", "pubsub", "start", f"--host-port={address}"]
    log = folder / "emulator.log"
    environment = os.environ | {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    with (
        log.open("w") as output,
        process(
            [*command, f"--data-dir={folder}", "--project=demo"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
        ) as child,
    ):
        eventually(lambda: child.poll() is not None or _answers(address), "the official emulator")
        if child.poll() is not None:
            pytest.skip(f"gcloud cannot start the official emulator: {log.read_text()[-300:]}")
        yield Broker("official", address, f"http://{address}")


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/v1/{PROJECT}/topics").status_code == 200
    except httpx.TransportError:
        return False


@dataclass
class Receiver:
    """An HTTP endpoint that records every POST; it gives the next answer of `answers`, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def data(self) -> list[str]:
        """The payloads received so far, still in base64."""
        return [body["message"]["data"] for body in self.bodies]

    def wait_for(self, number: int) -> list[dict[str, Any]]:
        """The bodies once there are at least so many."""
        eventually(lambda: len(self.bodies) >= number, f"push {number}, after {self.bodies}")
        return self.bodies


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    record = Receiver()
    record.hold.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            record.times.append(time.monotonic())
            record.bodies.append(json.loads(body) | {"path": self.path})
            answer = record.answers.pop(0) if record.answers else 204
            record.hold.wait(PATIENCE)
            with contextlib.suppress(OSError):
                self.send_response(answer)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    record.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield record
    record.hold.set()
    server.shutdown()
    server.server_close()
