"""Tasks that are killed: every view tells the same, and what the table gained is counted.

One run of five dates, a task each: task 0 is left alone, task 1 dies once behind its write and is
tried again, task 2 dies before every write, task 3 writes and dies before every word of it in the
ledger, the load of task 4 is refused.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from phase4.tables.tally import Tally
from tests.laptop import Laptop

FIRST, LAST = "2025-11-05", "2025-11-09"
L4 = "nba_precompute.player_composite_factors"
SEEN = Tally(planned=5, published=1, unchanged=1, failed=1, died=2)
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Story:
    """The run, what it printed while it was followed, and the table before and after it."""

    run_id: str
    told: str
    before: str
    dates: int
    games: int
    rows: int


def held(laptop: Laptop) -> tuple[int, int, int]:
    """Dates, games and rows of L4 in the range."""
    [row] = laptop.sql(
        "SELECT COUNT(DISTINCT game_date) AS dates, COUNT(DISTINCT game_id) AS games,"
        f" COUNT(*) AS row_count FROM {L4}"
        " WHERE game_date BETWEEN DATE(@a) AND DATE(@b)",
        a=FIRST, b=LAST,
    )  # fmt: skip
    return row["dates"], row["games"], row["row_count"]


@pytest.fixture(scope="module")
def story(laptop: Laptop) -> Story:
    before, was = laptop.table_hash(FIRST, LAST), held(laptop)
    laptop.fault("kill", "--wave", "1", "--task", "1", "--at", "after-write")
    laptop.fault("kill", "--wave", "1", "--task", "2", "--at", "before-write", "--times", "0")
    refuse = {"action": "error", "status": 403, "reason": "quotaExceeded"}
    for task, table, what in ((3, "outcomes", {"action": "kill_caller"}), (4, "factors$", refuse)):
        where = ["\nwave=1\n", f"\ntask={task}\n", table]
        laptop.arm("bigquery", on="load", contains=where, count=0, **what)
    done = laptop.phase4(
        "run", "--start-date", FIRST, "--end-date", LAST, "--canary-dates", "0", "--tasks", "5"
    )
    laptop.disarm()
    assert done.code == 1, done.out + done.err
    run_id = done.err.split()[1]
    gained = (now - then for now, then in zip(held(laptop), was, strict=True))
    return Story(run_id, done.out + done.err, before, *gained)


def answer(laptop: Laptop, *words: str) -> Any:
    done = laptop.phase4(*words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


# What these say until the run is undone is asked once.
@pytest.fixture(scope="module")
def receipt(laptop: Laptop, story: Story) -> Any:
    return answer(laptop, "receipt", story.run_id)


@pytest.fixture(scope="module")
def status(laptop: Laptop, story: Story) -> Any:
    return answer(laptop, "status", story.run_id)


@pytest.fixture(scope="module")
def shown(laptop: Laptop, story: Story) -> str:
    """`phase4 status` for people."""
    return laptop.phase4("status", story.run_id).out


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_every_view_tells_the_same_sum(
    laptop: Laptop, story: Story, shown: str, tmp_path: Path
) -> None:
    page, site = tmp_path / "report.html", tmp_path / "site"
    assert laptop.phase4("report", story.run_id, "--out", str(page)).code == 0
    assert laptop.phase4("site", "--out", str(site)).code == 0
    told = {
        "run": story.told,
        "status": shown,
        "status --follow": laptop.phase4("status", story.run_id, "--follow").out,
        "receipt": laptop.phase4("receipt", story.run_id).out,
        "report": plain(page.read_text()),
        "site": plain((site / "index.html").read_text()),
    }
    assert [view for view, text in told.items() if SEEN.line not in text] == []


def test_every_document_holds_the_same_sum(
    laptop: Laptop, story: Story, receipt: Any, status: Any
) -> None:
    [listed] = [run for run in answer(laptop, "status")["runs"] if run["run_id"] == story.run_id]
    told = (
        status["tally"],
        receipt["actual"]["tally"],
        {name: listed[name] for name in vars(SEEN)},
    )
    assert told == (vars(SEEN),) * 3


def test_the_criteria_count_who_died_among_the_failed(laptop: Laptop, story: Story) -> None:
    criteria = {one["name"]: one for one in laptop.snapshots(story.run_id)[-1]["criteria"]}
    failed = criteria["dates_failed_below_5"]
    assert (failed["part"], failed["whole"], failed["outcome"]) == (3, 5, "failed")


def test_causes_are_grouped_with_the_signal_and_a_log_that_can_be_read(receipt: Any) -> None:
    causes = {cause["fate"]: cause for cause in receipt["causes"]}
    assert causes["DIED"]["why"] == "2 tasks killed by SIGKILL (wave 1, tasks 2, 3)"
    assert "Quota exceeded" in causes["FAILED"]["why"]
    logs = [log for cause in causes.values() for log in cause["logs"]]
    assert [httpx.get(log).status_code for log in logs] == [200] * 3


def test_a_line_is_a_cause_its_log_or_a_command(shown: str) -> None:
    lines = shown.split(SEEN.line)[1].strip().splitlines()
    shapes = r"\d+ dates died: |\S+ failed: |  log   http|  next  phase4 "
    assert [line for line in lines if not re.match(shapes, line)] == []


def test_games_and_rows_are_those_that_the_table_gained(
    story: Story, receipt: Any, status: Any
) -> None:
    assert story.dates == 3
    assert receipt["actual"]["games_added"] == story.games
    assert status["games_added"] == story.games
    assert receipt["rows_changed"] == story.rows


def test_the_undo_that_the_receipt_names_takes_all_of_it_back(
    laptop: Laptop, story: Story, receipt: Any
) -> None:
    command = receipt["undo"]
    assert command == f"phase4 undo {story.run_id}"
    assert laptop.phase4(*shlex.split(command)[1:]).code == 0
    assert laptop.table_hash(FIRST, LAST) == story.before


def test_the_report_stays_that_of_its_end_and_marks_what_was_taken_back(
    laptop: Laptop, story: Story
) -> None:
    dates = json.loads(laptop.phase4("report", story.run_id, "--format", "json").out)["dates"]
    played = [row for row in dates if row["run_status"]]
    assert [row["state"] for row in played].count("COMPLETE") == story.dates
    assert ["taken back by undo-" in row["since"] for row in played].count(True) == story.dates


def test_the_command_of_every_cause_fills_what_was_left(laptop: Laptop, story: Story) -> None:
    causes = answer(laptop, "receipt", story.run_id)["causes"]
    for command in (command for cause in causes for command in cause["next"]):
        done = laptop.phase4(*shlex.split(command)[1:])
        assert done.code == 0, done.err
    states = {str(day): row["state"] for day, row in laptop.states(FIRST, LAST).items()}
    assert {states[day] for cause in causes for day in cause["dates"]} == {"COMPLETE"}


def test_behind_a_canary_that_dies_nothing_is_started(laptop: Laptop) -> None:
    laptop.fault("kill", "--wave", "0", "--at", "start", "--times", "0")
    execution = laptop.run(start_date=FIRST, end_date=LAST, canary_dates=1, force=True)
    laptop.disarm()
    seen = answer(laptop, "status", execution.run_id)
    planned = seen["tally"]["planned"]
    assert seen["tally"] == vars(Tally(planned=planned, died=1, not_started=planned - 1))
    assert [cause["fate"] for cause in seen["causes"]] == ["NOT_STARTED", "DIED"]
