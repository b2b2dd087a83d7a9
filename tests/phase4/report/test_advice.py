"""The sentence on top of a report: what comes next, and no good news beside a failed check."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from phase4.report.advice import Advice
from phase4.report.facts import Report
from phase4.runs.receipt import Receipt
from phase4.tables.rows.dates import Gap
from phase4.tables.rows.runs import RunHead
from phase4.tables.rows.snapshots import CheckFigure, RunSnapshot
from tests.rows import row_of

FIRST, LAST = date(2025, 1, 8), date(2025, 1, 10)
VALIDATE = "phase4 validate --start-date 2025-01-08 --end-date 2025-01-10"


def advice(*checks: CheckFigure, **of_date: Any) -> Advice:
    """What a report advises of a run that left one date, complete unless said, and these checks."""
    run = row_of(RunHead, state="SUCCEEDED", start_date=FIRST, end_date=LAST)
    gap = row_of(Gap, **{"game_date": FIRST, "state": "COMPLETE", **of_date})
    report = row_of(
        Report,
        made_at=datetime(2025, 1, 20, tzinfo=UTC),
        receipt=row_of(Receipt, run=run, asked={}),
        snapshot=row_of(RunSnapshot, checks=checks),
        now=[gap],
    )
    return report.advice


def check(name: str, severity: str, outcome: str = "failed") -> CheckFigure:
    return row_of(CheckFigure, name=name, severity=severity, outcome=outcome)


def test_what_is_as_it_should_be_needs_nothing() -> None:
    found = advice(check("duplicate_keys", "error", "passed"), check("stale_dates", "info"))
    assert (found.tone, found.command) == ("passed", "")


def test_a_failed_check_keeps_good_news_back_the_worst_first() -> None:
    found = advice(check("contradictions", "warning"), check("duplicate_keys", "error"))
    assert found.text == "Nothing to fill, but 2 checks failed: duplicate_keys, contradictions."
    assert (found.tone, found.command) == ("failed", VALIDATE)


def test_an_error_comes_before_what_upstream_owes_and_a_warning_behind_it() -> None:
    owed = {"state": "BLOCKED_UPSTREAM", "due_games": 3}
    assert advice(check("duplicate_keys", "error"), **owed).command == VALIDATE
    assert "upstream owes 3 games" in advice(check("contradictions", "warning"), **owed).text
