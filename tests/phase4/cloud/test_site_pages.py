"""Pages in the bucket: the newer one stays, whoever comes last and whatever is lost on the way."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from google.api_core.exceptions import NotFound

from laptop.ports import HOST, Ports
from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.cloud.site_pages import SitePages, ended_since
from phase4.tables.rows.runs import RecentRun
from sample.environment import create_site_bucket
from tests.rows import row_of

AT = datetime(2026, 1, 2, 3, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a Cloud Storage."""
    command = [sys.executable, "-m", "laptop.storage", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(json.loads(process.stdout.readline())["port"])
        process.terminate()


@pytest.fixture
def pages(port: int, monkeypatch: pytest.MonkeyPatch) -> SitePages:
    """A bucket of its own without a page."""
    monkeypatch.setenv(emulator.OBJECTS, f"http://{HOST}:{port}")
    settings = Settings(project="demo-project", site_bucket=f"site-{uuid.uuid4().hex[:12]}")
    create_site_bucket(settings, Ports(storage=port))
    return SitePages(settings)


def read(pages: SitePages, name: str = "index.html") -> str:
    """The page as it is now."""
    return str(pages.bucket().get_blob(name).download_as_text())


def test_a_page_is_written_with_the_moment_that_it_tells_of(pages: SitePages) -> None:
    assert pages.made_at() is None
    assert pages.put("index.html", "<p>one</p>", AT)
    assert (read(pages), pages.made_at()) == ("<p>one</p>", AT)


def test_an_older_page_does_not_replace_a_newer_one(pages: SitePages) -> None:
    pages.put("index.html", "newer", LATER)
    assert not pages.put("index.html", "older", AT)
    assert read(pages) == "newer"


def test_a_page_that_is_written_twice_is_written_once(pages: SitePages) -> None:
    assert pages.put("index.html", "page", AT)
    assert not pages.put("index.html", "page", AT)


@pytest.mark.parametrize("first", ["older", "newer"])
def test_of_two_at_once_the_newer_page_stays(pages: SitePages, port: int, first: str) -> None:
    """Both have looked and seen nothing before either of them writes."""
    moments = {"older": AT, "newer": LATER}
    second = "newer" if first == "older" else "older"
    slow = {"on": "write", "contains": "uploadType", "action": "delay", "seconds": 0.5}
    httpx.post(f"http://{HOST}:{port}/_local/faults", json=slow).raise_for_status()
    # The second one is on its way while the first one waits; which of them that is must not matter.
    writers = [
        threading.Thread(target=pages.put, args=("index.html", name, moments[name]))
        for name in (first, second)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert read(pages) == "newer"


def test_a_page_of_which_the_answer_is_lost_is_there_once(pages: SitePages, port: int) -> None:
    lost = {"on": "write", "contains": "uploadType", "action": "error", "when": "after"}
    httpx.post(f"http://{HOST}:{port}/_local/faults", json=lost).raise_for_status()
    pages.put("index.html", "page", AT)
    assert (read(pages), pages.made_at()) == ("page", AT)


def test_reports_are_known_by_the_ids_of_their_runs(pages: SitePages) -> None:
    pages.put("index.html", "page", AT)
    for run_id in ("b", "a"):
        pages.put(f"runs/{run_id}.html", "report", AT)
    assert pages.reports() == ["a", "b"]


def test_a_bucket_that_is_missing_is_named(pages: SitePages) -> None:
    missing = SitePages(Settings(project="demo-project", site_bucket="not-there"))
    with pytest.raises(NotFound, match="bucket does not exist"):
        missing.put("index.html", "page", AT)


@pytest.mark.parametrize(
    ("made_at", "is_late"), [(None, True), (AT - timedelta(seconds=1), True), (AT, False)]
)
def test_the_site_is_late_when_a_run_has_ended_since(
    made_at: datetime | None, is_late: bool
) -> None:
    goes_on = row_of(RecentRun, run_id="goes on", finished_at=None)
    ended = row_of(RecentRun, run_id="ended", finished_at=AT)
    late = ended_since(made_at, [goes_on, ended])
    assert (late is not None and late.run_id == "ended") == is_late
