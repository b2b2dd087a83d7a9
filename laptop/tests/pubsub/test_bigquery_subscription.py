"""BigQuery subscriptions, which only the embedded server delivers, into the local BigQuery."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from laptop.tests.pubsub.servers import Broker, embedded_server, eventually, fresh, process

METADATA = (
    ("subscription_name", "STRING"),
    ("message_id", "STRING"),
    ("publish_time", "TIMESTAMP"),
    ("attributes", "STRING"),
)


@pytest.fixture(scope="module")
def bigquery_endpoint() -> Iterator[str]:
    command = [sys.executable, "-m", "laptop.bigquery", "--port", "0", "--grpc-port", "0"]
    with process(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{json.loads(child.stdout.readline())['port']}"


@pytest.fixture(scope="module")
def writing(bigquery_endpoint: str) -> Iterator[Broker]:
    """A server that writes into that BigQuery."""
    with embedded_server("--bigquery-endpoint", bigquery_endpoint) as broker:
        yield broker


@pytest.fixture(scope="module")
def client(bigquery_endpoint: str) -> bigquery.Client:
    made = bigquery.Client(
        project="demo",
        location="us-west2",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": bigquery_endpoint},
    )
    made.create_dataset("audit")
    return made


def create_table(client: bigquery.Client, *columns: tuple[str, str]) -> str:
    """A new table; returns project.dataset.table."""
    name = f"demo.audit.{fresh('t').replace('-', '_')}"
    schema = [bigquery.SchemaField(column, kind) for column, kind in columns]
    client.create_table(bigquery.Table(name, schema=schema))
    return name


def rows_of(client: bigquery.Client, table: str, number: int) -> list[dict[str, Any]]:
    """The rows of the table, once there are at least so many."""

    def read() -> list[dict[str, Any]]:
        job = client.query(f"SELECT * FROM `{table}`", job_retry=None)
        return [dict(row) for row in job.result(job_retry=None)]

    found: list[dict[str, Any]] = eventually(
        lambda: rows if len(rows := read()) >= number else None, f"{number} rows in {table}"
    )
    return found


def test_every_message_becomes_a_row_with_its_metadata(
    writing: Broker, client: bigquery.Client
) -> None:
    table = create_table(client, ("data", "STRING"), *METADATA)
    topic = writing.topic()
    config = {"table": table, "write_metadata": True}
    subscription = writing.subscription(topic, bigquery_config=config)
    sent = {writing.publish(topic, f"{n}".encode(), event="date.completed") for n in range(20)}
    rows = rows_of(client, table, 20)
    assert {row["message_id"] for row in rows} == sent
    assert {row["data"] for row in rows} == {f"{n}" for n in range(20)}
    assert {row["subscription_name"] for row in rows} == {subscription}
    assert all(json.loads(row["attributes"]) == {"event": "date.completed"} for row in rows)
    assert all(row["publish_time"].year >= 2024 for row in rows)
    eventually(lambda: writing.state(subscription)["backlog"] == 0, "an empty backlog")


def test_without_metadata_only_the_data_is_written(
    writing: Broker, client: bigquery.Client
) -> None:
    table = create_table(client, ("data", "BYTES"))
    topic = writing.topic()
    writing.subscription(topic, bigquery_config={"table": table})
    writing.publish(topic, b"\x00\xff")
    assert rows_of(client, table, 1) == [{"data": b"\x00\xff"}]


def test_with_the_table_schema_the_fields_become_columns(
    writing: Broker, client: bigquery.Client
) -> None:
    table = create_table(client, ("event", "STRING"), ("games", "INTEGER"))
    topic = writing.topic()
    config = {"table": table, "use_table_schema": True, "drop_unknown_fields": True}
    writing.subscription(topic, bigquery_config=config)
    writing.publish(topic, json.dumps({"event": "run.completed", "games": 5, "more": 1}).encode())
    assert rows_of(client, table, 1) == [{"event": "run.completed", "games": 5}]


def test_a_message_that_does_not_fit_stays_and_does_not_hold_up_the_others(
    writing: Broker, client: bigquery.Client
) -> None:
    table = create_table(client, ("event", "STRING"))
    topic = writing.topic()
    config = {"table": table, "use_table_schema": True}
    subscription = writing.subscription(topic, bigquery_config=config)
    for data in (b"not json", b'{"unknown": 1}', b'{"event": "run.completed"}'):
        writing.publish(topic, data)
    assert rows_of(client, table, 1) == [{"event": "run.completed"}]
    eventually(lambda: "unknown" in writing.state(subscription)["last_error"], "the reason")
    assert writing.state(subscription)["backlog"] == 2


def test_what_never_fits_is_dead_lettered(writing: Broker, client: bigquery.Client) -> None:
    table = create_table(client, ("event", "STRING"))
    topic, dead_topic = writing.topic(), writing.topic()
    dead = writing.subscription(dead_topic)
    writing.subscription(
        topic,
        bigquery_config={"table": table, "use_table_schema": True},
        dead_letter_policy={"dead_letter_topic": dead_topic, "max_delivery_attempts": 5},
    )
    writing.publish(topic, b"not json")
    (letter,) = writing.next_messages(dead)
    assert letter.message.data == b"not json"


def test_messages_wait_for_a_table_that_does_not_exist_yet(
    writing: Broker, client: bigquery.Client
) -> None:
    name = f"demo.audit.{fresh('t').replace('-', '_')}"
    topic = writing.topic()
    subscription = writing.subscription(topic, bigquery_config={"table": name})
    writing.publish(topic, b"hello")
    eventually(lambda: "404" in writing.state(subscription)["last_error"], "the refusal")
    client.create_table(bigquery.Table(name, schema=[bigquery.SchemaField("data", "STRING")]))
    assert rows_of(client, name, 1) == [{"data": "hello"}]


@pytest.mark.parametrize("table", ["audit.events", "events", "a.b.c.d"])
def test_a_table_name_has_three_parts(writing: Broker, table: str) -> None:
    with pytest.raises(exceptions.InvalidArgument, match=r"project\.dataset\.table"):
        writing.subscription(writing.topic(), bigquery_config={"table": table})


def test_a_bigquery_subscription_cannot_be_pulled(writing: Broker) -> None:
    subscription = writing.subscription(
        writing.topic(), bigquery_config={"table": "demo.audit.none"}
    )
    with pytest.raises(exceptions.FailedPrecondition, match="bigquery subscription"):
        writing.pull(subscription)
