"""E4 to E7, E10 and G7: alerts that fire once and close, exact tiers, missing signs of life."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pyarrow as pa
import pytest

from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.tables.thresholds import METRICS
from phase4.validation.alert_log import AlertLog
from phase4.validation.scope import Scope
from phase4.validation.validator import validate
from tests.command_line import called
from tests.phase4.validation.league import DEFENSE, FACTORS, OFFENSE, PLAYERS, RAW, League
from tests.phase4.validation.world import PATIENCE, SECRET, Span, World, requested

METRIC = "l4_coverage_pct"


def days_pass(world: World, span: Span, days: int) -> None:
    """The alerts of a range, and its clock with them, become some days older."""
    world.sql(
        f"UPDATE nba_ops.alerts SET opened_at = TIMESTAMP_SUB(opened_at, INTERVAL {days} DAY),"
        f" noted_at = TIMESTAMP_SUB(noted_at, INTERVAL {days} DAY) WHERE scope = @scope",
        scope=span.label,
    )


def story(world: World, span: Span, metric: str = METRIC) -> list[tuple[str, str]]:
    """The transitions of one alert: kind and severity."""
    scope = "environment" if metric == "heartbeat" else span.label
    return [
        (row["transition"], row["severity"])
        for row in world.alerts_of(scope)
        if row["metric"] == metric
    ]


def half_filled(span: Span) -> League:
    league = League().season(span.start)
    for number in range(4):
        league.drop(FACTORS, game_date=span.day(number))
    return league


def test_e4_ten_days_of_one_shortfall_are_one_alert_and_two_escalations(
    world: World, span: Span
) -> None:
    world.hold(half_filled(span))
    # Every single day: test_alert_states.
    for days in (2, 1, 3, 1, 2):
        world.validated(requested(span))
        days_pass(world, span, days)
    world.validated(requested(span))
    assert story(world, span) == [
        ("OPENED", "critical"),
        ("ESCALATED", "critical"),
        ("ESCALATED", "critical"),
    ]
    ticks = [row for row in world.alerts(span, "DELIVERED") if row["metric"] == METRIC]
    assert len(ticks) == 3


def test_e5_recovery_is_told_once_and_closes_the_alert_so_that_a_new_shortfall_is_a_new_one(
    world: World, span: Span
) -> None:
    short, full = half_filled(span), League().season(span.start)
    world.hold(short)
    world.validated(requested(span))
    world.replace(FACTORS, full.rows[FACTORS])
    for _ in range(2):
        assert world.validated(requested(span))["verdict"] == "passed"
    over = [("OPENED", "critical"), ("RECOVERED", "ok")]
    assert story(world, span) == over
    world.replace(FACTORS, short.rows[FACTORS])
    world.validated(requested(span))
    assert story(world, span) == [*over, ("OPENED", "critical")]


def test_e4_e5_a_range_around_an_open_alert_opens_no_other_and_closes_it_once_it_lacks_nothing(
    world: World, span: Span
) -> None:
    part = Span(span.start, span.day(3))
    world.hold(half_filled(span))
    for looked_at in (part, span):
        world.validated(requested(looked_at))
    assert story(world, part) == [("OPENED", "critical")]
    assert story(world, span) == []
    world.replace(FACTORS, League().season(span.start).rows[FACTORS])
    world.validated(requested(span))
    assert story(world, part) == [("OPENED", "critical"), ("RECOVERED", "ok")]
    assert story(world, span) == []


NOTES = {
    METRIC: ("ACKNOWLEDGED", ["--acknowledge"]),
    "check:l1_outage": ("SNOOZED", ["--snooze-days", "14"]),
}


def test_an_alert_that_somebody_knows_of_is_not_told_again_until_it_is_over(
    world: World, span: Span
) -> None:
    def kinds() -> dict[str, list[str]]:
        return {metric: [kind for kind, _ in story(world, span, metric)] for metric in NOTES}

    league = half_filled(span)
    for number in range(4, 8):
        league.drop(RAW, game_date=span.day(number))
    world.hold(league)
    world.validated(requested(span))
    for metric, (note, words) in NOTES.items():
        done = called(
            ["alerts", f"{span.label} {metric}", *words],
            {**os.environ, **world.settings.environment()},
        )
        assert (done.code, done.err) == (0, "")
        assert note.lower() in done.out
    for _ in range(2):
        days_pass(world, span, 2)
        world.validated(requested(span))
    assert kinds() == {metric: ["OPENED", note] for metric, (note, _) in NOTES.items()}
    for table in (FACTORS, RAW):
        world.replace(table, League().season(span.start).rows[table])
    world.validated(requested(span))
    assert kinds() == {metric: ["OPENED", note, "RECOVERED"] for metric, (note, _) in NOTES.items()}


class Meeting(Warehouse):
    """A warehouse whose first load waits for another one's, before it is sent and behind it."""

    def __init__(self, world: World, barrier: Barrier) -> None:
        super().__init__(world.settings, Caller("validator"))
        self._barrier: Barrier | None = barrier

    def append(self, table: str, rows: pa.Table, job_id: str) -> str:
        barrier, self._barrier = self._barrier, None
        if barrier is None:
            return super().append(table, rows, job_id)
        barrier.wait(PATIENCE)
        done = super().append(table, rows, job_id)
        barrier.wait(PATIENCE)
        return done


