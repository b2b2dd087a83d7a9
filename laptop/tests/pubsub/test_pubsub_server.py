"""The process: ready line, ports, signals, and the figures at /_local/state."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import pytest

from laptop.tests.pubsub.servers import Broker, Receiver, embedded_server, eventually

COMMAND = [sys.executable, "-m", "laptop.pubsub"]


def test_it_says_its_ports_in_one_line_and_sigterm_stops_it() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline())
        assert ready.keys() == {"ready", "port", "rest_port"}
        assert httpx.get(f"http://127.0.0.1:{ready['rest_port']}/_local/state").json()["quiet"]
        child.send_signal(signal.SIGTERM)
        assert child.stdout.read() == ""
        assert child.wait(20) == 0


def test_a_port_in_use_is_one_line_and_exit_code_1(embedded: Broker) -> None:
    for flag, address in (("--port", embedded.address), ("--rest-port", embedded.rest)):
        port = address.rsplit(":", 1)[1]
        refused = subprocess.run(
            [*COMMAND, flag, port], capture_output=True, text=True, timeout=60, check=False
        )
        assert (refused.returncode, refused.stdout) == (1, "")
        assert len(refused.stderr.splitlines()) == 1
        assert f"{flag} {port} is in use" in refused.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_cannot_be_is_refused_by_name(port: str) -> None:
    refused = subprocess.run(
        [*COMMAND, f"--rest-port={port}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 2
    assert f"--rest-port: expected 0 to 65535, found '{port}'" in refused.stderr


def test_it_stops_while_a_push_is_under_way(receiver: Receiver) -> None:
    receiver.hold.clear()
    with embedded_server() as broker:
        topic = broker.topic()
        broker.subscription(topic, push_config={"push_endpoint": receiver.url})
        broker.publish(topic, b"hello")
        receiver.wait_for(1)
    assert len(receiver.bodies) == 1


def test_the_state_is_quiet_once_every_push_is_acknowledged(receiver: Receiver) -> None:
    receiver.hold.clear()
    with embedded_server() as broker:
        topic = broker.topic()
        subscription = broker.subscription(topic, push_config={"push_endpoint": receiver.url})
        broker.publish(topic, b"hello")
        receiver.wait_for(1)
        busy = broker.http.get("/_local/state").json()
        assert not busy["quiet"]
        assert broker.state(subscription)["outstanding"] == 1
        receiver.hold.set()
        eventually(lambda: broker.http.get("/_local/state").json()["quiet"], "quiet")
        state = broker.state(subscription)
        figures = [state[key] for key in ("backlog", "outstanding", "delivered", "acknowledged")]
        assert figures == [0, 0, 1, 1]
        assert (state["kind"], state["target"]) == ("push", receiver.url)


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("GET", "topics/news:getIamPolicy"),
        ("POST", "subscriptions/news:seek"),
        ("PUT", "topics/news:publish"),
        ("PATCH", "topics/news"),
        ("GET", "snapshots"),
    ],
)
def test_a_call_that_is_not_answered_is_named(embedded: Broker, method: str, call: str) -> None:
    path = f"/v1/projects/demo/{call}"
    embedded.http.request("PUT", "/v1/projects/demo/topics/news", json={})
    answer = embedded.http.request(method, path, json={})
    message = f"{method} {path} is not answered by the local Pub/Sub"
    assert answer.json() == {"error": {"code": 501, "message": message, "status": "UNIMPLEMENTED"}}


def test_a_topic_that_is_not_there_has_no_list(embedded: Broker) -> None:
    answer = embedded.http.request("GET", "/v1/projects/demo/topics/absent/subscriptions")
    assert answer.json()["error"]["status"] == "NOT_FOUND"
