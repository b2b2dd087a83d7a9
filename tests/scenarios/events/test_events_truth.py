"""E8 and E9: claims against tables, and rows that pass every range check and say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

from phase4.cloud.queries import ask
from phase4.cloud.warehouse import Row
from phase4.tables.rows.snapshots import RunSnapshot, check_label
from tests.phase4.validation.league import FACTORS, League
from tests.phase4.validation.world import Span, World, requested


def check(snapshot: Row, label: str) -> dict[str, Any]:
    """One check of a snapshot, by `name` or `name subject`."""
    (found,) = [c for c in snapshot["checks"] if check_label(c["name"], c["subject"]) == label]
    return dict(found)


def metrics(world: World, span: Span) -> set[str]:
    """Metrics of the range with an alert."""
    return {row["metric"] for row in world.alerts(span, "OPENED")}


def planned(span: Span, run_id: str, wave: int = 1) -> list[Row]:
    """Eight planned dates of one wave."""
    return [
        {
            "run_id": run_id, "game_date": span.day(number), "action": "PLANNED",
            "state": "MISSING", "reason": "", "wave": wave, "task": 0, "expected_games": 2,
            "expected_players": 32, "l1_games": 2, "present_games": 0,
            "planned_at": datetime(2026, 1, 19, tzinfo=UTC),
        }
        for number in range(8)
    ]  # fmt: skip


def succeeded(day: date, run_id: str) -> Row:
    """The ledger says that the date is done."""
    return {
        "run_id": run_id, "wave": 1, "task": 0, "attempt": 0, "game_date": day,
        "status": "PUBLISHED", "counted_games": 2, "counted_players": 32, "warnings": [],
        "finished_at": datetime(2026, 1, 20, tzinfo=UTC),
    }  # fmt: skip


def completed(span: Span, run_id: str, **fields: Any) -> dict[str, Any]:
    """A run.completed event that claims eight filled dates."""
    claims = {"event_type": "run.completed", "planned": 8, "succeeded": 8, "failed": 0}
    return requested(span, **{**claims, **fields}, run_id=run_id)


def test_e8_the_snapshot_counts_the_table_and_the_disagreement_is_an_alert(
    world: World, span: Span
) -> None:
    league = League().season(span.start)
    for number in (0, 1, 2):
        league.drop(FACTORS, game_date=span.day(number))
    world.hold(league, plan=planned(span, "e8-run"))
    snapshot = world.validated(completed(span, "e8-run"))
    assert (snapshot["l4_dates"], snapshot["l4_games"]) == (5, 10)
    assert check(snapshot, "claims")["outcome"] == "failed"
    assert check(snapshot, "claims")["figure"] == 3
    assert check(snapshot, "claims")["detail"] == "8 dates claimed, 5 filled"
    assert snapshot["verdict"] == "failed"
    assert "check:claims" in metrics(world, span)


def test_e8_true_claims_are_no_finding(world: World, span: Span) -> None:
    ledger = [succeeded(span.day(number), "e8-true") for number in range(8)]
    world.hold(League().season(span.start), plan=planned(span, "e8-true"), outcomes=ledger)
    snapshot = world.validated(completed(span, "e8-true"))
    assert check(snapshot, "claims")["outcome"] == "passed"
    assert (snapshot["planned_dates"], snapshot["succeeded_dates"]) == (8, 8)
    assert snapshot["verdict"] == "passed"


def test_e8_progress_comes_from_the_ledger_and_not_from_the_event(world: World, span: Span) -> None:
    ledger = [succeeded(span.day(number), "e8-some") for number in range(4)]
    failed = {**succeeded(span.day(4), "e8-some"), "status": "FAILED"}
    world.hold(
        League().season(span.start), plan=planned(span, "e8-some"), outcomes=[*ledger, failed]
    )
    snapshot = world.validated(completed(span, "e8-some"))
    assert (snapshot["planned_dates"], snapshot["succeeded_dates"]) == (8, 4)
    assert snapshot["run_failed_dates"] == 1
    assert set(snapshot["failed_criteria"]) == {"dates_succeeded_95", "dates_failed_below_5"}


def test_e8_rows_deleted_behind_the_ledger_are_lost_dates(world: World, span: Span) -> None:
    league = League().season(span.start)
    league.drop(FACTORS, game_date=span.day(5))
    ledger = [succeeded(span.day(number), "old-run") for number in range(8)]
    world.hold(league, outcomes=ledger)
    snapshot = world.validated(requested(span))
    assert check(snapshot, "lost_dates")["figure"] == 1
    assert str(span.day(5)) in check(snapshot, "lost_dates")["detail"]
    assert "check:lost_dates" in metrics(world, span)


def run_of(span: Span) -> str:
    """A run that no other test knows: its checkpoints are written once."""
    return f"batch-run-{span.start}"


def batch(span: Span, numbers: Sequence[int], **claims: int) -> dict[str, Any]:
    """The event of a batch of a run that is looked at every two dates."""
    figures = {"status": "PUBLISHED", "games": 2, "players": 32, **claims}
    dates = [{"game_date": str(span.day(number)), **figures} for number in numbers]
    return requested(
        span, event_type="shard.completed", run_id=run_of(span), wave=1, task=0, batch=0,
        attempt=0, execution="x", dates=dates,
    )  # fmt: skip


def pushed(world: World, span: Span, events: Sequence[dict[str, Any]]) -> list[Row]:
    """The snapshots of the run once these events have been pushed."""
    assert {world.push(event) for event in events} == {200}
    return world.sql(
        "SELECT * FROM nba_ops.coverage_snapshots WHERE snapshot_date >= '2020-01-01'"
        " AND start_date = @start ORDER BY snapshot_at",
        start=span.start,
    )


def test_e8_two_finished_dates_are_a_checkpoint_and_one_is_none(world: World, span: Span) -> None:
    one, two = ([succeeded(span.day(n), run_of(span)) for n in range(count)] for count in (1, 2))
    books = {"runs": [_run(span)], "plan": planned(span, run_of(span))}
    world.hold(League().season(span.start), **books, outcomes=one)
    assert pushed(world, span, [batch(span, [0])]) == []
    world.hold(League().season(span.start), **books, outcomes=two)
    (snapshot,) = pushed(world, span, [batch(span, [0]), batch(span, [1]), batch(span, [0])])
    assert (snapshot["kind"], snapshot["event_id"]) == ("checkpoint", f"{run_of(span)}-dates-2")
    assert (snapshot["planned_dates"], snapshot["succeeded_dates"]) == (2, 2)
    assert (snapshot["start_date"], snapshot["end_date"]) == (span.start, span.end)
    assert snapshot["verdict"] == "passed"


def test_e8_what_becomes_due_meanwhile_is_left_to_the_checkpoint_at_work(
    world: World, span: Span
) -> None:
    done = [succeeded(span.day(number), run_of(span)) for number in range(4)]
    books = {"runs": [_run(span)], "plan": planned(span, run_of(span))}
    world.hold(League().season(span.start), **books, outcomes=done[:2])
    world.arm(on="load", action="delay", seconds=4, contains="coverage_snapshots")
    with ThreadPoolExecutor(max_workers=1) as pool:
        first = pool.submit(pushed, world, span, [batch(span, [0, 1])])
        while not any("_snapshot_" in job.job_id for job in under_way(world)):
            assert not first.done()
        world.replace("outcomes", done)
        assert pushed(world, span, [batch(span, [2, 3])]) == []
        snapshots = first.result()
    assert [row["event_id"] for row in snapshots] == [
        f"{run_of(span)}-dates-{dates}" for dates in (2, 4)
    ]


def under_way(world: World) -> list[Any]:
    """Jobs of BigQuery that have not ended."""
    return list(world.warehouse.client.list_jobs(all_users=True, state_filter="running"))


def test_e8_a_checkpoint_is_blamed_for_finished_dates_alone(world: World, span: Span) -> None:
    league = League().season(span.start)
    for number in range(3, 8):
        league.drop(FACTORS, game_date=span.day(number))
    ledger = [succeeded(span.day(n), run_of(span)) for n in range(3)]
    world.hold(league, runs=[_run(span)], plan=planned(span, run_of(span)), outcomes=ledger)
    (snapshot,) = pushed(world, span, [batch(span, [1, 2])])
    assert (snapshot["event_id"], snapshot["verdict"]) == (f"{run_of(span)}-dates-2", "passed")
    assert world.alerts(span) == []


def test_e8_a_batch_that_claims_more_than_there_is_alerts_the_range_of_its_run(
    world: World, span: Span
) -> None:
    league = League().season(span.start)
    league.drop(FACTORS, game_date=span.day(1), player_lookup="bosplayer0")
    league.drop(FACTORS, game_date=span.day(1), player_lookup="miaplayer0")
    ledger = [{**succeeded(span.day(n), run_of(span)), "counted_players": 1} for n in (0, 1)]
    world.hold(league, runs=[_run(span)], plan=planned(span, run_of(span)), outcomes=ledger)
    (snapshot,) = pushed(world, span, [batch(span, [0, 1])])
    assert check(snapshot, "claims")["detail"] == (
        f"{span.day(1)} claimed with 2 games and 32 players, found 2 and 31"
    )
    assert metrics(world, span) == {"check:claims"}


def test_e8_the_end_of_the_run_closes_what_a_checkpoint_of_it_opened(
    world: World, span: Span
) -> None:
    league = League().season(span.start)
    gone = [row for row in league.rows[FACTORS] if row["game_date"] == span.day(1)]
    league.drop(FACTORS, game_date=span.day(1))
    ledger = [succeeded(span.day(n), run_of(span)) for n in (0, 1)]
    world.hold(league, runs=[_run(span)], plan=planned(span, run_of(span)), outcomes=ledger)
    pushed(world, span, [batch(span, [1])])
    world.replace(FACTORS, [*league.rows[FACTORS], *gone])
    world.validated(completed(span, run_of(span)))
    claims = [row for row in world.alerts(span) if row["metric"] == "check:claims"]
    assert [row["transition"] for row in claims] == ["OPENED", "RECOVERED"]


def test_e8_a_wave_on_its_way_is_not_blamed_for_coverage(world: World, span: Span) -> None:
    league = League().season(span.start)
    for number in range(4, 8):
        league.drop(FACTORS, game_date=span.day(number))
    plan = [{**row, "wave": n // 4} for n, row in enumerate(planned(span, "w-run"))]
    ledger = [{**succeeded(span.day(n), "w-run"), "wave": 0} for n in range(4)]
    world.hold(league, plan=plan, outcomes=ledger)
    claims = {"wave": 0, "planned": 4, "succeeded": 4, "failed": 0}
    snapshot = world.validated(
        requested(span, event_type="wave.completed", run_id="w-run", **claims)
    )
    assert (snapshot["verdict"], snapshot["coverage_pct"]) == ("passed", 50)
    assert (snapshot["planned_dates"], snapshot["succeeded_dates"]) == (4, 4)
    assert world.alerts(span) == []


def test_dates_that_a_run_was_given_by_name_close_no_alert_of_the_range_around_them(
    world: World, span: Span
) -> None:
    league = League().season(span.start)
    for number in (2, 3, 4):
        league.drop(FACTORS, game_date=span.day(number))
    run_id, ends = f"named-{span.start}", (0, 7)
    plan = planned(span, run_id)
    days = ", ".join(f'"{span.day(number)}"' for number in ends)
    run = {**_run(span), "run_id": run_id, "request": f'{{"dates": [{days}]}}'}
    ledger = [succeeded(span.day(number), run_id) for number in ends]
    world.hold(league, runs=[run], plan=[plan[number] for number in ends], outcomes=ledger)
    before = world.validated(requested(span))
    assert "l4_coverage_pct" in metrics(world, span)
    claims = {"planned": 2, "succeeded": 2}
    named = world.validated(completed(span, run_id, **claims))
    assert (named["coverage_pct"], named["scope"]) == (100, f"{span.start}, {span.end}")
    assert world.alerts(span, "RECOVERED") == []
    after = world.validated(requested(span))
    assert after["previous_coverage_pct"] == before["coverage_pct"] == after["coverage_pct"]


def test_a_claim_in_the_name_of_a_run_that_cannot_be_of_it_is_refused_for_good(
    world: World, span: Span
) -> None:
    run = {**_run(span), "run_id": f"asked-{span.start}", "end_date": span.day(3)}
    world.hold(League().season(span.start), runs=[run], plan=planned(span, run["run_id"])[:4])
    beyond = completed(span, run["run_id"])
    unknown = completed(span, f"nobody-{span.start}")
    wave = requested(
        span, event_type="wave.completed", run_id=run["run_id"], wave=1, planned=8, succeeded=8,
        failed=0,
    )  # fmt: skip
    assert [world.push(event) for event in (beyond, unknown, wave)] == [200, 200, 200]
    assert [world.snapshots(event["event_id"]) for event in (beyond, unknown, wave)] == [[]] * 3
    assert world.alerts(span) == []
    reasons = {row["reason"] for row in world.sql("SELECT reason FROM nba_ops.rejected_events")}
    asked = f"{span.start}..{span.day(3)}"
    said = f"dates {span.label} are not those of run {run['run_id']}: {asked}"
    nowhere = f"run_id nobody-{span.start}: neither nba_ops.runs nor nba_ops.plan has it"
    assert reasons >= {said, nowhere}


def test_what_is_counted_behind_the_end_of_a_run_is_not_what_its_report_shows(
    world: World, span: Span
) -> None:
    run = {**_run(span), "run_id": f"ended-{span.start}"}
    world.hold(League().season(span.start), runs=[run], plan=planned(span, run["run_id"]))
    before = world.validated(completed(span, run["run_id"]))
    world.replace("runs", [{**run, "state": "SUCCEEDED", "finished_at": datetime.now(UTC)}])
    world.replace(FACTORS, [])
    late = world.validated(completed(span, run["run_id"]))
    assert late["covered_games"] == 0
    shown = ask(world.warehouse, RunSnapshot, run_id=run["run_id"])
    assert [row.event_id for row in shown] == [before["event_id"]]


def test_e8_the_late_event_of_a_run_that_was_undone_claims_what_is_no_more(
    world: World, span: Span
) -> None:
    run = {**_run(span), "run_id": f"undone-{span.start}"}
    undo = {**run, "run_id": f"undo-{span.start}", "kind": "undo", "state": "SUCCEEDED"}
    ledger = [succeeded(span.day(number), run["run_id"]) for number in range(8)]
    emptied = {"counted_games": 0, "counted_players": 0, "finished_at": datetime.now(UTC)}
    ledger += [{**row, **emptied, "run_id": undo["run_id"]} for row in ledger]
    league = League().season(span.start)
    league.rows[FACTORS].clear()
    world.hold(league, runs=[run, undo], plan=planned(span, run["run_id"]), outcomes=ledger)
    late = world.validated(completed(span, run["run_id"]))
    assert check(late, "claims")["figure"] == 8
    assert check(late, "claims")["detail"] == "8 dates claimed, 0 filled"
    assert check(late, "lost_dates")["outcome"] == "passed"


def test_e9_constant_scores_inside_every_range_are_a_distribution_alarm(
    world: World, span: Span
) -> None:
    """The column is INT64: a fatigue of -0.07 in every row arrives as 0 in every row."""
    same_phase = span.start - (date(2024, 10, 22) - date(2023, 10, 24))
    league = League().season(span.start, players=14).season(same_phase, players=14)
    for row in league.rows[FACTORS]:
        if row["game_date"] >= span.start:
            row.update(fatigue_score=0, usage_spike_score=0)
    world.hold(league)
    snapshot = world.validated(requested(span))
    assert check(snapshot, "range_violations")["outcome"] == "passed"
    for factor in ("fatigue_score", "usage_spike_score"):
        assert check(snapshot, f"degenerate_factors: {factor}")["outcome"] == "failed"
        assert check(snapshot, f"factor_drift: {factor}")["outcome"] == "failed"
    for factor in ("pace_score", "shot_zone_mismatch_score"):
        assert check(snapshot, f"degenerate_factors: {factor}")["outcome"] == "passed"
    assert snapshot["ml_ready"] is False
    assert {
        "check:degenerate_factors: fatigue_score",
        "check:degenerate_factors: usage_spike_score",
    } <= metrics(world, span)


def test_e9_deferred_factors_are_constant_by_design(world: World, span: Span) -> None:
    world.hold(League().season(span.start))
    snapshot = world.validated(requested(span))
    subjects = {c["subject"] for c in snapshot["checks"] if c["name"] == "degenerate_factors"}
    assert "travel_impact_score" not in subjects
    assert snapshot["verdict"] == "passed"


def _run(span: Span) -> Row:
    now = datetime(2026, 1, 20, tzinfo=UTC)
    return {
        "run_id": run_of(span), "kind": "backfill", "state": "RUNNING", "target_table": "t",
        "start_date": span.start, "end_date": span.end, "started_at": now,
        "lease_expires_at": now, "request": '{"validate_every": 2}',
    }  # fmt: skip
