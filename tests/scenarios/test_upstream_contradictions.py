"""U5, U6, U7, U9, U14: values that were edited, games that stand twice, figures that cannot be."""

from __future__ import annotations

import shlex
from datetime import date, timedelta

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from phase4.tables.checks import registry
from tests.laptop import Laptop

L4 = "nba_precompute.player_composite_factors"
PLAYERS = "nba_analytics.player_game_summary"
OFFENSE = "nba_analytics.team_offense_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
FIRST, LAST = "2025-12-10", "2025-12-20"
EDITS = {
    "2025-12-13": "fatigue_score = 0, usage_spike_score = 0",
    "2025-12-14": "fatigue_score = 900",
    "2025-12-15": "pace_context_json = '{}', usage_context_json = 'edited'",
    "2025-12-16": "is_production_ready = NOT is_production_ready",
    "2025-12-17": "shot_zone_mismatch_score = NULL, universal_player_id = 'somebody'",
    "2025-12-18": "data_quality_issues = ['edited'], early_season_flag = NOT early_season_flag",
}
DOUBLED, NO_PACE, NO_ZONES, NO_MINUTES = (date(2025, 12, day) for day in (13, 14, 16, 19))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sound(laptop: Laptop) -> str:
    """The hash of the table after a complete run."""
    run = laptop.run(start_date=FIRST, end_date=LAST, canary_dates=0, tasks=1)
    assert run.result["plan"]["planned_dates"] > 5
    return laptop.table_hash(FIRST, LAST)


def again(laptop: Laptop, *days: date) -> tuple[Execution, dict[date, Row]]:
    """A forced run over these dates, and their outcomes."""
    run = laptop.run(dates=[str(day) for day in days], force=True, canary_dates=0, tasks=1)
    return run, {row["game_date"]: row for row in laptop.outcomes(run.run_id)}


def rows(laptop: Laptop, day: date) -> dict[str, Row]:
    found = laptop.sql(f"SELECT * FROM {L4} WHERE game_date = @day", day=day)
    return {row["player_lookup"]: row for row in found}


def failed_checks(laptop: Laptop, first: str, last: str) -> set[str]:
    """The names of the checks that fail on a range."""
    laptop.phase4("validate", "--start-date", first, "--end-date", last, "--json")
    (newest,) = laptop.sql(
        "SELECT ARRAY(SELECT c.name FROM UNNEST(checks) AS c WHERE c.outcome = 'failed') AS failed"
        " FROM nba_ops.coverage_snapshots WHERE snapshot_date >= '2020-01-01' AND kind = 'range'"
        " ORDER BY snapshot_at DESC LIMIT 1"
    )
    return set(newest["failed"])


def test_u5_edited_values_are_named_and_the_printed_cure_heals_them(
    laptop: Laptop, sound: str
) -> None:
    for day, edit in EDITS.items():
        laptop.sql(f"UPDATE {L4} SET {edit} WHERE game_date = '{day}'")
    assert laptop.table_hash(FIRST, LAST) != sound
    named = failed_checks(laptop, FIRST, LAST)
    assert {"hash_mismatch", "score_mismatch", "range_violations"} <= named
    for name in ("hash_mismatch", "score_mismatch", "range_violations"):
        assert registry()[name].fix == registry()["range_violations"].fix
    cure = registry()["range_violations"].fix.format(start=FIRST, end=LAST)
    assert laptop.phase4(*shlex.split(cure)[1:]).code == 0
    assert laptop.table_hash(FIRST, LAST) == sound
    healed = failed_checks(laptop, FIRST, LAST)
    assert not healed & {"hash_mismatch", "score_mismatch", "range_violations"}


def test_u5_a_run_that_only_recomputes_sees_the_edit_too(laptop: Laptop, sound: str) -> None:
    day = date(2025, 12, 15)
    laptop.sql(f"UPDATE {L4} SET usage_spike_score = 0 WHERE game_date = '{day}'")
    laptop.sql(f"UPDATE {PLAYERS} SET processed_at = CURRENT_TIMESTAMP() WHERE game_date = '{day}'")
    laptop.run(dates=[str(day)], states=["STALE"], canary_dates=0, tasks=1)
    laptop.run(dates=[str(day)], force=True, canary_dates=0, tasks=1)
    assert laptop.table_hash(FIRST, LAST) == sound


