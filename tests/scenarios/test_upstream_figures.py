"""U5 to U10, U14: what was edited, stands twice, cannot be, or is gone from behind a date.

Half a league is never computed with. The edits are of one season, what is gone is of another: one
run fills both while all is sound.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from phase4.tables.checks import registry
from tests.laptop import Laptop
from tests.scenarios.days import days_of

L4 = "nba_precompute.player_composite_factors"
PLAYERS = "nba_analytics.player_game_summary"
OFFENSE = "nba_analytics.team_offense_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
FIRST, LAST = "2025-12-10", "2025-12-20"
# Five dates: the printed cure is a run of one wave. The last two edits are of other players.
EDITED = ("2025-12-13", "2025-12-17")
EDITS = {
    "game_date = '2025-12-13'": "fatigue_score = 0, usage_spike_score = 0",
    "game_date = '2025-12-14'": "fatigue_score = 900",
    "game_date = '2025-12-15'": "pace_context_json = '{}', usage_context_json = 'edited'",
    "game_date = '2025-12-16'": "is_production_ready = NOT is_production_ready",
    "game_date = '2025-12-17' AND player_lookup < 'm'": "shot_zone_mismatch_score = NULL,"
    " universal_player_id = 'somebody'",
    "game_date = '2025-12-17' AND player_lookup >= 'm'": "data_quality_issues = ['edited'],"
    " early_season_flag = NOT early_season_flag",
}
DOUBLED, NO_PACE, NO_ZONES, NO_MINUTES = (date(2025, 12, day) for day in (13, 14, 16, 19))
TABLES = (PLAYERS, OFFENSE, DEFENSE)
HURT = date(2025, 1, 29)
BEHIND = {"start_date": str(HURT), "end_date": "2025-02-12"}
SILENT = date(2025, 3, 15)
SILENCE = {"start_date": str(SILENT), "end_date": "2025-03-28"}
SMALL: dict[str, Any] = {"canary_dates": 0, "tasks": 1}
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Sound:
    """Hashes of both ranges while all is sound."""

    edited: str
    behind: str


@pytest.fixture(scope="module")
def sound(laptop: Laptop) -> Sound:
    """The table after a complete run over both ranges."""
    days = [*days_of(FIRST, LAST), *days_of(**_span(BEHIND))]
    run = laptop.run(dates=days, **SMALL)
    assert run.state == "SUCCEEDED", run.error
    assert run.result["plan"]["planned_dates"] > 15
    return Sound(laptop.table_hash(FIRST, LAST), laptop.table_hash(**_span(BEHIND)))


def again(laptop: Laptop, *days: date) -> tuple[Execution, dict[date, Row]]:
    """A forced run over these dates, and their outcomes."""
    run = laptop.run(dates=[str(day) for day in days], force=True, **SMALL)
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
    laptop: Laptop, sound: Sound
) -> None:
    for which, edit in EDITS.items():
        laptop.sql(f"UPDATE {L4} SET {edit} WHERE {which}")
    assert laptop.table_hash(FIRST, LAST) != sound.edited
    named = failed_checks(laptop, *EDITED)
    assert {"hash_mismatch", "score_mismatch", "range_violations"} <= named
    for name in ("hash_mismatch", "score_mismatch", "range_violations"):
        assert registry()[name].fix == registry()["range_violations"].fix
    cure = registry()["range_violations"].fix.format(start=EDITED[0], end=EDITED[1])
    assert laptop.phase4(*shlex.split(cure)[1:]).code == 0
    assert laptop.table_hash(FIRST, LAST) == sound.edited
    healed = failed_checks(laptop, *EDITED)
    assert not healed & {"hash_mismatch", "score_mismatch", "range_violations"}


@dataclass(frozen=True)
class Doubled:
    """What a forced run wrote and said behind an edit and a doubled game, and what checks name."""

    edited: str
    written: str
    outcomes: Mapping[date, Row]
    named: set[str]


@pytest.fixture(scope="module")
def doubled(laptop: Laptop, sound: Sound) -> Doubled:
    """A game stands under a second id, a row of L4 two dates behind it is edited; then a run."""
    after = [DOUBLED + timedelta(days=number) for number in (1, 2)]
    laptop.sql(f"UPDATE {L4} SET usage_spike_score = 0 WHERE game_date = @day", day=after[-1])
    [game] = laptop.sql(
        f"SELECT MIN(game_id) AS id FROM {PLAYERS} WHERE game_date = @day", day=DOUBLED
    )
    for table, team in ((PLAYERS, "team_abbr"), (OFFENSE, "team_abbr"),
                        (DEFENSE, "defending_team_abbr")):  # fmt: skip
        laptop.sql(
            f"INSERT INTO {table} SELECT * REPLACE ('0022500777' AS game_id) FROM {table}"
            f" WHERE game_date = @day AND game_id = '{game['id']}'",
            day=DOUBLED,
        )
        [doubled] = laptop.sql(
            f"SELECT COUNT(DISTINCT {team}) AS teams FROM {table}"
            " WHERE game_date = @day AND game_id = '0022500777'",
            day=DOUBLED,
        )
        assert (table, doubled["teams"]) == (table, 2)
    edited = laptop.table_hash(FIRST, LAST)
    _, outcomes = again(laptop, DOUBLED, *after)
    written = laptop.table_hash(FIRST, LAST)
    named = failed_checks(laptop, str(DOUBLED), str(DOUBLED))
    for table in (PLAYERS, OFFENSE, DEFENSE):
        laptop.sql(f"DELETE FROM {table} WHERE game_date = @day AND game_id = '0022500777'",
                   day=DOUBLED)  # fmt: skip
    return Doubled(edited, written, outcomes, named)


def test_u5_a_run_that_only_recomputes_sees_the_edit_too(sound: Sound, doubled: Doubled) -> None:
    assert doubled.edited != sound.edited
    assert doubled.written == sound.edited


def test_u6_a_game_under_a_second_id_changes_nothing_and_is_named(
    sound: Sound, doubled: Doubled
) -> None:
    assert doubled.written == sound.edited
    for day in (DOUBLED, DOUBLED + timedelta(days=1)):
        assert any("stand twice" in warning for warning in doubled.outcomes[day]["warnings"])
    assert "doubled_games" in doubled.named


@dataclass(frozen=True)
class Recomputed:
    """Three dates before and after figures that cannot be, and the outcomes of their run."""

    before: dict[date, dict[str, Row]]
    blocked: str
    outcomes: dict[date, Row]
    team: str


@pytest.fixture(scope="module")
def recomputed(laptop: Laptop, doubled: Doubled) -> Recomputed:
    """A date has no pace, a defence no zones, who scored no minutes; then a forced run."""
    days = (NO_PACE + timedelta(days=1), NO_ZONES, NO_MINUTES)
    before = {day: rows(laptop, day) for day in days}
    laptop.sql(f"UPDATE {OFFENSE} SET pace = 0, possessions = 0 WHERE game_date = @day",
               day=NO_PACE)  # fmt: skip
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
    laptop.sql(
        f"UPDATE {PLAYERS} SET minutes_played = 0 WHERE game_date = @day AND points >= 18",
        day=NO_MINUTES,
    )
    state = laptop.states(str(NO_MINUTES), str(NO_MINUTES))[NO_MINUTES]["state"]
    _, outcomes = again(laptop, *days)
    return Recomputed(before, state, outcomes, team["code"])


def test_u7_a_date_of_impossible_figures_is_absent_and_named_behind_it(
    laptop: Laptop, recomputed: Recomputed
) -> None:
    after = NO_PACE + timedelta(days=1)
    before = recomputed.before[after]
    assert any("team_offense_game_summary" in text and "outside 70-130" in text
               for text in recomputed.outcomes[after]["warnings"])  # fmt: skip
    for name, row in rows(laptop, after).items():
        assert abs(row["pace_score"] - before[name]["pace_score"]) <= 1
        # The team whose game lost its pace says so in its rows.
        if row["pace_score"] != before[name]["pace_score"]:
            assert row["data_quality_issues"]
    assert "impossible_values" in failed_checks(laptop, str(NO_PACE), str(NO_PACE))


def test_u14_a_defence_without_zones_is_absent(laptop: Laptop, recomputed: Recomputed) -> None:
    against = laptop.sql(
        f"SELECT player_lookup FROM {PLAYERS} WHERE game_date = @day"
        " AND opponent_team_abbr = @team AND minutes_played > 0",
        day=NO_ZONES, team=recomputed.team,
    )  # fmt: skip
    written = rows(laptop, NO_ZONES)
    assert against
    for each in against:
        row = written[each["player_lookup"]]
        assert "team_defense_zone" in row["missing_data_fields"]
        assert row["data_completeness_pct"] <= 80


def test_u9_points_without_minutes_are_no_absence(laptop: Laptop, recomputed: Recomputed) -> None:
    assert recomputed.blocked in {"BLOCKED_QUALITY", "BLOCKED_SHRUNK"}
    assert rows(laptop, NO_MINUTES) == recomputed.before[NO_MINUTES]


def backup(table: str) -> str:
    """Where the rows of a table are kept that a test takes away."""
    return f"nba_analytics.kept_{table.rpartition('.')[2]}"


@pytest.fixture(scope="module")
def hurt(laptop: Laptop, sound: Sound) -> Mapping[date, Row]:
    """The states of two weeks without a game of their first date."""
    [lost] = laptop.sql(f"SELECT MIN(game_id) AS game FROM {PLAYERS} WHERE game_date = '{HURT}'")
    for name in TABLES:
        rows = f"{name} WHERE game_date = '{HURT}' AND game_id = '{lost['game']}'"
        laptop.sql(f"CREATE TABLE {backup(name)} AS SELECT * FROM {rows}")
        laptop.sql(f"DELETE FROM {rows}")
    return laptop.states(**_span(BEHIND))


@pytest.fixture(scope="module")
def by_default(laptop: Laptop, hurt: Mapping[date, Row]) -> Execution:
    """A second run of the two weeks, and the first of two others whose offence is silent."""
    laptop.sql(f"DELETE FROM {OFFENSE} WHERE game_date >= '{SILENT}'")
    return laptop.run(dates=[*days_of(**_span(BEHIND)), *days_of(**_span(SILENCE))], **SMALL)


@pytest.fixture(scope="module")
def on_request(laptop: Laptop, by_default: Execution) -> Execution:
    """The stale dates recomputed without the game, as an operator asked for."""
    return laptop.run(**BEHIND, **SMALL, reasons=["stale"])


@pytest.fixture(scope="module")
def restored(laptop: Laptop, on_request: Execution) -> Execution:
    """The game is back, and the stale dates are recomputed again."""
    for name in TABLES:
        laptop.sql(f"INSERT INTO {name} SELECT * FROM {backup(name)}")
    return laptop.run(**BEHIND, **SMALL, reasons=["stale"])


def _span(range_: Mapping[str, str]) -> dict[str, str]:
    return {"first": range_["start_date"], "last": range_["end_date"]}


def days_behind(states: Mapping[date, Row]) -> set[date]:
    """The dates after the hurt one that L4 holds."""
    return {day for day, row in states.items() if day > HURT and row["l4_games"] > 0}


def test_u8_the_date_keeps_its_rows_and_the_two_weeks_behind_it_are_stale(
    hurt: Mapping[date, Row],
) -> None:
    assert hurt[HURT]["state"] == "BLOCKED_SHRUNK"
    assert len(days_behind(hurt)) >= 10
    assert {hurt[day]["state"] for day in days_behind(hurt)} == {"STALE"}
    assert all(str(HURT) in hurt[day]["reason"] for day in days_behind(hurt))


def test_u8_unasked_nothing_is_recomputed_from_less(
    laptop: Laptop, sound: Sound, by_default: Execution, hurt: Mapping[date, Row]
) -> None:
    assert {row["game_date"] for row in laptop.outcomes(by_default.run_id)} & set(hurt) == set()
    assert laptop.table_hash(**_span(BEHIND)) == sound.behind


def test_u8_on_request_each_date_says_that_a_game_lacks_behind_it(
    laptop: Laptop, on_request: Execution, hurt: Mapping[date, Row]
) -> None:
    outcomes = {row["game_date"]: row for row in laptop.outcomes(on_request.run_id)}
    assert set(outcomes) == days_behind(hurt)
    changed = [row for row in outcomes.values() if row["status"] == "PUBLISHED"]
    assert changed
    for outcome in changed:
        assert any("player_game_summary lacks" in warning for warning in outcome["warnings"])


def test_u8_when_the_game_is_back_the_rows_are_what_they_were(
    laptop: Laptop, sound: Sound, restored: Execution
) -> None:
    assert laptop.table_hash(**_span(BEHIND)) == sound.behind


@pytest.fixture(scope="module")
def silence(laptop: Laptop, by_default: Execution) -> Mapping[date, Row]:
    """The states of the silent two weeks after that run."""
    return laptop.states(**_span(SILENCE))


def blocked(states: Mapping[date, Row]) -> dict[date, Row]:
    """The dates of which offence or defence behind them lack."""
    return {
        day: row
        for day, row in states.items()
        if row["state"] == "BLOCKED_UPSTREAM" and row["l3_games"] > 0
    }


def test_u10_dates_are_blocked_once_too_little_is_left_behind_them(
    silence: Mapping[date, Row],
) -> None:
    days = sorted(blocked(silence))
    assert days[0] > SILENT + timedelta(days=2)
    later = {row["state"] for day, row in silence.items() if day >= days[0] and row["l3_games"]}
    assert later == {"BLOCKED_UPSTREAM"}
    assert {row["l4_games"] for row in blocked(silence).values()} == {0}


def test_u10_the_reason_names_table_counts_and_dates(silence: Mapping[date, Row]) -> None:
    reason = blocked(silence)[max(blocked(silence))]["reason"]
    assert reason.startswith("team_offense_game_summary has ")
    assert " team-games that the windows " in reason
    assert f"teams on {SILENT}" in reason


def test_u10_what_is_computed_with_less_says_so(
    laptop: Laptop, by_default: Execution, silence: Mapping[date, Row]
) -> None:
    outcomes = {row["game_date"]: row for row in laptop.outcomes(by_default.run_id)}
    thin = {day for day in outcomes if "team_offense" in silence[day]["input_shortfall"]}
    assert thin
    for day in thin:
        warnings = outcomes[day]["warnings"]
        assert any(one.startswith("team_offense_game_summary has ") for one in warnings)
        rows = laptop.sql(f"SELECT data_quality_issues FROM {L4} WHERE game_date = '{day}'")
        named = [row for row in rows if "window_completeness_pct" in str(row)]
        assert named or silence[day]["input_pct"] > 90


def test_u10_verdict_readiness_and_check_see_it(laptop: Laptop, by_default: Execution) -> None:
    snapshot = laptop.snapshots(by_default.run_id)[-1]
    assert snapshot["verdict"] == "failed"
    # All that the other two weeks lack is one game.
    assert "game_coverage_80" in snapshot["failed_criteria"]
    assert not snapshot["ml_ready"]
    assert any(one.startswith("dates_with_inputs") for one in snapshot["ml_obstacles"])
    [check] = [
        one
        for one in snapshot["checks"]
        if (one["name"], one["subject"]) == ("input_readiness", "team_offense_game_summary")
    ]
    assert (check["outcome"], check["severity"]) == ("failed", "warning")


def test_u10_eight_of_thirty_teams_are_no_league(laptop: Laptop, restored: Execution) -> None:
    laptop.sql(
        f"DELETE FROM {DEFENSE} WHERE game_date > '2000-01-01' AND defending_team_abbr NOT IN"
        " ('ATL', 'BKN', 'BOS', 'CHA', 'CHI', 'CLE', 'DAL', 'DEN')"
    )
    states = laptop.states("2024-11-10", "2024-12-20")
    due = {day: row for day, row in states.items() if row["playable_games"] > 0}
    assert set(blocked(due)) == set(due)
    assert all("team_defense_game_summary has " in row["reason"] for row in due.values())
