"""One definition of the headline figures: every view of a date says the same of its games.

Two situations in which views have differed: L4 holds a game that L3 says nobody played, and L1 is
silent on a date that L3 has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.laptop import Laptop

L1 = "nba_raw.bdl_player_boxscores"
L3 = "nba_analytics.player_game_summary"
L4 = "nba_precompute.player_composite_factors"
OVERCOUNT, OUTAGE = "2024-11-18", "2025-02-20"
SITUATIONS = {"overcount": (OVERCOUNT, OVERCOUNT), "outage": ("2025-02-19", "2025-02-20")}
NOBODY_PLAYED = (
    f"UPDATE {L3} SET is_active = FALSE, is_dnp = TRUE, minutes_played = NULL, usage_rate = NULL,"
    " points = 0, fg_attempts = 0, three_pt_attempts = 0, paint_attempts = 0,"
    f" mid_range_attempts = 0 WHERE game_date = '{OVERCOUNT}' AND game_id = ("
    f"SELECT MIN(game_id) FROM {L4} WHERE game_date = '{OVERCOUNT}')"
)
SILENT = f"DELETE FROM {L1} WHERE game_date = '{OUTAGE}'"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Games:
    """What a view says: games that are due, covered, and covered at best."""

    due: int
    covered: int
    attainable: int


@dataclass(frozen=True)
class Views:
    """All views of one situation, before a run over it and after."""

    plan: dict[str, Any]
    validated: dict[str, Any]
    explained_before: list[dict[str, Any]]
    status: dict[str, Any]
    snapshot: dict[str, Any]
    receipt: dict[str, Any]
    report: dict[str, Any]
    explained: list[dict[str, Any]]


def games(view: Mapping[str, Any]) -> Games:
    """The figures by the names that they have everywhere."""
    return Games(view["due_games"], view["covered_games"], view["attainable_games"])


def added_up(dates: Iterable[Mapping[str, Any]]) -> Games:
    """The figures of some dates together."""
    known = [games(row) for row in dates]
    return Games(*(sum(getattr(each, name) for each in known) for name in vars(known[0])))


@pytest.fixture(scope="module", params=SITUATIONS)
def views(laptop: Laptop, request: pytest.FixtureRequest) -> Views:
    """The situation seeded, looked at, filled and looked at again."""
    laptop.sql(NOBODY_PLAYED if request.param == "overcount" else SILENT)
    first, last = SITUATIONS[request.param]
    span = ("--start-date", first, "--end-date", last)

    def asked(*words: str) -> Any:
        return json.loads(laptop.phase4(*words, "--json").out)

    def explained() -> list[dict[str, Any]]:
        return [asked("explain", day)["status"] for day in sorted({first, last})]

    before = {
        "plan": asked("plan", *span)["plan"],
        "validated": asked("validate", *span),
        "explained_before": explained(),
    }
    run_id = laptop.run(start_date=first, end_date=last, canary_dates=0).run_id
    return Views(
        **before,
        status=asked("status", run_id),
        snapshot=laptop.snapshots(run_id)[-1],
        receipt=asked("receipt", run_id),
        report=json.loads(laptop.phase4("report", run_id, "--format", "json").out),
        explained=explained(),
    )


def test_before_a_run_every_view_counts_the_same_games(views: Views) -> None:
    assert games(views.plan) == games(views.validated) == added_up(views.explained_before)


def test_after_a_run_every_view_counts_the_same_games(views: Views) -> None:
    seen = games(views.snapshot)
    assert (
        games(views.status) == games(views.receipt["actual"]) == added_up(views.explained) == seen
    )
    assert games(views.report["snapshot"]) == added_up(views.report["dates"]) == seen


def test_plan_and_receipt_forecast_what_comes_true(views: Views) -> None:
    forecast = (views.plan["forecast_games"], views.receipt["forecast"]["covered_games"])
    assert forecast == (views.snapshot["covered_games"],) * 2


def test_a_run_moves_neither_what_is_due_nor_the_ceiling(views: Views) -> None:
    before, after = games(views.plan), games(views.snapshot)
    assert (before.due, before.attainable) == (after.due, after.attainable)


def test_coverage_never_falls_and_never_exceeds_the_ceiling(views: Views) -> None:
    before, after = games(views.plan), games(views.snapshot)
    assert before.covered <= after.covered <= after.attainable <= after.due


def test_every_view_says_the_same_percentage(views: Views) -> None:
    assert views.plan["coverage_pct"] == views.validated["coverage_pct"]
    assert views.plan["ceiling_pct"] == views.snapshot["ceiling_pct"]
    after = views.snapshot["coverage_pct"]
    assert views.status["coverage_pct"] == views.receipt["actual"]["coverage_pct"] == after


def test_covered_and_lost_games_add_up_to_what_is_due(views: Views) -> None:
    for snapshot in (views.validated, views.snapshot):
        lost = sum(loss["games"] for loss in snapshot["losses"])
        assert snapshot["covered_games"] + lost == snapshot["due_games"]
