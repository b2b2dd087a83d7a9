"""The site that cannot be written: a line in the log, and another try where one may help."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from laptop.ports import HOST, free_port
from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.errors import NoAnswer
from phase4.tables.events import SiteRequested
from phase4.validation.site import write_site

EVENT = SiteRequested(
    event_id="run-1-site",
    run_id="run-1",
    occurred_at=datetime(2026, 1, 2, tzinfo=UTC),
    start_date=date(2025, 1, 1),
    end_date=date(2025, 1, 2),
)


def test_a_warehouse_that_does_not_answer_is_told_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = f"{HOST}:{free_port()}"
    monkeypatch.setenv(emulator.BIGQUERY, f"http://{nowhere}")
    monkeypatch.setenv(emulator.OBJECTS, f"http://{nowhere}")
    monkeypatch.setenv(emulator.PUBSUB, nowhere)
    settings = Settings(project="demo-project", site_bucket="some-bucket", deadline_seconds=1)
    with pytest.raises(NoAnswer):
        write_site(settings, EVENT)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["severity"], line["event"]) == ("ERROR", "site_failed")


def test_without_a_bucket_there_is_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    write_site(Settings(project="demo-project"), EVENT)
    assert capsys.readouterr().out == ""
