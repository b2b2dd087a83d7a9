"""What an operator sees, held against the tables."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from google.cloud.pubsub_v1 import PublisherClient
from google.protobuf import json_format

from laptop.ports import HOST, free_port
from phase4.cloud import emulator
from phase4.tables.filled import DEFAULT
from tests.command_line import Finished
from tests.hanging_up import hanging_up
from tests.laptop import Laptop
from tests.phase4.cli.conftest import RANGE
from tests.terraform.event_message import compiled

BLOCKED = ("2025-01-13", "2025-01-15")
SPAN = ("--start-date", RANGE[0], "--end-date", RANGE[1])
pytestmark = pytest.mark.slow


def answer(laptop: Laptop, *words: str) -> Any:
    done = laptop.phase4(*words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


@pytest.fixture(scope="module")
def receipt(laptop: Laptop, run_id: str) -> dict[str, Any]:
    """The receipt of that run, read once."""
    made: dict[str, Any] = answer(laptop, "receipt", run_id)
    return made


@pytest.fixture(scope="module")
def unfilled(laptop: Laptop) -> Finished:
    """A forced run over dates that upstream blocks, as its operator saw it end."""
    return laptop.phase4("run", "--start-date", BLOCKED[0], "--end-date", BLOCKED[1], "--force")


@dataclass(frozen=True)
class Rewritten:
    """A run over a date that L4 had, with the totals of its rows before and after."""

    run_id: str
    day: date
    before: dict[tuple[str, str], Any]
    after: dict[tuple[str, str], Any]


@pytest.fixture(scope="module")
def rewritten(laptop: Laptop) -> Rewritten:
    day = date(2024, 12, 2)
    before = totals(laptop, day)
    forced = laptop.run(dates=[str(day)], force=True)
    return Rewritten(forced.run_id, day, before, totals(laptop, day))


def totals(laptop: Laptop, day: date) -> dict[tuple[str, str], Any]:
    """The total of each row of L4 on a date."""
    rows = laptop.sql(
        "SELECT player_lookup, game_id, total_composite_adjustment AS total"
        " FROM nba_precompute.player_composite_factors WHERE game_date = @day",
        day=day,
    )
    return {(row["player_lookup"], row["game_id"]): row["total"] for row in rows}


class TestStatus:
    def test_of_a_run_that_gcloud_started_counts_what_the_ledger_holds(
        self, laptop: Laptop, run_id: str
    ) -> None:
        seen = answer(laptop, "status", run_id)
        outcomes = laptop.outcomes(run_id)
        tally = seen["tally"]
        dates = {row["game_date"] for row in outcomes}
        assert tally["published"] + tally["unchanged"] == tally["planned"] == len(dates)
        assert seen["state"] == "SUCCEEDED"

    def test_coverage_now_is_that_of_the_last_snapshot(self, laptop: Laptop, run_id: str) -> None:
        snapshot = laptop.snapshots(run_id)[-1]
        seen = answer(laptop, "status", run_id)
        assert seen["coverage_pct"] == pytest.approx(snapshot["coverage_pct"])

    def test_follows_to_the_end_and_prints_a_line_per_wave(
        self, laptop: Laptop, run_id: str
    ) -> None:
        done = laptop.phase4("status", run_id, "--follow")
        assert done.code == 0
        for wave in {row["wave"] for row in laptop.outcomes(run_id)}:
            assert ("canary:" if wave == 0 else f"wave {wave}:") in done.err
        assert "verdict passed" in done.out
        assert re.search(r"^usage   \d+ queries \(workflow \d+, tasks \d+", done.out, re.M)

    def test_who_may_not_read_the_tables_is_told_that_the_run_goes_on_all_the_same(
        self, laptop: Laptop, run_id: str
    ) -> None:
        laptop.arm(
            "bigquery", on="query", action="error", status=403, reason="accessDenied", count=0,
            contains="is_headline",
        )  # fmt: skip
        try:
            done = laptop.phase4("status", run_id, "--follow")
        finally:
            laptop.disarm()
        assert done.code == 2
        assert f"the run goes on; follow it:\n  phase4 status {run_id} --follow" in done.err
        assert "Access Denied" in done.err.splitlines()[-1]

    def test_of_everything_names_runs_lock_snapshots_and_signs_of_life(
        self, laptop: Laptop, run_id: str
    ) -> None:
        done = laptop.phase4_process("status")
        for words in (run_id, "Lock  free", "Last snapshots", "Open alerts", "never ran"):
            assert words in done.out

    def test_of_everything_says_why_a_run_failed(self, laptop: Laptop, run_id: str) -> None:
        raised = {"reason": "NO_SNAPSHOT", "message": "the validator wrote no [snapshot]"}
        laptop.sql(
            "INSERT INTO nba_ops.runs SELECT * REPLACE ('luckless' AS run_id, 'FAILED' AS state,"
            " @error AS error) FROM nba_ops.runs WHERE run_id = @run",
            run=run_id, error=json.dumps(raised),
        )  # fmt: skip
        told = laptop.phase4("status").out
        laptop.sql("DELETE FROM nba_ops.runs WHERE run_id = 'luckless'")
        assert "luckless: NO_SNAPSHOT: the validator wrote no [snapshot]\n" in told

    def test_of_everything_shows_who_holds_the_lock_behind_any_number_of_newer_runs(
        self, laptop: Laptop, run_id: str
    ) -> None:
        laptop.sql(
            "INSERT INTO nba_ops.runs SELECT runs.* REPLACE (CONCAT('queued-', number) AS run_id,"
            " IF(number = 0, 'RUNNING', 'FAILED') AS state,"
            " TIMESTAMP_ADD(started_at, INTERVAL number + 1 HOUR) AS started_at,"
            " TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR) AS lease_expires_at)"
            " FROM nba_ops.runs, UNNEST(GENERATE_ARRAY(0, 11)) AS number WHERE run_id = @run",
            run=run_id,
        )
        told = laptop.phase4("status").out
        laptop.sql("DELETE FROM nba_ops.runs WHERE STARTS_WITH(run_id, 'queued-')")
        assert "Lock  held by queued-0 on " in told

    def test_of_everything_counts_dead_letters_and_leaves_them_there(self, laptop: Laptop) -> None:
        publisher = PublisherClient()
        topic = publisher.topic_path(
            laptop.cloud.settings.project, f"{laptop.cloud.settings.events_topic}-dead-letters"
        )
        for _ in range(2):
            publisher.publish(topic, b"{}").result(timeout=10)
        assert answer(laptop, "status")["dead_letters"] == 2
        assert answer(laptop, "status")["dead_letters"] == 2
        subscription = topic.rpartition("/")[2]
        pulled = f"gcloud pubsub subscriptions pull {subscription} --project="
        assert pulled in laptop.phase4("status").out

    def test_of_a_task_that_tries_again_says_what_and_how_often(self, laptop: Laptop) -> None:
        states = laptop.states("2025-04-08", "2025-05-30").items()
        day = min(day for day, row in states if row["state"] == "MISSING")
        laptop.arm(
            "bigquery", on="load", action="error", status=503, reason="backendError",
            contains=f"${day:%Y%m%d}", count=0,
        )  # fmt: skip
        run = laptop.executions.start({"dates": [str(day)], "canary_dates": 0})
        told = f"retrying {day}: "
        try:
            laptop.until(lambda: told in laptop.phase4("status", run.run_id).out, 240)
        finally:
            laptop.disarm()
        assert laptop.wait(run).state == "SUCCEEDED"
        assert "retrying" not in laptop.phase4("status", run.run_id).out

    def test_of_a_run_whose_workflow_cannot_be_asked_is_told_from_the_tables(
        self, laptop: Laptop, run_id: str
    ) -> None:
        nobody = {emulator.EXECUTIONS: f"{HOST}:{free_port()}"}
        done = laptop.phase4("status", run_id, **nobody)
        assert done.code == 0, done.err
        silent = f"Workflows does not answer: workflow execution {run_id}: still failing"
        assert f"run {run_id}: SUCCEEDED ({silent}" in done.out
        told = json.loads(laptop.phase4("status", run_id, "--json", **nobody).out)
        assert (told["state"], told["execution"]) == ("SUCCEEDED", "UNREADABLE")

    def test_follows_a_run_while_the_workflow_service_hangs_up(
        self, laptop: Laptop, run_id: str
    ) -> None:
        with hanging_up(laptop.cloud.ports.workflows_grpc, 3) as port:
            there = {emulator.EXECUTIONS: f"{HOST}:{port}"}
            done = laptop.phase4_process("status", run_id, "--follow", **there)
        assert done.code == 0, done.err
        assert "verdict passed" in done.out

    def test_of_an_unknown_run_says_where_to_look(self, laptop: Laptop) -> None:
        done = laptop.phase4("status", "no-such-run")
        assert (done.code, "phase4 status" in done.err) == (2, True)


@pytest.mark.parametrize(
    "words", [("status",), ("status", "--follow"), ("receipt",), ("report", "--out", "REPORT")]
)
def test_a_time_that_was_taken_at_a_scale_says_so_once(
    laptop: Laptop, run_id: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    page = tmp_path / "report.md"
    more = [str(page) if word == "REPORT" else word for word in words[1:]]
    shown = []
    for scale in ("", "0.04"):
        done = laptop.phase4(words[0], run_id, *more, PHASE4_TIME_SCALE=scale)
        shown.append(page.read_text() if page.exists() else done.out)
    assert [text.count("at 0.04 of the service's times") for text in shown] == [0, 1]


class TestRunId:
    @pytest.mark.parametrize(
        "words",
        [("status", "--json"), ("receipt", "--json"), ("report", "--format", "json"),
         ("undo", "--dry-run", "--json")],
        ids=lambda words: words[0],
    )  # fmt: skip
    def test_the_beginning_of_an_id_is_enough(
        self, laptop: Laptop, run_id: str, words: tuple[str, ...]
    ) -> None:
        done = laptop.phase4(*words, run_id[:8])
        assert (done.code, run_id in done.out) == (0, True), done.err

    def test_what_begins_several_ids_is_refused_with_those_that_it_may_be(
        self, laptop: Laptop
    ) -> None:
        for name in ("twin-1", "twin-2"):
            laptop.sql(
                "INSERT INTO nba_ops.runs (run_id, kind, state, target_table, start_date, end_date,"
                " started_at, lease_expires_at) VALUES (@name, 'backfill', 'REFUSED', 'd.t',"
                " '2025-02-01', '2025-02-03', TIMESTAMP '2020-01-01', TIMESTAMP '2020-01-01')",
                name=name,
            )
        for command in ("status", "cancel"):
            done = laptop.phase4(command, "twin")
            assert (done.code, "begins the ids of several runs, twin-" in done.err) == (2, True)
        assert laptop.phase4("receipt", "twin-1").code == 0


class TestNarrowTerminal:
    def test_no_line_of_a_run_or_of_everything_is_wider(self, laptop: Laptop, run_id: str) -> None:
        for words in (("status",), ("status", run_id)):
            lines = laptop.phase4(*words, COLUMNS="80", FORCE_COLOR="1").out.splitlines()
            plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
            # Sentences and commands flow; what stands in columns must not.
            tables = [line for line in plain if re.search(r"\S {2,}\S.* {2,}\S", line)]
            assert tables
            assert [line for line in tables if len(line) > 80] == []

    def test_a_row_is_read_across_and_not_down(self, laptop: Laptop, run_id: str) -> None:
        out = laptop.phase4("status", run_id, COLUMNS="80", FORCE_COLOR="1").out
        assert re.search(r"wave 1 +\d+ of \d+ +\S*0\S* +0 +\+\d+ +[\d.]+ %", out)


class TestRun:
    def test_interrupted_goes_on_and_says_how_to_follow_or_cancel_it(self, laptop: Laptop) -> None:
        laptop.arm("bigquery", on="load", action="delay", seconds=15, contains="$20250405")
        process = subprocess.Popen(
            [sys.executable, "-c", "from phase4.cli import main; main()", "run",
             "--date", "2025-04-05"],
            # An abort, seen twice in some thousand, says where it was.
            env={**os.environ, **laptop.cloud.environment, "PYTHONFAULTHANDLER": "1"},
            stderr=subprocess.PIPE, text=True,
            # Who runs the tests in the background ignores it, and a child inherits that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        try:
            assert process.stderr is not None
            run_id = process.stderr.readline().split()[1]
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
            # communicate() would leave out what came with the first line.
            said = process.stderr.read()
        finally:
            laptop.disarm()
        assert process.returncode == 130, said
        assert f"phase4 status {run_id} --follow" in said
        assert f"phase4 cancel {run_id}" in said
        assert laptop.wait(laptop.executions.get(run_id)).state == "SUCCEEDED"

    def test_that_did_not_pass_exits_1_with_the_criteria(self, unfilled: Finished) -> None:
        assert unfilled.code == 1
        assert "game_coverage_80" in unfilled.err

    def test_says_which_dates_behind_it_are_stale_and_what_computes_them_anew(
        self, laptop: Laptop, rewritten: Rewritten
    ) -> None:
        day = str(rewritten.day)
        laptop.sql(
            "UPDATE nba_analytics.player_game_summary SET usage_rate = usage_rate + 1"
            " WHERE game_date = '2024-11-29' AND usage_rate BETWEEN 10 AND 40"
        )
        done = laptop.phase4("run", "--date", day)
        assert "stale_dates 1 date" in done.out
        cure = f"phase4 run --start-date {day} --end-date {day} --reasons stale"
        assert f"next    {cure}\n" in done.out

    def test_says_which_dates_it_left_alone_because_upstream_comes_first(
        self, unfilled: Finished
    ) -> None:
        left = "BLOCKED_UPSTREAM 2025-01-13, 2025-01-14, 2025-01-15\n"
        assert f"nothing to fill: 3 dates skipped\n{left}" in unfilled.out
        look = f"phase4 gaps --start-date {BLOCKED[0]} --end-date {BLOCKED[1]}"
        assert f"  next  {look} --state BLOCKED_UPSTREAM\n" in unfilled.out

    def test_with_an_argument_out_of_range_exits_2(self, laptop: Laptop) -> None:
        done = laptop.phase4("run", "--date", "2025-04-06", "--tasks", "0")
        assert done.code == 2
        assert "--tasks" in done.err

    def test_dry_shows_the_plan_and_writes_nothing(self, laptop: Laptop) -> None:
        before = laptop.sql("SELECT COUNT(*) AS n FROM nba_ops.plan")
        done = laptop.phase4("run", "--date", "2025-04-07", "--dry-run")
        assert "1 date planned + 0 skipped = 1" in done.out
        assert laptop.sql("SELECT COUNT(*) AS n FROM nba_ops.plan") == before


class TestPlan:
    def test_adds_up_to_the_range_and_forecasts_coverage_time_and_bytes(
        self, laptop: Laptop
    ) -> None:
        made = answer(laptop, "plan", "--start-date", "2025-03-01", "--end-date", "2025-03-31")
        plan, forecast = made["plan"], made["plan"]["forecast"]
        assert plan["planned_dates"] + plan["skipped_dates"] == plan["dates"] == 31
        assert sum(state["dates"] for state in plan["states"]) == 31
        assert min(forecast["seconds"], forecast["bytes_read"], forecast["bytes_scanned"]) > 0

    @pytest.mark.usefixtures("run_id")
    def test_says_how_long_it_will_take_and_what_that_rests_on(self, laptop: Laptop) -> None:
        done = laptop.phase4_process(
            "plan", "--start-date", "2025-03-01", "--end-date", "2025-03-31"
        )
        assert re.search(r"time +\S+ (s|min).* \(cost model times [\d.]+, as in the last", done.out)
        assert re.search(r"bytes +\S+ \w+ read, \S+ \w+ written", done.out)

    def test_says_which_dates_are_blocked_and_where_to_look(self, laptop: Laptop) -> None:
        done = laptop.phase4("plan", "--start-date", "2025-03-01", "--end-date", "2025-03-31")
        assert "2025-03-03, 2025-03-04" in done.out
        assert "--state BLOCKED_UPSTREAM" in done.out


class TestGaps:
    @pytest.mark.usefixtures("run_id")
    def test_lists_every_date_that_is_not_as_it_should_be(self, laptop: Laptop) -> None:
        states = laptop.states(*RANGE)
        blocked = [str(day) for day, row in states.items() if row["state"] == "BLOCKED_UPSTREAM"]
        assert [row["game_date"] for row in answer(laptop, "gaps", *SPAN)] == sorted(blocked)

    @pytest.mark.usefixtures("run_id")
    def test_as_csv_has_a_header_and_a_line_per_date(self, laptop: Laptop) -> None:
        done = laptop.phase4_process("gaps", *SPAN, "--all", "--csv")
        rows = list(csv.DictReader(io.StringIO(done.out)))
        assert [row["state"] for row in rows] == [
            row["state"] for _, row in sorted(laptop.states(*RANGE).items())
        ]

    @pytest.mark.usefixtures("run_id")
    def test_on_which_l3_is_incomplete_are_those_that_lose_games(self, laptop: Laptop) -> None:
        rows = answer(laptop, "gaps", *SPAN, "--incomplete")
        assert rows
        assert all(0 < row["l3_games"] < row["l1_games"] for row in rows)
        complete = [row for row in rows if row["state"] == "COMPLETE"]
        lost = sum(row["l1_games"] - row["playable_games"] for row in complete)
        # Who is sent to the gaps for what upstream owes finds it there.
        told = laptop.phase4("gaps", *SPAN).out
        assert f"L3 lacks games of L1: dates {len(complete)}, games {lost}" in told
        days = complete[0]["game_date"], complete[-1]["game_date"]
        assert f"--start-date {days[0]} --end-date {days[1]} --incomplete" in told
        # It stands below the gaps of the range: nobody must read that there are none.
        assert "besides, on dates that are no gaps, L3 lacks" in told
        assert "no gaps, but" not in told

    @pytest.mark.usefixtures("run_id")
    def test_a_game_too_many_in_l3_hides_none_that_it_lacks(self, laptop: Laptop) -> None:
        table = "nba_analytics.player_game_summary"
        states = laptop.states(*RANGE)
        day = next(
            day
            for day, row in states.items()
            if row["state"] == "COMPLETE" and row["playable_games"] == row["l1_games"]
        )
        on_day = ("--start-date", str(day), "--end-date", str(day))
        one = f"(SELECT MIN(game_id) FROM {table} WHERE game_date = '{day}')"
        other = "'x' AS game_id, 'AAA' AS team_abbr, 'BBB' AS opponent_team_abbr"
        with laptop.without(table, f"game_date = '{day}' AND game_id = {one}"):
            laptop.sql(f"INSERT INTO {table} SELECT * REPLACE ({other}) FROM nba_ops.spared")
            [row] = answer(laptop, "gaps", *on_day, "--incomplete")
            laptop.sql(f"DELETE FROM {table} WHERE game_date = '{day}' AND game_id = 'x'")
        assert row["l3_games"] == row["l1_games"]

    @pytest.mark.usefixtures("run_id")
    def test_a_date_deleted_behind_the_ledger_is_lost(self, laptop: Laptop) -> None:
        table = "nba_precompute.player_composite_factors"
        with laptop.without(table, "game_date = '2025-11-12'"):
            (row,) = answer(laptop, "gaps", *SPAN, "--ledger", "lost")
        assert (row["game_date"], row["state"]) == ("2025-11-12", "MISSING")

    @pytest.mark.usefixtures("run_id")
    def test_of_another_table_are_what_a_run_over_it_would_fill(self, laptop: Laptop) -> None:
        one = ("--table", "player_game_summary")
        rows = answer(laptop, "gaps", *SPAN, *one)
        planned = answer(laptop, "plan", *SPAN, "--tables", one[1])
        assert 0 < len(rows) == planned["plan"]["planned_dates"]
        assert all(row["covered_games"] < row["due_games"] for row in rows)
        told = laptop.phase4("gaps", *SPAN, *one).out
        assert f"phase4 run --start-date {rows[0]['game_date']}" in told
        assert "--tables player_game_summary" in told

    @pytest.mark.usefixtures("run_id")
    def test_of_another_table_as_csv_have_a_line_per_date(self, laptop: Laptop) -> None:
        one = ("--table", "team_defense_zone_analysis")
        done = laptop.phase4("gaps", *SPAN, *one, "--all", "--csv")
        assert len(list(csv.DictReader(io.StringIO(done.out)))) == len(laptop.states(*RANGE))

    @pytest.mark.usefixtures("run_id")
    def test_of_another_table_know_no_ledger(self, laptop: Laptop) -> None:
        done = laptop.phase4("gaps", *SPAN, "--table", "player_game_summary", "--ledger", "lost")
        assert done.code == 2
        assert "not player_game_summary" in done.err


class TestExplain:
    @pytest.mark.usefixtures("run_id")
    def test_names_every_rule_with_the_figure_that_decides(self, laptop: Laptop) -> None:
        for day in ("2025-11-03", "2025-11-05", "2025-11-12", "2025-11-27"):
            made = answer(laptop, "explain", day)
            broken = [rule for rule in made["rules"] if not rule["holds"]]
            assert made["deciding"] == (broken[0]["name"] if broken else None)
            assert made["status"]["state"] == (broken[0]["state"] if broken else "COMPLETE")

    def test_of_a_date_prints_every_rule_and_the_state(self, laptop: Laptop) -> None:
        made = answer(laptop, "explain", "2025-01-13")
        told = laptop.phase4("explain", "2025-01-13").out
        assert [rule["name"] for rule in made["rules"] if rule["name"] not in told] == []
        assert f"broken → {made['status']['state']}" in told

    @pytest.mark.usefixtures("run_id")
    def test_names_the_players_who_are_missing(self, laptop: Laptop) -> None:
        day, table = "2025-11-14", "nba_precompute.player_composite_factors"
        row = laptop.sql(
            f"SELECT player_lookup FROM {table} WHERE game_date = '{day}' ORDER BY 1 LIMIT 1"
        )[0]
        player = row["player_lookup"]
        with laptop.without(table, f"game_date = '{day}' AND player_lookup = '{player}'"):
            made = answer(laptop, "explain", day)
        assert made["deciding"] == "every player who played is there"
        assert [(each["player_lookup"], each["disagreement"]) for each in made["players"]] == [
            (player, "missing")
        ]

    @pytest.mark.usefixtures("run_id")
    def test_of_a_game_under_another_id_than_l4_knows_it_by_names_nobody(
        self, laptop: Laptop
    ) -> None:
        day, table = "2025-11-14", "nba_analytics.player_game_summary"
        (row,) = laptop.sql(
            f"SELECT game_id AS game, MIN(player_lookup) AS player FROM {table}"
            f" WHERE game_date = '{day}' AND is_active GROUP BY game_id ORDER BY game_id LIMIT 1"
        )
        renamed = f"UPDATE {table} SET game_id = @new WHERE game_date = '{day}' AND game_id = @old"
        laptop.sql(renamed, old=row["game"], new="0022500999")
        made = answer(laptop, "explain", day)
        players = answer(laptop, "explain", row["player"], day)
        laptop.sql(renamed, old="0022500999", new=row["game"])
        assert (made["status"]["missing_players"], made["players"]) == (0, [])
        assert [each["row"]["is_scored"] for each in players] == [True]
        assert players[0]["row"]["team_abbr"]

    def test_tells_the_life_of_a_date(self, laptop: Laptop, run_id: str) -> None:
        made = answer(laptop, "explain", "2025-11-20")
        assert made["life"][0]["run_id"] == run_id
        assert made["life"][0]["action"] == "SKIPPED"
        assert made["snapshots"]

    def test_of_a_player_agrees_with_the_scores_computed_again(
        self, laptop: Laptop, run_id: str
    ) -> None:
        rows = laptop.sql(
            "SELECT player_lookup FROM nba_precompute.player_composite_factors"
            " WHERE game_date = '2025-11-13' AND run_id = @run ORDER BY player_lookup LIMIT 3",
            run=run_id,
        )
        for row in rows:
            (made,) = answer(laptop, "explain", row["player_lookup"], "2025-11-13")
            assert {each["factor"]: each["agrees"] for each in made["recomputed"]} == dict.fromkeys(
                ("fatigue", "shot_zone_mismatch", "pace", "usage_spike", "total"), True
            )

    @pytest.mark.usefixtures("run_id")
    def test_of_a_player_whose_score_was_tampered_with_says_so(self, laptop: Laptop) -> None:
        day, table = "2025-12-03", "nba_precompute.player_composite_factors"
        player = laptop.sql(
            f"SELECT player_lookup FROM {table} WHERE game_date = '{day}' ORDER BY 1 LIMIT 1"
        )[0]["player_lookup"]
        moved = (
            f"UPDATE {table} SET fatigue_score = fatigue_score + @by"
            f" WHERE game_date = '{day}' AND player_lookup = '{player}'"
        )
        laptop.sql(moved, by=-1)
        done = laptop.phase4_process("explain", player, day)
        laptop.sql(moved, by=1)
        assert "differs" in done.out

    @pytest.mark.usefixtures("run_id")
    def test_nobody_is_named_by_letters_that_no_name_has_and_accents_are_no_matter(
        self, laptop: Laptop
    ) -> None:
        day, table = "2025-11-13", "nba_analytics.player_game_summary"
        [found] = laptop.sql(
            "SELECT MIN(player_lookup) AS player FROM nba_precompute.player_composite_factors"
            f" WHERE game_date = '{day}'"
        )
        player = found["player"]
        # L3 has no row of him, and with that no name.
        with laptop.without(table, f"game_date = '{day}' AND player_lookup = '{player}'"):
            nobody = laptop.phase4("explain", "Лука", day)
            accented = laptop.phase4("explain", f"{player[0]}\u0301{player[1:]}", day)
        assert (nobody.code, "no player 'Лука'" in nobody.err) == (2, True)
        assert accented.code == 0
        assert f"{player} {day}" in accented.out
        assert "L3 has no row of him" in accented.out

    def test_of_an_unknown_player_points_to_the_date(self, laptop: Laptop) -> None:
        done = laptop.phase4("explain", "nobody", "2025-11-13")
        assert done.code == 2
        assert "phase4 explain 2025-11-13" in done.err


class TestReceipt:
    def test_says_who_and_why_and_sets_forecast_against_actual(
        self, run_id: str, receipt: dict[str, Any]
    ) -> None:
        assert (receipt["run"]["owner"], receipt["run"]["purpose"]) == ("operator", "tests <&>")
        assert (
            receipt["forecast"]["dates"]
            == receipt["actual"]["tally"]["planned"]
            == len(receipt["dates"])
        )
        assert receipt["forecast"]["games_added"] == receipt["actual"]["games_added"]
        assert receipt["undo"] == f"phase4 undo {run_id}"

    def test_of_a_run_before_the_table_was_made_anew_it_names_no_undo(
        self, laptop: Laptop, run_id: str
    ) -> None:
        moved = "UPDATE nba_ops.runs SET started_at = TIMESTAMP_{}(started_at, INTERVAL 1 DAY)"
        laptop.sql(f"{moved.format('SUB')} WHERE run_id = @run", run=run_id)
        done = laptop.phase4("receipt", run_id, "--json")
        laptop.sql(f"{moved.format('ADD')} WHERE run_id = @run", run=run_id)
        assert done.code == 0, done.err
        assert json.loads(done.out)["undo"] == ""

    def test_repeats_the_forecast_of_the_plan(
        self, laptop: Laptop, run_id: str, receipt: dict[str, Any]
    ) -> None:
        (row,) = laptop.sql("SELECT summary FROM nba_ops.runs WHERE run_id = @run", run=run_id)
        planned = json.loads(row["summary"])["plan"]["forecast"]
        assert {name: receipt["forecast"][name] for name in planned} == planned

    def test_counts_the_rows_changed_as_the_ledger_does(
        self, laptop: Laptop, run_id: str, receipt: dict[str, Any]
    ) -> None:
        changed = sum(row["rows_changed"] for row in laptop.outcomes(run_id))
        assert receipt["rows_changed"] == changed

    def test_counts_what_bigquery_lists(self, receipt: dict[str, Any]) -> None:
        for figure in ("queries", "load_jobs"):
            assert receipt["counted"][figure] == receipt["usage"][figure]
        assert receipt["counted"]["read_sessions"] > 0

    def test_counts_the_jobs_that_carry_its_label(
        self, laptop: Laptop, run_id: str, receipt: dict[str, Any]
    ) -> None:
        usage = receipt["usage"]
        published = [row for row in laptop.outcomes(run_id) if row["status"] == "PUBLISHED"]
        assert usage["load_jobs"] >= len(published)
        assert usage["bytes_loaded"] > 0

    def test_shows_the_largest_value_changes_of_rows_that_were_there(
        self, laptop: Laptop, rewritten: Rewritten
    ) -> None:
        before, after = rewritten.before, rewritten.after
        largest = max(abs(float(after[key] - before[key])) for key in before)
        changes = answer(laptop, "receipt", rewritten.run_id)["changes"]
        assert abs(changes[0]["change"]) == pytest.approx(largest)
        assert date.fromisoformat(changes[0]["game_date"]) == rewritten.day

    def test_of_a_run_that_left_no_summary_says_that_the_forecast_is_unknown(
        self, laptop: Laptop, rewritten: Rewritten
    ) -> None:
        run_id = rewritten.run_id
        laptop.sql("UPDATE nba_ops.runs SET summary = NULL WHERE run_id = @run", run=run_id)
        told = answer(laptop, "receipt", run_id)["forecast"]
        assert (told["seconds"], told["bytes_read"]) == (None, None)
        assert told["basis"] == "unknown, the run left no summary"
        assert re.search(r"time +unknown", laptop.phase4_process("receipt", run_id).out)
        assert laptop.phase4("report", run_id, "--out", os.devnull).code == 0

    def test_an_account_that_may_not_list_jobs_is_told_so(
        self, laptop: Laptop, run_id: str
    ) -> None:
        laptop.arm("bigquery", on="list", action="error", status=403, reason="accessDenied",
                   contains="allUsers", count=0)  # fmt: skip
        try:
            said = laptop.phase4("receipt", run_id).out
        finally:
            laptop.disarm()
        assert "this account may not list the project's jobs" in said


def test_a_run_that_ended_early_names_the_tables_that_it_never_came_to(laptop: Laptop) -> None:
    stages = [{"tables": {name: "t"}} for name in ("player_game_summary", DEFAULT.name)]
    laptop.sql(
        "INSERT INTO nba_ops.runs (run_id, kind, state, target_table, start_date, end_date,"
        " started_at, lease_expires_at, finished_at, request) VALUES ('ended-early', 'backfill',"
        " 'CANCELLED', 'd.t', '2025-02-01', '2025-02-01', CURRENT_TIMESTAMP(),"
        " CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP(), @request)",
        request=json.dumps({"stages": stages}),
    )
    laptop.sql(
        "INSERT INTO nba_ops.plan (run_id, table_name, game_date, action, state, reason, wave,"
        " task, expected_games, expected_players, l1_games, planned_at) VALUES ('ended-early',"
        " 'player_game_summary', '2025-02-01', 'PLANNED', 'MISSING', '', 0, 0, 1, 20, 1,"
        " CURRENT_TIMESTAMP())"
    )
    for words in (("receipt",), ("status",), ("status", "--follow")):
        done = laptop.phase4(words[0], "ended-early", *words[1:])
        assert f"never planned: {DEFAULT.name}\n" in done.out, words


class TestReport:
    @pytest.mark.usefixtures("unfilled")
    def test_of_a_run_that_found_nothing_to_fill(self, laptop: Laptop) -> None:
        (run,) = laptop.sql("SELECT run_id FROM nba_ops.runs WHERE start_date = '2025-01-13'")
        done = laptop.phase4_process("report", run["run_id"])
        assert done.code == 0
        assert '<div class="verdict failed">Failed</div>' in done.out
        assert "No task has recorded anything." in done.out

    def test_of_a_run_without_a_verdict_says_why_it_failed(self, laptop: Laptop) -> None:
        raised = {"message": "the validator wrote no snapshot", "reason": "NO_SNAPSHOT"}
        laptop.sql(
            "INSERT INTO nba_ops.runs (run_id, kind, state, target_table, start_date, end_date,"
            " started_at, lease_expires_at, finished_at, error) VALUES ('no-verdict', 'backfill',"
            " 'FAILED', 'd.t', '2025-02-01', '2025-02-01', CURRENT_TIMESTAMP(),"
            " CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP(), @error)",
            error=json.dumps(raised),
        )
        why = "NO_SNAPSHOT: the validator wrote no snapshot"
        assert f"ended  {why}\n" in laptop.phase4("receipt", "no-verdict").out
        assert f"Failed: {why}." in laptop.phase4("report", "no-verdict", "--format", "md").out
        assert f'<p class="failed">{why}</p>' in laptop.phase4("report", "no-verdict").out

    def test_of_a_run_that_has_only_begun_says_that_nothing_is_known_yet(
        self, laptop: Laptop
    ) -> None:
        laptop.sql(
            "INSERT INTO nba_ops.runs (run_id, kind, state, target_table, start_date, end_date,"
            " started_at, lease_expires_at) VALUES ('begun', 'backfill', 'CANCELLED', 'd.t',"
            " '2025-02-01', '2025-02-03', CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP())"
        )
        done = laptop.phase4("report", "begun")
        assert done.code == 0
        assert '<div class="verdict other">Cancelled</div>' in done.out
        assert done.out.count("No snapshot yet.") == 3

    def test_lists_failed_dates_with_reason_and_next_command(self, laptop: Laptop) -> None:
        laptop.arm(
            "bigquery", on="load", action="error", status=400, reason="invalid",
            contains=["$20250407"], count=0,
        )  # fmt: skip
        try:
            failed = laptop.run(dates=["2025-04-07"], canary_dates=0)
        finally:
            laptop.disarm()
        page = laptop.phase4("report", failed.run_id).out
        (outcome,) = laptop.outcomes(failed.run_id)[-1:]
        assert outcome["status"] == "FAILED"
        assert outcome["reason"][:40] in unescape(page)
        assert "<code>phase4 explain 2025-04-07</code>" in page
        assert "<code>phase4 run --date 2025-04-07 --canary-dates 0</code>" in page

    def test_of_an_unknown_run_is_refused_with_the_next_step(self, laptop: Laptop) -> None:
        done = laptop.phase4("report", "no-such-run")
        assert done.code == 2
        assert "phase4 status" in done.err


@pytest.fixture(scope="module")
def checked(laptop: Laptop) -> Finished:
    """The command that the alert names when the weekly check has been silent for a month."""
    day = date(2026, 1, 2)
    laptop.sql(
        "INSERT INTO nba_ops.heartbeats (name, run_id, beat_at) VALUES ('weekly-health',"
        " 'long-ago', TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 30 DAY))"
    )
    silent = laptop.observed(day, day)["heartbeat"]
    assert silent.level == "warning"
    # The league of the tests has no newer day.
    done = laptop.phase4_process(*silent.fix.split()[1:], "--as-of", "2026-01-03")
    assert laptop.observed(day, day)["heartbeat"].level == "ok"
    return done


def beats(laptop: Laptop) -> list[dict[str, Any]]:
    """The heartbeats of this module."""
    return laptop.sql("SELECT * FROM nba_ops.heartbeats WHERE run_id != 'long-ago'")


class TestHealth:
    def test_exits_1_when_a_verdict_failed_and_leaves_a_heartbeat(
        self, laptop: Laptop, checked: Finished
    ) -> None:
        done = checked
        assert [beat["verdict"] for beat in beats(laptop)] == ["failed"]
        assert done.code == 1
        assert "history" in done.out
        assert " ," not in done.out
        assert done.out.endswith("next    phase4 alerts\n")
        # It told what it had measured; what is told since then is told with that moment.
        assert ", figures of 20" in laptop.phase4("alerts").out

    @pytest.mark.usefixtures("checked")
    def test_the_schema_of_the_topic_takes_every_event_of_it_and_of_a_run(
        self, laptop: Laptop, run_id: str, tmp_path: Path
    ) -> None:
        message = compiled(tmp_path)
        bodies = [row["data"] for row in laptop.sql("SELECT data FROM nba_ops.events")]
        read = [json_format.Parse(body, message()) for body in bodies]
        theirs = {run_id, *(beat["run_id"] for beat in beats(laptop))}
        assert {event.event_type for event in read if event.run_id in theirs} == {
            "shard.completed",
            "wave.completed",
            "run.completed",
            "site.requested",
            "validation.requested",
        }

    def test_a_preseason_game_opens_no_season_before_it(self, laptop: Laptop) -> None:
        table = "nba_raw.bdl_player_boxscores"
        laptop.sql(
            f"INSERT INTO {table} SELECT * REPLACE (DATE '2024-10-10' AS game_date) FROM {table}"
            " WHERE game_date = '2024-11-12'"
        )
        [ranges] = laptop.sql("SELECT * FROM nba_ops.health_ranges('2026-01-03')")
        laptop.sql(f"DELETE FROM {table} WHERE game_date = '2024-10-10'")
        assert ranges["history_start"] == date(2024, 10, 22)


class TestValidate:
    @pytest.mark.usefixtures("run_id")
    def test_exits_0_when_the_minimum_is_reached_and_1_below_it(self, laptop: Laptop) -> None:
        filled = ("--start-date", "2025-11-04", "--end-date", "2025-11-19")
        blocked = ("--start-date", "2025-01-13", "--end-date", "2025-01-15")
        assert laptop.phase4_process("validate", *filled, "--json").code == 0
        assert laptop.phase4("validate", *blocked, "--json").code == 1


def test_where_cloud_run_does_not_answer_a_command_says_so_in_a_line(
    laptop: Laptop, run_id: str
) -> None:
    nobody = f"{HOST}:{free_port()}"
    done = laptop.phase4("cancel", run_id, CLOUD_RUN_EMULATOR_HOST=nobody)
    assert done.code == 2
    (said,) = [line for line in done.err.splitlines() if line.startswith("phase4: ")]
    assert "phase4 doctor names what does not answer" in said
    assert "Traceback" not in done.err
