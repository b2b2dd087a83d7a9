"""Servers of BigQuery as processes, and Google's own clients of them."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryReadClient, types
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
    BigQueryReadGrpcTransport,
)

Query = Callable[..., list[dict[str, Any]]]
Running = Callable[..., AbstractContextManager[dict[str, Any]]]
NO_RETRIES: Any = {"retry": None, "job_retry": None}


@contextmanager
def serving(module: str, *options: str) -> Iterator[dict[str, Any]]:
    """A server for a `with` block: its ports and its process id."""
    command = [sys.executable, "-m", module, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield {**json.loads(process.stdout.readline()), "pid": process.pid}
        process.terminate()


def client_of(endpoint: str) -> bigquery.Client:
    """BigQuery's client in the project `demo`, in us-west2."""
    return bigquery.Client(
        project="demo",
        location="us-west2",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint},
    )


def querying(client: bigquery.Client) -> Query:
    """Runs SQL to its end without retries and returns the rows as dicts."""

    def run(sql: str, **config: Any) -> list[dict[str, Any]]:
        job = client.query(sql, job_config=bigquery.QueryJobConfig(**config), **NO_RETRIES)
        return [dict(row) for row in job.result(**NO_RETRIES)]

    return run


_REQUEST = re.compile(r"^[A-Z]+ http\S+: ")


def words_of(error: GoogleAPICallError) -> str:
    """What the service says; its client puts the request before it, when it had to look again."""
    return _REQUEST.sub("", str(error.message))


def reader_of(grpc_port: int) -> BigQueryReadClient:
    """The client of Storage Read; rows may be as wide as they are."""
    channel = grpc.insecure_channel(
        f"127.0.0.1:{grpc_port}", options=[("grpc.max_receive_message_length", -1)]
    )
    transport = BigQueryReadGrpcTransport(channel=channel)
    return BigQueryReadClient(transport=transport)


def read_session(
    reader: BigQueryReadClient, table: str, at: dt.datetime | None = None, **options: Any
) -> types.ReadSession:
    """A session of Arrow on `dataset.table` in one stream; `options` choose columns and rows."""
    dataset, name = table.split(".")
    return reader.create_read_session(
        parent="projects/demo",
        read_session=types.ReadSession(
            table=f"projects/demo/datasets/{dataset}/tables/{name}",
            data_format=types.DataFormat.ARROW,
            read_options=types.ReadSession.TableReadOptions(**options),
            table_modifiers=types.ReadSession.TableModifiers(snapshot_time=at),
        ),
        max_stream_count=1,
        retry=None,
    )
