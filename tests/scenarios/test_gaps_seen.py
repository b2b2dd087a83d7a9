"""G1-G5, G8, G11: every gap is seen for what it is, and only what can be filled is planned.

Each fault has dates of its own; one run over exactly these dates answers all of them.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from sample.league import sample_league, write_league
from tests.laptop import Laptop

L3 = "nba_analytics.player_game_summary"
L4 = "nba_precompute.player_composite_factors"
pytestmark = pytest.mark.slow

ONE_OF_187 = date(2025, 2, 10)
BOOTSTRAP = date(2024, 10, 30)
PRESEASON = date(2024, 10, 8)
ALL_STAR = date(2025, 2, 16)
AFTER_ALL_STAR = date(2025, 2, 19)
NO_L3 = date(2024, 12, 20)
THIN_L3 = date(2025, 4, 2)
DUPLICATES = date(2024, 11, 12)
FOREIGN_GAME = date(2024, 11, 14)
DID_NOT_PLAY = date(2024, 11, 18)
NO_GAME_AT_ALL = date(2024, 11, 28)
# A date of nobody's, that the run was not given.
BETWEEN = date(2024, 12, 21)
OLD_GAP = date(2024, 11, 22)
OVERCOUNTED = (DUPLICATES, FOREIGN_GAME, DID_NOT_PLAY, NO_GAME_AT_ALL)
EXEMPT = (BOOTSTRAP, PRESEASON, ALL_STAR)
BLOCKED = (NO_L3, THIN_L3)
FILLABLE = (ONE_OF_187, AFTER_ALL_STAR, OLD_GAP, *OVERCOUNTED)
NINE_MONTHS = 275

COPIED = """
INSERT INTO {L4}
SELECT donor.* REPLACE (
  due.game_date AS game_date, due.game_id AS game_id, due.player_lookup AS player_lookup)
FROM (SELECT * FROM {L4} WHERE game_date = '2024-11-10' LIMIT 1) AS donor
CROSS JOIN ({keys}) AS due
"""


def copied(keys: str) -> str:
    """A statement that gives L4 one row for each (game_date, game_id, player_lookup) of `keys`."""
    return COPIED.format(L4=L4, keys=keys)


def key(day: date, game_id: str, player: str) -> str:
    """One key as a query."""
    return f"SELECT DATE '{day}' AS game_date, '{game_id}' AS game_id, '{player}' AS player_lookup"


FAULTS = (
    copied(
        f"SELECT game_date, game_id, player_lookup FROM {L3} WHERE game_date = '{ONE_OF_187}'"
        " AND minutes_played > 0 ORDER BY player_lookup LIMIT 1"
    ),
    f"DELETE FROM {L3} WHERE game_date = '{NO_L3}'",
    f"UPDATE {L3} SET usage_rate = NULL WHERE game_date = '{THIN_L3}' AND player_lookup NOT IN ("
    f"SELECT player_lookup FROM {L3} WHERE game_date = '{THIN_L3}' AND minutes_played > 0"
    " ORDER BY player_lookup LIMIT 4)",
    f"INSERT INTO {L4} SELECT * FROM {L4} WHERE game_date = '{DUPLICATES}' LIMIT 5",
    copied(key(FOREIGN_GAME, "20241114_XXX_YYY", "nobody")),
    copied(
        f"SELECT game_date, game_id, player_lookup FROM {L3} WHERE game_date = '{DID_NOT_PLAY}'"
        " AND is_dnp ORDER BY player_lookup LIMIT 1"
    ),
    copied(key(NO_GAME_AT_ALL, "20241128_XXX_YYY", "nobody")),
    f"DELETE FROM {L4} WHERE game_date = '{OLD_GAP}'",
    f"UPDATE {L3} SET processed_at = TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {NINE_MONTHS} DAY)"
    f" WHERE game_date = '{OLD_GAP}'",
)


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample league with preseason and All-Star games."""
    folder = tmp_path_factory.mktemp("league")
    write_league(sample_league(exhibitions=True), folder)
    return folder


@pytest.fixture(scope="module")
def seen(laptop: Laptop) -> dict[date, Row]:
    """The state of every date once all faults are seeded."""
    for statement in FAULTS:
        laptop.sql(statement)
    return laptop.states("2024-10-01", "2025-04-30")


