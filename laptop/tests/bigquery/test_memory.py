"""The server stays small: what is deleted, replaced and read is given back."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

ROWS = 20_000
# The heap takes the first rounds to its height, and a busy machine makes it higher; what grows
# after them does not end.
FIRST_ROUNDS, ROUNDS_BETWEEN, LAST_ROUNDS = 5, 12, 3
SCHEMA = [bigquery.SchemaField("n", "INTEGER"), bigquery.SchemaField("context", "STRING")]
CONTEXT = json.dumps({f"days_rest_{number}": number for number in range(40)})


@pytest.fixture
def lonely(running: Any) -> Iterator[tuple[bigquery.Client, int]]:
    """A client of a server of its own, and the server's process id."""
    with running() as ports:
        client = bigquery.Client(
            project="demo",
            location="us-west2",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://127.0.0.1:{ports['port']}"},
        )
        yield client, ports["pid"]


def resident(pid: int) -> int:
    """Megabytes of a process."""
    [line] = [
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS:")
    ]
    return int(line.split()[1]) // 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_emptying_and_filling_a_table_again_takes_no_more_memory(
    lonely: tuple[bigquery.Client, int],
) -> None:
    client, pid = lonely
    client.create_dataset("d")
    client.create_table(bigquery.Table("demo.d.t", SCHEMA))
    # After it a result that was left open would keep every deleted row.
    client.query("CREATE VIEW d.v AS SELECT n FROM d.t").result()
    rows = pa.table({"n": range(ROWS), "context": [f"{CONTEXT}{n}" for n in range(ROWS)]})
    file = io.BytesIO()
    pq.write_table(rows, file)
    sizes = []
    for _ in range(FIRST_ROUNDS + ROUNDS_BETWEEN + LAST_ROUNDS):
        config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_TRUNCATE")
        client.load_table_from_file(file, "demo.d.t", rewind=True, job_config=config).result()
        client.query("DELETE FROM d.t WHERE n >= 0").result()
        sizes.append(resident(pid))
    table = rows.nbytes // 2**20
    # The heap takes some rounds to its height; what grows after them does not end.
    grown = min(sizes[-LAST_ROUNDS:]) - max(sizes[:FIRST_ROUNDS])
    # Rows that are kept make it grow by the whole table with every round.
    assert grown < ROUNDS_BETWEEN * table / 2, f"{table} MB, {sizes} MB of memory"