def test_of_two_writers_at_midnight_one_tells(world: World, span: Span) -> None:
    world.hold(half_filled(span))
    scope = Scope("range", "manual", "midnight", span.start, span.end)
    snapshot = validate(world.warehouse, scope)
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    barrier = Barrier(2)

    def told(now: datetime) -> list[str]:
        log = AlertLog(Meeting(world, barrier), now)
        return [notice.metric for notice in log.tell(snapshot, ())]

    with ThreadPoolExecutor(max_workers=2) as pool:
        moments = (midnight - timedelta(seconds=1), midnight + timedelta(seconds=1))
        metrics = [metric for notices in pool.map(told, moments) for metric in notices]
    assert metrics.count(METRIC) == 1
    assert story(world, span) == [("OPENED", "critical")]


def test_alerts_open_anew_in_a_table_that_was_emptied(world: World, span: Span) -> None:
    world.hold(half_filled(span))
    for _ in range(2):
        world.validated(requested(span))
        assert story(world, span) == [("OPENED", "critical")]
        world.sql("DELETE FROM nba_ops.alerts WHERE scope = @scope", scope=span.label)


def test_an_alert_that_is_not_open_cannot_be_acknowledged(world: World, span: Span) -> None:
    world.hold(League().season(span.start))
    done = called(
        ["alerts", f"{span.label} {METRIC}", "--acknowledge"],
        {**os.environ, **world.settings.environment()},
    )
    assert (done.code, "`phase4 alerts` lists" in done.err) == (2, True)


@pytest.mark.parametrize(("trigger", "verdict"), [("weekly-health", "at_ceiling"), ("", "failed")])
def test_what_only_upstream_can_mend_does_not_fail_the_schedule_and_names_its_dates(
    world: World, trigger: str, verdict: str
) -> None:
    span = Span(date(2022, 12, 1), date(2022, 12, 8))
    league = half_filled(span)
    for number in range(4):
        for table in (PLAYERS, OFFENSE, DEFENSE):
            league.drop(table, game_date=span.day(number))
    world.hold(league)
    snapshot = world.validated(requested(span, **({"trigger": trigger} if trigger else {})))
    assert (snapshot["coverage_pct"], snapshot["ceiling_pct"]) == (50, 50)
    assert snapshot["verdict"] == verdict
    (alert,) = [row for row in world.alerts_of(snapshot["scope"]) if row["metric"] == METRIC]
    days = ", ".join(span.day(number).isoformat() for number in range(4))
    assert alert["fix"].startswith(f"only upstream can, on {days}; what lacks there: phase4 gaps")


def test_the_schedule_fails_for_what_a_run_would_fill(world: World, span: Span) -> None:
    world.hold(half_filled(span))
    snapshot = world.validated(requested(span, trigger="weekly-health"))
    assert snapshot["verdict"] == "failed"


def test_e6_a_channel_that_answers_404_is_recorded_and_the_next_one_used(
    world: World, span: Span
) -> None:
    world.hold(half_filled(span))
    world.pulled(world.settings.alerts_topic)
    world.webhook.status = 404
    world.validated(requested(span))
    (tick,) = [row for row in world.alerts(span, "DELIVERED") if row["metric"] == METRIC]
    assert {d["channel"]: (d["outcome"], d["detail"]) for d in tick["deliveries"]} == {
        "log": ("delivered", ""),
        "pubsub": ("delivered", ""),
        "webhook": ("failed", "HTTP 404"),
    }
    failures = [line["message"] for line in world.log_lines("alert_delivery_failed")]
    assert f"alert {span.label} {METRIC} was not delivered by webhook: HTTP 404" in failures
    published = world.pulled(world.settings.alerts_topic)
    assert METRIC in [message.attributes["metric"] for message in published]


def test_e6_a_webhook_that_hangs_up_does_not_give_its_address_away(
    world: World, span: Span
) -> None:
    world.hold(half_filled(span))
    world.webhook.status = 0
    world.validated(requested(span))
    (tick,) = [row for row in world.alerts(span, "DELIVERED") if row["metric"] == METRIC]
    assert {"channel": "webhook", "outcome": "failed", "detail": "ConnectionError"} in tick[
        "deliveries"
    ]
    assert SECRET not in world.log()


def test_a_webhook_gets_the_line_for_people_with_the_command_that_mends_it(
    world: World, span: Span
) -> None:
    world.hold(half_filled(span))
    world.validated(requested(span))
    (text,) = [text for text in world.webhook.received if METRIC in text]
    assert text.startswith(f"[critical] opened {span.label}: l4_coverage_pct is 50.0 %")
    assert text.endswith(f"To mend it: phase4 run --start-date {span.start} --end-date {span.end}")


