"""The site in the bucket follows the runs: behind the verdict, which it never endangers."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import Any

import httpx
import pytest

from phase4.cloud.site_pages import INDEX, SitePages, report_name
from phase4.cloud.workflow_executions import Execution
from phase4.tables.filled import DEFAULT, FILLED
from tests.laptop import Laptop, reason
from tests.terraform.log_filters import FUNCTION, log_entry, matches, metric_filter

pytestmark = pytest.mark.slow
DAY = "2025-01-10"


@pytest.fixture(scope="module")
def has_site() -> bool:
    """This module looks at it."""
    return True


@pytest.fixture(scope="module")
def passed(laptop: Laptop) -> Execution:
    """A run that ended while the bucket took nothing; it takes nothing until the next test."""
    laptop.arm("storage", on="write", contains="uploadType", action="error", status=403, count=0)
    return laptop.run(dates=[DAY], canary_dates=0)


@pytest.fixture(scope="module")
def failed(laptop: Laptop, passed: Execution) -> Execution:
    """A run that failed, whose site is written."""
    states = laptop.states("2024-11-10", "2025-01-10")
    blocked = min(day for day, row in states.items() if row["state"] == "BLOCKED_UPSTREAM")
    before = SitePages(laptop.cloud.settings).made_at()
    execution = laptop.run(dates=[str(blocked)])
    laptop.until(lambda: SitePages(laptop.cloud.settings).made_at() != before)
    return execution


def page(laptop: Laptop, name: str = INDEX) -> str:
    """A page as a browser reads it."""
    answer = httpx.get(laptop.cloud.settings.page(name)).raise_for_status()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def logged(laptop: Laptop) -> list[dict[str, Any]]:
    """The structured lines that the validator has written."""
    lines = (laptop.cloud.folder / "validator.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def failures(laptop: Laptop) -> set[str]:
    """The runs whose site could not be written."""
    lines = (line for line in logged(laptop) if line.get("event") == "site_failed")
    return {line["logging.googleapis.com/labels"]["run_id"] for line in lines}


def site_in_status(laptop: Laptop) -> dict[str, str]:
    """What `phase4 status` says of it."""
    return dict(json.loads(laptop.phase4("status", "--json").out)["site"])


def test_a_bucket_that_takes_nothing_loses_no_verdict_and_is_told(
    laptop: Laptop, passed: Execution
) -> None:
    assert passed.state == "SUCCEEDED"
    try:
        laptop.until(lambda: passed.run_id in failures(laptop))
        assert f"run {passed.run_id} ended since" in site_in_status(laptop)["problem"]
        findings = json.loads(laptop.phase4("doctor", "--json").out)
        (finding,) = [each for each in findings if each["subject"] == "site"]
        assert (finding["status"], finding["cure"]) == ("wrong", "phase4 site --publish")
    finally:
        laptop.disarm()
    done = laptop.phase4(*finding["cure"].split()[1:])
    assert (done.code, site_in_status(laptop)["problem"]) == (0, "")


def test_after_a_run_its_address_shows_how_the_run_ended(laptop: Laptop, failed: Execution) -> None:
    index, run_id = page(laptop), failed.run_id
    assert laptop.cloud.settings.page(report_name(run_id)) in index
    assert "a run is on its way" not in index.lower()
    assert run_id in page(laptop, report_name(run_id))
    assert site_in_status(laptop)["problem"] == ""
    assert laptop.cloud.settings.page(INDEX) in laptop.phase4("status").out


def test_a_run_that_failed_is_shown_and_its_alert_names_the_address(
    laptop: Laptop, failed: Execution
) -> None:
    assert reason(failed) == "VERDICT_FAILED"
    assert failed.run_id[:8] in page(laptop)
    told = [line for line in logged(laptop) if line.get("event") == "alert"]
    address = laptop.cloud.settings.page(f"{INDEX}#alerts")
    assert told
    assert {line["alert"]["page"] for line in told} == {address}
    assert all(address in line["message"] for line in told)


def test_every_table_has_its_line_in_the_chart_of_coverage(
    laptop: Laptop, failed: Execution
) -> None:
    raw = (laptop.cloud.folder / "validator.log").read_text().splitlines()
    told = {
        entry["jsonPayload"]["table"]: entry["jsonPayload"]
        for entry in (log_entry(line, FUNCTION) for line in raw if line.startswith("{"))
        if matches(metric_filter("table_coverage_pct"), entry)
    }
    assert set(told) == set(FILLED)
    # Of the first days of a season L4 owes nothing, L3 every game; the zones have none at all.
    better = {name for name, line in told.items() if line["wanted_pct"] > line["coverage_pct"]}
    assert better == {DEFAULT.name}


def test_an_undo_and_a_cancelled_run_are_followed_by_the_site_as_well(
    laptop: Laptop, passed: Execution, failed: Execution
) -> None:
    pages = SitePages(laptop.cloud.settings)
    for words in (("undo", passed.run_id), ("cancel", failed.run_id)):
        known = {pages.made_at()}
        done = laptop.phase4(*words)
        assert (done.code, "the site is written anew" in done.err) == (0, True), done.err
        laptop.until(partial(is_new, pages, known))
    assert site_in_status(laptop)["problem"] == ""


def test_an_undo_that_may_not_ask_for_the_site_is_done_and_says_what_is_next(
    laptop: Laptop, passed: Execution
) -> None:
    laptop.arm("pubsub", on="publish", action="error", status=403)
    try:
        done = laptop.phase4("undo", last_run(laptop))
    finally:
        laptop.disarm()
    assert done.code == 0
    assert "the site was not asked for" in done.err
    assert "  next  phase4 site --publish" in done.err.splitlines()


def is_new(pages: SitePages, known: set[datetime | None]) -> bool:
    """Whether the site is none of those that are known."""
    return pages.made_at() not in known


def last_run(laptop: Laptop) -> str:
    """The id of the newest run or undo."""
    [row] = laptop.sql("SELECT run_id FROM nba_ops.runs ORDER BY started_at DESC LIMIT 1")
    return str(row["run_id"])


def test_without_a_bucket_nothing_is_written_and_the_command_says_so(laptop: Laptop) -> None:
    done = laptop.phase4("site", "--publish", PHASE4_SITE_BUCKET="")
    assert done.code != 0
    assert "PHASE4_SITE_BUCKET" in done.err
    assert laptop.phase4("status", "--json", PHASE4_SITE_BUCKET="").out.find('"site": null') > 0
