"""What a run was asked: what its receipt says of it, and what its next commands repeat."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from laptop.ports import HOST, free_port
from phase4.cli.receipt import asked_words
from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.runs.causes import causes_of, ends_of
from phase4.runs.run import Run
from phase4.tables.arguments import BACKFILL
from phase4.tables.rows.plans import RunDate
from phase4.tables.rows.runs import RunRow
from tests.rows import row_of

DEFAULTS = {name: argument.default for name, argument in BACKFILL.items()}


def run(**arguments: Any) -> Run:
    """A run whose workflow kept all arguments, these among them."""
    request = {**DEFAULTS, "start_date": "2025-01-01", "owner": "anna", "states": [], **arguments}
    return Run(row_of(RunRow, request=json.dumps(request)), [], [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "what a run does by default"),
        ({"bootstrap_days": 0}, "bootstrap_days 0"),
        ({"tables": "all", "force": True}, "tables all, force True"),
        ({"reasons": ["missing", "stale"]}, "reasons missing stale"),
    ],
)
def test_the_receipt_says_what_is_not_the_default(arguments: dict[str, Any], words: str) -> None:
    assert asked_words(run(**arguments).asked) == words


FIRST, SECOND = date(2025, 1, 1), date(2025, 1, 5)
SPAN = f"--start-date {FIRST} --end-date {SECOND}"
APART = f"--date {FIRST} --date {SECOND}"


@pytest.mark.parametrize(
    ("arguments", "state", "commands"),
    [
        ({}, "MISSING", [f"phase4 run {SPAN}"]),
        ({"force": True}, "COMPLETE", [f"phase4 run {APART} --force"]),
        ({"dates": ["2025-01-01", "2025-01-05"]}, "MISSING", [f"phase4 run {APART}"]),
        ({"tables": ["all"]}, "PARTIAL", [f"phase4 run {SPAN} --tables all"]),
        ({"reasons": ["stale"], "tasks": 2}, "STALE",
         [f"phase4 run {SPAN} --reasons stale --tasks 2"]),
        ({"bootstrap_days": 0, "take_over": True}, "MISSING",
         [f"phase4 run {SPAN} --bootstrap-days 0"]),
        # An earlier stage had made them stale; a run of its own has to be told.
        ({"tables": ["all"]}, "STALE",
         [f"phase4 run {SPAN} --tables all --reasons missing --reasons partial"
          " --reasons overcount --reasons stale"]),
        ({"accept_loss": True}, "MISSING", [f"phase4 run {SPAN}"]),
        ({"accept_loss": True}, "BLOCKED_SHRUNK",
         [f"phase4 gaps {SPAN} --state BLOCKED_SHRUNK", f"phase4 run {SPAN} --accept-loss"]),
    ],
)  # fmt: skip
def test_what_died_is_filled_by_the_run_as_it_was_asked(
    arguments: dict[str, Any], state: str, commands: list[str]
) -> None:
    dates = [row_of(RunDate, status="DIED", state=state, game_date=day) for day in (FIRST, SECOND)]
    [cause] = causes_of(replace(run(**arguments), dates=dates), [])
    assert list(cause.next) == commands


def test_a_run_that_kept_nothing_was_asked_nothing() -> None:
    assert Run(row_of(RunRow, request=None), [], []).asked == {}


def test_how_tasks_ended_is_left_out_where_cloud_run_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(emulator.RUN, f"{HOST}:{free_port()}")
    died = replace(run(), dates=[row_of(RunDate, status="DIED", game_date=FIRST)])
    assert ends_of(Settings(project="demo-project"), died) == []
