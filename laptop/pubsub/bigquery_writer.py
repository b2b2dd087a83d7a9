"""BigQuery subscriptions: messages become rows of a table through tabledata.insertAll."""

from __future__ import annotations

import base64
import json
import re

import httpx

from laptop.pubsub.backlog import Lease
from laptop.pubsub.feed import Feed
from laptop.pubsub.wire import timestamp

BATCH = 500  # rows of one request
PATIENCE = 30.0  # seconds for one request
Types = dict[str, str]


class RowRefused(ValueError):
    """A message that does not fit the table; it stays in the backlog and is tried again."""


def row_of(feed: Feed, lease: Lease, types: Types) -> dict[str, object]:
    """The table row of a message, for columns of the given BigQuery types."""
    config = feed.definition.bigquery_config
    row: dict[str, object] = {}
    if config.use_table_schema or config.use_topic_schema:
        row |= _fields(lease, types, config.drop_unknown_fields)
    else:
        row["data"] = _encoded(lease.message.data, types.get("data", "STRING"))
    if config.write_metadata:
        row |= {
            "subscription_name": feed.backlog.name,
            "message_id": lease.message.id,
            "publish_time": timestamp(lease.message.published),
            "attributes": json.dumps(lease.message.attributes),
        }
    return row


def _encoded(data: bytes, column_type: str) -> str:
    return base64.b64encode(data).decode() if column_type == "BYTES" else data.decode()


def _fields(lease: Lease, types: Types, drop_unknown: bool) -> dict[str, object]:
    fields = json.loads(lease.message.data)
    if not isinstance(fields, dict):
        raise RowRefused(f"message {lease.message.id}: expected a JSON object")
    unknown = [name for name in fields if name not in types]
    if unknown and not drop_unknown:
        raise RowRefused(f"message {lease.message.id}: the table has no column {unknown[0]!r}")
    return {name: value for name, value in fields.items() if name in types}


class TableWriter:
    """Writes one BigQuery subscription for as long as its task runs."""

    def __init__(self, feed: Feed, client: httpx.AsyncClient, endpoint: str) -> None:
        self._feed = feed
        self._client = client
        self._endpoint = endpoint.rstrip("/")

    async def run(self) -> None:
        """Write what is due until cancelled; what fails is given back to be retried."""
        while not self._feed.closed:
            leases = await self._feed.take(BATCH, 2 * PATIENCE)
            if not leases:
                continue
            try:
                failed = await self._write(leases)
            except (httpx.HTTPError, ValueError) as error:
                self._feed.last_error = str(error) or type(error).__name__
                failed = {lease.ack_id for lease in leases}
            self._feed.acknowledge([one.ack_id for one in leases if one.ack_id not in failed])
            self._feed.extend(sorted(failed), 0)

    @property
    def _url(self) -> str:
        table = self._feed.definition.bigquery_config.table
        project, dataset, name = re.split(r"[.:]", table)
        return f"{self._endpoint}/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{name}"

    async def _write(self, leases: list[Lease]) -> set[str]:
        """Insert the rows; returns the ack ids of the messages that did not get in."""
        types = await self._types()
        rows: list[tuple[Lease, dict[str, object]]] = []
        for lease in leases:
            try:
                rows.append((lease, row_of(self._feed, lease, types)))
            except ValueError as error:
                self._feed.last_error = str(error)
        refused = await self._insert(rows) if rows else set()
        return {lease.ack_id for lease in leases} - {
            lease.ack_id for at, (lease, _) in enumerate(rows) if at not in refused
        }

    async def _types(self) -> Types:
        response = await self._client.get(self._url, timeout=PATIENCE)
        response.raise_for_status()
        fields = response.json().get("schema", {}).get("fields", [])
        return {field["name"]: field["type"] for field in fields}

    async def _insert(self, rows: list[tuple[Lease, dict[str, object]]]) -> set[int]:
        """Send the rows; returns the positions of the refused ones."""
        body = {
            "skipInvalidRows": True,
            "rows": [{"insertId": lease.message.id, "json": row} for lease, row in rows],
        }
        response = await self._client.post(f"{self._url}/insertAll", json=body, timeout=PATIENCE)
        response.raise_for_status()
        errors = response.json().get("insertErrors", [])
        if errors:
            self._feed.last_error = json.dumps(errors[0])
        return {int(error["index"]) for error in errors}
