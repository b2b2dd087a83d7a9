"""`laptop.start` and what it gives: servers that clients find, projects by name, faults."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

import laptop
from laptop.ports import answers
from laptop.service import ServiceFailed

NO_RETRIES: Any = {"retry": None, "job_retry": None}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[laptop.Cloud]:
    servers = laptop.start(tmp_path_factory.mktemp("cloud"), "demo", ports=laptop.Ports.free())
    yield servers
    servers.stop()


def client(cloud: laptop.Cloud) -> bigquery.Client:
    return bigquery.Client(
        project=cloud.name,
        location=cloud.location,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": cloud.environment["BIGQUERY_EMULATOR_HOST"]},
    )


def test_the_environment_leads_clients_to_the_servers(cloud: laptop.Cloud) -> None:
    (row,) = client(cloud).query_and_wait("SELECT 7 AS n")
    assert (row["n"], cloud.environment["GOOGLE_CLOUD_PROJECT"]) == (7, "demo")


def test_a_project_by_name_has_tables_of_its_own(cloud: laptop.Cloud) -> None:
    other = cloud.project("other-project")
    client(other).create_dataset("only_there")
    assert [one.dataset_id for one in client(other).list_datasets()] == ["only_there"]
    assert list(client(cloud).list_datasets()) == []


def test_a_project_by_name_stops_nothing(cloud: laptop.Cloud) -> None:
    cloud.project("short-lived").stop()
    assert list(client(cloud).query_and_wait("SELECT 1 AS n"))


def test_an_armed_fault_strikes_until_it_is_disarmed(cloud: laptop.Cloud) -> None:
    cloud.arm("bigquery", on="query", action="error", status=503, count=0)
    with pytest.raises(ServiceUnavailable):
        client(cloud).query("SELECT 1", **NO_RETRIES).result(**NO_RETRIES)
    cloud.disarm()
    assert list(client(cloud).query_and_wait("SELECT 1 AS n"))


def test_a_fault_that_no_server_knows_is_refused(cloud: laptop.Cloud) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        cloud.arm("bigquery", on="nothing", action="error")


def test_a_function_is_served_beside_the_others(tmp_path: Path) -> None:
    source = tmp_path / "main.py"
    source.write_text("def answer(request):\n    return 'here'\n")
    function = laptop.Function(source, "answer")
    servers = laptop.start(tmp_path / "cloud", "demo", ports=laptop.Ports.free(), function=function)
    try:
        assert httpx.get(f"http://127.0.0.1:{servers.ports.function}/").text == "here"
    finally:
        servers.stop()
    assert servers.ports.taken() is None


def test_a_port_that_is_taken_is_named_and_nothing_starts(tmp_path: Path) -> None:
    ports = laptop.Ports.free()
    named = pytest.raises(laptop.CloudError, match=rf"port {ports.pubsub} \(pubsub\) is in use")
    with socket.create_server(("127.0.0.1", ports.pubsub)), named:
        laptop.start(tmp_path, "demo", ports=ports)
    assert not answers(ports.bigquery)


def test_of_servers_of_which_one_fails_none_stays_behind(tmp_path: Path) -> None:
    ports = laptop.Ports.free()
    function = laptop.Function(tmp_path / "none.py", "hello")
    with pytest.raises(ServiceFailed, match="function exited with"):
        laptop.start(
            tmp_path, "demo", ports=ports, function=function, without=["bigquery", "workflows"]
        )
    assert not answers(ports.run)
