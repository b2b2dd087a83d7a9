"""Undo puts back exactly what was there, or refuses with the reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.laptop import Laptop

TABLE = "nba_precompute.player_composite_factors"
pytestmark = pytest.mark.slow


def forced(laptop: Laptop, *days: str) -> str:
    """A run that rewrites dates the earlier system had filled."""
    return laptop.run(dates=list(days), force=True, tasks=1, canary_dates=0).run_id


def rows(laptop: Laptop, day: str) -> list[str]:
    """Every row of a date with all its columns, provenance included."""
    found = laptop.sql(
        f"SELECT TO_JSON_STRING(t) AS row FROM {TABLE} AS t WHERE game_date = '{day}'"
    )
    return sorted(row["row"] for row in found)


def runs(laptop: Laptop) -> int:
    return int(laptop.sql("SELECT COUNT(*) AS n FROM nba_ops.runs")[0]["n"])


def test_puts_every_row_back_with_its_provenance(laptop: Laptop) -> None:
    days = ("2024-11-25", "2024-11-26")
    before = [rows(laptop, day) for day in days]
    run_id = forced(laptop, *days)
    assert [rows(laptop, day) for day in days] != before
    assert laptop.phase4("undo", run_id).code == 0
    assert [rows(laptop, day) for day in days] == before


def test_a_dry_run_shows_the_dates_and_changes_nothing(laptop: Laptop) -> None:
    run_id = forced(laptop, "2024-11-27")
    written, recorded = rows(laptop, "2024-11-27"), runs(laptop)
    done = laptop.phase4("undo", run_id, "--dry-run", "--json")
    (day,) = json.loads(done.out)["dates"]
    assert (day["game_date"], day["rows_now"]) == ("2024-11-27", len(written))
    assert (rows(laptop, "2024-11-27"), runs(laptop)) == (written, recorded)


def test_a_date_that_was_missing_is_missing_again_and_not_lost(laptop: Laptop) -> None:
    run_id = laptop.run(dates=["2025-04-02"], canary_dates=0).run_id
    assert laptop.phase4_process("undo", run_id).code == 0
    done = laptop.phase4("gaps", "--start-date", "2025-04-02", "--end-date", "2025-04-02", "--json")
    (gap,) = json.loads(done.out)
    assert (gap["state"], gap["ledger"]) == ("MISSING", "recorded")


def test_is_on_record_as_a_run_of_its_own(laptop: Laptop) -> None:
    run_id = forced(laptop, "2024-12-01")
    done = laptop.phase4("undo", run_id, "--json")
    undo_id = json.loads(done.out)["undo_id"]
    (row,) = laptop.sql("SELECT * FROM nba_ops.runs WHERE run_id = @run", run=undo_id)
    assert (row["kind"], row["state"], row["purpose"]) == (
        "undo", "SUCCEEDED", f"undo of {run_id}",
    )  # fmt: skip
    assert [outcome["status"] for outcome in laptop.outcomes(undo_id)] == ["PUBLISHED"]


def test_the_ledger_remembers_the_games_that_were_put_back(laptop: Laptop) -> None:
    day = "2024-12-02"
    forced(laptop, day)
    run_id = forced(laptop, day)
    undo_id = json.loads(laptop.phase4("undo", run_id, "--json").out)["undo_id"]
    [written], [undone] = laptop.outcomes(run_id), laptop.outcomes(undo_id)
    assert undone["games"] == written["games"] != []
    assert len(undone["games"]) == undone["counted_games"]


def test_can_be_undone_itself(laptop: Laptop) -> None:
    run_id = forced(laptop, "2024-12-03")
    written = rows(laptop, "2024-12-03")
    undo_id = json.loads(laptop.phase4("undo", run_id, "--json").out)["undo_id"]
    assert laptop.phase4("undo", undo_id).code == 0
    assert rows(laptop, "2024-12-03") == written


def test_refuses_when_a_later_run_wrote_the_date(laptop: Laptop) -> None:
    run_id = forced(laptop, "2024-12-04")
    laptop.sql(f"DELETE FROM {TABLE} WHERE game_date = '2024-12-04'")
    later = laptop.run(dates=["2024-12-04"], canary_dates=0).run_id
    done = laptop.phase4("undo", run_id)
    assert done.code == 2
    assert later in done.err


def test_refuses_when_rows_were_changed_since(laptop: Laptop) -> None:
    run_id = forced(laptop, "2024-12-05")
    laptop.sql(
        f"DELETE FROM {TABLE} WHERE game_date = '2024-12-05' AND player_lookup = ("
        f"SELECT MIN(player_lookup) FROM {TABLE} WHERE game_date = '2024-12-05')"
    )
    changed = rows(laptop, "2024-12-05")
    done = laptop.phase4("undo", run_id)
    assert done.code == 2
    assert "phase4 explain 2024-12-05" in done.err
    assert rows(laptop, "2024-12-05") == changed


def test_refuses_while_a_run_is_at_work_on_the_dates(laptop: Laptop) -> None:
    run_id = forced(laptop, "2024-11-29")
    written = rows(laptop, "2024-11-29")
    now = datetime.now(UTC)
    laptop.sql(
        "INSERT INTO nba_ops.runs (run_id, kind, state, target_table, start_date, end_date,"
        " started_at, lease_expires_at) VALUES ('at-work', 'backfill', 'RUNNING', @target,"
        " '2024-11-28', '2024-11-30', @now, @lease)",
        target=TABLE, now=now, lease=now + timedelta(hours=1),
    )  # fmt: skip
    done = laptop.phase4("undo", run_id)
    laptop.sql("UPDATE nba_ops.runs SET state = 'FAILED' WHERE run_id = 'at-work'")
    assert done.code == 2
    assert "at-work" in done.err
    assert rows(laptop, "2024-11-29") == written


def test_refuses_a_run_older_than_the_time_travel_window(laptop: Laptop) -> None:
    run_id = forced(laptop, "2024-11-30")
    laptop.sql(
        "UPDATE nba_ops.runs SET started_at = TIMESTAMP_SUB(started_at, INTERVAL 8 DAY)"
        " WHERE run_id = @run",
        run=run_id,
    )
    done = laptop.phase4("undo", run_id)
    assert done.code == 2
    assert "more than 7 days ago" in done.err


def test_refuses_a_run_that_nobody_knows(laptop: Laptop) -> None:
    done = laptop.phase4("undo", "no-such-run")
    assert done.code == 2
    assert "no-such-run" in done.err
