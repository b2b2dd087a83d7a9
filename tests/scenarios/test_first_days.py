"""The first days of a season are filled on request: flagged, and left out unasked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop

OPENER = date(2024, 10, 22)
FIRST, LAST = str(OPENER), "2024-11-10"
ASKED = {"bootstrap_days": 0, "canary_dates": 0}
EARLY = [OPENER + timedelta(days=day) for day in range(14)]
TARGET = "nba_precompute.player_composite_factors"


@dataclass(frozen=True)
class Filled:
    """A league before and after a run that fills the first days, too."""

    laptop: Laptop
    unasked: Execution
    run: Execution

    def states(self, first_days: int) -> dict[date, Row]:
        """The states of the dates when so many days are the first."""
        rows = self.laptop.sql(
            "SELECT * FROM nba_ops.date_status_within(@a, @b, 45, @days)",
            a=OPENER, b=date.fromisoformat(LAST), days=first_days,
        )  # fmt: skip
        return {row["game_date"]: row for row in rows if row["l1_games"]}


@pytest.fixture(scope="module")
def filled(laptop: Laptop) -> Filled:
    """A plan without the argument, then a run with it."""
    span = {"start_date": FIRST, "end_date": LAST}
    return Filled(laptop, laptop.run(dry_run=True, **span), laptop.run(**ASKED, **span))


def planned(laptop: Laptop, run: Execution) -> set[date]:
    return {row["game_date"] for row in laptop.plan(run.run_id) if row["action"] == "PLANNED"}


def test_the_receipt_says_what_was_asked_and_nothing_else(filled: Filled) -> None:
    done = filled.laptop.phase4("receipt", filled.run.run_id, "--json")
    assert json.loads(done.out)["asked"] == ASKED


def test_unasked_no_such_date_is_planned(filled: Filled) -> None:
    states = {row["state"]: row for row in filled.unasked.result["plan"]["states"]}
    assert states["EXEMPT_BOOTSTRAP"]["action"] == "SKIPPED"
    assert states["EXEMPT_BOOTSTRAP"]["dates"] == len(EARLY)


def test_the_run_plans_and_fills_those_that_l3_can_feed(filled: Filled) -> None:
    states = filled.states(0)
    reachable = {day for day, row in states.items() if row["is_reachable"]}
    assert set(EARLY) & reachable <= planned(filled.laptop, filled.run)
    assert filled.run.state == "SUCCEEDED", filled.run.error
    assert {states[day]["state"] for day in reachable} == {"COMPLETE"}


def test_their_rows_are_flagged_and_say_what_they_lack(filled: Filled) -> None:
    rows = filled.laptop.sql(
        f"SELECT early_season_flag, data_completeness_pct FROM {TARGET}"
        " WHERE game_date BETWEEN @a AND @b",
        a=EARLY[0], b=EARLY[4],
    )  # fmt: skip
    assert {row["early_season_flag"] for row in rows} == {True}
    assert {row["data_completeness_pct"] for row in rows} != {100}


def test_they_count_as_covered_whoever_asks(filled: Filled) -> None:
    rows = [row for day, row in filled.states(14).items() if day in EARLY]
    assert {row["state"] for row in rows} == {"EXEMPT_BOOTSTRAP"}
    assert all(row["covered_games"] == row["refilled_games"] for row in rows)


def test_more_days_than_the_calendar_has_are_refused(laptop: Laptop) -> None:
    refused = laptop.run(start_date=FIRST, end_date=LAST, bootstrap_days=15)
    assert (refused.state, refused.error["argument"]) == ("FAILED", "bootstrap_days")
