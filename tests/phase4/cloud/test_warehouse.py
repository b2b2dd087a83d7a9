"""BigQuery as this system uses it: labelled, retried, once, counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, date, datetime
from threading import Event, current_thread
from typing import Any

import pyarrow as pa
import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound
from hypothesis import given
from hypothesis import strategies as st

from laptop.bigquery.limits import SERVICE
from phase4.cloud.bigquery_jobs import LONGEST_PAUSE
from phase4.cloud.loads import RowsRefused
from phase4.cloud.retries import DeadlineExceeded
from phase4.cloud.warehouse import CONCURRENT_LOADS, Caller
from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES
from tests.table_server import TableServer

TARGET = "nba_precompute.player_composite_factors"
QUARANTINE = "nba_ops.quarantine"
_numbers = itertools.count()


def fresh(what: str = "job") -> str:
    """A job id that nobody else uses."""
    return f"{what}-{next(_numbers)}"


def new_day() -> date:
    return date.fromordinal(date(2023, 1, 1).toordinal() + next(_numbers))


def factors(day: date, players: int, mark: str = "a") -> pa.Table:
    """L4 rows of a date, the required columns only."""
    return table_of(
        "player_composite_factors",
        [
            {"player_lookup": f"p{number}", "game_date": day, "game_id": "g",
             "data_hash": f"{mark}{number}", "data_quality_issues": []}
            for number in range(players)
        ],
    )  # fmt: skip


def notes(run: str, count: int) -> pa.Table:
    """Rows of the quarantine table."""
    row = {"run_id": run, "reason": "points=NaN", "recorded_at": datetime(2026, 1, 1, tzinfo=UTC)}
    return table_of("quarantine", [row] * count)


def hashes(tables: TableServer, day: date) -> list[str]:
    found = tables.warehouse().query(
        f"SELECT data_hash FROM {TARGET} WHERE game_date = @day ORDER BY data_hash", {"day": day}
    )
    return [row["data_hash"] for row in found]


def runs_of(tables: TableServer, word: str) -> int:
    """How many jobs ran a statement with this word."""
    jobs = tables.jobs("phase4_")
    return sum(word in job["configuration"].get("query", {}).get("query", "") for job in jobs)


def noted(tables: TableServer, run: str) -> int:
    sql = f"SELECT COUNT(*) AS rows_found FROM {QUARANTINE} WHERE run_id = @run"
    return int(tables.warehouse().row(sql, {"run": run})["rows_found"])


class TestQueries:
    """Statements."""

    @pytest.mark.parametrize(
        ("value", "type_"),
        [
            ("text", "STRING"), (7, "INT64"), (2.5, "FLOAT64"), (True, "BOOL"),
            (date(2026, 1, 2), "DATE"), (datetime(2026, 1, 2, 3, tzinfo=UTC), "TIMESTAMP"),
        ],
    )  # fmt: skip
    def test_a_parameter_arrives_with_its_type(
        self, tables: TableServer, value: Any, type_: str
    ) -> None:
        row = tables.warehouse().row("SELECT @value AS value", {"value": value})
        (job,) = tables.jobs("phase4_")[:1]
        (parameter,) = job["configuration"]["query"]["queryParameters"]
        assert row == {"value": value}
        assert parameter["parameterType"]["type"] == type_

    def test_a_list_of_texts_is_an_array(self, tables: TableServer) -> None:
        sql = "SELECT ARRAY_LENGTH(@names) AS size, 'b' IN UNNEST(@names) AS found"
        row = tables.warehouse().row(sql, {"names": ["a", "b"]})
        assert row == {"size": 2, "found": True}

    def test_a_value_without_a_type_is_refused(self, tables: TableServer) -> None:
        with pytest.raises(TypeError, match="no BigQuery parameter type for object"):
            tables.warehouse().query("SELECT @value", {"value": object()})  # type: ignore[dict-item]

    def test_every_job_says_who_asks_and_is_capped(self, tables: TableServer) -> None:
        caller = Caller("precompute", "run-1", "job-x", "3", "2")
        tables.warehouse(caller).query("SELECT 1")
        config = tables.jobs("phase4_")[0]["configuration"]
        assert config["labels"] == {
            "component": "precompute", "run_id": "run-1", "execution": "job-x",
            "task": "3", "wave": "2",
        }  # fmt: skip
        assert int(config["query"]["maximumBytesBilled"]) == 200 * 1024**3

    def test_the_only_row_is_demanded(self, tables: TableServer) -> None:
        with pytest.raises(LookupError, match="expected one row, found 2"):
            tables.warehouse().row("SELECT x FROM UNNEST([1, 2]) AS x")

    def test_a_wrong_statement_is_not_tried_again(self, tables: TableServer) -> None:
        before = len(tables.jobs("phase4_"))
        with pytest.raises(BadRequest):
            tables.warehouse().query("SELECT no_such_column FROM nba_ops.runs")
        assert len(tables.jobs("phase4_")) == before + 1

    @pytest.mark.parametrize("action", ["error", "job_error"])
    @pytest.mark.parametrize(
        ("status", "reason"),
        [(403, "rateLimitExceeded"), (429, "rateLimitExceeded"), (500, "internalError"),
         (503, "backendError"), (400, "due to concurrent update")],
    )  # fmt: skip
    def test_an_error_that_passes_is_outlasted(
        self, tables: TableServer, action: str, status: int, reason: str
    ) -> None:
        tables.arm(on="query", action=action, status=status, reason=reason, count=2)
        assert tables.warehouse().query("SELECT 1 AS one") == [{"one": 1}]
        assert tables.struck() == [2]

    def test_an_error_that_stays_ends_at_the_deadline_with_its_reason(
        self, tables: TableServer
    ) -> None:
        tables.arm(on="query", action="error", status=503, count=0)
        with pytest.raises(DeadlineExceeded, match=r"still failing after 1 s: 503 .*execution"):
            tables.warehouse(deadline_seconds=1).query("SELECT 1")

    def test_a_call_that_hangs_ends_at_the_deadline(self, tables: TableServer) -> None:
        tables.arm(on="query", action="delay", seconds=4)
        with pytest.raises(DeadlineExceeded, match=r"still failing after 1 s: .*timed out"):
            tables.warehouse(deadline_seconds=1).query("SELECT 1")

    def test_a_statement_whose_answer_was_lost_is_not_run_again(self, tables: TableServer) -> None:
        tables.arm(on="query", action="error", status=503, when="after", contains="lost")
        assert tables.warehouse().query("SELECT 'lost' AS word") == [{"word": "lost"}]
        assert runs_of(tables, "lost") == 1

    def test_a_job_that_is_unknown_for_a_while_is_looked_for_again(
        self, tables: TableServer
    ) -> None:
        tables.arm(on="query", action="error", status=503, when="after", contains="unknown")
        tables.arm(on="get", action="error", status=404, reason="notFound", count=3)
        assert tables.warehouse().query("SELECT 'unknown' AS word") == [{"word": "unknown"}]
        assert tables.struck() == [1, 3]
        assert runs_of(tables, "unknown") == 1

    def test_a_job_that_stays_unknown_ends_at_the_deadline(self, tables: TableServer) -> None:
        tables.arm(on="query", action="error", status=503, when="after", contains="unknown")
        tables.arm(on="get", action="error", status=404, reason="notFound", count=0)
        with pytest.raises(DeadlineExceeded, match="was submitted and is not known yet"):
            tables.warehouse(deadline_seconds=1).query("SELECT 'unknown' AS word")

    def test_a_table_that_is_not_there_is_not_looked_for_again(self, tables: TableServer) -> None:
        with pytest.raises(NotFound, match="nowhere"):
            tables.warehouse().query("SELECT 1 FROM nba_ops.nowhere")
        assert runs_of(tables, "nowhere") == 1

    @pytest.mark.parametrize("action", ["error", "job_error"])
    def test_a_quota_of_the_day_is_not_waited_for(self, tables: TableServer, action: str) -> None:
        tables.arm(on="query", action=action, status=403, reason="quotaExceeded", count=0)
        with pytest.raises(Forbidden, match="quota"):
            tables.warehouse().query("SELECT 1")
        assert tables.struck() == [1]

    def test_a_refusal_is_raised_at_once(self, tables: TableServer) -> None:
        tables.arm(on="query", action="error", status=403, reason="accessDenied", count=0)
        with pytest.raises(Exception, match="Access Denied"):
            tables.warehouse().query("SELECT 1")
        assert tables.struck() == [1]


class TestPartitions:
    """Replacing one partition."""

    def test_a_partition_is_replaced_as_a_whole_and_its_neighbour_is_not(
        self, tables: TableServer
    ) -> None:
        day, neighbour = new_day(), new_day()
        warehouse = tables.warehouse()
        for one in (day, neighbour):
            warehouse.replace_partition(TARGET, one, factors(one, 3), fresh())
        warehouse.replace_partition(TARGET, day, factors(day, 2, "b"), fresh())
        assert hashes(tables, day) == ["b0", "b1"]
        assert hashes(tables, neighbour) == ["a0", "a1", "a2"]

    def test_rows_of_another_date_are_refused_and_nothing_changes(
        self, tables: TableServer
    ) -> None:
        day = new_day()
        warehouse = tables.warehouse()
        warehouse.replace_partition(TARGET, day, factors(day, 1), fresh())
        with pytest.raises(BadRequest):
            warehouse.replace_partition(TARGET, day, factors(new_day(), 1), fresh())
        assert hashes(tables, day) == ["a0"]

    def test_a_table_that_is_not_there_is_not_made(self, tables: TableServer) -> None:
        with pytest.raises(NotFound, match="nba_elsewhere"):
            tables.warehouse().append("nba_elsewhere.quarantine", notes("run", 1), fresh())

    def test_a_row_that_the_table_cannot_take_is_never_sent(self, tables: TableServer) -> None:
        day, job = new_day(), fresh()
        unnamed = factors(day, 1).set_column(0, "player_lookup", pa.array([None], pa.string()))
        with pytest.raises(RowsRefused, match="column player_lookup is REQUIRED and NULL in row 1"):
            tables.warehouse().replace_partition(TARGET, day, unnamed, job)
        assert tables.jobs(job) == []

    def test_a_table_under_another_name_takes_the_rows_of_its_kind(
        self, tables: TableServer
    ) -> None:
        day, target = new_day(), "nba_precompute.factors_elsewhere"
        warehouse = tables.warehouse(target_table=target)
        spec = TABLES["player_composite_factors"]
        warehouse.client.create_table(spec.table(warehouse.settings.table_id(target)))
        warehouse.replace_partition(target, day, factors(day, 2), fresh())
        assert warehouse.read(target, ("game_id",), f"game_date = '{day}'").num_rows == 2

    def test_the_same_job_id_again_does_not_write_again(self, tables: TableServer) -> None:
        day, job = new_day(), fresh()
        warehouse = tables.warehouse()
        first = warehouse.replace_partition(TARGET, day, factors(day, 1), job)
        warehouse.replace_partition(TARGET, day, factors(day, 1, "b"), fresh())
        assert warehouse.replace_partition(TARGET, day, factors(day, 1), job) == first
        assert hashes(tables, day) == ["b0"]

    def test_a_failed_job_is_followed_by_one_with_the_next_id(self, tables: TableServer) -> None:
        day, job = new_day(), fresh()
        tables.arm(on="load", action="job_error", status=503, count=2)
        done = tables.warehouse().replace_partition(TARGET, day, factors(day, 1), job)
        assert done == f"{job}_a2"
        assert [one["status"]["state"] for one in tables.jobs(job)] == ["DONE"] * 3

    def test_a_job_that_failed_in_an_earlier_life_is_not_taken_for_done(
        self, tables: TableServer
    ) -> None:
        day, job = new_day(), fresh()
        tables.arm(on="load", action="job_error", status=400, reason="invalid")
        with pytest.raises(BadRequest):
            tables.warehouse().replace_partition(TARGET, day, factors(day, 1), job)
        assert (
            tables.warehouse().replace_partition(TARGET, day, factors(day, 1), job) == f"{job}_a1"
        )
        assert hashes(tables, day) == ["a0"]

    def test_a_load_that_is_unknown_for_a_while_is_not_made_twice(
        self, tables: TableServer
    ) -> None:
        day, job = new_day(), fresh()
        tables.arm(on="load", action="error", status=503, when="after", contains=job)
        tables.arm(on="get", action="error", status=404, reason="notFound", count=2)
        done = tables.warehouse().replace_partition(TARGET, day, factors(day, 1), job)
        assert (done, len(tables.jobs(job)), tables.struck()) == (f"{job}_a0", 1, [1, 2])

    def test_a_load_is_looked_at_often_however_long_it_takes(
        self, tables: TableServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tables.arm(on="load", action="delay", seconds=4)
        pauses: list[float] = []
        here = current_thread()

        def sleep(seconds: float) -> None:
            # A look at a silent service, which another test has left behind, sleeps longer.
            if current_thread() is here:
                pauses.append(seconds)
            Event().wait(seconds)

        monkeypatch.setattr("time.sleep", sleep)
        day = new_day()
        tables.warehouse().replace_partition(TARGET, day, factors(day, 1), fresh())
        assert 0 < max(pauses) <= LONGEST_PAUSE

    def test_the_deadline_names_the_partition(self, tables: TableServer) -> None:
        day = new_day()
        tables.arm(on="load", action="error", status=503, count=0)
        warehouse = tables.warehouse(deadline_seconds=1)
        with pytest.raises(DeadlineExceeded, match=rf"load into phase4-tables.{TARGET}\${day:%Y}"):
            warehouse.replace_partition(TARGET, day, factors(day, 1), fresh())

    def test_a_write_that_hangs_ends_at_the_deadline(self, tables: TableServer) -> None:
        day = new_day()
        tables.arm(on="load", action="delay", seconds=4)
        warehouse = tables.warehouse(deadline_seconds=1)
        with pytest.raises(DeadlineExceeded, match=r"still failing after 1 s: .*timeout of 1"):
            warehouse.replace_partition(TARGET, day, factors(day, 1), fresh())


class TestTableLimits:
    """The service's limits of changes of a table, with its own figures."""

    @pytest.fixture(autouse=True)
    def service_limits(self, tables: TableServer) -> Iterator[None]:
        """As often as in the service, from now on."""
        tables.limit(**asdict(SERVICE))
        yield
        tables.unlimit()

    def test_more_dates_than_ten_seconds_take_are_all_replaced(self, tables: TableServer) -> None:
        # So few that a busy machine, too, comes to them within the ten seconds.
        few = 10
        tables.limit(partitioned_updates=few)
        warehouse, base = tables.warehouse(), fresh("limited")
        days = [new_day() for _ in range(few + 4)]

        def replace_one(day: date) -> str:
            return warehouse.replace_partition(TARGET, day, factors(day, 1), f"{base}-{day}")

        with ThreadPoolExecutor(CONCURRENT_LOADS) as pool:
            done = list(pool.map(replace_one, days))
        refused = [job for job in tables.jobs(base) if "errorResult" in job["status"]]
        assert len(refused) > 0
        assert {job["status"]["errorResult"]["reason"] for job in refused} == {"rateLimitExceeded"}
        assert len(tables.jobs(base)) == len(done) + len(refused)
        assert all(hashes(tables, day) == ["a0"] for day in days)

    def test_the_ledger_takes_more_than_five_loads_at_once(self, tables: TableServer) -> None:
        warehouse, base = tables.warehouse(), fresh("ledger")
        for number in range(SERVICE.unpartitioned_updates + 1):
            warehouse.append(QUARANTINE, notes("run", 1), f"{base}-{number}")
        assert not [job for job in tables.jobs(base) if "errorResult" in job["status"]]


