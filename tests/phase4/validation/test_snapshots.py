"""Snapshots that the function writes: counts of tables, history, and the price of a validation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from phase4.cloud.routines import query
from phase4.tables.calendar import seasons
from phase4.tables.checks import registry
from phase4.validation.scope import Kind, Scope
from phase4.validation.validator import validate
from tests.phase4.validation.league import FACTORS, PLAYERS, League
from tests.phase4.validation.world import Span, World, requested


def test_a_snapshot_counts_every_layer_and_names_every_loss(world: World) -> None:
    span = Span(date(2024, 10, 22), date(2024, 11, 12))
    league = League().season(span.start, days=2, l4=False).season(date(2024, 11, 5))
    day = date(2024, 11, 5)
    league.drop(FACTORS, game_date=day)
    league.drop(FACTORS, game_date=day + timedelta(days=1))
    league.drop(PLAYERS, game_date=day + timedelta(days=1))
    world.hold(league)
    row = world.validated(requested(span))
    assert (row["l1_games"], row["l3_games"], row["l4_games"]) == (20, 18, 12)
    assert (row["l1_dates"], row["l3_dates"], row["l4_dates"]) == (10, 9, 6)
    assert (row["coverage_pct"], row["eligible_pct"]) == (60, 75)
    assert row["reachable_pct"] == pytest.approx(100 * 12 / 14)
    assert row["ceiling_pct"] == 70
    assert {loss["reason"]: (loss["games"], loss["dates"]) for loss in row["losses"]} == {
        "preseason": (0, 0),
        "bootstrap": (4, 2),
        "all_star": (0, 0),
        "blocked_upstream": (2, 1),
        "blocked_shrunk": (0, 0),
        "blocked_quality": (0, 0),
        "l3_incomplete": (0, 0),
        "unconfirmed": (0, 0),
        "not_filled": (2, 1),
    }
    states = {state["state"]: state["dates"] for state in row["states"]}
    assert states == {
        "BLOCKED_UPSTREAM": 1, "COMPLETE": 6, "EXEMPT_BOOTSTRAP": 2, "MISSING": 1, "NO_GAMES": 12,
    }  # fmt: skip


def test_a_surplus_on_one_date_does_not_fill_a_hole_of_another(world: World, span: Span) -> None:
    league = League().season(span.start)
    league.drop(FACTORS, game_date=span.day(1))
    league.play(span.day(2), "UTA", "SAC", l1=False, l3=False)
    league.play(span.day(2), "CHI", "DET", l1=False, l3=False)
    world.hold(league)
    row = world.validated(requested(span))
    assert (row["l1_games"], row["l4_games"], row["covered_games"]) == (16, 16, 14)
    assert row["coverage_pct"] == 87.5


def test_null_minutes_of_active_rows_are_the_null_rate(world: World, span: Span) -> None:
    league = League().season(span.start)
    for row in league.rows[PLAYERS][:32]:
        row["minutes_played"] = None
    world.hold(league)
    assert world.validated(requested(span))["l3_null_rate_pct"] == 12.5


def test_dates_are_graded_by_the_share_of_their_players(world: World, span: Span) -> None:
    league = League().season(span.start)
    for number, absent in ((1, 1), (2, 3), (3, 4)):
        day_rows = [row for row in league.rows[FACTORS] if row["game_date"] == span.day(number)]
        for row in day_rows[:absent]:
            league.rows[FACTORS].remove(row)
    world.hold(league)
    snapshot = world.validated(requested(span))
    # 32 players a date: 31 are 96.9 %, 29 are 90.6 %, 28 are 87.5 %.
    assert (snapshot["ok_dates"], snapshot["warning_dates"], snapshot["failed_dates"]) == (6, 1, 1)


def test_a_snapshot_knows_the_one_before_it_of_the_same_range(world: World, span: Span) -> None:
    league = League().season(span.start)
    world.hold(league)
    first = world.validated(requested(span))
    assert first["previous_coverage_pct"] is None
    league.drop(FACTORS, game_date=span.start)
    world.replace(FACTORS, league.rows[FACTORS])
    second = world.validated(requested(span))
    assert second["previous_event_id"] == first["event_id"]
    assert (second["previous_coverage_pct"], second["previous_l4_games"]) == (100, 16)
    fell = {c["name"]: c["outcome"] for c in second["criteria"]}["coverage_never_falls"]
    assert fell == "failed"


def test_the_history_of_coverage_is_one_statement(world: World, span: Span) -> None:
    league = League().season(span.start)
    full = list(league.rows[FACTORS])
    league.drop(FACTORS, game_date=span.start)
    world.hold(league)
    world.validated(requested(span, run_id="history-run"))
    world.replace(FACTORS, full)
    world.validated(requested(span, run_id="history-run"))
    today = datetime.now(UTC).date()
    rows = world.sql(
        query("coverage_history", world.settings),
        start_date=today - timedelta(days=1), end_date=today, run_id="history-run",
    )  # fmt: skip
    assert [(row["coverage_pct"], row["gained_pct"]) for row in rows] == [(87.5, None), (100, 12.5)]


@pytest.mark.parametrize("start", [date(2024, 11, 5), seasons()[0].opener])
def test_a_validation_is_five_statements_whatever_the_range(world: World, start: date) -> None:
    world.hold(League().season(date(2024, 11, 5)))
    scope = Scope("range", "manual", "cost", start, date(2024, 11, 12))
    before = world.warehouse.usage.queries
    validate(world.warehouse, scope)
    assert world.warehouse.usage.queries - before == 5


@pytest.mark.parametrize("kind", ["checkpoint", "wave"])
def test_in_the_middle_of_a_run_sources_are_neither_passed_nor_failed(
    world: World, span: Span, kind: Kind
) -> None:
    world.hold(League().season(span.start))
    asked = {
        of: validate(world.warehouse, Scope(of, "manual", of, span.start, span.end, "no-run"))
        for of in (kind, "run")
    }
    left_out = {check.name for check in asked["run"].checks} - {
        check.name for check in asked[kind].checks
    }
    assert left_out == {name for name, check in registry().items() if check.reads == "sources"}
    assert all(registry()[name].severity != "error" for name in left_out)
    outcomes = {criterion.name: criterion.outcome for criterion in asked[kind].criteria}
    assert outcomes["no_cross_layer_violation"] == "not_due"


def test_a_snapshot_says_what_its_answer_took(world: World, span: Span) -> None:
    world.hold(League().season(span.start))
    row = world.validated(requested(span, run_id="counted"))
    assert (row["queries"], row["load_jobs"]) == (6, 1)
    assert row["bytes_processed"] >= 0


def test_a_scheduled_validation_stays_the_same_subject_from_day_to_day(world: World) -> None:
    world.hold(League().season(date(2024, 11, 5), l4=False))
    scopes = set()
    for end in (date(2024, 11, 12), date(2024, 11, 13)):
        span = Span(date(2024, 10, 22), end)
        event = requested(span, trigger="weekly-health")
        scopes.add(world.validated(event)["scope"])
    assert scopes == {"season 2024-25"}


def test_the_workflow_reads_the_snapshot_of_its_event_as_one_row(world: World, span: Span) -> None:
    world.hold(League().season(span.start))
    event = requested(span)
    call = "CALL nba_ops.read_snapshot(@event)"
    assert world.sql(call, event=event["event_id"])[0]["snapshots"] == 0
    world.validated(event)
    (found,) = world.sql(call, event=event["event_id"])
    assert found["snapshots"] == 1
    assert '"verdict":"passed"' in found["snapshot"]


def test_a_heartbeat_is_kept_once_per_run(world: World) -> None:
    world.hold(League())
    for _ in range(2):
        world.sql("CALL nba_ops.record_heartbeat('weekly-health', 'w1', 'passed', 'fine')")
    (beat,) = world.sql("SELECT * FROM nba_ops.heartbeats")
    assert (beat["run_id"], beat["verdict"], beat["detail"]) == ("w1", "passed", "fine")