@pytest.fixture(scope="module")
def run(laptop: Laptop, seen: dict[date, Row]) -> Execution:
    """A backfill of exactly the seeded dates."""
    dates = [str(day) for day in sorted((*EXEMPT, *BLOCKED, *FILLABLE))]
    return laptop.run(dates=dates, canary_dates=0, tasks=1)


def actions(laptop: Laptop, run: Execution) -> dict[date, str]:
    """What the plan of a run does with each date."""
    return {row["game_date"]: row["action"] for row in laptop.plan(run.run_id)}


def plan_of(run: Execution) -> dict[str, Any]:
    """The plan in the summary of a run, whatever its verdict."""
    plan: dict[str, Any] = (run.result or run.error["summary"])["plan"]
    return plan


def test_g1_one_player_of_187_is_partial_with_half_a_percent(seen: dict[date, Row]) -> None:
    row = seen[ONE_OF_187]
    assert (row["state"], row["present_players"], row["expected_players"]) == ("PARTIAL", 1, 187)
    assert "L4 has 1 of 187 players (0.5 %)" in row["reason"]


def test_g1_every_missing_player_is_named(laptop: Laptop, seen: dict[date, Row]) -> None:
    played = laptop.sql(
        f"SELECT player_lookup FROM {L3} WHERE game_date = @day AND minutes_played > 0"
        " ORDER BY player_lookup",
        day=ONE_OF_187,
    )
    named = str(seen[ONE_OF_187]["missing_names"]).split(", ")
    assert named == [row["player_lookup"] for row in played[1:]]


def test_g1_the_reason_names_the_first_ten_and_counts_the_others(seen: dict[date, Row]) -> None:
    row = seen[ONE_OF_187]
    first_ten = ", ".join(str(row["missing_names"]).split(", ")[:10])
    assert row["reason"].endswith(f"missing: {first_ten} and 176 more")


def test_g2_a_bootstrap_date_is_exempt(seen: dict[date, Row]) -> None:
    row = seen[BOOTSTRAP]
    assert (row["state"], row["l4_games"]) == ("EXEMPT_BOOTSTRAP", 0)
    assert row["l1_games"] == row["l3_games"] == 10


def test_g2_every_bootstrap_date_with_games_is_exempt(seen: dict[date, Row]) -> None:
    window = [row for day, row in seen.items() if date(2024, 10, 22) <= day <= date(2024, 11, 4)]
    assert {row["state"] for row in window} == {"EXEMPT_BOOTSTRAP"}


@pytest.mark.parametrize(
    ("day", "state"), [(PRESEASON, "EXEMPT_PRESEASON"), (ALL_STAR, "EXEMPT_ALL_STAR")]
)
def test_g3_games_that_do_not_count_are_exempt(
    seen: dict[date, Row], day: date, state: str
) -> None:
    assert (seen[day]["state"], seen[day]["l4_games"]) == (state, 0)


def test_g3_the_all_star_games_bring_an_absurd_usage_rate(laptop: Laptop) -> None:
    [row] = laptop.sql(f"SELECT MAX(usage_rate) AS top FROM {L3} WHERE game_date = @d", d=ALL_STAR)
    assert float(row["top"]) == 1329.8


def test_g3_other_dates_of_the_batch_are_filled(laptop: Laptop, run: Execution) -> None:
    assert laptop.states("2025-02-19", "2025-02-19")[AFTER_ALL_STAR]["state"] == "COMPLETE"


def test_g4_a_date_without_l3_is_blocked_and_says_how_many_games_wait(
    seen: dict[date, Row],
) -> None:
    row = seen[NO_L3]
    assert row["state"] == "BLOCKED_UPSTREAM"
    assert row["reason"] == f"L1 has {row['l1_games']} games, L3 has none"


def test_g5_usage_for_two_percent_of_the_players_is_blocked_by_quality(
    seen: dict[date, Row],
) -> None:
    row = seen[THIN_L3]
    assert (row["state"], row["usage_rows"]) == ("BLOCKED_QUALITY", 4)
    assert f"4 of {row['played_rows']} played rows have usage" in row["reason"]


@pytest.mark.parametrize("day", OVERCOUNTED)
def test_g8_rows_that_l3_does_not_have_are_an_overcount(seen: dict[date, Row], day: date) -> None:
    assert seen[day]["state"] == "OVERCOUNT"


