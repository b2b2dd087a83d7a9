"""Undo puts back exactly what was there, or refuses with the reason.

One run is refused and undone by all tests: those that refuse leave it as it was and stand first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from phase4.tables.factors import TOTAL
from phase4.tables.filled import DEFAULT, FILLED
from tests.command_line import LATE_PROGRAM, started
from tests.laptop import Laptop

TABLE = "nba_precompute.player_composite_factors"
DAYS = ("2024-11-25", "2024-11-26")
MISSING = "2025-04-02"
LATE = "2025-04-03"
# A score of the earlier system that no run would compute.
STRANGE = (
    f"game_date = '{DAYS[0]}' AND player_lookup ="
    f" (SELECT MIN(player_lookup) FROM {TABLE} WHERE game_date = '{DAYS[0]}')"
)
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Rewritten:
    """A run that rewrote dates the earlier system had filled, with their rows around it."""

    run_id: str
    before: list[list[str]]
    after: list[list[str]]


@dataclass(frozen=True)
class Undone:
    """An undo, with the rows of the same dates after it."""

    run_id: str
    after: list[list[str]]


@pytest.fixture(scope="module")
def rewritten(laptop: Laptop) -> Rewritten:
    laptop.sql(f"UPDATE {TABLE} SET pace_score = 3.0, {TOTAL.column} = 9.5 WHERE {STRANGE}")
    before = rows(laptop)
    run_id = laptop.run(dates=list(DAYS), force=True, tasks=1, canary_dates=0).run_id
    return Rewritten(run_id, before, rows(laptop))


@pytest.fixture(scope="module")
def undone(laptop: Laptop, rewritten: Rewritten) -> Undone:
    return undo(laptop, rewritten.run_id)


@pytest.fixture(scope="module")
def undone_itself(laptop: Laptop, undone: Undone) -> Undone:
    return undo(laptop, undone.run_id)


def undo(laptop: Laptop, run_id: str) -> Undone:
    done = laptop.phase4("undo", run_id, "--json")
    assert done.code == 0, done.err
    return Undone(json.loads(done.out)["undo_id"], rows(laptop))


def rows(laptop: Laptop) -> list[list[str]]:
    """Every row of each date with all its columns, provenance included."""
    found = laptop.sql(
        f"SELECT STRING(game_date) AS day, TO_JSON_STRING(t) AS row FROM {TABLE} AS t"
        f" WHERE game_date IN ('{DAYS[0]}', '{DAYS[1]}')"
    )
    return [sorted(row["row"] for row in found if row["day"] == day) for day in DAYS]


def runs(laptop: Laptop) -> int:
    return int(laptop.sql("SELECT COUNT(*) AS n FROM nba_ops.runs")[0]["n"])


@contextmanager
def at_work(laptop: Laptop, run_id: str, first: str, last: str) -> Iterator[None]:
    """Another run holds a range for a while."""
    now = datetime.now(UTC)
    laptop.sql(
        "INSERT INTO nba_ops.runs (run_id, kind, state, target_table, start_date, end_date,"
        " started_at, lease_expires_at) VALUES (@run, 'backfill', 'RUNNING', @target,"
        f" '{first}', '{last}', @now, @lease)",
        run=run_id, target=TABLE, now=now, lease=now + timedelta(hours=1),
    )  # fmt: skip
    try:
        yield
    finally:
        laptop.sql("UPDATE nba_ops.runs SET state = 'FAILED' WHERE run_id = @run", run=run_id)


@contextmanager
def older(laptop: Laptop, run_id: str, days: int) -> Iterator[None]:
    """A run seems to have started some days earlier, for a while."""
    moved = "UPDATE nba_ops.runs SET started_at = TIMESTAMP_{}(started_at, INTERVAL {} DAY)"
    laptop.sql(moved.format("SUB", days) + " WHERE run_id = @run", run=run_id)
    try:
        yield
    finally:
        laptop.sql(moved.format("ADD", days) + " WHERE run_id = @run", run=run_id)


def test_refuses_a_run_that_nobody_knows(laptop: Laptop) -> None:
    done = laptop.phase4("undo", "no-such-run")
    assert done.code == 2
    assert "no-such-run" in done.err


def test_a_dry_run_shows_the_dates_and_changes_nothing(
    laptop: Laptop, rewritten: Rewritten
) -> None:
    recorded = runs(laptop)
    done = laptop.phase4("undo", rewritten.run_id, "--dry-run", "--json")
    shown = [(day["game_date"], day["rows_now"]) for day in json.loads(done.out)["dates"]]
    assert shown == list(zip(DAYS, map(len, rewritten.after), strict=True))
    assert (rows(laptop), runs(laptop)) == (rewritten.after, recorded)


def test_a_dry_run_of_one_date_names_the_undo_of_that_date(
    laptop: Laptop, rewritten: Rewritten
) -> None:
    done = laptop.phase4("undo", rewritten.run_id, "--date", DAYS[0], "--dry-run")
    assert f"  next  phase4 undo {rewritten.run_id} --date {DAYS[0]}\n" in done.out


def test_refuses_when_rows_were_changed_since(laptop: Laptop, rewritten: Rewritten) -> None:
    on_day = f"game_date = '{DAYS[1]}'"
    first = f"(SELECT MIN(player_lookup) FROM {TABLE} WHERE {on_day})"
    with laptop.without(TABLE, f"{on_day} AND player_lookup = {first}"):
        changed = rows(laptop)
        done = laptop.phase4("undo", rewritten.run_id)
        assert rows(laptop) == changed != rewritten.after
    assert done.code == 2
    assert f"phase4 explain {DAYS[1]}" in done.err


def test_refuses_while_a_run_is_at_work_on_the_dates(laptop: Laptop, rewritten: Rewritten) -> None:
    with at_work(laptop, "at-work", "2024-11-26", "2024-11-30"):
        done = laptop.phase4("undo", rewritten.run_id)
    assert done.code == 2
    assert "at-work" in done.err
    assert rows(laptop) == rewritten.after


def test_refuses_a_run_older_than_the_time_travel_window(
    laptop: Laptop, rewritten: Rewritten
) -> None:
    with older(laptop, rewritten.run_id, days=8):
        done = laptop.phase4("undo", rewritten.run_id)
    assert done.code == 2
    assert "more than 7 days ago" in done.err


def test_puts_every_row_back_with_its_provenance(rewritten: Rewritten, undone: Undone) -> None:
    assert rewritten.after != rewritten.before
    assert undone.after == rewritten.before


def test_is_on_record_as_a_run_of_its_own(
    laptop: Laptop, rewritten: Rewritten, undone: Undone
) -> None:
    (row,) = laptop.sql("SELECT * FROM nba_ops.runs WHERE run_id = @run", run=undone.run_id)
    assert (row["kind"], row["state"], row["purpose"]) == (
        "undo", "SUCCEEDED", f"undo of {rewritten.run_id}",
    )  # fmt: skip
    assert [outcome["status"] for outcome in laptop.outcomes(undone.run_id)] == ["PUBLISHED"] * 2


def test_the_status_of_the_run_says_by_what_it_was_undone(
    laptop: Laptop, rewritten: Rewritten, undone: Undone
) -> None:
    assert f" UTC on 2 dates by {undone.run_id} SUCCEEDED\n" in (
        laptop.phase4("status", rewritten.run_id).out
    )
    told = json.loads(laptop.phase4("status", rewritten.run_id, "--json").out)["undos"]
    assert [(undo["run_id"], undo["dates"]) for undo in told] == [(undone.run_id, 2)]


def test_can_be_undone_itself(rewritten: Rewritten, undone_itself: Undone) -> None:
    assert undone_itself.after == rewritten.after


def test_the_ledger_remembers_the_games_that_were_put_back(
    laptop: Laptop, rewritten: Rewritten, undone_itself: Undone
) -> None:
    written = {row["game_date"]: row["games"] for row in laptop.outcomes(rewritten.run_id)}
    put_back = laptop.outcomes(undone_itself.run_id)
    assert all(written.values())
    assert {row["game_date"]: row["games"] for row in put_back} == written
    assert all(len(row["games"]) == row["counted_games"] for row in put_back)


def test_what_an_undo_brought_back_can_be_undone_as_it_could_before(
    laptop: Laptop, rewritten: Rewritten, undone_itself: Undone
) -> None:
    assert undone_itself.after == rewritten.after
    assert " SUCCEEDED, undone itself\n" in laptop.phase4("status", rewritten.run_id).out
    done = laptop.phase4("undo", rewritten.run_id, "--dry-run")
    assert done.code == 0, done.err


def test_the_receipt_of_an_undo_shows_the_scores_that_came_back(
    laptop: Laptop, rewritten: Rewritten, undone: Undone
) -> None:
    made, back = changes(laptop, rewritten.run_id), changes(laptop, undone.run_id)
    assert 9.5 in [before for before, _ in made.values()]
    assert back == {player: (after, before) for player, (before, after) in made.items()}


def changes(laptop: Laptop, run_id: str) -> dict[str, tuple[float, float]]:
    """The totals of a receipt that changed most, by player: before and after."""
    receipt = json.loads(laptop.phase4("receipt", run_id, "--json").out)
    return {
        change["player_lookup"]: (change["before"][TOTAL.column], change["after"][TOTAL.column])
        for change in receipt["changes"]
    }


@pytest.fixture(scope="module")
def filled(laptop: Laptop) -> str:
    """A run that filled two dates which had no row."""
    return laptop.run(dates=[MISSING, LATE], tasks=1, canary_dates=0).run_id


@pytest.fixture(scope="module")
def emptied(laptop: Laptop, filled: str) -> str:
    """The undo of the first of its dates."""
    done = laptop.phase4_process("undo", filled, "--date", MISSING, "--json")
    assert done.code == 0, done.err
    return str(json.loads(done.out)["undo_id"])


def test_the_receipt_of_an_undo_has_the_coverage_before_and_after_it(
    laptop: Laptop, emptied: str
) -> None:
    receipt = json.loads(laptop.phase4("receipt", emptied, "--json").out)
    actual = receipt["actual"]
    assert actual["due_games"] > 0
    assert (actual["coverage_before_pct"], actual["coverage_pct"]) == (100.0, 0.0)
    assert actual["games_added"] == receipt["forecast"]["games_added"] == -actual["due_games"]


def test_a_date_that_was_missing_is_missing_again_and_not_lost(
    laptop: Laptop, emptied: str
) -> None:
    done = laptop.phase4("gaps", "--start-date", MISSING, "--end-date", MISSING, "--json")
    (gap,) = json.loads(done.out)
    assert (gap["state"], gap["ledger"]) == ("MISSING", "recorded")


@pytest.mark.usefixtures("emptied")
def test_the_receipt_of_a_run_that_was_undone_says_what_it_had_made_real(
    laptop: Laptop, filled: str
) -> None:
    receipt = json.loads(laptop.phase4("receipt", filled, "--json").out)
    real = {
        each["feature"]: (each["before"]["real"], each["now"]["real"])
        for each in receipt["training"]["features"]
    }
    before, left = real["fatigue_score"]
    assert (before, left) == (0, sum(date["counted_players"] for date in receipt["dates"]))


@pytest.mark.usefixtures("emptied")
def test_an_undo_from_a_machine_whose_clock_is_late_is_the_last_word_of_its_date(
    laptop: Laptop, filled: str
) -> None:
    variables = {**os.environ, **laptop.cloud.environment}
    words = ("undo", filled, "--date", LATE, "--json")
    done = started(words, variables, program=LATE_PROGRAM)
    assert done.code == 0, done.err
    told = json.loads(laptop.phase4("gaps", "--start-date", LATE, "--end-date", LATE, "--json").out)
    assert [(gap["last_run"], gap["ledger"]) for gap in told] == [
        (json.loads(done.out)["undo_id"], "recorded")
    ]
    # Nothing of the run is left to be undone.
    assert json.loads(laptop.phase4("receipt", filled, "--json").out)["undo"] == ""
    undo_id = json.loads(done.out)["undo_id"]
    said = laptop.phase4("receipt", filled).out.splitlines()[-1]
    assert said.startswith("undo   nothing: undo-")
    assert undo_id in said
    assert said.endswith(" wrote its dates since")


def test_refuses_when_a_later_run_wrote_a_date(laptop: Laptop, rewritten: Rewritten) -> None:
    laptop.sql(f"DELETE FROM {TABLE} WHERE game_date = '{DAYS[0]}'")
    later = laptop.run(dates=[DAYS[0]], canary_dates=0).run_id
    done = laptop.phase4("undo", rewritten.run_id)
    assert done.code == 2
    assert later in done.err
    # The receipt names what is left of it, in a command that is not refused.
    told = json.loads(laptop.phase4("receipt", rewritten.run_id, "--json").out)["undo"]
    assert told == f"phase4 undo {rewritten.run_id} --date {DAYS[1]}"
    assert laptop.phase4(*told.split()[1:], "--dry-run").code == 0


# L3 lacks a game of it, so that a run over all tables writes each of them; L4 has rows.
HOLED = "2024-11-21"
BETWEEN_TABLES = (TABLE, "nba_precompute.player_shot_zone_analysis",
                  "nba_precompute.team_defense_zone_analysis",
                  "nba_analytics.player_game_summary")  # fmt: skip


def held(laptop: Laptop) -> list[list[str]]:
    """Every row of the date in these tables."""
    return [
        sorted(
            row["row"]
            for row in laptop.sql(
                f"SELECT TO_JSON_STRING(t) AS row FROM {table} AS t WHERE game_date = '{HOLED}'"
            )
        )
        for table in BETWEEN_TABLES
    ]


def test_an_undo_that_was_killed_on_its_way_is_finished_by_the_next(laptop: Laptop) -> None:
    before = held(laptop)
    laptop.client.create_dataset("kept")
    for table in BETWEEN_TABLES:
        name = table.partition(".")[2]
        laptop.sql(f"CREATE TABLE kept.{name} AS SELECT * FROM {table} WHERE game_date = '{HOLED}'")
    run_id = laptop.run(dates=[HOLED], tables=["all"], canary_dates=0, force=True).run_id
    assert all(now != then for now, then in zip(held(laptop), before, strict=True))
    # It puts tables back one after the other, and goes on record when it has done all.
    for table in BETWEEN_TABLES:
        laptop.sql(f"DELETE FROM {table} WHERE game_date = '{HOLED}'")
        laptop.sql(f"INSERT INTO {table} SELECT * FROM kept.{table.partition('.')[2]}")
    done = laptop.phase4("undo", run_id, "--json")
    assert done.code == 0, done.err
    assert held(laptop) == before
    outcomes = laptop.outcomes(json.loads(done.out)["undo_id"])
    assert {row["table_name"] or DEFAULT.name for row in outcomes} == set(FILLED)
    again = laptop.phase4("undo", run_id)
    assert (again.code, again.out) == (2, "")
