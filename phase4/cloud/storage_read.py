"""Reading tables as Arrow through the Storage Read API: selected columns, restricted rows."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from phase4.cloud import emulator
from phase4.cloud.settings import Settings


class StorageReader:
    """One connection to the Storage Read API, opened at the first read, shared by threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: Any = None

    def read(
        self, table: str, columns: Sequence[str], restriction: str, at: datetime | None = None
    ) -> pa.Table:
        """Columns of the rows of `dataset.table` that meet `restriction`, now or as of a moment."""
        from google.cloud.bigquery_storage import DataFormat, ReadSession

        project, (dataset, name) = self._settings.project, table.split(".")
        seconds = self._settings.deadline_seconds
        session = self._connected().create_read_session(
            parent=f"projects/{project}",
            read_session=ReadSession(
                table=f"projects/{project}/datasets/{dataset}/tables/{name}",
                data_format=DataFormat.ARROW,
                read_options=ReadSession.TableReadOptions(
                    selected_fields=list(columns), row_restriction=restriction
                ),
                table_modifiers=ReadSession.TableModifiers(snapshot_time=at),
            ),
            # Streams are a quota of the region, and a table of a season is small.
            max_stream_count=1,
            # Tried again as a whole by the caller: half of a stream is no table.
            retry=None,
            timeout=seconds,
        )
        schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
        batches = [
            page.to_arrow()
            for stream in session.streams
            for page in self._client.read_rows(stream.name, timeout=seconds).rows(session).pages
        ]
        return pa.Table.from_batches(batches, schema=schema).select(list(columns))

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = _connect()
            return self._client


def _connect() -> Any:
    from google.cloud.bigquery_storage import BigQueryReadClient

    client: Any = BigQueryReadClient
    endpoint = os.environ.get(emulator.STORAGE)
    if not endpoint:
        return client()
    import grpc
    from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
        BigQueryReadGrpcTransport,
    )

    # One message of rows is larger than the 4 MB that gRPC takes by itself.
    channel = grpc.insecure_channel(endpoint, options=[("grpc.max_receive_message_length", -1)])
    return client(transport=BigQueryReadGrpcTransport(channel=channel))