def test_g8_the_reason_tells_duplicates_from_foreign_rows(seen: dict[date, Row]) -> None:
    reasons = [seen[day]["reason"] for day in (DUPLICATES, FOREIGN_GAME)]
    assert reasons == [
        "L4 has 0 rows that L3 does not have and 5 duplicates",
        "L4 has 1 rows that L3 does not have and 0 duplicates",
    ]


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (DUPLICATES, "COMPLETE"),
        (FOREIGN_GAME, "COMPLETE"),
        (DID_NOT_PLAY, "COMPLETE"),
        (NO_GAME_AT_ALL, "NO_GAMES"),
    ],
)
def test_g8_the_replace_heals_an_overcount(
    laptop: Laptop, run: Execution, day: date, state: str
) -> None:
    assert laptop.states(str(day), str(day))[day]["state"] == state


def test_g8_the_plan_never_counts_more_games_than_l1_has(run: Execution) -> None:
    plan = plan_of(run)
    assert plan["forecast_games"] <= plan["attainable_games"] <= plan["l1_games"]


def test_g11_a_gap_nine_months_old_is_found_with_its_age(seen: dict[date, Row]) -> None:
    row = seen[OLD_GAP]
    assert row["state"] == "MISSING"
    assert row["age_days"] >= NINE_MONTHS


def test_exactly_the_dates_that_can_be_filled_are_planned(laptop: Laptop, run: Execution) -> None:
    planned = {day for day, action in actions(laptop, run).items() if action == "PLANNED"}
    assert planned == set(FILLABLE)


def test_every_other_date_is_skipped_with_its_state_and_reason(
    laptop: Laptop, run: Execution
) -> None:
    skipped = {
        row["game_date"]: (row["state"], row["reason"] != "")
        for row in laptop.plan(run.run_id)
        if row["action"] == "SKIPPED"
    }
    assert skipped == {
        BOOTSTRAP: ("EXEMPT_BOOTSTRAP", True),
        PRESEASON: ("EXEMPT_PRESEASON", True),
        ALL_STAR: ("EXEMPT_ALL_STAR", True),
        NO_L3: ("BLOCKED_UPSTREAM", True),
        THIN_L3: ("BLOCKED_QUALITY", True),
    }


def test_the_report_names_what_stays_blocked(run: Execution) -> None:
    dates = {row["state"]: row["game_dates"] for row in plan_of(run)["states"]}
    assert dates["BLOCKED_UPSTREAM"] == str(NO_L3)
    assert dates["BLOCKED_QUALITY"] == str(THIN_L3)


def test_the_report_says_why_it_stays_blocked(seen: dict[date, Row], run: Execution) -> None:
    why = {row["state"]: row["blocked_by"] for row in plan_of(run)["states"]}
    assert why["BLOCKED_QUALITY"] == f"{THIN_L3}: {seen[THIN_L3]['reason']}"


def test_the_job_was_sent_no_other_date(laptop: Laptop, run: Execution) -> None:
    outcomes = laptop.outcomes(run.run_id)
    assert {row["game_date"]: row["status"] for row in outcomes} == dict.fromkeys(
        FILLABLE, "PUBLISHED"
    )


def test_alerts_of_dates_by_name_are_of_no_date_between_and_advise_a_run_over_them_alone(
    laptop: Laptop, run: Execution
) -> None:
    asked = sorted((*EXEMPT, *BLOCKED, *FILLABLE))
    told = {
        day: {
            alert["alert_key"]
            for alert in json.loads(laptop.phase4("explain", str(day), "--json").out)["alerts"]
        }
        for day in (*BLOCKED, BETWEEN)
    }
    assert told[BETWEEN] == set()
    assert told[NO_L3] == told[THIN_L3]
    assert any(key.endswith("l4_coverage_pct") for key in told[NO_L3])
    fixes = " ".join(
        row["fix"]
        for row in laptop.sql("SELECT fix FROM nba_ops.alerts WHERE run_id = @run", run=run.run_id)
    )
    assert "phase4 run --start-date" not in fixes
    assert f"phase4 run {' '.join(f'--date {day}' for day in asked)}" in fixes


def test_report_and_end_of_a_run_over_dates_by_name_tell_of_those_alone(
    laptop: Laptop, run: Execution
) -> None:
    page = laptop.phase4("report", run.run_id).out
    assert str(NO_L3) in page
    assert str(BETWEEN) not in page
    for told in (page, laptop.phase4("status", run.run_id, "--follow").out):
        assert "phase4 run --start-date" not in told
