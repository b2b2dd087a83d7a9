"""Storage Read: what the service sends whatever the size of a row."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from google.api_core.exceptions import InvalidArgument, NotFound
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryReadClient
from google.cloud.bigquery_storage_v1.types import ReadSession

from laptop.bigquery.read_sessions import NewestSessions
from laptop.tests.bigquery.servers import read_session, reader_of


@pytest.fixture
def reader(server: dict[str, Any]) -> BigQueryReadClient:
    return reader_of(server["grpc_port"])


def test_wide_rows_come_through(reader: BigQueryReadClient, query: Any, dataset: str) -> None:
    query(
        f"CREATE TABLE {dataset}.wide AS"
        " SELECT n, REPEAT('x', 2000) AS text FROM UNNEST(GENERATE_ARRAY(1, 15000)) AS n"
    )
    session = read_session(reader, f"{dataset}.wide")
    rows = reader.read_rows(session.streams[0].name).to_arrow(session)
    assert (rows.num_rows, len(rows["text"][0].as_py())) == (15_000, 2000)


@pytest.mark.parametrize("partitioned", ["", "PARTITION BY day"])
def test_a_session_shows_the_rows_of_its_snapshot_time(
    reader: BigQueryReadClient, query: Any, dataset: str, partitioned: str
) -> None:
    table = f"moments{bool(partitioned)}"
    query(
        f"CREATE TABLE {dataset}.{table} {partitioned} AS SELECT DATE '2025-01-10' AS day, 1 AS n"
    )
    first = dt.datetime.now(dt.UTC)
    query(f"INSERT INTO {dataset}.{table} VALUES (DATE '2025-01-11', 2)")
    second = dt.datetime.now(dt.UTC)
    query(f"DELETE FROM {dataset}.{table} WHERE n = 1")

    def numbers(at: dt.datetime | None, restriction: str = "") -> list[int]:
        session = read_session(
            reader, f"{dataset}.{table}", at, selected_fields=["n"], row_restriction=restriction
        )
        pages = [reader.read_rows(each.name).rows(session) for each in session.streams]
        return sorted(n for page in pages for n in page.to_arrow()["n"].to_pylist())

    assert (numbers(first), numbers(second), numbers(None)) == ([1], [1, 2], [2])
    assert numbers(second, "day = '2025-01-10'") == [1]


def test_a_moment_before_the_table_or_to_come_is_refused(
    reader: BigQueryReadClient, query: Any, dataset: str
) -> None:
    query(f"CREATE TABLE {dataset}.young AS SELECT 1 AS n")
    for moment in (dt.timedelta(days=-1), dt.timedelta(hours=1)):
        with pytest.raises(InvalidArgument, match="Invalid snapshot time"):
            read_session(reader, f"{dataset}.young", dt.datetime.now(dt.UTC) + moment)


@pytest.fixture
def filtered(query: Any, dataset: str) -> str:
    """A table of one row that demands a filter by its day."""
    query(
        f"CREATE TABLE {dataset}.days (day DATE, n INT64, s STRUCT<k STRING>) PARTITION BY day"
        " OPTIONS (require_partition_filter = TRUE);"
        f" INSERT INTO {dataset}.days VALUES ('2025-01-10', 1, STRUCT('a'))"
    )
    return f"{dataset}.days"


@pytest.mark.parametrize(
    ("restriction", "words"),
    [
        ("day = ", "Syntax error"),
        ("day = '2025-01-10' LIMIT 0", "Syntax error"),
        ("day = '2025-01-10'; SELECT 1", "Syntax error"),
        ("day = '2025-01-10' AND nobody = 1", "Unrecognized name: nobody"),
        ("day = '2025-01-10' AND n = 'x'", "No matching signature for operator ="),
        ("day = '2025-01-10' AND n = COUNT(*)", "Aggregate function COUNT not allowed"),
        ("day = (SELECT MAX(day) FROM days)", "Subqueries are not supported"),
        ("day = @day", "Query parameter 'day' not found"),
    ],
)
def test_a_row_filter_that_is_none_is_refused(
    reader: BigQueryReadClient, filtered: str, restriction: str, words: str
) -> None:
    found = rf"request failed: Row filter for demo:{filtered} is invalid\..*{words}"
    with pytest.raises(InvalidArgument, match=found):
        read_session(reader, filtered, row_restriction=restriction)


@pytest.mark.parametrize("restriction", ["", "n = 1", "day = '2025-01-10' OR n = 1"])
def test_rows_of_a_table_that_demands_a_filter_are_not_read_without_it(
    reader: BigQueryReadClient, filtered: str, restriction: str
) -> None:
    words = f"Query error: Cannot query over table 'demo.{filtered}' without a filter"
    with pytest.raises(InvalidArgument, match=f"request failed: {words}"):
        read_session(reader, filtered, row_restriction=restriction)


@pytest.mark.parametrize(
    "restriction",
    [
        "day = '2025-01-10'",
        "DAY IN ('2025-01-10', '2025-01-11') AND (n = 1 OR s.k = 'b')",
        "day BETWEEN '2025-01-01' AND DATE '2025-02-01' AND s.k LIKE 'a%' AND n IS NOT NULL",
    ],
)
def test_a_row_filter_of_the_service_chooses_rows(
    reader: BigQueryReadClient, filtered: str, restriction: str
) -> None:
    session = read_session(
        reader, filtered, row_restriction=restriction, selected_fields=["N", "s"]
    )
    assert reader.read_rows(session.streams[0].name).to_arrow(session).num_rows == 1


def test_fields_that_are_not_there_are_named(reader: BigQueryReadClient, filtered: str) -> None:
    words = "request failed: The following selected fields do not exist in the table schema: x, y"
    with pytest.raises(InvalidArgument, match=words):
        read_session(
            reader, filtered, selected_fields=["n", "x", "y"], row_restriction="day = '2025-01-10'"
        )


def test_a_format_has_to_be_said_and_a_filter_has_a_megabyte(
    reader: BigQueryReadClient, filtered: str
) -> None:
    with pytest.raises(
        InvalidArgument, match=r"maximum allowed length\. Maximum bytes allowed: 104"
    ):
        read_session(reader, filtered, row_restriction=f"day = '2025-01-10' -- {'x' * 2**20}")
    name = "/".join(["projects/demo/datasets", filtered.replace(".", "/tables/")])
    with pytest.raises(InvalidArgument, match="request failed: data format unspecified"):
        reader.create_read_session(
            parent="projects/demo",
            read_session=ReadSession(table=name),
            max_stream_count=1,
            retry=None,
        )


def test_a_table_that_is_not_there_is_not_found(reader: BigQueryReadClient, dataset: str) -> None:
    with pytest.raises(NotFound, match=f"Not found: Table demo:{dataset}.nowhere"):
        read_session(reader, f"{dataset}.nowhere")


def test_a_query_names_the_hidden_table_of_its_rows(
    server: dict[str, Any], reader: BigQueryReadClient, client: bigquery.Client, dataset: str
) -> None:
    job = client.query("SELECT n, n * 2 AS twice FROM UNNEST(GENERATE_ARRAY(1, 3)) AS n")
    job.result()
    assert job.destination.dataset_id.startswith("_")
    table = f"{job.destination.dataset_id}.{job.destination.table_id}"
    session = read_session(reader, table, selected_fields=["twice"], row_restriction="n > 1")
    rows = reader.read_rows(session.streams[0].name).to_arrow(session)
    assert rows.to_pydict() == {"twice": [4, 6]}


def test_what_writes_rows_has_no_hidden_table(client: bigquery.Client, dataset: str) -> None:
    wrote = client.query(f"CREATE TABLE {dataset}.written AS SELECT 1 AS n")
    wrote.result()
    kept = client.query(
        "SELECT 1 AS n", bigquery.QueryJobConfig(destination=f"demo.{dataset}.named")
    )
    kept.result()
    assert (wrote.destination, kept.destination.table_id) == (None, "named")


def test_a_hidden_table_of_no_query_is_not_found(reader: BigQueryReadClient) -> None:
    with pytest.raises(NotFound, match="_0000"):
        read_session(reader, "_0000.anon0000")


def session_of(megabytes: int) -> SimpleNamespace:
    return SimpleNamespace(table=pa.table({"x": pa.array([b"x" * 2**20] * megabytes)}))


def test_the_oldest_sessions_are_forgotten_beyond_the_bytes_kept() -> None:
    sessions = NewestSessions(kept_bytes=5 * 2**20)
    for name in ("first", "second", "third"):
        sessions[name] = session_of(2)
    assert list(sessions) == ["second", "third"]


def test_the_newest_session_stays_whatever_its_size() -> None:
    sessions = NewestSessions(kept_bytes=5 * 2**20)
    sessions["small"] = session_of(1)
    sessions["large"] = session_of(9)
    assert list(sessions) == ["large"]
