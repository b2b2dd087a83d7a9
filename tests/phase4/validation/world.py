"""The validator's world on real local servers: BigQuery, Pub/Sub and the function's own process."""

from __future__ import annotations

import atexit
import base64
import itertools
import json
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud import pubsub_v1

from laptop import service
from laptop.ports import HOST, Ports
from phase4.cloud.loads import load_config, parquet
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES
from sample import environment
from tests.phase4.validation.league import League

MAIN = Path(__file__).parents[3] / "functions" / "validator" / "main.py"
PATIENCE = 120.0
OPS = [key for key, spec in TABLES.items() if spec.layer == "ops"]
SECRET = "T0SECRET"
FIRST_DAY = date(2024, 11, 5)
_windows = itertools.count()


@dataclass(frozen=True)
class Span:
    """A range of eight dates that no other test of this process uses."""

    start: date
    end: date

    @property
    def label(self) -> str:
        return f"{self.start}..{self.end}"

    def day(self, number: int) -> date:
        return self.start + timedelta(days=number)


@dataclass
class Webhook:
    """A real web server that answers with `status` (0: hangs up) and keeps what it was sent."""

    url: str
    status: int = 200
    received: list[str] = field(default_factory=list)

    @classmethod
    def open(cls) -> Webhook:
        """A webhook on a free port for as long as the process lives, with a secret in its path."""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                record.received.append(json.loads(body)["text"])
                if record.status:
                    self.send_response(record.status)
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        server = ThreadingHTTPServer((HOST, 0), Handler)
        record = cls(f"http://{HOST}:{server.server_port}/services/{SECRET}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return record


@dataclass
class World:
    """Servers that all tests of a process share; `hold` gives the tables a new content."""

    ports: Ports
    settings: Settings
    folder: Path
    started: list[service.Started] = field(default_factory=list)
    webhook: Webhook = field(init=False)

    @cached_property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings, Caller("test"))

    def sql(self, statement: str, **parameters: Any) -> list[Row]:
        """Rows of one statement; `@name` parameters by keyword."""
        return self.warehouse.query(statement, parameters)

    def hold(self, league: League, **ops: Sequence[Row]) -> None:
        """The league's tables hold exactly this, the operations tables what `ops` says."""
        self.disarm()
        self.webhook.status = 200
        self.webhook.received.clear()
        for key, rows in league.rows.items():
            self.replace(key, rows)
        for key, written in ops.items():
            self.replace(key, written)
        self.sql(";".join(f"TRUNCATE TABLE nba_ops.{key}" for key in OPS if key not in ops))

    def replace(self, key: str, rows: Sequence[Row]) -> None:
        """One table's whole content."""
        config = load_config(key, "WRITE_TRUNCATE", {})
        buffer = parquet(key, table_of(key, rows))
        table = f"{self.settings.project}.{TABLES[key].dataset}.{key}"
        job = self.warehouse.client.load_table_from_file(
            buffer, table, rewind=True, job_config=config
        )
        job.result(timeout=PATIENCE)

    def span(self) -> Span:
        """Eight dates of season 2024-25 after the bootstrap; its alerts are nobody else's."""
        start = FIRST_DAY + timedelta(days=next(_windows) % 90)
        return Span(start, start + timedelta(days=7))

    def push(self, event: Mapping[str, Any] | bytes, message_id: str = "") -> int:
        """Delivers a message to the function as Pub/Sub pushes it; returns the HTTP status."""
        data = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.push_message(
            data=base64.b64encode(data).decode(), messageId=message_id or uuid.uuid4().hex
        )

    def push_message(self, **message: Any) -> int:
        """Delivers a message with these fields as they stand; returns the HTTP status."""
        body = {
            "subscription": f"projects/{self.settings.project}/subscriptions/test",
            "message": {"publishTime": "2026-01-21T00:00:00Z", "attributes": {}, **message},
        }
        # Written here: the client's own JSON refuses half a surrogate pair.
        return self.deliver(json.dumps(body).encode())

    def deliver(self, content: bytes) -> int:
        """Sends the function a request with this body; returns the HTTP status."""
        path = f"projects/{self.settings.project}/topics/{self.settings.events_topic}"
        url = f"http://{HOST}:{self.ports.function}/{path}"
        headers = {"Content-Type": "application/json"}
        return httpx.post(url, content=content, headers=headers, timeout=PATIENCE).status_code

    def validated(self, event: Mapping[str, Any]) -> Row:
        """The snapshot that the function writes for an event."""
        assert self.push(event) == 200, self.log()[-2000:]
        (row,) = self.snapshots(str(event["event_id"]))
        return row

    def snapshots(self, event_id: str) -> list[Row]:
        """All snapshots of an event."""
        return self.sql(
            "SELECT * FROM nba_ops.coverage_snapshots"
            " WHERE snapshot_date >= DATE '2020-01-01' AND event_id = @event",
            event=event_id,
        )

    def alerts(self, span: Span, kind: str = "") -> list[Row]:
        """Transitions of the alerts of a range, oldest first, without the ticks of delivery."""
        return self.alerts_of(span.label, kind)

    def alerts_of(self, scope: str, kind: str = "") -> list[Row]:
        """The same by the scope's name."""
        rows = self.sql(
            "SELECT * FROM nba_ops.alerts WHERE scope = @scope ORDER BY version, metric",
            scope=scope,
        )
        return [
            row
            for row in rows
            if (row["transition"] == kind if kind else row["transition"] != "DELIVERED")
        ]

    def log(self) -> str:
        """What the function has printed."""
        return (self.folder / "validator.log").read_text()

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        """The structured lines with this `event`; one that is being written is not looked at."""
        whole = self.log().rpartition("\n")[0]
        lines = [line for line in whole.splitlines() if line.startswith("{")]
        return [entry for entry in map(json.loads, lines) if entry.get("event") == event]

    def arm(self, **fault: Any) -> None:
        """Arms a fault in BigQuery."""
        httpx.post(self._faults, json=fault, timeout=10).raise_for_status()

    def disarm(self) -> None:
        """Removes every armed fault."""
        httpx.delete(self._faults, timeout=10).raise_for_status()

    def pulled(self, subscription: str) -> list[pubsub_v1.types.PubsubMessage]:
        """Takes up to 100 messages from a subscription."""
        client = pubsub_v1.SubscriberClient()
        path = client.subscription_path(self.settings.project, subscription)
        try:
            answer = client.pull(subscription=path, max_messages=100, timeout=0.5, retry=None)
        except DeadlineExceeded:
            return []
        if answer.received_messages:
            client.acknowledge(
                subscription=path, ack_ids=[m.ack_id for m in answer.received_messages]
            )
        return [received.message for received in answer.received_messages]

    @property
    def function(self) -> int:
        """The process id of the function."""
        return self.started[-1].process.pid

    @property
    def _faults(self) -> str:
        return f"http://{HOST}:{self.ports.bigquery}/_local/faults"

    def _start_function(self) -> None:
        command = [
            sys.executable, "-m", "functions_framework", "--source", str(MAIN),
            "--target", "validate", "--host", HOST, "--port", str(self.ports.function),
        ]  # fmt: skip
        started = service.Service("validator", command, self.ports.function)
        variables = {**self._variables(), "PHASE4_ALERT_WEBHOOK_URL": self.webhook.url}
        self.started.append(started.start(variables, self.folder))
        self.started[-1].wait_until_ready()

    def _variables(self) -> dict[str, str]:
        return {
            **self.settings.environment(),
            "BIGQUERY_EMULATOR_HOST": f"http://{HOST}:{self.ports.bigquery}",
            "PUBSUB_EMULATOR_HOST": f"{HOST}:{self.ports.pubsub}",
            "PYTHONUNBUFFERED": "1",
        }

    def _start_servers(self) -> None:
        for name, options, port in (
            ("bigquery", ["--grpc-port", str(self.ports.bigquery_storage)], self.ports.bigquery),
            ("pubsub", ["--rest-port", str(self.ports.pubsub_rest)], self.ports.pubsub),
        ):
            command = [sys.executable, "-m", f"laptop.{name}", "--port", str(port), *options]
            self.started.append(service.Service(name, command, port).start({}, self.folder))
        for started in self.started:
            started.wait_until_ready()

    def set_up(self) -> None:
        """Starts everything and creates tables, routines, topics and subscriptions."""
        self._start_servers()
        with pytest.MonkeyPatch.context() as environ:
            self.enter(environ)
            self._create()
        self.webhook = Webhook.open()
        self._start_function()

    def enter(self, environ: pytest.MonkeyPatch) -> None:
        """Points the clients of this process at the servers, until `environ` is undone."""
        for name, value in self._variables().items():
            environ.setenv(name, value)

    def _create(self) -> None:
        client = self.warehouse.client
        for key, spec in TABLES.items():
            if spec.layer != "ops":
                client.create_dataset(spec.dataset, exists_ok=True)
                client.create_table(
                    spec.table(f"{self.settings.project}.{spec.dataset}.{key}"), exists_ok=True
                )
        environment.create_tables(client, self.settings)
        environment.create_topics(self.settings, self.ports)

    def stop(self) -> None:
        """Stops every process and removes what they wrote."""
        service.stop([started.process.pid for started in self.started])
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def shared_world() -> World:
    """The world of this test process, started once and stopped at its end."""
    folder = Path(tempfile.mkdtemp(prefix="validator-world-"))
    settings = Settings(
        project="demo", deadline_seconds=15, roster_table="nba_analytics.player_birthdates"
    )
    world = World(Ports.free(), settings, folder)
    atexit.register(world.stop)
    world.set_up()
    return world


def requested(span: Span, **fields: Any) -> dict[str, Any]:
    """A validation.requested event of a range, with an id of its own."""
    return {
        "event_type": "validation.requested",
        "schema_version": 1,
        "event_id": f"test-{uuid.uuid4().hex}",
        "run_id": "test-run",
        "occurred_at": "2026-01-21T00:00:00Z",
        "start_date": span.start.isoformat(),
        "end_date": span.end.isoformat(),
        **fields,
    }


def eventually(read: Callable[[], Any], what: str) -> Any:
    """The first true value that `read` gives; fails naming what never came."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if value := read():
            return value
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")
