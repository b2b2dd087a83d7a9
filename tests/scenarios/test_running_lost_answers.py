"""An answer that is lost is not work that is lost: it is looked up, and never done twice."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
import pytest

from laptop.ports import HOST
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop, reason

ROUTINES = ("open_run", "plan_backfill", "end_wave", "close_run")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("disarmed")]


def of_one_date(laptop: Laptop, day: str) -> Execution:
    return laptop.run(dates=[day], canary_dates=0)


def row_of(laptop: Laptop, run: Execution) -> dict[str, Any]:
    (row,) = laptop.sql("SELECT * FROM nba_ops.runs WHERE run_id = @run", run=run.run_id)
    return row


def calls(laptop: Laptop, run: Execution) -> Counter[str]:
    """How often the workflow's jobs called each routine, in BigQuery's own list."""
    jobs = laptop.jobs_of(run.run_id)["workflow"]
    return Counter(name for job in jobs for name in ROUTINES if f".{name}`" in job.query)


def executions_of(laptop: Laptop, run: Execution) -> int:
    """Cloud Run executions that were started for a run."""
    settings = laptop.cloud.settings
    place = f"{settings.place}/jobs/{settings.job}"
    url = f"http://{HOST}:{laptop.cloud.ports.run}/v2/{place}/executions"
    listed = httpx.get(url, timeout=10).json().get("executions", [])
    return sum(run.run_id in json.dumps(execution["template"]) for execution in listed)


@pytest.mark.parametrize(
    ("day", "status", "reason_given", "of_the_job"),
    [
        ("2025-11-05", 404, "notFound", {"on": "run", "when": "after", "status": 500}),
        ("2025-11-06", 503, "backendError", {"on": "operation", "status": 404}),
    ],
    ids=["the answer of jobs.run", "a look at the operation"],
)
def test_what_has_happened_is_found_and_not_done_twice_when_its_answer_is_lost(
    laptop: Laptop, day: str, status: int, reason_given: str, of_the_job: dict[str, Any]
) -> None:
    for name in ROUTINES:
        laptop.arm("bigquery", on="query", action="error", when="after", status=status,
                   reason=reason_given, contains=f".{name}`")  # fmt: skip
    laptop.arm("run", action="error", **of_the_job)
    run = of_one_date(laptop, day)
    assert (laptop.struck(), laptop.struck("run")) == ([1] * len(ROUTINES), [1])
    assert (run.state, row_of(laptop, run)["state"]) == ("SUCCEEDED", "SUCCEEDED")
    assert calls(laptop, run) == dict.fromkeys(ROUTINES, 1)
    assert executions_of(laptop, run) == 1


def test_what_never_arrived_is_sent_again(laptop: Laptop) -> None:
    for name in ROUTINES:
        laptop.arm("bigquery", on="query", action="error", status=503, contains=f".{name}`")
    laptop.arm("run", on="run", action="error", status=500)
    run = of_one_date(laptop, "2025-11-07")
    assert (laptop.struck(), laptop.struck("run")) == ([1] * len(ROUTINES), [1])
    assert (run.state, row_of(laptop, run)["state"]) == ("SUCCEEDED", "SUCCEEDED")
    assert calls(laptop, run) == dict.fromkeys(ROUTINES, 1)
    assert executions_of(laptop, run) == 1


@pytest.mark.parametrize(
    ("day", "faults", "call"),
    [
        ("2025-11-07", {"pubsub": {"on": "publish"}}, "Pub/Sub takes no event for topic "),
        (
            "2025-11-08",
            {"run": {"on": "list"}, "run ": {"on": "run", "status": 500}},
            "Cloud Run does not list the executions of ",
        ),
    ],
)
def test_what_a_service_refuses_is_told_with_the_call(
    laptop: Laptop, day: str, faults: dict[str, dict[str, Any]], call: str
) -> None:
    for server, fault in faults.items():
        told = {"action": "error", "status": 403, "reason": "not authorized", "count": 0}
        laptop.arm(server.strip(), **(told | fault))
    run = of_one_date(laptop, day)
    assert (run.state, reason(run)) == ("FAILED", "CALL_REFUSED")
    assert run.error["message"].startswith(call)
    assert ": not authorized" in run.error["message"]


@pytest.fixture(scope="module")
def unclosed(laptop: Laptop) -> Execution:
    """A run of which one statement fails in passing, and storing its summary for good."""
    laptop.arm("bigquery", on="query", action="job_error", reason="backendError",
               contains=".end_wave`")  # fmt: skip
    laptop.arm("bigquery", on="query", action="error", status=400, reason="invalid",
               contains="_close_a0", count=0)  # fmt: skip
    return of_one_date(laptop, "2025-11-08")


def test_a_job_that_failed_for_a_passing_reason_is_run_again_under_another_id(
    laptop: Laptop, unclosed: Execution
) -> None:
    assert unclosed.state == "SUCCEEDED"
    ended = {job.job_id[-3:] for job in laptop.jobs_of(unclosed.run_id)["workflow"]
             if ".end_wave`" in job.query}  # fmt: skip
    assert ended == {"_a0", "_a1"}


def test_a_run_whose_summary_cannot_be_stored_is_closed_without_it(
    laptop: Laptop, unclosed: Execution
) -> None:
    row = row_of(laptop, unclosed)
    assert (unclosed.state, row["state"]) == ("SUCCEEDED", "SUCCEEDED")
    assert "invalid" in json.loads(row["summary"])["closing"]


def test_a_run_that_was_ended_before_it_closed_does_not_succeed(laptop: Laptop) -> None:
    laptop.arm("bigquery", on="query", action="delay", seconds=3, contains="_close_a0")
    started = laptop.executions.start({"dates": ["2025-11-09"], "canary_dates": 0})
    laptop.until_struck()
    laptop.sql(
        "UPDATE nba_ops.runs SET state = 'TAKEN_OVER' WHERE run_id = @run", run=started.run_id
    )
    run = laptop.wait(started)
    assert (run.state, reason(run)) == ("FAILED", "RUN_ENDED")
    assert "its row says TAKEN_OVER" in run.error["message"]