@pytest.mark.parametrize(
    ("filled", "tier", "severity"),
    [
        (799, "below_minimum", "critical"),
        (800, "minimum", "warning"),
        (899, "minimum", "warning"),
        (900, "target", None),
        (949, "target", None),
        (950, "optimal", None),
    ],
)
def test_e7_tiers_are_exact(
    world: World, span: Span, filled: int, tier: str, severity: str | None
) -> None:
    wide = Span(span.start, span.day(49))
    world.hold(_thousand_games(wide, filled))
    snapshot = world.validated(requested(wide))
    assert snapshot["coverage_pct"] == filled / 10
    assert {row["metric"]: row["tier"] for row in snapshot["tiers"]}[METRIC] == tier
    assert [s for _, s in story(world, wide)] == ([severity] if severity else [])


def _thousand_games(span: Span, filled: int) -> League:
    """Twenty games of one player a side on each of fifty days; the first `filled` are in L4."""
    league = League()
    for number in range(1000):
        day, game = span.day(number // 20), number % 20
        league.play(day, f"H{game}", f"A{game}", players=1, l4=number < filled)
    return league


def test_e10_a_health_run_that_did_not_run_is_a_missing_heartbeat(world: World, span: Span) -> None:
    nine_days_ago = datetime.now(UTC) - timedelta(days=9)
    world.hold(League().season(span.start), heartbeats=[_beat(nine_days_ago)])
    snapshot = world.validated(requested(span))
    assert snapshot["heartbeat_overdue"] is True
    assert snapshot["last_heartbeat_at"].date() == nine_days_ago.date()
    assert story(world, span, "heartbeat") == [("OPENED", "warning")]
    world.sql("CALL nba_ops.record_heartbeat('weekly-health', 'w2', 'passed', '')")
    assert world.validated(requested(span))["heartbeat_overdue"] is False
    assert story(world, span, "heartbeat")[-1] == ("RECOVERED", "ok")


def test_e10_a_new_environment_owes_no_heartbeat(world: World, span: Span) -> None:
    world.hold(League().season(span.start))
    assert world.validated(requested(span))["heartbeat_overdue"] is False


def test_g7_a_silent_raw_feed_is_an_outage_and_not_full_coverage(world: World, span: Span) -> None:
    league = League().season(span.start)
    for number in range(2, 6):
        league.drop(RAW, game_date=span.day(number))
    world.hold(league)
    snapshot = world.validated(requested(span))
    assert (snapshot["l1_games"], snapshot["l4_games"]) == (8, 16)
    assert snapshot["coverage_pct"] == 50
    assert snapshot["unconfirmed_games"] == 8
    assert snapshot["verdict"] == "failed"
    assert story(world, span, "check:l1_outage") == [("OPENED", "warning")]


def test_g7_an_empty_raw_feed_is_no_coverage_at_all(world: World, span: Span) -> None:
    league = League().season(span.start)
    league.rows[RAW] = []
    world.hold(league)
    snapshot = world.validated(requested(span))
    assert snapshot["coverage_pct"] == 0
    assert snapshot["verdict"] == "failed"


def test_g10_the_off_season_raises_no_alert(world: World) -> None:
    world.hold(League())
    for days in (1, 60):
        summer = Span(date(2025, 7, 1), date(2025, 7, 1) + timedelta(days=days))
        snapshot = world.validated(requested(summer))
        assert (snapshot["verdict"], snapshot["coverage_pct"]) == ("passed", None)
        assert world.alerts(summer) == []


def test_g2_the_bootstrap_is_not_an_alert_of_its_own(world: World) -> None:
    early = Span(date(2024, 10, 22), date(2024, 11, 4))
    world.hold(League().season(early.start, days=14, l4=False))
    snapshot = world.validated(requested(early))
    assert {loss["reason"]: loss["games"] for loss in snapshot["losses"] if loss["games"]} == {
        "bootstrap": 28
    }
    assert (snapshot["eligible_pct"], snapshot["ceiling_pct"]) == (None, 0)
    assert METRIC not in {row["metric"] for row in world.alerts(early)}


def test_g2_games_of_the_bootstrap_make_no_alert_of_the_dates_behind_it(world: World) -> None:
    autumn = Span(date(2024, 10, 22), date(2024, 11, 8))
    league = League().season(autumn.start, days=14, l4=False).season(date(2024, 11, 5), days=4)
    world.hold(league)
    snapshot = world.validated(requested(autumn))
    assert snapshot["coverage_pct"] < METRICS[METRIC].minimum
    assert METRIC not in {row["metric"] for row in world.alerts(autumn)}
    league.drop(FACTORS, game_date=date(2024, 11, 6))
    world.replace(FACTORS, league.rows[FACTORS])
    world.validated(requested(autumn))
    (opened,) = [row for row in world.alerts(autumn) if row["metric"] == METRIC]
    assert "l4_coverage_pct without exempt dates is 75.0 % (6 of 8)" in opened["message"]


def _beat(at: datetime) -> Row:
    return {"name": "weekly-health", "run_id": "w1", "beat_at": at, "verdict": "passed"}
