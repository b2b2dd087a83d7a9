"""C1, C3 to C6, C10: what a task makes of stale, poisoned, absent and missing rows.

BigQuery's NUMERIC holds neither NaN nor infinity, so L3 gets two columns as they are in the wild:
`usage_rate` as FLOAT64 and `paint_attempts` as STRING.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop

L3 = "nba_analytics.player_game_summary"
L4 = "nba_precompute.player_composite_factors"
ROSTER = "nba_analytics.player_birthdates"
STALE_ROW_DAY = date(2025, 12, 2)
POISONED_DAY = date(2025, 11, 13)
MOSTLY_POISONED_DAY = date(2025, 12, 4)
ABSENT_DAY = date(2025, 12, 18)
HOLE_DAY = date(2025, 3, 16)
NO_L3_DAY = date(2025, 11, 20)
OLDER_BUILD = "build-before-last"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Seeded:
    """One run over every seeded date, by an older build of the job; and who was tampered with."""

    run: Execution
    dnp_player: str
    players: Sequence[str]
    hash_with_nulls: str

    @property
    def infinite(self) -> str:
        return self.players[0]

    @property
    def text(self) -> str:
        return self.players[1]

    @property
    def absurd(self) -> str:
        return self.players[2]


def played(laptop: Laptop, day: date) -> list[str]:
    """Who played on a date, in order of their names."""
    rows = laptop.sql(
        f"SELECT player_lookup FROM {L3} WHERE game_date = @day AND minutes_played > 0"
        " ORDER BY player_lookup",
        day=day,
    )
    return [row["player_lookup"] for row in rows]


def rows_of(laptop: Laptop, day: date) -> dict[str, Row]:
    """The L4 rows of a date by player."""
    rows = laptop.sql(f"SELECT * FROM {L4} WHERE game_date = @day", day=day)
    return {row["player_lookup"]: row for row in rows}


def outcome(laptop: Laptop, run: Execution, day: date) -> Row:
    """The newest outcome of a date in a run."""
    return [row for row in laptop.outcomes(run.run_id) if row["game_date"] == day][-1]


def set_usage(laptop: Laptop, days: tuple[date, date], player: str, value: str) -> None:
    laptop.sql(
        f"UPDATE {L3} SET usage_rate = CAST({value} AS FLOAT64)"
        " WHERE game_date BETWEEN @first AND @last AND player_lookup = @player",
        first=days[0], last=days[1], player=player,
    )  # fmt: skip


def loosen_columns(laptop: Laptop) -> None:
    laptop.sql(
        f"CREATE OR REPLACE TABLE {L3} PARTITION BY game_date AS SELECT * REPLACE ("
        "CAST(usage_rate AS FLOAT64) AS usage_rate,"
        f" CAST(paint_attempts AS STRING) AS paint_attempts) FROM {L3}"
    )


def seed_stale_row(laptop: Laptop) -> str:
    """An L4 row of somebody who did not play; returns who."""
    rows = laptop.sql(
        f"SELECT MIN(player_lookup) AS player FROM {L3} WHERE game_date = @day AND is_dnp",
        day=STALE_ROW_DAY,
    )
    laptop.sql(
        f"INSERT INTO {L4} SELECT * REPLACE (@player AS player_lookup) FROM {L4}"
        " WHERE game_date = @day LIMIT 1",
        day=STALE_ROW_DAY, player=rows[0]["player"],
    )  # fmt: skip
    return str(rows[0]["player"])


def seed_poison(laptop: Laptop) -> list[str]:
    """One infinite and one absurd usage rate, one number in words; returns whose."""
    players = played(laptop, POISONED_DAY)[:3]
    day = (POISONED_DAY, POISONED_DAY)
    set_usage(laptop, day, players[0], "'inf'")
    set_usage(laptop, day, players[2], "'1329.8'")
    laptop.sql(
        f"UPDATE {L3} SET paint_attempts = 'eleven'"
        " WHERE game_date = @day AND player_lookup = @who",
        day=POISONED_DAY, who=players[1],
    )  # fmt: skip
    laptop.sql(
        f"UPDATE {L3} SET paint_attempts = 'many' WHERE game_date = @day"
        " AND MOD(FARM_FINGERPRINT(player_lookup), 3) = 0",
        day=MOSTLY_POISONED_DAY,
    )
    return players


def absent_players(laptop: Laptop) -> list[str]:
    return played(laptop, ABSENT_DAY)[-2:]


@pytest.fixture(scope="module")
def seeded(laptop: Laptop) -> Seeded:
    """Everything seeded, then one run over the seeded dates."""
    loosen_columns(laptop)
    dnp_player, players = seed_stale_row(laptop), seed_poison(laptop)
    for player in absent_players(laptop):
        set_usage(laptop, (date(2025, 10, 1), ABSENT_DAY), player, "NULL")
        laptop.sql(
            f"UPDATE {ROSTER} SET birth_date = NULL WHERE player_lookup = @player", player=player
        )
    for table in ("player_game_summary", "team_offense_game_summary", "team_defense_game_summary"):
        laptop.sql(
            f"DELETE FROM nba_analytics.{table} WHERE game_date BETWEEN @first AND @last",
            first=HOLE_DAY - timedelta(days=26), last=HOLE_DAY - timedelta(days=1),
        )  # fmt: skip
    days = (STALE_ROW_DAY, POISONED_DAY, MOSTLY_POISONED_DAY, ABSENT_DAY, HOLE_DAY)
    with laptop.job_variables(PHASE4_CODE_VERSION=OLDER_BUILD):
        run = laptop.run(dates=[str(day) for day in days], tasks=1, canary_dates=0)
    return Seeded(run, dnp_player, players, laptop.table_hash(str(ABSENT_DAY), str(ABSENT_DAY)))


def test_c1_a_task_without_rows_where_rows_are_due_fails_without_a_completion_event(
    laptop: Laptop, seeded: Seeded
) -> None:
    run = "rows-are-due"
    plan_by_hand(laptop, run, NO_L3_DAY, players=150)
    execution = laptop.run_job(run)
    reasons = [row["reason"] for row in laptop.outcomes(run)]
    assert execution["failedCount"] == 1
    assert set(reasons) == {"not published: no rows, 150 players are due"}
    laptop.until(lambda: events(laptop, run) != set())
    assert events(laptop, run) == {"shard.failed"}


def test_c3_the_stale_row_of_a_player_who_did_not_play_is_gone(
    laptop: Laptop, seeded: Seeded
) -> None:
    planned = {row["game_date"]: row["state"] for row in laptop.plan(seeded.run.run_id)}
    assert planned[STALE_ROW_DAY] == "OVERCOUNT"
    assert set(rows_of(laptop, STALE_ROW_DAY)) == set(played(laptop, STALE_ROW_DAY))
    assert seeded.dnp_player not in rows_of(laptop, STALE_ROW_DAY)


def test_c4_poisoned_rows_are_quarantined_with_their_reasons(
    laptop: Laptop, seeded: Seeded
) -> None:
    rows = laptop.sql(
        "SELECT player_lookup, reason FROM nba_ops.quarantine WHERE run_id = @run"
        " AND game_date = @day",
        run=seeded.run.run_id, day=POISONED_DAY,
    )  # fmt: skip
    assert {row["player_lookup"]: row["reason"] for row in rows} == {
        seeded.infinite: "usage_rate=inf: not a number of this column",
        seeded.text: "paint_attempts=eleven: not a number of this column",
    }


def test_c4_the_other_rows_are_written_and_the_date_is_partial(
    laptop: Laptop, seeded: Seeded
) -> None:
    kept_out = {seeded.infinite, seeded.text}
    assert set(rows_of(laptop, POISONED_DAY)) == set(played(laptop, POISONED_DAY)) - kept_out
    state = laptop.states(str(POISONED_DAY), str(POISONED_DAY))[POISONED_DAY]
    assert state["state"] == "PARTIAL"
    assert all(player in state["reason"] for player in kept_out)


def test_c4_an_absurd_usage_rate_counts_as_absent_and_is_noted(
    laptop: Laptop, seeded: Seeded
) -> None:
    assert seeded.absurd in rows_of(laptop, POISONED_DAY)
    warnings = outcome(laptop, seeded.run, POISONED_DAY)["warnings"]
    expected = f"{seeded.absurd}: usage_rate=1329.8"
    assert any(warning.startswith(expected) for warning in warnings)


def test_c4_a_date_with_too_many_poisoned_rows_is_not_published(
    laptop: Laptop, seeded: Seeded
) -> None:
    result = outcome(laptop, seeded.run, MOSTLY_POISONED_DAY)
    assert (result["status"], result["counted_players"]) == ("FAILED", 0)
    assert result["reason"].startswith("not published: ")
    assert result["reason"].endswith("below 90 %")


def test_c5_nan_and_a_missing_row_give_the_rows_that_null_gave(
    laptop: Laptop, seeded: Seeded
) -> None:
    for player in absent_players(laptop):
        set_usage(laptop, (date(2025, 10, 1), ABSENT_DAY), player, "'nan'")
        laptop.sql(f"DELETE FROM {ROSTER} WHERE player_lookup = @player", player=player)
    again = laptop.run(dates=[str(ABSENT_DAY)], force=True, canary_dates=0)
    assert outcome(laptop, again, ABSENT_DAY)["rows_changed"] == 0
    assert laptop.table_hash(str(ABSENT_DAY), str(ABSENT_DAY)) == seeded.hash_with_nulls


def test_c6_a_26_day_hole_is_listed_in_every_row_behind_it(laptop: Laptop, seeded: Seeded) -> None:
    rows = rows_of(laptop, HOLE_DAY).values()
    shares = {
        float(issue.split("=")[1].split(":")[0])
        for row in rows
        for issue in row["data_quality_issues"]
        if issue.startswith("window_completeness_pct=")
    }
    assert len(rows) == len(played(laptop, HOLE_DAY))
    assert all(row["data_quality_issues"] for row in rows)
    assert shares
    assert max(shares) < 50


def test_c10_an_old_build_shows_in_rows_and_outcomes(laptop: Laptop, seeded: Seeded) -> None:
    result = outcome(laptop, seeded.run, HOLE_DAY)
    assert {row["code_version"] for row in rows_of(laptop, HOLE_DAY).values()} == {OLDER_BUILD}
    assert result["code_version"] == OLDER_BUILD
    assert (
        f"computed by build {OLDER_BUILD}, the run was started by build local"
        in (result["warnings"])
    )


def plan_by_hand(laptop: Laptop, run: str, day: date, players: int) -> None:
    """A run with its lock and a plan of one date, without a workflow."""
    laptop.sql(
        "INSERT INTO nba_ops.runs (run_id, kind, state, target_table, start_date, end_date,"
        " started_at, lease_expires_at) VALUES (@run, 'backfill', 'RUNNING', @table, @day, @day,"
        " CURRENT_TIMESTAMP(), TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR))",
        run=run, day=day, table=L4,
    )  # fmt: skip
    laptop.sql(
        "INSERT INTO nba_ops.plan (run_id, game_date, action, state, reason, wave, task,"
        " expected_games, expected_players, l1_games, present_games, planned_at) VALUES (@run,"
        " @day, 'PLANNED', 'MISSING', 'by hand', 1, 0, 7, @players, 7, 0, CURRENT_TIMESTAMP())",
        run=run, day=day, players=players,
    )  # fmt: skip


def events(laptop: Laptop, run: str) -> set[str]:
    """The types of the events of a run in the audit table."""
    rows = laptop.sql(
        "SELECT JSON_VALUE(data, '$.event_type') AS kind FROM nba_ops.events"
        " WHERE JSON_VALUE(data, '$.run_id') = @run",
        run=run,
    )
    return {row["kind"] for row in rows}


def test_players_without_a_birth_date_are_named_where_their_age_counts(
    laptop: Laptop, seeded: Seeded
) -> None:
    *_, last = laptop.snapshots(seeded.run.run_id)
    subject = "a player of no birth date that can be, or of two"
    (check,) = [check for check in last["checks"] if check["subject"] == subject]
    assert f"{ABSENT_DAY} 2 players, {min(absent_players(laptop))}" in check["detail"]
    noted = outcome(laptop, seeded.run, ABSENT_DAY)["warnings"]
    assert sum("birth_date=NULL" in text for text in noted) == 2