def test_u6_a_game_under_a_second_id_changes_nothing_and_is_named(
    laptop: Laptop, sound: str
) -> None:
    for table, team in ((PLAYERS, "team_abbr"), (OFFENSE, "team_abbr"),
                        (DEFENSE, "defending_team_abbr")):  # fmt: skip
        laptop.sql(
            f"INSERT INTO {table} SELECT * REPLACE ('0022500777' AS game_id) FROM {table}"
            f" WHERE game_date = @day AND game_id = ("
            f"SELECT MIN(game_id) FROM {PLAYERS} WHERE game_date = @day)",
            day=DOUBLED,
        )
        assert team
    after = DOUBLED + timedelta(days=1)
    _, outcomes = again(laptop, DOUBLED, after)
    assert laptop.table_hash(FIRST, LAST) == sound
    assert any("stand twice" in warning for warning in outcomes[DOUBLED]["warnings"])
    assert any("stand twice" in warning for warning in outcomes[after]["warnings"])
    assert "doubled_games" in failed_checks(laptop, str(DOUBLED), str(DOUBLED))
    for table in (PLAYERS, OFFENSE, DEFENSE):
        laptop.sql(f"DELETE FROM {table} WHERE game_date = @day AND game_id = '0022500777'",
                   day=DOUBLED)  # fmt: skip


def test_u7_a_date_of_impossible_figures_is_absent_and_named_behind_it(
    laptop: Laptop, sound: str
) -> None:
    laptop.sql(f"UPDATE {OFFENSE} SET pace = 0, possessions = 0 WHERE game_date = @day",
               day=NO_PACE)  # fmt: skip
    after = NO_PACE + timedelta(days=1)
    before = rows(laptop, after)
    _, outcomes = again(laptop, after)
    assert any("team_offense_game_summary" in text and "outside 70-130" in text
               for text in outcomes[after]["warnings"])  # fmt: skip
    for name, row in rows(laptop, after).items():
        assert abs(row["pace_score"] - before[name]["pace_score"]) <= 1
        # The team whose game lost its pace says so in its rows.
        if row["pace_score"] != before[name]["pace_score"]:
            assert row["data_quality_issues"]
    assert "impossible_values" in failed_checks(laptop, str(NO_PACE), str(NO_PACE))


def test_u14_a_defence_without_zones_is_absent(laptop: Laptop, sound: str) -> None:
    (team,) = laptop.sql(
        f"SELECT MIN(opponent_team_abbr) AS code FROM {PLAYERS} WHERE game_date = @day",
        day=NO_ZONES,
    )
    laptop.sql(
        f"UPDATE {DEFENSE} SET opp_paint_attempts = NULL, opp_paint_makes = NULL,"
        " opp_mid_range_attempts = NULL, opp_mid_range_makes = NULL"
        " WHERE game_date BETWEEN '2025-10-01' AND @day AND defending_team_abbr = @team",
        day=NO_ZONES, team=team["code"],
    )  # fmt: skip
    again(laptop, NO_ZONES)
    against = laptop.sql(
        f"SELECT player_lookup FROM {PLAYERS} WHERE game_date = @day"
        " AND opponent_team_abbr = @team AND minutes_played > 0",
        day=NO_ZONES, team=team["code"],
    )  # fmt: skip
    written = rows(laptop, NO_ZONES)
    assert against
    for each in against:
        row = written[each["player_lookup"]]
        assert "team_defense_zone" in row["missing_data_fields"]
        assert row["data_completeness_pct"] <= 80


def test_u9_points_without_minutes_are_no_absence(laptop: Laptop, sound: str) -> None:
    before = rows(laptop, NO_MINUTES)
    laptop.sql(
        f"UPDATE {PLAYERS} SET minutes_played = 0 WHERE game_date = @day AND points >= 18",
        day=NO_MINUTES,
    )
    state = laptop.states(str(NO_MINUTES), str(NO_MINUTES))[NO_MINUTES]
    assert state["state"] in {"BLOCKED_QUALITY", "BLOCKED_SHRUNK"}
    laptop.run(dates=[str(NO_MINUTES)], force=True, canary_dates=0, tasks=1)
    assert rows(laptop, NO_MINUTES) == before
