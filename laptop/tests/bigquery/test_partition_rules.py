"""Partitioned tables: demanded filters, change times, expiration, the state of an hour ago."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from bqemulator.domain.errors import InvalidQueryError
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud import bigquery

from laptop.bigquery.history import History

NO_FILTER = r"Cannot query over table 'demo.d\d+.t' without a filter over column\(s\) 'day'"


@pytest.fixture
def table(query: Any, dataset: str) -> str:
    """Three days of one row each, in a table that demands a partition filter."""
    query(
        f"CREATE TABLE {dataset}.t (day DATE, n INT64) PARTITION BY day"
        " OPTIONS (require_partition_filter = TRUE)"
    )
    query(f"INSERT INTO {dataset}.t SELECT d, 1 FROM UNNEST(GENERATE_DATE_ARRAY("
          "'2025-01-01', '2025-01-03')) AS d")  # fmt: skip
    return f"{dataset}.t"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM {t}",
        "SELECT * FROM {t} WHERE n = 1",
        "SELECT * FROM {t} WHERE day = '2025-01-01' OR n = 1",
        "SELECT * FROM {t} WHERE (day = '2025-01-01' OR n = 1) AND n > 0",
        "SELECT d FROM UNNEST([DATE '2025-01-01']) AS d LEFT JOIN {t} AS x ON x.day = d",
        "WITH a AS (SELECT n FROM {t}) SELECT * FROM a",
        "SELECT * FROM (SELECT 1 AS n) WHERE EXISTS (SELECT 1 FROM {t})",
        "DELETE FROM {t} WHERE n = 1",
        "UPDATE {t} SET n = 2 WHERE TRUE",
        "DECLARE v INT64 DEFAULT 1; SELECT * FROM {t} WHERE n = v",
    ],
)
def test_a_scan_without_the_demanded_filter_is_refused(query: Any, table: str, sql: str) -> None:
    with pytest.raises(BadRequest, match=NO_FILTER):
        query(sql.format(t=table))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT n FROM {t} WHERE day = '2025-01-01'",
        "SELECT n FROM {t} AS x WHERE x.day BETWEEN '2025-01-01' AND DATE '2025-01-01'",
        "SELECT n FROM {t} WHERE day IN UNNEST([DATE '2025-01-01']) AND n > 0",
        "SELECT n FROM {t} WHERE ((day = '2025-01-01' AND n = 1)) AND n > 0",
        "SELECT x.n FROM UNNEST([DATE '2025-01-01']) AS d"
        " LEFT JOIN {t} AS x ON x.day = d AND x.day >= '2025-01-01'",
        "WITH a AS (SELECT * FROM {t} WHERE day < '2025-01-02') SELECT n FROM a",
        "SELECT n FROM (SELECT * FROM {t}) WHERE day = '2025-01-01'",
        "DECLARE v DATE DEFAULT '2025-01-01'; SELECT n FROM {t} WHERE day = v",
    ],
)
def test_a_scan_with_the_filter_is_admitted(query: Any, table: str, sql: str) -> None:
    assert query(sql.format(t=table)) == [{"n": 1}]


def test_functions_and_procedures_need_the_filter_too(query: Any, dataset: str, table: str) -> None:
    query(f"CREATE TABLE FUNCTION {dataset}.good(since DATE) AS"
          f" (SELECT n FROM {table} WHERE day >= since)")  # fmt: skip
    query(f"CREATE TABLE FUNCTION {dataset}.bad() AS (SELECT n FROM {table})")
    query(f"CREATE PROCEDURE {dataset}.worse() BEGIN SELECT n FROM {table}; END")
    assert query(f"SELECT * FROM {dataset}.good('2025-01-03')") == [{"n": 1}]
    for sql in (f"SELECT * FROM {dataset}.bad()", f"CALL {dataset}.worse()"):
        with pytest.raises(BadRequest, match=NO_FILTER):
            query(sql)


def partitions(query: Any, table: str, column: str) -> dict[str, Any]:
    dataset, name = table.split(".")
    view = f"{dataset}.INFORMATION_SCHEMA.PARTITIONS"
    rows = query(f"SELECT partition_id, {column} AS c FROM {view} WHERE table_name = '{name}'")
    return {row["partition_id"]: row["c"] for row in rows}


def test_partitions_count_their_rows(query: Any, table: str) -> None:
    query(f"INSERT INTO {table} VALUES ('2025-01-02', 2), (NULL, 3)")
    rows = partitions(query, table, "total_rows")
    assert rows == {"20250101": 1, "20250102": 2, "20250103": 1, "__NULL__": 1}


@pytest.mark.parametrize("rows_of_the_day", [1, 2])
def test_only_a_changed_partition_gets_a_new_change_time(
    query: Any, table: str, rows_of_the_day: int
) -> None:
    for extra in range(1, rows_of_the_day):
        query(f"INSERT INTO {table} VALUES ('2025-01-02', {extra + 1})")
    before = partitions(query, table, "last_modified_time")
    query(f"UPDATE {table} SET n = n + 5 WHERE day = '2025-01-02'")
    after = partitions(query, table, "last_modified_time")
    assert sorted(before) == ["20250101", "20250102", "20250103"]
    assert [key for key in before if after[key] != before[key]] == ["20250102"]


def test_partitions_are_seen_from_inside_a_table_function(
    query: Any, dataset: str, table: str
) -> None:
    partitions = f"`demo.{dataset}`.INFORMATION_SCHEMA.PARTITIONS"
    body = f"SELECT partition_id FROM {partitions} WHERE partition_id >= first_id"
    query(f"CREATE TABLE FUNCTION {dataset}.f(first_id STRING) AS ({body})")
    query(f"INSERT INTO {table} VALUES ('2025-02-01', 1)")
    assert query(f"SELECT * FROM {dataset}.f('20250201')") == [{"partition_id": "20250201"}]


def test_the_past_is_read_as_it_was(query: Any, table: str) -> None:
    moments = []
    for statement in (
        "DELETE FROM {t} WHERE day = '2025-01-01'",
        "UPDATE {t} SET n = 7 WHERE day = '2025-01-02'",
        "INSERT INTO {t} VALUES ('2025-01-03', 9), ('2025-01-04', 9)",
        "TRUNCATE TABLE {t}",
    ):
        moments.append(_now())
        query(statement.format(t=table))
    states = [
        sorted((row["day"].day, row["n"]) for row in query(
            f"SELECT * FROM {table} FOR SYSTEM_TIME AS OF TIMESTAMP '{moment}'"
            " WHERE day >= '2025-01-01'"
        ))
        for moment in (*moments, _now())
    ]  # fmt: skip
    assert states == [
        [(1, 1), (2, 1), (3, 1)],
        [(2, 1), (3, 1)],
        [(2, 7), (3, 1)],
        [(2, 7), (3, 1), (3, 9), (4, 9)],
        [],
    ]


def test_a_dataset_that_is_gone_or_never_was_is_asked_for_its_partitions(
    client: bigquery.Client, query: Any, dataset: str
) -> None:
    client.create_dataset("passing")
    query("CREATE TABLE passing.t AS SELECT 1 AS n")
    partitions = "SELECT table_name FROM {}.INFORMATION_SCHEMA.PARTITIONS"
    assert query(partitions.format("passing")) == [{"table_name": "t"}]
    client.delete_dataset("passing", delete_contents=True)
    for name in ("passing", "mistyped"):
        with pytest.raises(NotFound, match=f"Dataset demo:{name} was not found in location us-we"):
            query(partitions.format(name))
        assert query(f"SELECT {len(name)} AS n") == [{"n": len(name)}]


def _now() -> str:
    time.sleep(0.002)
    moment = dt.datetime.now(dt.UTC).isoformat()
    time.sleep(0.002)
    return moment


def test_before_a_table_was_there_is_no_past(query: Any, table: str) -> None:
    words = (
        r"Invalid snapshot time 1577836800000 for table demo:(\S+)@1577836800000\. Cannot read be"
    )
    with pytest.raises(BadRequest, match=words):
        query(f"SELECT * FROM {table} FOR SYSTEM_TIME AS OF TIMESTAMP '2020-01-01'"
              " WHERE day >= '2025-01-01'")  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "words"),
    [("", "is none and existing spec is day"), ("PARTITION BY other", "is other and existing")],
)
def test_a_table_is_not_replaced_by_one_that_is_partitioned_otherwise(
    query: Any, table: str, layout: str, words: str
) -> None:
    rows = "SELECT DATE '2025-01-01' AS day, DATE '2025-01-02' AS other"
    refused = rf"Cannot replace a table with a different partitioning spec\..* {words}"
    with pytest.raises(BadRequest, match=refused):
        query(f"CREATE OR REPLACE TABLE {table} {layout} AS {rows}")
    query(f"CREATE OR REPLACE TABLE {table} PARTITION BY day AS {rows}")
    query(f"CREATE OR REPLACE TABLE {table}_plain AS {rows}")
    query(f"CREATE OR REPLACE TABLE {table}_plain (day DATE)")


def test_a_statement_reads_one_moment_of_a_table(query: Any, dataset: str) -> None:
    for name in ("now", "two"):
        query(f"CREATE TABLE {dataset}.{name} AS SELECT 1 AS n")
    query(f"CREATE TABLE FUNCTION {dataset}.all_now() AS (SELECT n FROM {dataset}.now)")
    first, second = (f"FOR SYSTEM_TIME AS OF TIMESTAMP '{_now()}'" for _ in range(2))
    table = f"{dataset}.now"
    for sql in (
        f"SELECT COUNT(*) AS n FROM {table} AS a JOIN {table} AS b {first} USING (n)",
        f"SELECT COUNT(*) AS n FROM {table} AS a {first} JOIN {table} AS b {second} USING (n)",
        f"SELECT (SELECT MAX(n) FROM {table} {first}) AS n FROM {table}",
        f"SELECT COUNT(*) AS n FROM {table} AS a {first} JOIN {dataset}.all_now() AS b USING (n)",
        f"DELETE FROM {table} WHERE n NOT IN (SELECT n FROM {table} {first})",
        f"DECLARE x INT64; SELECT COUNT(*) AS n FROM {table} AS a"
        f" JOIN {table} AS b {first} USING (n)",
    ):
        with pytest.raises(BadRequest, match=rf"'demo\.{dataset}\.now' is referenced at more than"):
            query(sql)
    query(f"INSERT INTO {table} SELECT n + 1 FROM {table} {first}")
    same = f"SELECT a.n FROM {table} AS a {first} JOIN {table} AS b {first} USING (n)"
    assert query(f"{same} JOIN {dataset}.two USING (n)") == [{"n": 1}]


def test_the_past_of_a_dataset_is_as_long_as_it_says(client: bigquery.Client, dataset: str) -> None:
    made = client.get_dataset(dataset)
    assert int(made.max_time_travel_hours) == 168
    made.max_time_travel_hours = 48
    client.update_dataset(made, ["max_time_travel_hours"])
    assert int(client.get_dataset(dataset).max_time_travel_hours) == 48


def test_a_past_of_less_than_two_days_is_refused(client: bigquery.Client, dataset: str) -> None:
    body = {"maxTimeTravelHours": "24"}
    with pytest.raises(BadRequest, match="maxTimeTravelHours: 24"):
        client._connection.api_request(
            method="PATCH", path=f"/projects/demo/datasets/{dataset}", data=body
        )


def test_rows_older_than_the_past_of_their_dataset_are_gone() -> None:
    now = dt.datetime.now(dt.UTC)
    made = now - dt.timedelta(days=90)
    table = SimpleNamespace(creation_time=made, time_partitioning=None)
    dataset = SimpleNamespace(max_time_travel_hours=48)
    catalog = SimpleNamespace(get_table=lambda *_: table, get_dataset=lambda *_: dataset)
    engine = SimpleNamespace(mutation=nullcontext)
    history = History(engine=engine, catalog=catalog, clock=None, events=None, retention_days=7)
    assert history.resolve_time_travel("p", "d", "t", now - dt.timedelta(hours=47)) is None
    with pytest.raises(InvalidQueryError, match="Invalid snapshot time"):
        history.resolve_time_travel("p", "d", "t", now - dt.timedelta(hours=49))


def test_partition_options_can_be_changed_and_are_listed(
    client: bigquery.Client, query: Any, dataset: str, table: str
) -> None:
    query(f"ALTER TABLE {table} SET OPTIONS (partition_expiration_days = 90,"
          " require_partition_filter = FALSE)")  # fmt: skip
    found = client.get_table(table)
    assert found.time_partitioning.expiration_ms == 90 * 86_400_000
    assert not found.require_partition_filter
    options = query(f"SELECT option_name, option_value FROM {dataset}.INFORMATION_SCHEMA"
                    ".TABLE_OPTIONS WHERE table_name = 't'")  # fmt: skip
    assert options == [{"option_name": "partition_expiration_days", "option_value": "90"}]
    assert len(query(f"SELECT * FROM {table}")) == 3
