"""How often a table may be changed: the service's figures, by the service's words."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.api_core.exceptions import Forbidden, TooManyRequests
from google.cloud import bigquery
from hypothesis import given
from hypothesis import strategies as st

from laptop.bigquery.errors import BigQueryError
from laptop.bigquery.limits import LAPTOP, SERVICE, TableLimits
from laptop.bigquery.partitions import TableRef

TABLE = TableRef("demo", "d", "t")
Load = Callable[[], bigquery.LoadJob]


@pytest.fixture
def limits(endpoint: str) -> Iterator[str]:
    """The address of the limits; the laptop's again afterwards."""
    yield f"{endpoint}/_local/limits"
    httpx.delete(f"{endpoint}/_local/limits")


@pytest.fixture(params=[False, True], ids=["unpartitioned", "partitioned"])
def kind(request: pytest.FixtureRequest) -> str:
    return "partitioned" if request.param else "unpartitioned"


@pytest.fixture
def load(client: bigquery.Client, query: Any, dataset: str, kind: str) -> Load:
    """Appends a row to a fresh table of this kind."""
    layout = " PARTITION BY day" if kind == "partitioned" else ""
    query(f"CREATE TABLE {dataset}.t (day DATE){layout}")

    def run() -> bigquery.LoadJob:
        file = io.BytesIO()
        pq.write_table(pa.table({"day": pa.array([20000], pa.date32())}), file)
        config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
        job = client.load_table_from_file(file, f"demo.{dataset}.t", rewind=True, job_config=config)
        job.result(retry=None)
        return job

    return run


def test_the_figures_are_those_of_the_service() -> None:
    assert (SERVICE.unpartitioned_updates, SERVICE.partitioned_updates) == (5, 50)
    assert (SERVICE.unpartitioned_daily, SERVICE.partitioned_daily) == (1500, 30_000)


def test_a_laptop_allows_ten_times_as_much(limits: str) -> None:
    assert httpx.get(limits).json()["partitioned_updates"] == LAPTOP.partitioned_updates == 500


def test_one_change_too_many_is_a_failed_job(limits: str, kind: str, load: Load) -> None:
    httpx.put(limits, json={f"{kind}_updates": 2}).raise_for_status()
    load(), load()
    with pytest.raises(TooManyRequests, match="too many table update operations") as caught:
        load()
    assert caught.value.errors[0]["reason"] == "rateLimitExceeded"
    assert caught.value.errors[0]["location"] == "table.write"


def test_a_day_that_is_full_is_another_reason(limits: str, kind: str, load: Load) -> None:
    httpx.put(limits, json={f"{kind}_daily": 1}).raise_for_status()
    load()
    with pytest.raises(Forbidden, match="Your table exceeded quota for") as caught:
        load()
    assert caught.value.errors[0]["reason"] == "quotaExceeded"


def test_a_limit_that_is_none_is_refused(limits: str) -> None:
    answer = httpx.put(limits, json={"per_second": 3})
    assert answer.status_code == 400
    assert "per_second = 3: known are" in answer.json()["error"]


@given(st.lists(st.floats(0, 30), max_size=60).map(sorted), st.booleans())
def test_no_ten_seconds_hold_more_changes_than_allowed(
    moments: list[float], partitioned: bool
) -> None:
    now = 0.0
    limits = TableLimits(SERVICE, clock=lambda: now)
    admitted = []
    for moment in moments:
        now = moment
        try:
            limits.admit(TABLE, partitioned)
        except BigQueryError:
            continue
        admitted.append(moment)
    allowed = 50 if partitioned else 5
    for start in admitted:
        assert sum(start <= moment < start + 10 for moment in admitted) <= allowed
    assert len(admitted) >= min(len(moments), allowed)
