"""Partitioned tables: demanded filters, change times, expiration, the state of an hour ago."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

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


def _now() -> str:
    time.sleep(0.002)
    moment = dt.datetime.now(dt.UTC).isoformat()
    time.sleep(0.002)
    return moment


def test_before_a_table_was_there_is_no_past(query: Any, table: str) -> None:
    with pytest.raises(BadRequest, match="Invalid time travel timestamp"):
        query(f"SELECT * FROM {table} FOR SYSTEM_TIME AS OF TIMESTAMP '2020-01-01'"
              " WHERE day >= '2025-01-01'")  # fmt: skip


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