class TestAppending:
    """Appending rows once."""

    def test_rows_are_added(self, tables: TableServer) -> None:
        run = fresh("run")
        for _ in range(2):
            tables.warehouse().append(QUARANTINE, notes(run, 2), fresh())
        assert noted(tables, run) == 4

    def test_the_same_job_id_again_adds_nothing(self, tables: TableServer) -> None:
        run, job = fresh("run"), fresh()
        for _ in range(2):
            tables.warehouse().append(QUARANTINE, notes(run, 2), job)
        assert noted(tables, run) == 2

    def test_a_lost_answer_does_not_add_twice(self, tables: TableServer) -> None:
        run = fresh("run")
        tables.arm(on="load", action="error", status=503, when="after")
        tables.warehouse().append(QUARANTINE, notes(run, 2), fresh())
        assert tables.struck() == [1]
        assert noted(tables, run) == 2


class TestReading:
    """The Storage Read API."""

    def test_selected_columns_of_restricted_rows_in_the_asked_order(
        self, tables: TableServer
    ) -> None:
        day = new_day()
        tables.warehouse().replace_partition(TARGET, day, factors(day, 3), fresh())
        restriction = f"game_date = '{day}' AND player_lookup != 'p1'"
        read = tables.warehouse().read(TARGET, ("data_hash", "player_lookup"), restriction)
        assert sorted(read.to_pylist(), key=str) == [
            {"data_hash": "a0", "player_lookup": "p0"},
            {"data_hash": "a2", "player_lookup": "p2"},
        ]
        assert read.column_names == ["data_hash", "player_lookup"]

    def test_nothing_is_a_table_with_the_columns(self, tables: TableServer) -> None:
        read = tables.warehouse().read(TARGET, ("game_id",), "game_date = '1999-01-01'")
        assert (read.num_rows, read.column_names) == (0, ["game_id"])

    def test_several_reads_come_back_by_name(self, tables: TableServer) -> None:
        days = {"one": new_day(), "two": new_day()}
        warehouse = tables.warehouse()
        for players, day in enumerate(days.values(), start=1):
            warehouse.replace_partition(TARGET, day, factors(day, players), fresh())
        requests = {name: (TARGET, ("game_id",), f"game_date = '{d}'") for name, d in days.items()}
        read = warehouse.read_all(requests, datetime.now(UTC))
        assert {name: rows.num_rows for name, rows in read.items()} == {"one": 1, "two": 2}

    def test_an_outage_that_passes_is_outlasted(self, tables: TableServer) -> None:
        tables.arm(on="read", action="error", status=503, count=2)
        assert tables.warehouse().read(TARGET, ("game_id",), "FALSE").num_rows == 0
        assert tables.struck() == [2]

    def test_many_rows_of_a_query_come_by_storage_read(self, tables: TableServer) -> None:
        warehouse = tables.warehouse()
        sql = "SELECT n, CAST(n AS STRING) AS text FROM UNNEST(GENERATE_ARRAY(1, @last)) AS n"
        rows = warehouse.query_table(sql, {"last": 30_000})
        assert sorted(rows["n"].to_pylist()) == list(range(1, 30_001))
        used = warehouse.usage
        assert (used.queries, used.read_sessions, used.bytes_read) == (1, 1, rows.nbytes)

    def test_the_query_is_not_sent_again_when_its_rows_were_out_of_reach(
        self, tables: TableServer
    ) -> None:
        tables.arm(on="read", action="error", status=503, count=2)
        rows = tables.warehouse().query_table("SELECT @word AS word", {"word": "once"})
        assert rows["word"].to_pylist() == ["once"]
        assert tables.struck() == [2]
        sent = [job for job in tables.jobs("phase4_") if "@word AS word" in str(job)]
        assert len(sent) == 1

    def test_an_outage_that_stays_names_the_table(self, tables: TableServer) -> None:
        tables.arm(on="read", action="error", status=503, count=0)
        with pytest.raises(DeadlineExceeded, match=f"read {TARGET}: still failing after 1 s"):
            tables.warehouse(deadline_seconds=1).read(TARGET, ("game_id",), "FALSE")


class TestUsage:
    """What was asked for is counted."""

    def test_every_call_is_counted_in_its_kind(self, tables: TableServer) -> None:
        day, warehouse = new_day(), tables.warehouse()
        warehouse.query("SELECT 1")
        warehouse.replace_partition(TARGET, day, factors(day, 5), fresh())
        warehouse.append(QUARANTINE, notes(fresh("run"), 1), fresh())
        warehouse.read(TARGET, ("game_id", "player_lookup"), f"game_date = '{day}'")
        used = warehouse.usage.as_dict()
        assert (used["queries"], used["load_jobs"], used["read_sessions"]) == (1, 2, 1)
        assert used["bytes_loaded"] > 0
        assert used["bytes_read"] > 0

    def test_work_that_failed_is_not_counted_as_done(self, tables: TableServer) -> None:
        warehouse = tables.warehouse()
        with pytest.raises(BadRequest):
            warehouse.query("SELECT nothing")
        assert warehouse.usage.queries == 0


@given(st.text())
def test_labels_are_what_bigquery_accepts(value: str) -> None:
    for label in Caller("precompute", value).labels().values():
        assert len(label) <= 63
        assert label == label.lower()
        assert all(letter.isalnum() or letter in "-_" for letter in label)
