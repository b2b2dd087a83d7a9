"""Load jobs into a partition: one day replaced whole, or nothing changed."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.cloud import bigquery

DAY = dt.date(2024, 10, 22)
OTHER_DAY = dt.date(2024, 10, 23)
REQUIRED_DATE = pa.field("game_date", pa.date32(), nullable=False)
FIELDS = [
    bigquery.SchemaField("game_date", "DATE", "REQUIRED"),
    bigquery.SchemaField("player", "STRING"),
    bigquery.SchemaField("points", "INTEGER"),
    bigquery.SchemaField("score", "NUMERIC"),
    bigquery.SchemaField("at", "TIMESTAMP"),
    bigquery.SchemaField("tags", "STRING", "REPEATED"),
    bigquery.SchemaField(
        "parts",
        "RECORD",
        "REPEATED",
        fields=[bigquery.SchemaField("name", "STRING"), bigquery.SchemaField("value", "INTEGER")],
    ),
]
Load = Callable[..., bigquery.LoadJob]


@pytest.fixture
def table(query: Any, dataset: str) -> str:
    query(
        f"CREATE TABLE {dataset}.facts (game_date DATE NOT NULL, player STRING, points INT64,"
        " score NUMERIC, at TIMESTAMP, tags ARRAY<STRING>,"
        " parts ARRAY<STRUCT<name STRING, value INT64>>) PARTITION BY game_date"
    )
    return f"demo.{dataset}.facts"


@pytest.fixture
def load(client: bigquery.Client) -> Load:
    def run(
        rows: pa.Table,
        destination: str,
        disposition: str = "WRITE_TRUNCATE",
        *,
        size: bool = True,
        job_id: str | None = None,
    ) -> bigquery.LoadJob:
        data = io.BytesIO()
        pq.write_table(rows, data)
        length = data.tell()
        data.seek(0)
        options = bigquery.ParquetOptions()
        options.enable_list_inference = True
        config = bigquery.LoadJobConfig(
            source_format="PARQUET",
            schema=FIELDS,
            write_disposition=disposition,
            create_disposition="CREATE_NEVER",
            parquet_options=options,
            labels={"execution": "e1"},
        )
        job = client.load_table_from_file(
            data,
            destination,
            job_config=config,
            job_id=job_id,
            size=length if size else None,
            num_retries=0,
        )
        job.result(retry=None)
        return job

    return run


def facts(day: dt.date, *players: str) -> pa.Table:
    columns = {
        "game_date": pa.array([day] * len(players), pa.date32()),
        "player": pa.array(players, pa.string()),
        "points": pa.array(range(len(players)), pa.int64()),
    }
    return required_date(pa.table(columns))


def required_date(rows: pa.Table) -> pa.Table:
    """The rows with their date declared as never NULL."""
    return rows.set_column(0, REQUIRED_DATE, rows["game_date"])


def players(query: Any, table: str) -> list[tuple[dt.date, str]]:
    rows = query(f"SELECT game_date, player FROM `{table}` ORDER BY game_date, player")
    return [(row["game_date"], row["player"]) for row in rows]


@pytest.mark.parametrize("disposition", ["WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA"])
@pytest.mark.parametrize("size", [True, False], ids=["multipart", "resumable"])
def test_a_load_replaces_its_partition_and_no_other(
    query: Any, table: str, load: Load, disposition: str, size: bool
) -> None:
    load(facts(DAY, "old"), f"{table}$20241022")
    load(facts(OTHER_DAY, "kept"), f"{table}$20241023")
    job = load(facts(DAY, "a", "b"), f"{table}$20241022", disposition, size=size)
    assert job.output_rows == 2
    assert players(query, table) == [(DAY, "a"), (DAY, "b"), (OTHER_DAY, "kept")]


def test_append_adds_to_the_partition(query: Any, table: str, load: Load) -> None:
    load(facts(DAY, "a"), f"{table}$20241022")
    job = load(facts(DAY, "b"), f"{table}$20241022", "WRITE_APPEND")
    assert job.output_rows == 1
    assert players(query, table) == [(DAY, "a"), (DAY, "b")]


def test_write_empty_looks_at_the_partition_only(query: Any, table: str, load: Load) -> None:
    load(facts(DAY, "a"), f"{table}$20241022")
    load(facts(OTHER_DAY, "b"), f"{table}$20241023", "WRITE_EMPTY")
    with pytest.raises(Conflict, match="Already Exists"):
        load(facts(DAY, "c"), f"{table}$20241022", "WRITE_EMPTY")
    assert players(query, table) == [(DAY, "a"), (OTHER_DAY, "b")]


def test_an_empty_file_empties_the_partition(query: Any, table: str, load: Load) -> None:
    load(facts(DAY, "a"), f"{table}$20241022")
    assert load(facts(DAY), f"{table}$20241022").output_rows == 0
    assert players(query, table) == []


def test_a_row_of_another_date_changes_nothing(query: Any, table: str, load: Load) -> None:
    load(facts(DAY, "kept"), f"{table}$20241022")
    mixed = pa.concat_tables([facts(DAY, "new"), facts(OTHER_DAY, "stray")])
    with pytest.raises(BadRequest, match=r"different partitions .* destination partition 20241022"):
        load(mixed, f"{table}$20241022")
    assert players(query, table) == [(DAY, "kept")]


@pytest.mark.parametrize("name", ["$2024-10-22", "$20241340", "$2024102"])
def test_a_partition_id_that_is_no_day_is_refused(table: str, load: Load, name: str) -> None:
    with pytest.raises(BadRequest, match="Invalid partition id"):
        load(facts(DAY, "a"), f"{table}{name}")


def test_an_unknown_table_is_not_found(load: Load, dataset: str) -> None:
    with pytest.raises(NotFound, match=rf"demo:{dataset}.nowhere was not found in location us-we"):
        load(facts(DAY, "a"), f"demo.{dataset}.nowhere$20241022")


def test_arrays_structs_decimals_timestamps_and_nulls_arrive_as_they_were(
    query: Any, table: str, load: Load
) -> None:
    at = dt.datetime(2024, 10, 22, 19, 30, 0, 5, tzinfo=dt.UTC)
    rows = pa.table(
        {
            "game_date": pa.array([DAY, DAY], pa.date32()),
            "player": pa.array(["a", None]),
            "score": pa.array([Decimal("-5.123456789"), None], pa.decimal128(38, 9)),
            "at": pa.array([at, None], pa.timestamp("us", "UTC")),
            "tags": pa.array([["x", "y"], None], pa.list_(pa.string())),
            "parts": pa.array([[{"name": "n", "value": 1}], []]),
        }
    )
    load(required_date(rows), f"{table}$20241022")
    first, second = query(f"SELECT * EXCEPT (game_date) FROM `{table}` ORDER BY player DESC")
    assert first == {
        "player": "a",
        "points": None,
        "score": Decimal("-5.123456789"),
        "at": at,
        "tags": ["x", "y"],
        "parts": [{"name": "n", "value": 1}],
    }
    assert second == dict.fromkeys(first) | {"tags": [], "parts": []}


def test_the_job_of_a_load_is_found_again_under_its_id(
    client: bigquery.Client, table: str, load: Load
) -> None:
    job_id = f"{table.replace('.', '_')}_20241022_a0"
    load(facts(DAY, "a"), f"{table}$20241022", job_id=job_id)
    with pytest.raises(Conflict, match="Already Exists: Job"):
        load(facts(DAY, "b"), f"{table}$20241022", job_id=job_id)
    found = client.get_job(job_id)
    assert isinstance(found, bigquery.LoadJob)
    assert (found.state, found.output_rows, found.labels) == ("DONE", 1, {"execution": "e1"})


def test_a_failed_load_is_a_done_job_with_its_reason(
    client: bigquery.Client, table: str, load: Load
) -> None:
    job_id = f"{table.replace('.', '_')}_wrong_day"
    with pytest.raises(BadRequest):
        load(facts(OTHER_DAY, "a"), f"{table}$20241022", job_id=job_id)
    found = client.get_job(job_id)
    assert (found.state, found.error_result["reason"]) == ("DONE", "invalid")


def test_the_past_is_read_across_loads_that_append_and_loads_that_replace(
    query: Any, table: str, load: Load
) -> None:
    moments = []
    for names, day, disposition in (
        (("a", "a"), DAY, "WRITE_TRUNCATE"),
        (("a", "b"), DAY, "WRITE_APPEND"),
        (("c",), OTHER_DAY, "WRITE_APPEND"),
        (("d",), DAY, "WRITE_TRUNCATE"),
        (("e",), DAY, "WRITE_APPEND"),
    ):
        load(facts(day, *names), f"{table}${day:%Y%m%d}", disposition)
        time.sleep(0.002)
        moments.append(dt.datetime.now(dt.UTC).isoformat())
        time.sleep(0.002)
    states = [
        "".join(row["player"] for row in query(
            f"SELECT player FROM `{table}` FOR SYSTEM_TIME AS OF TIMESTAMP '{moment}' ORDER BY 1"
        ))
        for moment in moments
    ]  # fmt: skip
    assert states == ["aa", "aaab", "aaabc", "cd", "cde"]


def test_the_past_is_read_as_of_a_parameter(
    client: bigquery.Client, table: str, load: Load
) -> None:
    load(facts(DAY, "a"), f"{table}${DAY:%Y%m%d}", "WRITE_TRUNCATE")
    time.sleep(0.002)
    moment = dt.datetime.now(dt.UTC)
    time.sleep(0.002)
    load(facts(DAY, "b"), f"{table}${DAY:%Y%m%d}", "WRITE_TRUNCATE")
    config = bigquery.QueryJobConfig(
        query_parameters=[
            bigquery.ScalarQueryParameter("moment", "TIMESTAMP", moment),
            bigquery.ScalarQueryParameter("day", "DATE", DAY),
        ]
    )
    past = f"SELECT player FROM `{table}` FOR SYSTEM_TIME AS OF @moment WHERE game_date = @day"
    assert [row["player"] for row in client.query_and_wait(past, job_config=config)] == ["a"]


def test_queries_of_one_text_read_each_its_own_moment_at_the_same_time(
    query: Any, table: str, load: Load
) -> None:
    moments = []
    for name in "abcd":
        load(facts(DAY, name), f"{table}${DAY:%Y%m%d}", "WRITE_TRUNCATE")
        time.sleep(0.002)
        moments.append(dt.datetime.now(dt.UTC).isoformat())
        time.sleep(0.002)

    def player_then(moment: str) -> str:
        past = f"SELECT player FROM `{table}` FOR SYSTEM_TIME AS OF TIMESTAMP '{moment}'"
        return str(query(past)[0]["player"])

    with ThreadPoolExecutor(8) as readers:
        assert "".join(readers.map(player_then, moments * 4)) == "abcd" * 4


def test_a_script_and_a_copy_read_the_moment_that_they_ask_for(
    query: Any, table: str, load: Load
) -> None:
    load(facts(DAY, "a"), f"{table}${DAY:%Y%m%d}", "WRITE_TRUNCATE")
    time.sleep(0.002)
    past = f"`{table}` FOR SYSTEM_TIME AS OF TIMESTAMP '{dt.datetime.now(dt.UTC).isoformat()}'"
    time.sleep(0.002)
    load(facts(DAY, "b"), f"{table}${DAY:%Y%m%d}", "WRITE_TRUNCATE")
    query(f"CREATE TABLE `{table}_then` AS SELECT * FROM {past}")
    for rows in (f"SELECT * FROM `{table}_then`", f"DECLARE n INT64; SELECT * FROM {past}"):
        assert [row["player"] for row in query(rows)] == ["a"]
